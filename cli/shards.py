"""`vitrina shards`: how the outbox is divided among shippers, and how far each shard is shipped."""

import asyncio
from typing import Annotated

import typer

from cli import installation
from core import postgres, shipments
from core.shipments import HeldHorizon, ShardStatus

app = typer.Typer(no_args_is_help=True, help="The outbox's shards, each shipped by one shipper.")


@app.command("list")
def list_shards() -> None:
    """Shows who ships each shard, how much waits and the last error."""
    found, horizon = asyncio.run(_status())
    for shard in found:
        waiting = f"{'about ' if shard.is_estimate else ''}{shard.waiting:,} wait"
        typer.echo(
            f"shard {shard.shard}: {shard.leader or 'nobody leads it'}; {waiting}, the next for "
            f"{shard.lag_seconds:.1f} s; {shard.shipped_rows:,} shipped; "
            f"{shard.dead_letters} dead letters"
        )
        if shard.last_error and shard.last_error_at:
            state = "held up" if shard.is_held_up else "last failure"
            typer.echo(
                f"  {state}, {shard.last_error_at:%Y-%m-%d %H:%M:%S} UTC: {shard.last_error}"
            )
    if horizon and horizon.seconds > 1:
        typer.echo(
            f"a transaction of {horizon.application or 'process'} (pid {horizon.pid}) has been "
            f"writing for {horizon.seconds:.0f} s: events committed since wait for its end"
        )


@app.command("set")
def set_count(
    count: Annotated[int, typer.Argument(min=1, max=256, help="How many there are to be.")],
) -> None:
    """Divides the shops among more shards; safe while everything runs.

    Running shippers lead the new shards within seconds. The number of shards cannot be reduced.
    """
    before = asyncio.run(_set(count))
    typer.echo(f"{count} shards" + ("" if count != before else ", as before"))


async def _status() -> tuple[list[ShardStatus], HeldHorizon | None]:
    connection = await _connect()
    try:
        return await shipments.status(connection), await shipments.held_horizon(connection)
    finally:
        await connection.close()


async def _set(count: int) -> int:
    connection = await _connect()
    try:
        async with connection.transaction():
            return await shipments.set_shards(connection, count)
    finally:
        await connection.close()


async def _connect() -> postgres.Connection:
    settings = installation.settings()
    return await postgres.connect(settings.database_url.get_secret_value())
