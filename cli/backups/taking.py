"""Takes a backup of both stores, of one moment.

The moment is one in which no batch of the shipper is begun or closed (`shipments` is locked for as
long as ClickHouse needs to link its parts): ClickHouse has all that PostgreSQL's outbox says was
shipped, and beyond it at most the batch that was on its way, which a restore takes out again
(`ingestion.reconciling`).
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime

from clickhouse_connect.driver.client import Client

from cli.backups import clickhouse_tables, manifest, postgres_rows, secret_keys
from cli.backups.manifest import (
    ClickHouseTable,
    Contents,
    Manifest,
    Partition,
    Position,
    PostgresTable,
    Script,
)
from cli.backups.places import Place
from cli.backups.sealing import BackupDamaged, BackupKey
from core import postgres
from core.clickhouse import open_client
from core.errors import ConfigurationError, Refused
from core.migrations import replicas
from core.postgres import Connection
from core.settings import Settings

_LOCK = 0x6261636B  # two backups at once would remove each other's frozen tables
Tell = Callable[[str, int, int], None]
# Table, partition, fingerprint and columns: by these a partition is known to be as it was.
_Unchanged = tuple[str, str, str, tuple[str, ...]]

_POSITIONS = "SELECT shard, xid, pos FROM shipments ORDER BY shard"
_SCRIPTS = """
SELECT store, owner, number, name, checksum FROM schema_migrations ORDER BY store, owner, number
"""
_NOTE = """
INSERT INTO backups (id, place, made_at, is_encrypted, bytes) VALUES ($1, $2, $3, $4, $5)
"""


@dataclass(frozen=True, slots=True)
class Order:
    """What to back up to; with `is_full`, nothing of earlier backups is referred to."""

    place: Place
    key: BackupKey | None
    is_full: bool
    tell: Tell


async def take(settings: Settings, order: Order) -> Manifest:
    """Makes a backup; returns its manifest. What a failed one wrote is removed.

    Raises Refused if another is being made or ClickHouse has replicas, PlaceFails,
    ConfigurationError.
    """
    url = settings.database_url.get_secret_value()
    made_at = datetime.now(UTC)
    backup = f"{made_at:%Y%m%dT%H%M%S}Z"
    base = _base(order)
    keeper = await postgres.connect(url)
    try:
        if not await keeper.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            raise Refused("another backup is being made: wait for its end")
        with closing(open_client(settings.migrating_clickhouse_url)) as client:
            refuse_replicas(client)
            taking = _Taking(order, backup, base, client)
            try:
                made = await taking.run(settings, keeper, made_at)
            except BaseException:
                order.place.delete(order.place.files(backup))
                raise
        await keeper.execute(
            _NOTE, backup, order.place.address, made_at, made.is_encrypted, made.own_bytes
        )
        return made
    finally:
        await keeper.close()


def refuse_replicas(client: Client) -> None:
    """Raises Refused in a database of replicas, before anything is written."""
    if replicas.is_replicated(client.query(replicas.ENGINE)):
        raise Refused(
            "ClickHouse's database has replicas, and takes no CREATE … CLONE AS, by which a backup "
            "reads one moment: use ClickHouse's own BACKUP DATABASE, and WAL for PostgreSQL "
            "(docs/scaling.md, docs/backups.md)"
        )


def _base(order: Order) -> Manifest | None:
    """The last backup, whose unchanged partitions are referred to; None if it is of another key, or
    its manifest is damaged: then everything is written anew."""
    found = [] if order.is_full else manifest.complete(order.place)
    if not found:
        return None
    try:
        return manifest.read(order.place, found[-1], order.key)
    except (ConfigurationError, BackupDamaged):
        return None


def _referable(place: Place, base: Manifest | None) -> dict[_Unchanged, Partition]:
    """The base's partitions whose files are still there, and whole by their size."""
    if base is None:
        return {}
    stored = [(table, each) for table in base.clickhouse for each in table.partitions]
    sizes: dict[str, int] = {}
    for folder in {each.contents.path.partition("/")[0] for _, each in stored}:
        sizes |= place.sizes(folder)
    return {
        (table.name, each.id, each.fingerprint, table.columns): each
        for table, each in stored
        if sizes.get(each.contents.path) == each.contents.bytes
    }


class _Taking:
    """One backup while it is made."""

    def __init__(self, order: Order, backup: str, base: Manifest | None, client: Client) -> None:
        self._order = order
        self._id = backup
        self._base = base
        self._client = client
        self._known = _referable(order.place, base)

    async def run(self, settings: Settings, keeper: Connection, made_at: datetime) -> Manifest:
        async with AsyncExitStack() as stack:
            reader = await postgres.connect(settings.database_url.get_secret_value())
            stack.push_async_callback(reader.close)
            await stack.enter_async_context(
                reader.transaction(isolation="repeatable_read", readonly=True)
            )
            present = await self._freeze(keeper, reader)
            stack.callback(clickhouse_tables.thaw, self._client, present)
            scripts = [Script(**row) for row in await reader.fetch(_SCRIPTS)]
            positions = [Position(**row) for row in await reader.fetch(_POSITIONS)]
            numbers = await postgres_rows.sequences(reader)
            keys = await secret_keys.needed(reader, settings)
            version = await reader.fetchval("SHOW server_version")
            rows = await self._postgres(reader)
            stored = await asyncio.to_thread(self._clickhouse, present)
        made = Manifest(
            format=manifest.FORMAT,
            id=self._id,
            made_at=made_at,
            base=self._base.id if self._base else None,
            is_encrypted=self._order.key is not None,
            postgres_version=version,
            clickhouse_version=str(self._client.command("SELECT version()")),
            secret_keys=keys,
            schema_scripts=tuple(scripts),
            positions=tuple(positions),
            sequences=numbers,
            postgres=rows,
            clickhouse=stored,
        )
        manifest.write(self._order.place, made, self._order.key)
        return made

    async def _freeze(
        self, keeper: Connection, reader: Connection
    ) -> list[clickhouse_tables.Table]:
        """Fixes the moment in both stores.

        The outbox is locked against being emptied before the snapshot, which TRUNCATE ignores.
        """
        await reader.execute("LOCK TABLE outbox IN ACCESS SHARE MODE")
        present = clickhouse_tables.tables(self._client)
        clickhouse_tables.thaw(self._client, present)
        async with keeper.transaction():
            await keeper.execute("LOCK TABLE shipments IN EXCLUSIVE MODE")
            await reader.fetch(_POSITIONS)  # the snapshot
            await asyncio.to_thread(clickhouse_tables.freeze, self._client, present)
        return present

    async def _postgres(self, reader: Connection) -> tuple[PostgresTable, ...]:
        found = await postgres_rows.tables(reader)
        made = []
        for number, table in enumerate(sorted(found, key=lambda each: not each.is_outbox)):
            self._order.tell(f"PostgreSQL: {table.name}", number, len(found))
            made.append(await self._table(reader, table))
        return tuple(made)

    async def _table(self, reader: Connection, table: postgres_rows.Table) -> PostgresTable:
        path = f"{self._id}/postgres/{table.name}.copy.zst"
        sums = postgres_rows.RowSums()
        kept: list[Contents] = []
        await postgres_rows.copy_out(
            reader, table, lambda pieces: kept.append(self._write(path, sums.counted(pieces)))
        )
        contents = kept[0].model_copy(update={"rows": sums.rows, "checksum": sums.checksum})
        return PostgresTable(name=table.name, columns=table.columns, contents=contents)

    def _clickhouse(self, present: list[clickhouse_tables.Table]) -> tuple[ClickHouseTable, ...]:
        made = []
        for number, table in enumerate(present):
            self._order.tell(f"ClickHouse: {table.name}", number, len(present))
            parts = [
                self._partition(table, each)
                for each in clickhouse_tables.partitions(self._client, table.frozen)
            ]
            made.append(
                ClickHouseTable(
                    name=table.name,
                    engine=table.engine,
                    columns=table.columns,
                    partitions=tuple(parts),
                )
            )
        return tuple(made)

    def _partition(
        self, table: clickhouse_tables.Table, found: clickhouse_tables.Partition
    ) -> Partition:
        known = self._known.get((table.name, found.id, found.fingerprint, table.columns))
        if known is not None:
            return known
        rows, checksum = clickhouse_tables.sums(self._client, table, table.frozen, found.id)
        path = f"{self._id}/clickhouse/{table.name}/{found.id}.native.zst"
        contents = self._write(path, clickhouse_tables.read(self._client, table, found.id))
        return Partition(
            id=found.id,
            fingerprint=found.fingerprint,
            contents=contents.model_copy(update={"rows": rows, "checksum": checksum}),
        )

    def _write(self, path: str, pieces: Iterator[bytes]) -> Contents:
        stored = self._order.place.write(path, pieces, self._order.key)
        return Contents(
            path=stored.path, bytes=stored.bytes, sha256=stored.sha256, rows=0, checksum=""
        )
