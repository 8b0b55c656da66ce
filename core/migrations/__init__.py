"""Forward-only migrations of both stores, with one ledger in PostgreSQL.

The platform's own scripts stand beside this file, a module's in its `migrations/postgres/` and
`migrations/clickhouse/`. A script is `NNNN_name.sql`; once applied it must never change.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import structlog

from core import clickhouse, postgres
from core.errors import ConfigurationError

log = structlog.get_logger()

Store = Literal["postgres", "clickhouse"]
_STORES: tuple[Store, ...] = ("postgres", "clickhouse")
_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_LOCK = 0x76697472  # any number of ours: two migrators take turns
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


def scripts(owner: str, folder: Path) -> list[Migration]:
    """The scripts below `folder`, in order; ConfigurationError on a bad name or a gap."""
    found: list[Migration] = []
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
    """ClickHouse takes one statement a request: splits at semicolons that end a line."""
    without_comments = re.sub(r"^\s*--.*$", "", sql, flags=re.MULTILINE)
    return [
        part.strip()
        for part in re.split(r";\s*$", without_comments, flags=re.MULTILINE)
        if part.strip()
    ]


async def migrate(
    database_url: str, clickhouse_url: str, migrations: Iterable[Migration]
) -> list[Migration]:
    """Applies what the ledger does not hold yet and returns it.

    A PostgreSQL script and its ledger row are one transaction. ClickHouse has no transactions: its
    scripts are written so that running one again is harmless (IF NOT EXISTS), and the row follows.
    Raises ConfigurationError if an applied script was changed since.
    """
    connection = await postgres.connect(database_url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await connection.execute(_LEDGER)
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
        for migration in pending:
            await _apply(connection, clickhouse_url, migration)
            log.info("migrated", store=migration.store, owner=migration.owner, name=migration.name)
        return pending
    finally:
        await connection.close()


async def _apply(
    connection: postgres.Connection, clickhouse_url: str, migration: Migration
) -> None:
    async with connection.transaction():
        if migration.store == "postgres":
            await connection.execute(migration.sql)
        else:
            client = await clickhouse.open_async_client(clickhouse_url)
            try:
                for statement in split_statements(migration.sql):
                    await client.command(statement)
            finally:
                await client.close()
        await connection.execute(
            "INSERT INTO schema_migrations (store, owner, number, name, checksum) "
            "VALUES ($1, $2, $3, $4, $5)",
            migration.store,
            migration.owner,
            migration.number,
            migration.name,
            migration.checksum,
        )
