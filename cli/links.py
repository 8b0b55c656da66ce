"""The operator's way to a secret link."""

import os
from pathlib import Path

from core import postgres
from core.settings import Settings
from core.shop import access


async def create(settings: Settings, *, role: access.Role, label: str) -> str:
    """Makes a link and returns its token."""
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        return await access.create_link(connection, label=label, role=role)
    finally:
        await connection.close()


async def ensure(settings: Settings, file: Path) -> None:
    """Keeps one owner's token in a file of mode 0600, a new one when the old opens nothing."""
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        if file.exists() and await access.is_valid(connection, file.read_text().strip()):
            return
        token = await access.create_link(connection, label="owner", role="owner")
    finally:
        await connection.close()
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(token + "\n")
