"""The numbers that events carry in place of a shop's own names of orders, products and variants."""

from collections.abc import Collection
from typing import Literal, TypeAlias

from core.postgres import Connection

Kind: TypeAlias = Literal["order", "product", "variant"]
Named: TypeAlias = tuple[Kind, str]

_FIND = """
SELECT n.kind, n.name, n.number
FROM unnest($2::text[], $3::text[]) AS w (kind, name)
JOIN external_numbers AS n ON n.shop_id = $1 AND n.kind = w.kind AND n.name = w.name
"""
# In order of name: two calls with the same new names wait for each other without a deadlock.
_MAKE = """
INSERT INTO external_numbers (shop_id, kind, name, number)
SELECT $1, w.kind, w.name,
    nextval(CASE w.kind WHEN 'order' THEN 'orders_id_seq' ELSE 'products_id_seq' END::regclass)
FROM (SELECT * FROM unnest($2::text[], $3::text[]) AS u (kind, name) ORDER BY kind, name) AS w
ON CONFLICT DO NOTHING
RETURNING kind, name, number
"""


async def find(connection: Connection, shop_id: int, names: Collection[Named]) -> dict[Named, int]:
    """The numbers of those names that have one."""
    if not names:
        return {}
    rows = await connection.fetch(_FIND, shop_id, *_columns(names))
    return {(row["kind"], row["name"]): row["number"] for row in rows}


async def claim(connection: Connection, shop_id: int, names: Collection[Named]) -> dict[Named, int]:
    """New numbers for the names that had none, and only for those.

    Of two simultaneous calls the second waits until the first has committed, and then has none to
    make.
    """
    rows = await connection.fetch(_MAKE, shop_id, *_columns(names))
    return {(row["kind"], row["name"]): row["number"] for row in rows}


async def give(connection: Connection, shop_id: int, names: Collection[Named]) -> dict[Named, int]:
    """The number of every name; a new one for each that had none."""
    found = await find(connection, shop_id, names)
    missing = [each for each in names if each not in found]
    if missing:
        found |= await claim(connection, shop_id, missing)
        # Another transaction numbered them between the two statements.
        if overtaken := [each for each in missing if each not in found]:
            found |= await find(connection, shop_id, overtaken)
    return found


def _columns(names: Collection[Named]) -> tuple[list[str], list[str]]:
    return [kind for kind, _ in names], [name for _, name in names]
