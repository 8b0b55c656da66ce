"""The operator's way to a secret link."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from core import postgres
from core.postgres import Connection
from core.settings import Settings
from core.shop import access


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[Connection]:
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        yield connection
    finally:
        await connection.close()


async def valid(settings: Settings) -> list[access.Link]:
    """The links that open the panel."""
    async with _connected(settings) as connection:
        return await access.valid_links(connection)


async def revoke(settings: Settings, link_id: int) -> None:
    """Ends a link and its sessions; raises NotFound."""
    async with _connected(settings) as connection, connection.transaction():
        await access.revoke_link(connection, link_id)


async def create(settings: Settings, *, role: access.Role, label: str) -> str:
    """Makes a link and returns its token."""
    async with _connected(settings) as connection:
        return await access.create_link(connection, label=label, role=role)


async def ensure(settings: Settings, file: Path) -> None:
    """Keeps one owner's token in a file of mode 0600, a new one when the old opens nothing."""
    async with _connected(settings) as connection:
        if file.exists() and await access.is_valid(connection, file.read_text().strip()):
            return
        token = await access.create_link(connection, label="owner", role="owner")
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(token + "\n")
