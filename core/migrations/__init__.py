"""Forward-only migrations of both stores, with one ledger in PostgreSQL.

The platform's own scripts stand beside this file, a module's in its `migrations/postgres/` and
`migrations/clickhouse/`. A script is `NNNN_name.sql`; once applied it must never change.
"""

import asyncio
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import asyncpg
import structlog

from core import clickhouse, people_day, postgres
from core.errors import ConfigurationError
from core.migrations import indexes, replicas

log = structlog.get_logger()

Store = Literal["postgres", "clickhouse"]
_STORES: tuple[Store, ...] = ("postgres", "clickhouse")
_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
LOCK = 0x76697472  # any number of ours: two migrators take turns
_LOCK_SECONDS = 0.2  # between two tries, at first: each time twice as long
_MOST_LOCK_SECONDS = 5.0
# For each lock; below PostgreSQL's deadlock_timeout (1 s): where a script and a service wait for
# each other, it is nearly always the script that gives way.
_LOCK_WAIT = "500ms"
_LEDGER = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    store text NOT NULL,
    owner text NOT NULL,
    number int NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store, owner, number)
)
"""
# What a script made, so that it can be named after the script has been removed.
_LEDGER_TABLES = """
ALTER TABLE schema_migrations ADD COLUMN IF NOT EXISTS tables text[] NOT NULL DEFAULT '{}'
"""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"


@dataclass(frozen=True, slots=True)
class Migration:
    """One script: `owner` is `core` or a module's key."""

    store: Store
    owner: str
    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def scripts(owner: str, folder: Path, *, whole: Path | None = None) -> list[Migration]:
    """The scripts in `postgres/` and `clickhouse/` of `folder`, in order.

    Raises ConfigurationError on a bad name or a gap, or if a script lies elsewhere below `whole`
    (default: `folder`), where nothing would run it.
    """
    found: list[Migration] = []
    for file in sorted((whole or folder).rglob("*.sql")):
        if file.parent not in [folder / store for store in _STORES]:
            raise ConfigurationError(
                f"{file}: nothing runs a script there; move it to {folder / 'postgres'} or "
                f"{folder / 'clickhouse'}"
            )
    for store in _STORES:
        files = sorted((folder / store).glob("*.sql"))
        for expected, file in enumerate(files, start=1):
            match = _NAME.fullmatch(file.name)
            if match is None or int(match[1]) != expected:
                raise ConfigurationError(
                    f"{file}: migrations are named NNNN_name.sql and numbered without a gap; "
                    f"this one should be {expected:04d}"
                )
            found.append(Migration(store, owner, expected, file.name, file.read_text("utf-8")))
    return found


def core_scripts() -> list[Migration]:
    """The platform's own scripts."""
    return scripts("core", Path(__file__).parent)


def split_statements(sql: str) -> list[str]:
    """For who takes one statement at a time: splits at semicolons that end a line."""
    without_comments = re.sub(r"^\s*--.*$", "", sql, flags=re.MULTILINE)
    return [
        part.strip()
        for part in re.split(r";\s*$", without_comments, flags=re.MULTILINE)
        if part.strip()
    ]


async def migrate(
    database_url: str,
    clickhouse_url: str,
    migrations: Iterable[Migration],
    watch: Callable[[Migration, int, int], None] = lambda script, done, total: None,
) -> list[Migration]:
    """Applies the scripts that the ledger does not have yet, and returns them.

    `watch` is called before each script with the script, how many are done and how many there are.
    A PostgreSQL script and its ledger row are one transaction, unless it builds indexes
    CONCURRENTLY (`indexes`). ClickHouse has no transactions: its scripts are written so that
    running one again is harmless (IF NOT EXISTS), and the row follows.

    Raises ConfigurationError if an applied script was changed since.
    """
    connection = await postgres.connect(database_url)
    try:
        await _take_turn(connection)
        await connection.execute(_LEDGER)
        await connection.execute(_LEDGER_TABLES)
        rows = await connection.fetch(
            "SELECT store, owner, number, checksum FROM schema_migrations"
        )
        applied = {(row["store"], row["owner"], row["number"]): row["checksum"] for row in rows}
        pending = []
        for migration in migrations:
            checksum = applied.get((migration.store, migration.owner, migration.number))
            if checksum is None:
                pending.append(migration)
            elif checksum != migration.checksum:
                raise ConfigurationError(
                    f"{migration.owner}/{migration.store}/{migration.name} was changed after it "
                    "was applied: restore it and write a new migration instead"
                )
        for number, migration in enumerate(pending):
            watch(migration, number, len(pending))
            await _apply(connection, clickhouse_url, migration)
            log.info("migrated", store=migration.store, owner=migration.owner, name=migration.name)
        return pending
    finally:
        await connection.close()


class NotMigrated(ConfigurationError):
    """The stores are older than this version, or empty."""

    code = "not_migrated"


async def require_applied(database_url: str, migrations: Iterable[Migration]) -> None:
    """Raises NotMigrated unless all of these have been applied; what asyncpg raises while
    PostgreSQL is away."""
    connection = await postgres.connect(database_url)
    try:
        if await connection.fetchval("SELECT to_regclass('schema_migrations')") is None:
            raise NotMigrated(
                "the stores are empty: run `vitrina migrate`, or restore a backup of both"
            )
        rows = await connection.fetch("SELECT store, owner, number FROM schema_migrations")
    finally:
        await connection.close()
    applied = {tuple(row) for row in rows}
    missing = [each for each in migrations if (each.store, each.owner, each.number) not in applied]
    if missing:
        first = missing[0]
        raise NotMigrated(
            "the stores are of an older version: run `vitrina migrate` (not applied yet: "
            f"{first.owner}/{first.store}/{first.name}"
            + (f" and {len(missing) - 1} more)" if len(missing) > 1 else ")")
        )


async def _take_turn(connection: postgres.Connection) -> None:
    """Until the connection ends. By trying: a statement that waits for the lock would be a
    transaction for which an index that is built CONCURRENTLY has to wait, each for the other."""
    while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
        await asyncio.sleep(_LOCK_SECONDS)


async def _apply(
    connection: postgres.Connection, clickhouse_url: str, migration: Migration
) -> None:
    """Tries until it gets the locks that the script needs: who asks for one keeps everybody else
    away from the table, so it asks for a moment only, and less and less often."""
    statements = split_statements(migration.sql) if migration.store == "postgres" else []
    pause = _LOCK_SECONDS
    while True:
        try:
            if indexes.are_concurrent(statements):
                await indexes.build(connection, statements, f"{migration.owner}/{migration.name}")
                await _note(connection, migration, set())
            else:
                await _apply_in_transaction(connection, clickhouse_url, migration)
            return
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as error:
            say = log.info if pause < _MOST_LOCK_SECONDS else log.warning
            say("others_use_the_table", name=migration.name, error=str(error), again_in_s=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _MOST_LOCK_SECONDS)


async def _apply_in_transaction(
    connection: postgres.Connection, clickhouse_url: str, migration: Migration
) -> None:
    async with connection.transaction():
        if migration.store == "postgres":
            before = {row[0] for row in await connection.fetch(_TABLES)}
            await connection.execute(f"SET LOCAL lock_timeout = '{_LOCK_WAIT}'")
            await connection.execute(migration.sql)
            made = {row[0] for row in await connection.fetch(_TABLES)} - before
        else:
            # A fold that goes on would bring back what the script changes in its month.
            async with people_day.in_turn(connection):
                made = await apply_to_clickhouse(clickhouse_url, migration)
        await _note(connection, migration, made)


async def _note(connection: postgres.Connection, migration: Migration, made: set[str]) -> None:
    await connection.execute(
        "INSERT INTO schema_migrations (store, owner, number, name, checksum, tables) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        migration.store,
        migration.owner,
        migration.number,
        migration.name,
        migration.checksum,
        sorted(made),
    )


async def apply_to_clickhouse(clickhouse_url: str, migration: Migration) -> set[str]:
    """Runs the script; returns the tables that it created. In a database with replicas they are
    replicated."""
    client = await clickhouse.open_async_client(clickhouse_url)
    try:
        before = await clickhouse.tables(client)
        has_replicas = replicas.is_replicated(await client.query(replicas.ENGINE))
        for statement in split_statements(migration.sql):
            await client.command(replicas.replicated(statement) if has_replicas else statement)
        return await clickhouse.tables(client) - before
    finally:
        await client.close()


@dataclass(frozen=True, slots=True)
class Leftover:
    """A module whose tables exist and that is no longer installed; its data are kept."""

    module: str
    tables: dict[Store, list[str]]

    def __str__(self) -> str:
        named = [f"{table} ({store})" for store, made in self.tables.items() for table in made]
        return f"{self.module}: {', '.join(named) or 'no tables of its own'}"


async def leftovers(connection: postgres.Connection, installed: Iterable[str]) -> list[Leftover]:
    """Removed modules whose tables exist, by their keys; tables that were dropped since are not
    named."""
    rows = await connection.fetch(
        "SELECT DISTINCT m.owner, m.store, t.name FROM schema_migrations AS m "
        "LEFT JOIN LATERAL unnest(m.tables) AS t (name) ON true "
        "WHERE m.owner <> 'core' AND m.owner <> ALL($1::text[]) "
        "AND (m.store = 'clickhouse' OR t.name IS NULL OR to_regclass(t.name) IS NOT NULL) "
        "ORDER BY m.owner, m.store DESC, t.name",
        list(installed),
    )
    found: dict[str, dict[Store, list[str]]] = {}
    for row in rows:
        tables = found.setdefault(row["owner"], {})
        if row["name"] is not None:
            tables.setdefault(row["store"], []).append(row["name"])
    return [Leftover(module, tables) for module, tables in found.items()]
