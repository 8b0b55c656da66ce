"""Puts a backup into empty stores, and makes them agree with each other."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from typing import Literal

import asyncpg
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error as ClickHouseError

from cli.backups import clickhouse_tables, manifest, postgres_rows
from cli.backups.manifest import Manifest
from cli.backups.places import Place, PlaceFails
from cli.backups.sealing import BackupDamaged, BackupKey
from core import migrations, postgres
from core.clickhouse import open_client
from core.errors import ConfigurationError, Refused
from core.migrations import Migration
from core.postgres import Connection
from ingestion.reconciling import Reconciled, reconcile

Store = Literal["postgres", "clickhouse"]
Tell = Callable[[str, int, int], None]

_FULL_CLICKHOUSE = "Code: 243"  # NOT_ENOUGH_SPACE
_SERVICES = """
SELECT string_agg(DISTINCT application_name, ', ') FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'vitrina%' AND pid <> pg_backend_pid()
"""
_APPLIED = """
SELECT owner, number, name FROM schema_migrations WHERE store = 'postgres' ORDER BY owner, number
"""


@dataclass(frozen=True, slots=True)
class Stores:
    """Where to restore to; `clickhouse_url` is of the user who may change tables."""

    database_url: str
    clickhouse_url: str


@dataclass(frozen=True, slots=True)
class Order:
    """What to restore: a backup of a place, into which of the stores."""

    place: Place
    backup: Manifest
    key: BackupKey | None
    only: Store | None
    tell: Tell


def scripts_of(backup: Manifest, installed: Sequence[Migration]) -> list[Migration]:
    """The installed migrations that the backup's stores had.

    Raises ConfigurationError if it had others: it is of a newer version, or of another one.
    """
    known: dict[tuple[str, str, int], Migration] = {
        (each.store, each.owner, each.number): each for each in installed
    }
    had = set()
    for script in backup.schema_scripts:
        place = (script.store, script.owner, script.number)
        if place not in known or known[place].checksum != script.checksum:
            raise ConfigurationError(
                f"backup {backup.id} has {script.owner}/{script.store}/{script.name}, which this "
                "version does not know: restore it with the version that made it, or a later one"
            )
        had.add(place)
    # In the order in which they are applied.
    return [script for place, script in known.items() if place in had]


async def restore(stores: Stores, order: Order, installed: Sequence[Migration]) -> Reconciled:
    """Fills the stores and reconciles them; they are of this version's schema afterwards.

    Raises Refused if a store is not empty or services run, ConfigurationError, BackupDamaged,
    PlaceFails if a store's disk is full. What was filled in by a restore that failed is gone from
    PostgreSQL; ClickHouse is to be emptied before another attempt.
    """
    scripts = scripts_of(order.backup, installed)
    try:
        async with AsyncExitStack() as stack:
            client = stack.enter_context(closing(open_client(stores.clickhouse_url)))
            connection = await postgres.connect(stores.database_url)
            stack.push_async_callback(connection.close)
            await _require_empty(connection, client, order.only)
            if order.only != "clickhouse":
                await require_no_newer(connection, scripts)
                mine = [each for each in scripts if each.store == "postgres"]
                await migrations.migrate(stores.database_url, stores.clickhouse_url, mine)
                await _fill_postgres(connection, order)
            if order.only != "postgres":
                for script in scripts:
                    if script.store == "clickhouse":
                        await migrations.apply_to_clickhouse(stores.clickhouse_url, script)
                await asyncio.to_thread(_fill_clickhouse, client, order)
                if order.only == "clickhouse":
                    await _catch_up(connection, stores, scripts, installed)
            await migrations.migrate(stores.database_url, stores.clickhouse_url, installed)
            return await reconcile(connection, client)
    except asyncpg.DiskFullError as error:
        raise PlaceFails(
            "PostgreSQL's disk is full: make room there, empty it, and run it again"
        ) from error
    except ClickHouseError as error:
        if _FULL_CLICKHOUSE in str(error):
            raise PlaceFails(
                "ClickHouse's disk is full: make room there, empty it, and run it again"
            ) from error
        raise


async def _catch_up(
    connection: Connection,
    stores: Stores,
    scripts: Sequence[Migration],
    installed: Sequence[Migration],
) -> None:
    """Applies to a restored ClickHouse what the newer PostgreSQL says it had."""
    rows = await connection.fetch(
        "SELECT owner, number FROM schema_migrations WHERE store = 'clickhouse'"
    )
    had = {tuple(row) for row in rows} - {
        (each.owner, each.number) for each in scripts if each.store == "clickhouse"
    }
    for script in installed:
        if script.store == "clickhouse" and (script.owner, script.number) in had:
            await migrations.apply_to_clickhouse(stores.clickhouse_url, script)


async def _require_empty(connection: Connection, client: Client, only: Store | None) -> None:
    if services := await connection.fetchval(_SERVICES):
        raise Refused(f"stop the services, all but the two stores, first ({services})")
    exists = await connection.fetchval("SELECT to_regclass('shops') IS NOT NULL")
    has_shops = exists and await connection.fetchval("SELECT EXISTS (SELECT FROM shops)")
    if only != "clickhouse" and has_shops:
        raise Refused(
            "PostgreSQL is not empty, and a restore replaces nothing: restore into a new database, "
            "or drop this one and create it again"
        )
    if only == "clickhouse" and not has_shops:
        raise Refused("PostgreSQL is empty: restore both stores, without --only")
    if only != "postgres" and not await asyncio.to_thread(clickhouse_tables.is_empty, client):
        raise Refused(
            "ClickHouse is not empty, and a restore replaces nothing: drop its database and create "
            "it again, or keep it and restore --only postgres"
        )


async def require_no_newer(connection: Connection, scripts: Sequence[Migration]) -> None:
    """Raises Refused if the empty PostgreSQL has migrations beyond the backup's `scripts`: they
    would be applied a second time."""
    if not await connection.fetchval("SELECT to_regclass('schema_migrations') IS NOT NULL"):
        return
    had = {(each.owner, each.number) for each in scripts if each.store == "postgres"}
    rows = await connection.fetch(_APPLIED)
    if newer := [row["name"] for row in rows if (row["owner"], row["number"]) not in had]:
        raise Refused(
            f"PostgreSQL is empty, but migrated beyond the backup ({newer[-1]}): drop its database "
            "and ClickHouse's and create them again (in containers: new volumes), and restore "
            "before anything migrates them (docker compose run --no-deps)"
        )


async def _fill_postgres(connection: Connection, order: Order) -> None:
    """All rows in one transaction: a restore that fails leaves the tables empty."""
    backup, key = order.backup, manifest.key_of(order.backup, order.key)
    async with connection.transaction():
        present = await postgres_rows.tables(connection)
        foreign_keys = await postgres_rows.make_room(connection, present)
        for number, stored in enumerate(backup.postgres):
            order.tell(f"PostgreSQL: {stored.name}", number, len(backup.postgres))
            sums = postgres_rows.RowSums()
            pieces = sums.counted(order.place.read(stored.contents.stored, key))
            table = postgres_rows.Table(stored.name, stored.columns)
            await postgres_rows.copy_in(connection, table, pieces)
            _compare(stored.name, (sums.rows, sums.checksum), stored.contents)
        order.tell("PostgreSQL: checking references", 0, 0)
        await postgres_rows.finish(connection, present, foreign_keys, backup.sequences)


def _fill_clickhouse(client: Client, order: Order) -> None:
    backup, key = order.backup, manifest.key_of(order.backup, order.key)
    for number, stored in enumerate(backup.clickhouse):
        order.tell(f"ClickHouse: {stored.name}", number, len(backup.clickhouse))
        table = clickhouse_tables.Table(stored.name, stored.columns, stored.engine)
        with clickhouse_tables.filling(client, table) as beside:
            for partition in stored.partitions:
                pieces = order.place.read(partition.contents.stored, key)
                clickhouse_tables.fill(client, table, beside, pieces)
                found = clickhouse_tables.sums(client, table, beside, partition.id)
                _compare(f"{stored.name}/{partition.id}", found, partition.contents)


def _compare(name: str, found: tuple[int, str], expected: manifest.Contents) -> None:
    if found != (expected.rows, expected.checksum):
        raise BackupDamaged(
            f"{name}: {found[0]} rows with checksum {found[1]} were restored, the backup's "
            f"manifest says {expected.rows} with {expected.checksum}"
        )


def check(order: Order) -> tuple[int, int]:
    """Reads every file of the backup; returns how many there are and their bytes.

    Each file is authenticated and its stored checksum compared; PostgreSQL's rows are counted, too.
    Raises BackupDamaged.
    """
    key = manifest.key_of(order.backup, order.key)
    files = list(order.backup.contents())
    copies = {table.contents.path for table in order.backup.postgres}
    for number, contents in enumerate(files):
        order.tell("reading files", number, len(files))
        pieces = order.place.read(contents.stored, key)
        if contents.path in copies:
            sums = postgres_rows.RowSums()
            for _ in sums.counted(pieces):
                pass
            _compare(contents.path, (sums.rows, sums.checksum), contents)
        else:
            for _ in pieces:
                pass
    return len(files), sum(each.bytes for each in files)
