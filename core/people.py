"""People in tables: which rows are a person's, how they are erased and handed out.

Core's nouns declare theirs in `core.shop.people`, a module in its `people.py`:

    PEOPLE = (Holding("cart_lines", BY_BUYER_NO, erase="delete", export=("product_id",)),)

A test looks through every table of both stores: a column that names a person and that nobody
declares fails it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from core.events import Bilingual
from core.postgres import Connection

# Conditions for `Holding.whose`: `t` is the table's row, `who` the person with `shop_id`,
# `buyer_no`, `telegram_id` and `bot_ids`, the bots of the shop.
BY_BUYER_NO = "(t.shop_id, t.buyer_no) = (who.shop_id, who.buyer_no)"
BY_CHAT = "t.chat_id = who.telegram_id AND t.bot_id = ANY(who.bot_ids)"


@dataclass(frozen=True, slots=True)
class UnderWay:
    """While such rows of a person exist, they cannot be erased: the words say what is awaited,
    with `{count}` in them."""

    condition: str  # over `t`
    words: Bilingual


@dataclass(frozen=True, slots=True)
class Holding:
    """Rows of a table that lead to a person, by the condition `whose` over `t` and `who`.

    `erase`: the rows go, or these columns get what the SQL expressions over `t` give; afterwards
    `whose` must find none of them. `export`: the columns that a person is handed out.
    """

    table: str
    whose: str
    erase: Literal["delete"] | Mapping[str, str]
    export: tuple[str, ...] = ()
    under_way: UnderWay | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A table whose rows carry a person's number and stay: `reason` says why none leads to them
    any more, or why they are no shopper's."""

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
# A column of one of these names says whose a row is.
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
    """Those that are a person's, in the order in which they are erased: customers last, for who
    they are is read from there."""
    found = [each for each in declarations if isinstance(each, Holding)]
    return sorted(found, key=lambda each: each.table == "customers")


async def count(
    connection: Connection, declared: Iterable[Declaration], shop_id: int, buyer_no: int
) -> dict[str, int]:
    """Rows that lead to the person, by table."""
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
    """What has to end before the person can be erased, in words; empty if nothing has."""
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
    """Erases the person from every table that is declared."""
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
    """What is handed out to the person: rows by table, as JSON has them."""
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
    """Tables of PostgreSQL with columns that name a person, and that nobody declares."""
    known = {each.table for each in declared}
    rows = await connection.fetch(_NAMED, list(PERSON_COLUMNS))
    return {row["table"]: row["columns"] for row in rows if row["table"] not in known}


async def found_in(connection: Connection, tables: Sequence[str]) -> list[Holding]:
    """What can be told of people from the columns alone, of tables whose module is gone and that
    nobody declares any more: a person's rows go whole."""
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
