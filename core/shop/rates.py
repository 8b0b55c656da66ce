"""Exchange rates that a shop's owner sets, each from a given day on."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from core.errors import NotFound, Refused
from core.money import CurrencyCode
from core.postgres import Connection
from core.shop import history, shops


class OwnCurrency(Refused):
    """The rate of the shop's own currency is always 1."""

    code = "own_currency"


class Rate(BaseModel):
    """One main unit of `currency` is worth `rate` main units of the shop's currency, from a day on:
    one Star is 1.8 roubles. An event with its own rate uses that."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    currency: CurrencyCode
    valid_from: date
    rate: Annotated[Decimal, Field(gt=0, max_digits=24, decimal_places=12)]


class ShopRate(Rate):
    """A rate of a shop, into its currency at that time."""

    shop_id: int
    base_currency: str


async def set_rate(connection: Connection, shop_id: int, rate: Rate, now: datetime) -> None:
    """Sets the rate from that day on, until the next one begins; days since then are computed
    again.

    Raises NotFound, OwnCurrency.
    """
    shop = await shops.get(connection, shop_id)
    if rate.currency == shop.currency:
        raise OwnCurrency(f"the shop is in {shop.currency}: its own rate is always 1")
    await connection.execute(
        "INSERT INTO shop_rates (shop_id, currency, base_currency, valid_from, rate, set_at) "
        "VALUES ($1, $2, $3, $4, $5, $6) "
        "ON CONFLICT (shop_id, base_currency, currency, valid_from) "
        "DO UPDATE SET rate = excluded.rate, set_at = excluded.set_at",
        shop_id,
        rate.currency,
        shop.currency,
        rate.valid_from,
        rate.rate,
        now,
    )
    first = max(rate.valid_from, history.earliest_kept(shop, now))
    await history.ask_recount(connection, shop_id, first)


async def drop_rate(
    connection: Connection, shop_id: int, currency: str, valid_from: date, now: datetime
) -> None:
    """Removes a rate; days since then are computed again. Raises NotFound."""
    shop = await shops.get(connection, shop_id)
    dropped = await connection.execute(
        "DELETE FROM shop_rates WHERE (shop_id, currency, base_currency, valid_from) "
        "= ($1, $2, $3, $4)",
        shop_id,
        currency,
        shop.currency,
        valid_from,
    )
    if dropped == "DELETE 0":
        raise NotFound(f"shop {shop_id} has no rate of {currency} from {valid_from} on")
    first = max(valid_from, history.earliest_kept(shop, now))
    await history.ask_recount(connection, shop_id, first)


_COLUMNS = "shop_id, currency, base_currency, valid_from, rate"


async def of_shop(connection: Connection, shop_id: int) -> list[ShopRate]:
    """Into the shop's currency of today, by currency, the newest first. Raises NotFound."""
    shop = await shops.get(connection, shop_id)
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM shop_rates WHERE shop_id = $1 AND base_currency = $2 "
        "ORDER BY currency, valid_from DESC",
        shop_id,
        shop.currency,
    )
    return [ShopRate(**row) for row in rows]


async def all_rates(connection: Connection) -> list[ShopRate]:
    """Of every shop, the oldest first."""
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM shop_rates ORDER BY valid_from")
    return [ShopRate(**row) for row in rows]


def on_day(rates: Sequence[ShopRate], base_currency: str, day: date) -> dict[str, Decimal]:
    """The rates that apply on that day, by currency; `rates` are of one shop, the oldest first."""
    return {
        rate.currency: rate.rate
        for rate in rates
        if rate.base_currency == base_currency and rate.valid_from <= day
    }
