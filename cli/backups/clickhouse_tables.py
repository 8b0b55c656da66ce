"""ClickHouse's tables at one moment, partition by partition, in its Native format, and back.

`frozen` makes tables of hard links (CREATE … CLONE AS): it takes milliseconds and no room, and what
is shipped or merged afterwards does not touch them.
"""

import hashlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

from core.errors import VitrinaError
from ingestion.reconciling import SET_ASIDE

_FROZEN = "staging_backup_"
_FILLED = "staging_restore_"
_EVENTS = "events"
_PIECE_BYTES = 1 << 20
_BROKEN = b"__exception__\r\n"  # an error after the first bytes is in the body itself
_TAIL_BYTES = 1 << 16

_TABLES = f"""
SELECT name, engine FROM system.tables
WHERE database = currentDatabase() AND engine LIKE '%MergeTree'
    AND NOT startsWith(name, 'staging_') AND NOT startsWith(name, '{SET_ASIDE}')
ORDER BY name
"""
_COLUMNS = """
SELECT name FROM system.columns
WHERE database = currentDatabase() AND table = {table:String}
    AND default_kind NOT IN ('MATERIALIZED', 'ALIAS', 'EPHEMERAL')
ORDER BY position
"""
_PARTITIONS = """
SELECT partition_id, arraySort(groupArray(hash_of_all_files)) AS files FROM system.parts
WHERE database = currentDatabase() AND table = {table:String} AND active
GROUP BY partition_id ORDER BY partition_id
"""
# The sum of hashes does not depend on the rows' order; the hash of a tuple counts NULLs, that of
# arguments is NULL with the first of them.
_SUM = """
SELECT count(), lower(hex(sum(cityHash64(tuple({columns}))))) FROM {source}
WHERE _partition_id = {{partition:String}}
"""
_ROWS = "SELECT {columns} FROM {source} WHERE _partition_id = {{partition:String}}"
_FILL_SETTINGS = {
    "async_insert": 0,
    "max_partitions_per_insert_block": 0,
    "insert_deduplicate": 0,
    "max_insert_threads": 1,
}


class ReadingBroken(VitrinaError):
    """ClickHouse failed in the middle of a table."""

    code = "backup_reading_broken"
    status = 503


@dataclass(frozen=True, slots=True)
class Table:
    """A table, and the columns that are stored. If its merges change rows, it is read as if they
    had been made."""

    name: str
    columns: tuple[str, ...]
    engine: str = "MergeTree"

    @property
    def frozen(self) -> str:
        return _FROZEN + self.name

    def read_from(self, name: str) -> str:
        """What to select from, for the table of that name with the same columns."""
        return name if self.engine == "MergeTree" else f"{name} FINAL"

    @property
    def listed(self) -> str:
        return ", ".join(f"`{column}`" for column in self.columns)


@dataclass(frozen=True, slots=True)
class Partition:
    id: str
    fingerprint: str


def tables(client: Client) -> list[Table]:
    """Every table with data of its own, by name."""
    return [
        Table(
            name,
            tuple(row[0] for row in client.query(_COLUMNS, {"table": name}).result_rows),
            engine,
        )
        for name, engine in client.query(_TABLES).result_rows
    ]


def freeze(client: Client, present: list[Table]) -> None:
    """Makes the tables of hard links that `thaw` removes; nothing in them expires.

    Events come last: a batch that arrives meanwhile is then in no table that counts events without
    being among the events, from which a restore takes it out again.
    """
    for table in sorted(present, key=lambda each: each.name == _EVENTS):
        client.command(f"CREATE TABLE {table.frozen} CLONE AS {table.name}")
        client.command(f"SYSTEM STOP MERGES {table.frozen}")


def thaw(client: Client, present: list[Table]) -> None:
    """Removes them, also those that an interrupted backup left."""
    for table in present:
        client.command(f"DROP TABLE IF EXISTS {table.frozen} SYNC")


def partitions(client: Client, table: str) -> list[Partition]:
    """The table's partitions; the fingerprint changes whenever a file of theirs does."""
    return [
        Partition(name, hashlib.sha256(" ".join(files).encode()).hexdigest()[:32])
        for name, files in client.query(_PARTITIONS, {"table": table}).result_rows
    ]


def sums(client: Client, table: Table, source: str, partition: str) -> tuple[int, str]:
    """The partition's number of rows, and their checksum."""
    sql = _SUM.format(columns=table.listed, source=table.read_from(source))
    rows, checksum = client.query(sql, {"partition": partition}).result_rows[0]
    return rows, checksum


def read(client: Client, table: Table, partition: str) -> Iterator[bytes]:
    """The rows of a frozen table's partition; raises ReadingBroken."""
    sql = _ROWS.format(columns=table.listed, source=table.read_from(table.frozen))
    tail = b""
    with client.raw_stream(sql, {"partition": partition}, fmt="Native") as stream:
        while piece := stream.read(_PIECE_BYTES):
            tail = (tail + piece)[-_TAIL_BYTES:]
            if _BROKEN in tail:
                raise ReadingBroken(
                    f"ClickHouse failed while {table.name} was read: run the backup again"
                )
            yield piece


@contextmanager
def filling(client: Client, table: Table) -> Iterator[str]:
    """A table beside it to be filled, whose parts replace nothing and cause no view to count; they
    are in place when the block ends. What has expired goes only then: it is compared before."""
    beside = _FILLED + table.name
    client.command(f"DROP TABLE IF EXISTS {beside} SYNC")
    client.command(f"CREATE TABLE {beside} AS {table.name}")
    client.command(f"SYSTEM STOP TTL MERGES {beside}")
    try:
        yield beside
        client.command(f"ALTER TABLE {table.name} ATTACH PARTITION ALL FROM {beside}")
    finally:
        client.command(f"DROP TABLE IF EXISTS {beside} SYNC")


def fill(client: Client, table: Table, target: str, pieces: Iterator[bytes]) -> None:
    """Inserts rows that `read` gave."""
    client.raw_insert(
        target,
        list(table.columns),
        insert_block=_generator(pieces),
        settings=_FILL_SETTINGS,
        fmt="Native",
    )


def _generator(pieces: Iterator[bytes]) -> Generator[bytes, None, None]:
    yield from pieces


def is_empty(client: Client) -> bool:
    """Whether no table has a row."""
    return all(not partitions(client, table.name) for table in tables(client))
