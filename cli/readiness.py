"""Whether the stores are there and migrated, asked before work that would say it less clearly."""

import asyncio

from core import postgres
from core.clickhouse import open_client
from core.settings import Settings


def require_postgres(settings: Settings) -> None:
    """Raises what asyncpg does if PostgreSQL is away or was never migrated."""
    asyncio.run(_ask_postgres(settings))


def require_stores(settings: Settings) -> None:
    """The same of both stores."""
    require_postgres(settings)
    client = open_client(settings.clickhouse_url.get_secret_value())
    try:
        client.command("SELECT 1 FROM events LIMIT 0")
    finally:
        client.close()


async def _ask_postgres(settings: Settings) -> None:
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        await connection.execute("SELECT FROM schema_migrations, shops LIMIT 0")
    finally:
        await connection.close()
