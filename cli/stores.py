"""The operator's commands for both stores: how long events are kept, and erasing a shopper."""
# pylint: disable=import-outside-toplevel  # an image needs only what it runs, as in cli.main

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer
from clickhouse_connect.driver.client import Client

from cli import installation, progress
from core import postgres
from core.clickhouse import open_client
from core.errors import ConfigurationError
from core.postgres import Connection
from core.settings import Settings
from core.shop import erasures, shops
from core.shop.shops import RetentionDays

SHIPPING_SECONDS = 30.0

ShopNumber = Annotated[int, typer.Option("--shop", help="As the panel's address shows it.")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command()(retention)
    app.command()(erase)


@asynccontextmanager
async def _postgres(settings: Settings) -> AsyncIterator[Connection]:
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        yield connection
    finally:
        await connection.close()


@contextmanager
def _clickhouse(settings: Settings) -> Iterator[Client]:
    client = open_client(settings.clickhouse_url.get_secret_value())
    try:
        yield client
    finally:
        client.close()


def retention(
    shop: ShopNumber,
    days: Annotated[int, typer.Option(help="30, 90, 180, 365 or 730.")],
) -> None:
    """Changes how long a shop's events are kept, and deletes at once what has expired."""
    classes: dict[int, RetentionDays] = {each: each for each in shops.RETENTION_CLASSES}
    if days not in classes:
        allowed = ", ".join(map(str, classes))
        raise ConfigurationError(f"events can be kept for {allowed} days, not for {days}")
    asyncio.run(_retain(installation.settings("keeping events"), shop, classes[days]))


async def _retain(settings: Settings, shop_id: int, days: RetentionDays) -> None:
    from pipelines.upkeep import retention as upkeep

    async with _postgres(settings) as connection:
        async with connection.transaction():
            await shops.set_retention(connection, shop_id, days)
        typer.echo(f"shop {shop_id}: events are kept for {days} days from now on")
        with _clickhouse(settings) as client:
            async with upkeep.alone(connection):
                done = upkeep.keep_up(client, {shop_id: days}, datetime.now(UTC))
    for each in done:
        typer.echo(f"{each.deleted} expired events deleted, {each.moved} kept longer now")


def erase(
    shop: ShopNumber,
    customer: Annotated[
        str,
        typer.Option(
            help="A Telegram id, #N for the shop's customer number N, or @ID for an id of the "
            "shop's own code."
        ),
    ],
    events: Annotated[
        bool, typer.Option("--events", help="Their events, too: past figures will change.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erases a shopper from both stores, and counts their rows before and after."""
    check_named(customer)
    settings = installation.of_service()
    if not yes:
        typer.confirm(f"Erase customer {customer} of shop {shop} for good?", abort=True)
    progress.begin("erasing")
    asyncio.run(_erase(settings, shop, customer, with_events=events))


def check_named(customer: str) -> None:
    """Raises ConfigurationError for a text that has none of the forms that identify a customer."""
    number = customer.removeprefix("#")
    if not customer.startswith("@") and not number.isdecimal():
        raise ConfigurationError(
            f"{customer!r} is neither a Telegram id like 123456789, nor a customer's number like "
            "#17, nor an id of the shop's own code like @u-17"
        )


async def find_customer(connection: Connection, shop_id: int, customer: str) -> int:
    """The `buyer_no` of the customer that an operator has named; raises NotFound."""
    if customer.startswith("#"):
        return await erasures.find(connection, shop_id, buyer_no=int(customer[1:]))
    if customer.startswith("@"):
        return await erasures.find(connection, shop_id, external_id=customer[1:])
    return await erasures.find(connection, shop_id, telegram_id=int(customer))


async def _erase(settings: Settings, shop_id: int, customer: str, *, with_events: bool) -> None:
    from pipelines.upkeep import erasure

    with _clickhouse(settings) as client:
        async with _postgres(settings) as connection:
            buyer_no = await find_customer(connection, shop_id, customer)
            before = await erasures.count(connection, shop_id, buyer_no)
            before |= erasure.remaining(client, shop_id, buyer_no)
            async with connection.transaction():
                await erasures.erase(connection, shop_id, buyer_no, with_events=with_events)
            finished = await _finish(connection, client, (shop_id, buyer_no))
            after = await erasures.count(connection, shop_id, buyer_no)
            after |= erasure.remaining(client, shop_id, buyer_no)
    for name, number in before.items():
        typer.echo(f"{name:20} {number:8} before {after[name]:8} after")
    if not finished:
        typer.echo(
            "Some of their events have not reached ClickHouse yet: the next upkeep (the asset "
            "`erasures`) erases them, or this command, run again."
        )
        raise typer.Exit(3)


async def _finish(connection: Connection, client: Client, person: tuple[int, int]) -> bool:
    """Waits until the shopper's last event has been shipped; False if it takes too long."""
    from pipelines.upkeep import erasure

    deadline = time.monotonic() + SHIPPING_SECONDS
    while True:
        found = await erasure.ready(connection)
        await erasure.finish(connection, client, found)
        if person in {each.person for each in found}:
            return True
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.5)
