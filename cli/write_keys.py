"""Write keys, by which shops' own code sends events, and the intake service that receives them."""
# pylint: disable=import-outside-toplevel  # as in cli.main: an image needs only what it runs

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import typer

from cli import installation, readiness
from core import postgres
from core.postgres import Connection
from core.shop import shops, write_keys
from core.shop.write_keys import WriteKey

write_key = typer.Typer(no_args_is_help=True, help="Keys by which a shop's own code sends events.")

Shop = Annotated[int, typer.Option(help="The shop's number; the panel's address shows it.")]


def intake() -> None:
    """Takes events and past orders of shops that run their own code."""
    from ingestion.intake import run

    settings = installation.of_service()
    readiness.require_postgres(settings)
    run(settings)


@write_key.command("create")
def write_key_create(
    shop: Shop,
    label: Annotated[str, typer.Option(help="Where the key will be used.")] = "own code",
) -> None:
    """Makes a write key and prints it; it is not shown again."""

    async def create() -> str:
        async with _connected() as connection, connection.transaction():
            _, secret = await write_keys.create(connection, shop_id=shop, label=label)
            return secret

    typer.echo(asyncio.run(create()))


@write_key.command("list")
def write_key_list(shop: Shop) -> None:
    """The keys that a shop uses, without their secrets."""

    async def find() -> list[WriteKey]:
        async with _connected() as connection:
            await shops.get(connection, shop)
            return await write_keys.of_shop(connection, shop)

    for found in asyncio.run(find()):
        used = f"{found.last_used_at:%Y-%m-%d %H:%M}" if found.last_used_at else "never"
        typer.echo(f"{found.id:4}  vtw_…{found.key_tail}  used {used:16}  {found.label}")


@write_key.command("revoke")
def write_key_revoke(
    shop: Shop,
    number: Annotated[int, typer.Argument(help="As `vitrina writekey list` shows.")],
) -> None:
    """Ends a key: the next call with it is refused."""

    async def revoke() -> None:
        async with _connected() as connection:
            await shops.get(connection, shop)
            await write_keys.revoke(connection, shop_id=shop, key_id=number)

    asyncio.run(revoke())
    typer.echo(f"write key {number} of shop {shop} is revoked")


@asynccontextmanager
async def _connected() -> AsyncIterator[Connection]:
    connection = await postgres.connect(installation.settings().database_url.get_secret_value())
    try:
        yield connection
    finally:
        await connection.close()
