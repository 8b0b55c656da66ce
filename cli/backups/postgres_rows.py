"""PostgreSQL's rows in COPY's text format, table by table, and back.

The schema is not part of it: the migrations make it, and their ledger is one of the tables.
"""

import asyncio
import hashlib
import queue
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from core.postgres import Connection

_WAITING_PIECES = 16
_SECONDS = 24 * 3600.0
_OUTBOX = "outbox"

_TABLES = """
SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relkind = 'r' AND c.relpersistence = 'p'
    AND c.relnamespace = current_schema()::regnamespace
    AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    AND NOT EXISTS (
        SELECT FROM pg_depend AS d
        WHERE (d.classid, d.objid, d.deptype) = ('pg_class'::regclass, c.oid, 'e')
    )
GROUP BY c.relname ORDER BY c.relname
"""
_SEQUENCES = """
SELECT sequencename AS name, last_value FROM pg_sequences
WHERE schemaname = current_schema() ORDER BY sequencename
"""
_FOREIGN_KEYS = """
SELECT c.conrelid::regclass::text AS table_name, quote_ident(c.conname) AS name,
    pg_get_constraintdef(c.oid) AS definition
FROM pg_constraint AS c JOIN pg_class AS t ON t.oid = c.conrelid
WHERE c.contype = 'f' AND c.conparentid = 0
    AND t.relnamespace = current_schema()::regnamespace
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with rows of its own, and the columns that are not computed from others."""

    name: str
    columns: tuple[str, ...]

    @property
    def is_outbox(self) -> bool:
        """Whether the shipper empties it."""
        return (
            self.name.startswith(f"{_OUTBOX}_") and self.name.removeprefix(f"{_OUTBOX}_").isdigit()
        )


class RowSums:
    """Rows of COPY's text format, counted and summed: the sum of the first 8 bytes of each line's
    BLAKE2b, modulo 2^64, does not depend on their order."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0
        self._rest = b""

    def add(self, piece: bytes) -> None:
        *lines, self._rest = (self._rest + piece).split(b"\n")
        self.rows += len(lines)
        self._sum += sum(
            int.from_bytes(hashlib.blake2b(line, digest_size=8).digest(), "big") for line in lines
        )

    @property
    def checksum(self) -> str:
        return f"{self._sum % 2**64:016x}"

    def counted(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self.add(piece)
            yield piece


async def tables(connection: Connection) -> list[Table]:
    """The platform's and the modules' tables, by name; a partitioned one by its partitions."""
    rows = await connection.fetch(_TABLES)
    return [Table(row["name"], tuple(row["columns"])) for row in rows]


async def sequences(connection: Connection) -> dict[str, int | None]:
    """Each sequence's last number, None before its first."""
    return {row["name"]: row["last_value"] for row in await connection.fetch(_SEQUENCES)}


async def copy_out(
    connection: Connection, table: Table, keep: Callable[[Iterator[bytes]], None]
) -> None:
    """Gives the table's rows to `keep`, which reads them in a thread of its own."""
    pieces: queue.Queue[bytes | None] = queue.Queue(_WAITING_PIECES)
    stopped = threading.Event()

    def arriving() -> Iterator[bytes]:
        while (piece := pieces.get()) is not None:
            yield piece

    def work() -> None:
        try:
            keep(arriving())
        finally:
            stopped.set()

    async def put(piece: bytes | None) -> None:
        while not stopped.is_set():
            try:
                pieces.put_nowait(piece)
                return
            except queue.Full:
                await asyncio.sleep(0.005)

    async def take(piece: bytes) -> None:
        await put(piece)
        if stopped.is_set():
            raise BrokenPipeError

    with ThreadPoolExecutor(1) as thread:
        working = asyncio.get_running_loop().run_in_executor(thread, work)
        try:
            await connection.copy_from_query(
                f"SELECT {_named(table)} FROM ONLY {_quoted(table.name)}",
                output=take,
                format="text",
                timeout=_SECONDS,
            )
        except BrokenPipeError:
            pass  # what `keep` raised says why
        finally:
            await put(None)
        await working


async def copy_in(connection: Connection, table: Table, pieces: Iterator[bytes]) -> None:
    """Fills a table, which is empty."""

    async def arriving() -> AsyncIterator[bytes]:
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            yield piece

    await connection.copy_to_table(
        table.name,
        source=arriving(),
        columns=list(table.columns),
        format="text",
        timeout=_SECONDS,
    )


async def make_room(connection: Connection, present: list[Table]) -> list[tuple[str, str, str]]:
    """Empties the tables and takes their foreign keys off; returns them for `finish`."""
    keys = [tuple(row) for row in await connection.fetch(_FOREIGN_KEYS)]
    for table, name, _ in keys:
        await connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for each in present:
        await connection.execute(f"ALTER TABLE {_quoted(each.name)} DISABLE TRIGGER USER")
    await connection.execute(f"TRUNCATE {', '.join(_quoted(each.name) for each in present)}")
    return keys


async def finish(
    connection: Connection,
    present: list[Table],
    keys: list[tuple[str, str, str]],
    numbers: dict[str, int | None],
) -> None:
    """Sets the sequences and puts the foreign keys back, which checks all rows."""
    for name, last in numbers.items():
        if last is not None:
            await connection.execute("SELECT setval($1::text::regclass, $2)", _quoted(name), last)
    for each in present:
        await connection.execute(f"ALTER TABLE {_quoted(each.name)} ENABLE TRIGGER USER")
    for table, name, definition in keys:
        await connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def _named(table: Table) -> str:
    return ", ".join(map(_quoted, table.columns))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
