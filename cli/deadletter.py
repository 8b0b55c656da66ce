"""`vitrina deadletter`: the events that ClickHouse refused."""
# pylint: disable=import-outside-toplevel  # an image that ships nothing needs nothing of it

import asyncio
import json
from typing import TYPE_CHECKING, Annotated

import typer

from cli import installation
from core import postgres
from core.errors import Refused
from core.postgres import Connection
from core.shop import shops

if TYPE_CHECKING:
    from ingestion.deadletters import DeadLetter

app = typer.Typer(no_args_is_help=True, help="Events that ClickHouse refused, kept whole.")

Pos = Annotated[int, typer.Argument(min=1, help="The letter's number, as `list` shows it.")]


async def _connect() -> Connection:
    settings = installation.settings()
    return await postgres.connect(settings.database_url.get_secret_value())


@app.command("list")
def list_letters(
    shop: Annotated[int | None, typer.Option(help="Only this shop's.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first.")] = 20,
) -> None:
    """Shows the newest dead letters and why each was refused."""
    letters, total = asyncio.run(_newest(shop, limit))
    if not letters:
        typer.echo("no dead letters")
        return
    typer.echo(f"{'number':>12}  {'failed at':16}  {'shop':>6}  {'event':24}  error")
    for each in letters:
        typer.echo(
            f"{each.pos:>12}  {each.failed_at:%Y-%m-%d %H:%M}  {each.shop_id:>6}  "
            f"{each.event:24}  {each.error}"
        )
    typer.echo(f"{len(letters)} of {total}; `vitrina deadletter show NUMBER` shows all of one")


@app.command()
def show(pos: Pos) -> None:
    """Shows one dead letter with all its fields."""
    letter = asyncio.run(_get(pos))
    typer.echo(f"refused at {letter.failed_at.isoformat()}: {letter.error}")
    typer.echo(json.dumps(letter.envelope, ensure_ascii=False, indent=2))


@app.command()
def replay(
    numbers: Annotated[
        list[int] | None, typer.Argument(help="The letters' numbers, as `list` shows them.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All there are.")] = False,
) -> None:
    """Sends dead letters again, each exactly once.

    For when the cause has gone, as after an upgrade. An event that is refused again becomes a dead
    letter again.
    """
    if bool(numbers) == every:
        raise Refused("name the letters' numbers, or --all for every one")
    back = asyncio.run(_replay(numbers if not every else None))
    typer.echo(f"{len(back)} sent again; events that are refused again come back to the list")


async def _newest(shop: int | None, limit: int) -> "tuple[list[DeadLetter], int]":
    from ingestion import deadletters

    connection = await _connect()
    try:
        if shop is not None:
            await shops.get(connection, shop)
        letters = await deadletters.newest(connection, shop_id=shop, limit=limit)
        return letters, await deadletters.count(connection, shop_id=shop)
    finally:
        await connection.close()


async def _get(pos: int) -> "DeadLetter":
    from ingestion import deadletters

    connection = await _connect()
    try:
        return await deadletters.get(connection, pos)
    finally:
        await connection.close()


async def _replay(numbers: list[int] | None) -> list[int]:
    from ingestion import deadletters

    connection = await _connect()
    try:
        async with connection.transaction():
            return await deadletters.replay(connection, numbers)
    finally:
        await connection.close()
