"""Seals stored secrets again with the newest key, a batch at a time, while everything runs.

Tables say by comments on their columns what a sealed value is bound to (`core/migrations/postgres/
0055_sealed_columns.sql`), so a module's are found as well.
"""

import base64
import contextlib
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg

from core.errors import ConfigurationError
from core.postgres import Connection
from core.secrets import KeyRing
from core.shop import bots

_BATCH_ROWS = 500
_COMMENT = re.compile(r"sealed(?P<json> in json)?: (?P<row>.*)")
_FIELD = re.compile(r"{(\w+)}")
_DIGEST_COMMENT = re.compile(r"digest of (?P<of>\w+): (?P<row>.*)")
_COLUMNS = """
SELECT c.relname AS table_name, a.attname AS name, d.description AS comment
FROM pg_description AS d
JOIN pg_class AS c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = d.objsubid
WHERE c.relnamespace = current_schema()::regnamespace AND d.description LIKE $1
ORDER BY c.relname, a.attname
"""
_FIRST = (0, 0)


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column with sealed values, and the name that they are bound to."""

    table: str
    name: str
    is_json: bool
    row: str

    @property
    def fields(self) -> list[str]:
        return sorted(set(_FIELD.findall(self.row)))

    def bound(self, values: Mapping[str, Any]) -> str:
        """The name for the row with these values."""
        return _FIELD.sub(lambda field: str(values[field[1]]), self.row)

    @property
    def is_old(self) -> str:
        """The condition for rows that may have values of other keys than $1."""
        if self.is_json:
            return f"{self.name}::text LIKE '%sealed%' AND $1::int > 0"
        return f"get_byte({self.name}, 0) <> $1::int"


@dataclass(frozen=True, slots=True)
class DigestColumn:
    """A column with digests (`KeyRing.digests`) of what its table's column `of` has sealed."""

    table: str
    name: str
    of: SealedColumn


@dataclass(slots=True)
class Outcome:
    """How many values were sealed again, and where some do not open."""

    sealed: int = 0
    unreadable: int = 0


async def columns(connection: Connection) -> list[SealedColumn]:
    """Every column with sealed values, modules' included."""
    found = []
    for row in await connection.fetch(_COLUMNS, "sealed%"):
        match = _COMMENT.fullmatch(row["comment"])
        if match is not None:
            found.append(
                SealedColumn(row["table_name"], row["name"], bool(match["json"]), match["row"])
            )
    return found


async def reseal(
    connection: Connection, keys: KeyRing, tell: Callable[[str], None] = lambda table: None
) -> Outcome:
    """Seals everything with the newest key that is not yet; each batch is a transaction, so it can
    be stopped and run again at any time."""
    outcome = Outcome()
    for column in await columns(connection):
        tell(column.table)
        place: tuple[int, int] | None = _FIRST
        while place is not None:
            async with connection.transaction():
                place = await _batch(connection, keys, column, place, outcome)
    return outcome


async def in_use(connection: Connection) -> dict[int, int]:
    """How many values each key has sealed."""
    counts: Counter[int] = Counter()

    def count(sealed: bytes, _row: str) -> bytes:
        counts[sealed[0]] += 1
        return sealed

    for column in await columns(connection):
        if not column.is_json:
            rows = await connection.fetch(
                f"SELECT get_byte({column.name}, 0) AS key, count(*) AS count FROM {column.table} "
                f"WHERE {column.name} IS NOT NULL GROUP BY 1"
            )
            counts.update({row["key"]: row["count"] for row in rows})
            continue
        async with connection.transaction():
            async for row in connection.cursor(
                f"SELECT {column.name} AS stored FROM {column.table} WHERE {column.is_old}", 1
            ):
                _in_json(row["stored"], "", count)
    return dict(counts)


async def digest_again(connection: Connection, keys: KeyRing) -> int:
    """Makes digests anew that are not of the newest key, a batch at a time, as `reseal` does; how
    many. A value that does not open keeps its digest, and so does one that is there twice."""
    made = 0
    sealed = {(each.table, each.name): each for each in await columns(connection)}
    for row in await connection.fetch(_COLUMNS, "digest of %"):
        match = _DIGEST_COMMENT.fullmatch(row["comment"])
        if match is None:
            continue
        column = DigestColumn(
            row["table_name"], row["name"], sealed[row["table_name"], match["of"]]
        )
        place: tuple[int, int] | None = _FIRST
        while place is not None:
            async with connection.transaction():
                place, again = await _digest_batch(connection, keys, column, place)
            made += again
    return made


async def _digest_batch(
    connection: Connection, keys: KeyRing, column: DigestColumn, place: tuple[int, int]
) -> tuple[tuple[int, int] | None, int]:
    """The next place, None at the end; and how many digests were made."""
    listed = "".join(f", {name}" for name in column.of.fields)
    rows = await connection.fetch(
        f"SELECT ctid, {column.of.name} AS stored, {column.name} AS digest{listed} "
        f"FROM {column.table} WHERE ctid > $1 AND {column.of.name} IS NOT NULL "
        f"ORDER BY ctid LIMIT {_BATCH_ROWS} FOR UPDATE",
        place,
    )
    made = 0
    for row in rows:
        bound = column.of.bound({name: row[name] for name in column.of.fields})
        try:
            digest = keys.digests(keys.open(row["stored"], bound), bound)[0]
        except ConfigurationError:
            continue
        if digest == row["digest"]:
            continue
        with contextlib.suppress(asyncpg.UniqueViolationError):
            async with connection.transaction():
                await connection.execute(
                    f"UPDATE {column.table} SET {column.name} = $2 WHERE ctid = $1",
                    row["ctid"],
                    digest,
                )
            made += 1
    return (rows[-1]["ctid"] if len(rows) == _BATCH_ROWS else None), made


async def _batch(
    connection: Connection,
    keys: KeyRing,
    column: SealedColumn,
    place: tuple[int, int],
    outcome: Outcome,
) -> tuple[int, int] | None:
    """One batch of rows behind the place; returns the next place, None at the end."""
    newest = max(keys.keys)
    listed = "".join(f", {name}" for name in column.fields)
    rows = await connection.fetch(
        f"SELECT ctid, {column.name} AS stored{listed} FROM {column.table} "
        f"WHERE ctid > $2 AND {column.name} IS NOT NULL AND {column.is_old} "
        f"ORDER BY ctid LIMIT {_BATCH_ROWS} FOR UPDATE",
        newest,
        place,
    )

    def again(sealed: bytes, bound: str) -> bytes:
        if sealed[0] == newest:
            return sealed
        try:
            made = keys.seal(keys.open(sealed, bound), bound)
        except ConfigurationError:
            outcome.unreadable += 1
            return sealed
        outcome.sealed += 1
        return made

    for row in rows:
        bound = column.bound({name: row[name] for name in column.fields})
        changed = _changed(column, row["stored"], bound, again)
        if changed != row["stored"]:
            await connection.execute(
                f"UPDATE {column.table} SET {column.name} = $2 WHERE ctid = $1",
                row["ctid"],
                changed,
            )
            if column.table == "bot_modules":
                await bots.announce(connection, row["bot_id"])  # hosts have the former in memory
    return rows[-1]["ctid"] if len(rows) == _BATCH_ROWS else None


Change = Callable[[bytes, str], bytes]


def _changed(column: SealedColumn, stored: Any, bound: str, change: Change) -> Any:
    return _in_json(stored, bound, change) if column.is_json else change(stored, bound)


def _in_json(value: Any, bound: str, change: Change) -> Any:
    if isinstance(value, Mapping):
        sealed = value.get("sealed")
        if isinstance(sealed, str) and ("row" in value or set(value) == {"sealed", "tail"}):
            made = change(base64.b64decode(sealed), str(value.get("row", bound)))
            return {**value, "sealed": base64.b64encode(made).decode()}
        return {name: _in_json(each, bound, change) for name, each in value.items()}
    if isinstance(value, list):
        return [_in_json(each, bound, change) for each in value]
    return value
