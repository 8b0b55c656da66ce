"""People in tables: which rows are a person's, how they are erased and handed out.

The platform's tables are declared in `core.shop.people`, a module's in its `people.py`:

    PEOPLE = (Holding("cart_lines", BY_BUYER_NO, erase="delete", export=("product_id",)),)

A test looks through every table of both stores: a column that names a person and that nobody
declares fails it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from core.events import Bilingual
from core.postgres import Connection

# Conditions for `Holding.whose`: `t` is the table's row; `who` is the person, with `shop_id`,
# `buyer_no`, `telegram_id` and `bot_ids`, the bots of the shop.
BY_BUYER_NO = "(t.shop_id, t.buyer_no) = (who.shop_id, who.buyer_no)"
BY_CHAT = "t.chat_id = who.telegram_id AND t.bot_id = ANY(who.bot_ids)"
# Of what a bot has made: also before it left the shop.
BY_BOT_THEN = (
    "(t.bot_id = ANY(who.bot_ids) OR EXISTS (SELECT FROM bot_former_shops AS f "
    "WHERE f.bot_id = t.bot_id AND f.shop_id = who.shop_id AND t.created_at < f.left_at))"
)


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A person cannot be erased while such rows exist: the words say what has to end first, with
    `{count}` in them."""

    condition: str  # over `t`
    words: Bilingual


@dataclass(frozen=True, slots=True)
class Holding:
    """Rows of a table that belong to a person, by the condition `whose` over `t` and `who`.

    `erase`: the rows are deleted, or these columns are set to the given SQL expressions over `t`;
    afterwards `whose` must match none of them. `export`: the columns that are handed out to the
    person.
    """

    table: str
    whose: str
    erase: Literal["delete"] | Mapping[str, str]
    export: tuple[str, ...] = ()
    under_way: UnderWay | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A table whose rows contain a person's number and are kept: `reason` says why the number no
    longer leads to a person, or is not a shopper's."""

    table: str
    reason: str


Declaration: TypeAlias = Holding | Kept

_WHO = """
WITH who AS (
    SELECT c.shop_id, c.buyer_no, c.telegram_id,
        ARRAY(SELECT id FROM bots WHERE shop_id = c.shop_id) AS bot_ids
    FROM customers AS c WHERE c.shop_id = $1 AND c.buyer_no = $2
)
"""
# A column with one of these names says whose row it is.
PERSON_COLUMNS = (
    "buyer_no",
    "telegram_id",
    "external_id",
    "chat_id",
    "user_id",
    "peer_id",
    "phone",
    "email",
    "address",
)
_NAMED = """
SELECT c.relname AS table, array_agg(a.attname::text ORDER BY a.attname) AS columns
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
    AND NOT c.relispartition AND NOT a.attisdropped
    AND (a.attname = ANY($1::text[]) OR a.attname LIKE '%\\_buyer\\_no'
        OR a.attname LIKE '%\\_telegram\\_id')
GROUP BY c.relname ORDER BY c.relname
"""


def holdings(declarations: Iterable[Declaration]) -> list[Holding]:
    """The declarations in the order of erasing: customers last, because they say who the person
    is."""
    found = [each for each in declarations if isinstance(each, Holding)]
    return sorted(found, key=lambda each: each.table == "customers")


async def count(
    connection: Connection, declared: Iterable[Declaration], shop_id: int, buyer_no: int
) -> dict[str, int]:
    """The number of the person's rows, by table."""
    found: dict[str, int] = {}
    for each in holdings(declared):
        rows: int = await connection.fetchval(
            f"{_WHO} SELECT count(*) FROM {each.table} AS t, who WHERE {each.whose}",
            shop_id,
            buyer_no,
        )
        found[each.table] = found.get(each.table, 0) + rows
    return found


async def under_way(
    connection: Connection, declared: Iterable[Declaration], shop_id: int, buyer_no: int
) -> list[Bilingual]:
    """What has to end before the person can be erased, in words; empty if nothing."""
    waits = []
    for each in holdings(declared):
        if each.under_way is None:
            continue
        rows = await connection.fetchval(
            f"{_WHO} SELECT count(*) FROM {each.table} AS t, who "
            f"WHERE {each.whose} AND {each.under_way.condition}",
            shop_id,
            buyer_no,
        )
        if rows:
            words = each.under_way.words
            waits.append(Bilingual(words.ru.format(count=rows), words.en.format(count=rows)))
    return waits


async def erase(
    connection: Connection, declared: Iterable[Declaration], shop_id: int, buyer_no: int
) -> None:
    """Erases the person from every declared table."""
    for each in holdings(declared):
        if each.erase == "delete":
            change = f"DELETE FROM {each.table} AS t USING who"
        else:
            values = ", ".join(f"{column} = {value}" for column, value in each.erase.items())
            change = f"UPDATE {each.table} AS t SET {values} FROM who"
        await connection.execute(f"{_WHO} {change} WHERE {each.whose}", shop_id, buyer_no)


async def export(
    connection: Connection, declared: Iterable[Declaration], shop_id: int, buyer_no: int
) -> dict[str, list[dict[str, Any]]]:
    """What is handed out to the person: rows by table, in JSON types."""
    found: dict[str, list[dict[str, Any]]] = {}
    for each in holdings(declared):
        if not each.export:
            continue
        columns = ", ".join(f"t.{column}" for column in each.export)
        rows = await connection.fetch(
            f"{_WHO} SELECT to_jsonb(x) AS row FROM "
            f"(SELECT {columns} FROM {each.table} AS t, who WHERE {each.whose}) AS x",
            shop_id,
            buyer_no,
        )
        found.setdefault(each.table, []).extend(row["row"] for row in rows)
    return found


async def undeclared(
    connection: Connection, declared: Iterable[Declaration]
) -> dict[str, Sequence[str]]:
    """PostgreSQL's tables that have columns for a person and no declaration."""
    known = {each.table for each in declared}
    rows = await connection.fetch(_NAMED, list(PERSON_COLUMNS))
    return {row["table"]: row["columns"] for row in rows if row["table"] not in known}


async def found_in(connection: Connection, tables: Sequence[str]) -> list[Holding]:
    """Declarations by columns alone, for tables of removed modules that nobody declares any more: a
    person's rows are deleted."""
    rows = await connection.fetch(
        "SELECT table_name, array_agg(column_name::text) AS columns "
        "FROM information_schema.columns WHERE table_schema = current_schema() "
        "AND table_name = ANY($1::text[]) GROUP BY table_name ORDER BY table_name",
        list(tables),
    )
    found = []
    for row in rows:
        columns = set(row["columns"])
        whose = []
        if {"shop_id", "buyer_no"} <= columns:
            whose.append(BY_BUYER_NO)
        if {"bot_id", "chat_id"} <= columns:
            whose.append(f"({BY_CHAT})")
        for scope, condition in (
            ("shop_id", "t.shop_id = who.shop_id"),
            ("bot_id", "t.bot_id = ANY(who.bot_ids)"),
        ):
            if {scope, "telegram_id"} <= columns:
                whose.append(f"({condition} AND t.telegram_id = who.telegram_id)")
        if whose:
            condition = f"({' OR '.join(whose)})"
            found.append(Holding(row["table_name"], condition, erase="delete"))
    return found
