"""Which rows of PostgreSQL belong to a shop, read from the schema itself; and deleting them all.

A row is a shop's if it names the shop (`shop_id`), or else refers by a foreign key to such a row,
or else names one of its bots (`bot_id`), which may have been in another shop before. So the tables
of modules, and of modules that were removed, are in it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

from core.postgres import Connection

# What names a shop and outlives it: that it is gone.
_OUTLIVES = frozenset({"deleted_shops"})
_TABLES = """
SELECT c.relname AS name, array_agg(a.attname::text) AS columns
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
    AND NOT c.relispartition
GROUP BY c.relname ORDER BY c.relname
"""
_REFERENCES = """
SELECT child.relname AS child, parent.relname AS parent,
    ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS n (number, place)
        JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = n.number
        ORDER BY n.place) AS columns,
    ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS n (number, place)
        JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = n.number
        ORDER BY n.place) AS referred
FROM pg_constraint AS k
JOIN pg_class AS child ON child.oid = k.conrelid
JOIN pg_class AS parent ON parent.oid = k.confrelid
WHERE k.contype = 'f' AND k.conparentid = 0
    AND k.connamespace = current_schema()::regnamespace
ORDER BY k.conname
"""
# Bots that rows of another shop name: they were in that shop before.
_FORMER = """
UPDATE bots AS b SET shop_id = former.shop_id, removed_at = coalesce(removed_at, now()),
    state = 'stopped', state_reason = NULL, token_sealed = '', username = NULL, title = NULL
FROM (SELECT bot_id, min(shop_id) AS shop_id FROM ({rows}) AS r GROUP BY bot_id) AS former
WHERE b.id = former.bot_id
"""


@dataclass(frozen=True, slots=True)
class _Reference:
    """A foreign key."""

    child: str
    parent: str
    columns: Sequence[str]
    referred: Sequence[str]


@dataclass(frozen=True, slots=True)
class ShopTable:
    """A table with rows of shops; `whose` is the condition of one shop's, over its columns."""

    name: str
    whose: str


async def tables(connection: Connection, shop_id: int) -> list[ShopTable]:
    """Every table that can have rows of the shop, each before those that its rows refer to."""
    columns = {row["name"]: set(row["columns"]) for row in await connection.fetch(_TABLES)}
    references = [_Reference(**row) for row in await connection.fetch(_REFERENCES)]
    bots = await connection.fetch("SELECT id FROM bots WHERE shop_id = $1", shop_id)
    ids = ",".join(str(row["id"]) for row in bots)
    whose = {name: f"shop_id = {int(shop_id)}" for name, has in columns.items() if "shop_id" in has}
    whose["shops"] = f"id = {int(shop_id)}"
    _add_referring(references, whose, {"bots", "shops"})
    for name, has in columns.items():
        if "bot_id" in has:
            whose.setdefault(name, f"bot_id = ANY('{{{ids}}}'::bigint[])")
    _add_referring(references, whose, {"shops"})
    for outlives in _OUTLIVES:
        del whose[outlives]
    before: dict[str, set[str]] = {name: set() for name in whose}
    for each in references:
        if {each.child, each.parent} <= whose.keys() and each.child != each.parent:
            before[each.parent].add(each.child)
    return [ShopTable(name, whose[name]) for name in TopologicalSorter(before).static_order()]


def _add_referring(
    references: Sequence[_Reference], whose: dict[str, str], apart_from: Collection[str]
) -> None:
    """Adds the conditions of tables that only refer to others, at any depth; to those `apart_from`
    everything refers."""
    while True:
        found: dict[str, list[str]] = {}
        for each in references:
            if each.parent in whose.keys() - apart_from and each.child not in whose:
                own, theirs = ", ".join(each.columns), ", ".join(each.referred)
                found.setdefault(each.child, []).append(
                    f"({own}) IN (SELECT {theirs} FROM {each.parent} WHERE {whose[each.parent]})"
                )
        if not found:
            return
        whose |= {name: f"({' OR '.join(conditions)})" for name, conditions in found.items()}


async def count(connection: Connection, shop_id: int) -> dict[str, int]:
    """How many rows of each table are the shop's."""
    return {
        each.name: await connection.fetchval(f"SELECT count(*) FROM {each.name} WHERE {each.whose}")
        for each in await tables(connection, shop_id)
    }


async def delete(connection: Connection, shop_id: int) -> None:
    """Deletes the shop with all of its rows; links to the panel open it no more, and those that
    opened nothing else end; so do schedules of exports. A bot that was in another shop before goes
    back there, taken out, for that shop's orders name it."""
    found = await tables(connection, shop_id)
    await _give_back(connection, shop_id)
    for each in found:
        if each.name not in ("bots", "shops"):
            await connection.execute(f"DELETE FROM {each.name} WHERE {each.whose}")
    for name, condition in (("bots", "shop_id = $1"), ("shops", "id = $1")):
        await connection.execute(f"DELETE FROM {name} WHERE {condition}", shop_id)
    await connection.execute(
        "DELETE FROM confirmations WHERE shop_ids @> ARRAY[$1::int] OR awaits @> ARRAY[$1::int]",
        shop_id,
    )
    await connection.execute(
        "UPDATE access_links SET shop_ids = array_remove(shop_ids, $1), revoked_at = "
        "CASE WHEN shop_ids = ARRAY[$1::int] THEN coalesce(revoked_at, now()) ELSE revoked_at END "
        "WHERE shop_ids @> ARRAY[$1::int]",
        shop_id,
    )
    await _end_schedules(connection, shop_id)


async def _end_schedules(connection: Connection, shop_id: int) -> None:
    await connection.execute(
        "UPDATE export_schedules SET shop_ids = array_remove(shop_ids, $1) "
        "WHERE shop_ids @> ARRAY[$1::int]",
        shop_id,
    )
    # Its jobs stay until their files are removed.
    await connection.execute(
        "UPDATE export_jobs AS j SET schedule_id = NULL, deliver_at = NULL "
        "FROM export_schedules AS s WHERE s.id = j.schedule_id AND s.shop_ids = '{}'"
    )
    await connection.execute("DELETE FROM export_schedules WHERE shop_ids = '{}'")


async def _give_back(connection: Connection, shop_id: int) -> None:
    columns = {row["name"]: set(row["columns"]) for row in await connection.fetch(_TABLES)}
    children = sorted(
        {
            row["child"]
            for row in await connection.fetch(_REFERENCES)
            if row["parent"] == "bots" and "shop_id" in columns[row["child"]]
        }
    )
    rows = " UNION ALL ".join(
        f"SELECT t.bot_id, t.shop_id FROM {name} AS t JOIN bots AS b ON b.id = t.bot_id "
        f"WHERE b.shop_id = {int(shop_id)} AND t.shop_id <> b.shop_id"
        for name in children
    )
    await connection.execute(_FORMER.format(rows=rows))
