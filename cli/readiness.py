"""Whether the stores are reachable and migrated, checked before work that would fail less
clearly."""

import asyncio

import asyncpg
from clickhouse_connect.driver.exceptions import Error as ClickHouseError

from core import postgres
from core.clickhouse import MISSING_CODES, open_client
from core.migrations import NotMigrated, core_scripts, require_applied
from core.modules import Modules
from core.settings import Settings


def require_postgres(settings: Settings) -> None:
    """Raises asyncpg's error if PostgreSQL is away, NotMigrated if its schema is older than this
    version."""
    asyncio.run(_ask_postgres(settings.database_url.get_secret_value()))


def require_stores(settings: Settings) -> None:
    """The same for both stores."""
    require_postgres(settings)
    client = open_client(settings.clickhouse_url.get_secret_value())
    try:
        client.command("SELECT 1 FROM events LIMIT 0")
    finally:
        client.close()


def require_migrated(settings: Settings) -> None:
    """Raises NotMigrated, or a store's error about a missing table; a store that is away is left to
    the caller, which waits for it by itself."""
    try:
        require_stores(settings)
    except (NotMigrated, *postgres.MISSING_TABLES):
        raise
    except ClickHouseError as error:
        if error.code in MISSING_CODES:
            raise
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        pass  # it is away


async def _ask_postgres(url: str) -> None:
    await require_applied(url, core_scripts() + Modules.discover().migrations())
    connection = await postgres.connect(url)
    try:
        await connection.execute("SELECT FROM shops LIMIT 0")
    finally:
        await connection.close()
