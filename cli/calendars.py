"""A shop's time zone, currency and exchange rates at the command line."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from cli import installation, progress
from core import postgres
from core.errors import ConfigurationError
from core.postgres import Connection
from core.settings import Settings
from core.shop import history, rates, shops
from core.shop.history import Consequences
from core.shop.rates import Rate, ShopRate

app = typer.Typer(no_args_is_help=True, help="A shop's time zone, currency and rates.")

Number = Annotated[int, typer.Argument(help="The shop, as the panel's address shows it.")]


@asynccontextmanager
async def _postgres(settings: Settings) -> AsyncIterator[Connection]:
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        async with connection.transaction():
            yield connection
    finally:
        await connection.close()


@app.command()
def change(
    shop: Number,
    timezone: Annotated[str, typer.Option(help="Like Europe/Moscow; default: as it is.")] = "",
    currency: Annotated[str, typer.Option(help="Like RUB or XTR; default: as it is.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Changes a shop's time zone or currency, its history included, after saying what that does."""
    settings = installation.of_service()
    found, is_russian = asyncio.run(_consequences(settings, shop, timezone, currency))
    typer.echo(found.text.ru if is_russian else found.text.en)
    if not yes:
        typer.confirm(f"Count shop {shop} in {found.timezone}, {found.currency}?", abort=True)
    progress.begin("changing what the shop is counted by")
    asyncio.run(_change(settings, shop, found))
    typer.echo(
        f"shop {shop} is counted in {found.timezone} and {found.currency}; its days from "
        f"{found.recount_from} on are being computed again"
    )


async def _consequences(
    settings: Settings, shop_id: int, timezone: str, currency: str
) -> tuple[Consequences, bool]:
    async with _postgres(settings) as connection:
        shop = await shops.get(connection, shop_id)
    found = history.consequences(
        shop, timezone or shop.timezone, currency or shop.currency, datetime.now(UTC)
    )
    return found, shop.language == "ru"


async def _change(settings: Settings, shop_id: int, found: Consequences) -> None:
    async with _postgres(settings) as connection:
        await history.change(connection, shop_id, found.timezone, found.currency, datetime.now(UTC))


@app.command("rates")
def list_rates(shop: Number) -> None:
    """The rates that were set for a shop, into its own currency."""

    async def read() -> list[ShopRate]:
        async with _postgres(installation.settings()) as connection:
            return await rates.of_shop(connection, shop)

    for found in asyncio.run(read()):
        typer.echo(
            f"1 {found.currency} = {found.rate.normalize():f} {found.base_currency} "
            f"from {found.valid_from} on"
        )


@app.command("rate")
def set_rate(
    shop: Number,
    currency: Annotated[str, typer.Argument(help="What is worth that much: XTR, USD, …")],
    rate: Annotated[str, typer.Argument(help="How much 1 of it is in the shop's currency: 1.8")],
    since: Annotated[str, typer.Option("--from", help="YYYY-MM-DD, the first day it holds.")],
) -> None:
    """Sets what a currency is worth from a day on; days since then are computed again."""
    try:
        first, worth = date.fromisoformat(since), Decimal(rate)
    except InvalidOperation as error:
        raise ConfigurationError(f"{rate!r} is no rate: write it like 1.8") from error
    except ValueError as error:
        raise ConfigurationError(f"{since!r} is no day: write it as YYYY-MM-DD") from error
    wanted = Rate(currency=currency, valid_from=first, rate=worth)

    async def store() -> None:
        async with _postgres(installation.settings()) as connection:
            await rates.set_rate(connection, shop, wanted, datetime.now(UTC))

    asyncio.run(store())
    typer.echo(
        f"1 {currency} = {wanted.rate:f} from {since} on; days since then are computed again"
    )
