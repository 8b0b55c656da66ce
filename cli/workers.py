"""`vitrina workers`: the running workers, as recorded in PostgreSQL."""
# pylint: disable=import-outside-toplevel  # an image needs only what it runs, as in cli.main

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from cli import installation
from core import postgres

if TYPE_CHECKING:
    from bots.runtime.roster import Entry


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(workers)


def workers() -> None:
    """Lists the workers that are alive: what each one runs and costs."""
    settings = installation.settings()
    found = asyncio.run(_entries(settings.database_url.get_secret_value()))
    if not found:
        typer.echo("no worker has been seen in the last 10 seconds")
        return
    typer.echo(f"{'name':24} {'bots':>5} {'updates/s':>9} {'CPU':>6} {'memory':>9}  seen")
    for entry in found:
        typer.echo(line(entry, datetime.now(UTC)))


def line(entry: "Entry", now: datetime) -> str:
    """A worker in one line; CPU in per cent of a core, memory in MiB."""
    seen = max(0.0, (now - entry.seen_at).total_seconds())
    leaving = ", leaving" if entry.is_leaving else ""
    return (
        f"{entry.name:24} {entry.bots:5} {entry.updates_rate:9.1f} {100 * entry.cpu:5.0f}% "
        f"{entry.rss_bytes / 1024**2:5.0f} MiB  {seen:.0f} s ago{leaving}"
    )


async def _entries(url: str) -> "list[Entry]":
    from bots.runtime import roster

    connection = await postgres.connect(url)
    try:
        return await roster.entries(connection)
    finally:
        await connection.close()
