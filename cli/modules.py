"""`vitrina modules`: what is installed, where it is on, and the data of removed modules."""

import asyncio
from collections.abc import Sequence

import typer

from cli import installation
from core import migrations, postgres
from core.modules import Modules
from core.postgres import Connection
from core.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Modules of bots.")

_USED = """
SELECT m.module, count(*) FILTER (WHERE m.enabled) AS on, array_agg(DISTINCT m.notice)
    FILTER (WHERE m.notice IS NOT NULL) AS notices
FROM bot_modules AS m JOIN bots AS b ON b.id = m.bot_id AND b.removed_at IS NULL
GROUP BY m.module
"""


@app.command("list")
def list_modules() -> None:
    """Lists every module with the number of bots that have it on, and what removed modules left
    behind."""
    for line in asyncio.run(_list(installation.settings(), Modules.discover())):
        typer.echo(line)


async def _list(settings: Settings, known: Modules) -> list[str]:
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        rows = {row["module"]: row for row in await connection.fetch(_USED)}
        lines = []
        for key in sorted({*known.manifests, *rows}):
            manifest, row = known.manifests.get(key), rows.get(key)
            title = manifest.title.en if manifest else "NOT INSTALLED"
            lines.append(f"{key:20} {title:30} on for {row['on'] if row else 0} bots")
            lines += [f"{'':20} off: {notice}" for notice in (row["notices"] or [] if row else [])]
        return [*lines, *await leftover_lines(connection, known)]
    finally:
        await connection.close()


async def leftovers(settings: Settings, known: Modules) -> Sequence[str]:
    """What removed modules left behind, a line each."""
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        return await leftover_lines(connection, known)
    finally:
        await connection.close()


async def leftover_lines(connection: Connection, known: Modules) -> list[str]:
    """As `leftovers`, on a connection."""
    return [
        f"kept, though its module is not installed: {left}"
        for left in await migrations.leftovers(connection, known.manifests)
    ]
