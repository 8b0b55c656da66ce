"""ClickHouse: clients of the unmodified clickhouse-connect, from a URL."""

from typing import Any
from urllib.parse import unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.asyncclient import AsyncClient
from clickhouse_connect.driver.client import Client


def _arguments(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    return {
        "host": parts.hostname or "127.0.0.1",
        "port": parts.port or (8443 if secure else 8123),
        "username": unquote(parts.username or "default"),
        "password": unquote(parts.password or ""),
        "database": parts.path.strip("/") or "default",
        "secure": secure,
        # One client serves concurrent queries; a shared session id would forbid that.
        "autogenerate_session_id": False,
    }


def open_client(url: str, **settings: Any) -> Client:
    """A blocking client; `settings` are ClickHouse settings sent with each query."""
    client: Client = clickhouse_connect.get_client(**_arguments(url), settings=settings)
    return client


async def open_async_client(url: str, **settings: Any) -> AsyncClient:
    """A client for the event loop, safe for concurrent queries."""
    client: AsyncClient = await clickhouse_connect.get_async_client(
        **_arguments(url), settings=settings
    )
    return client
