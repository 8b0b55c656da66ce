"""Changes of a shop's time zone and currency, and days to be computed again because of them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from pydantic import BaseModel, ConfigDict

from core import zones
from core.errors import Refused
from core.events import Bilingual
from core.postgres import BOTS_CHANNEL, Connection
from core.shop import shops
from core.shop.shops import Shop, ShopDraft


class NothingChanges(Refused):
    """The shop already has that time zone and that currency."""

    code = "nothing_changes"


class NotConfirmed(Refused):
    """The confirmed consequences are not those that the change would have."""

    code = "not_confirmed"
    status = 409


class Change(BaseModel):
    """One change; days before `recount_from` keep their former boundaries and currency."""

    model_config = ConfigDict(frozen=True)

    shop_id: int
    changed_at: datetime
    timezone_before: str
    timezone: str
    currency_before: str
    currency: str
    recount_from: date


class Recount(BaseModel):
    """Days of a shop, from `first_day` to today, whose tables are all to be computed again."""

    model_config = ConfigDict(frozen=True)

    id: int
    shop_id: int
    first_day: date
    money_before_is_void: bool


class Consequences(BaseModel):
    """What a change does to past figures: days from `recount_from` on are computed again."""

    timezone: str
    currency: str
    recount_from: date
    text: Bilingual


def earliest_kept(shop: Shop, now: datetime) -> date:
    """The first day whose events are all still in ClickHouse, with two days of margin."""
    return zones.day_of(now, shop.timezone) - timedelta(days=shop.retention_days - 2)


def consequences(shop: Shop, timezone: str, currency: str, now: datetime) -> Consequences:
    """What the change would do. Raises ValidationError for an unknown zone or currency,
    NothingChanges."""
    wanted = ShopDraft(name=shop.name, timezone=timezone, currency=currency)
    if (wanted.timezone, wanted.currency) == (shop.timezone, shop.currency):
        raise NothingChanges(f"the shop is in {shop.timezone} and {shop.currency} already")
    # The day before ends where this one begins, so its events must still be there, too.
    first = earliest_kept(shop, now) + timedelta(days=1)
    ru = [f"Дни с {first:%d.%m.%Y} будут пересчитаны: каждый заказ попадёт ровно в один день."]
    en = [f"Days from {first} on are counted again: each order is in exactly one day."]
    if wanted.timezone != shop.timezone:
        ru.append(
            f"Они будут начинаться по часам {wanted.timezone}, более ранние остаются по часам "
            f"{shop.timezone}: их событий уже нет."
        )
        en.append(
            f"They begin by the clock of {wanted.timezone}; earlier ones stay by that of "
            f"{shop.timezone}, for their events are gone."
        )
    if wanted.currency != shop.currency:
        ru.append(
            f"Суммы в валюте магазина будут в {wanted.currency}: продажи в других валютах — по "
            "курсам событий или заданным вами, без курса сумма неизвестна. Суммы более ранних "
            f"дней в {shop.currency} станут неизвестны; по валютам они остаются. Цены товаров не "
            "меняются."
        )
        en.append(
            f"Money in the shop's currency will be in {wanted.currency}: sales in other "
            "currencies count by the rates of their events or those that you set, and are unknown "
            "without one. "
            f"Earlier days' sums in {shop.currency} become unknown; by currency they stay. Prices "
            "of products do not change."
        )
    return Consequences(
        timezone=wanted.timezone,
        currency=wanted.currency,
        recount_from=first,
        text=Bilingual(" ".join(ru), " ".join(en)),
    )


async def change(
    connection: Connection, shop_id: int, timezone: str, currency: str, now: datetime
) -> Shop:
    """Changes the shop and requests that its days be computed again; its bots are notified.

    Raises NotFound, and what `consequences` raises.
    """
    await connection.execute("SELECT FROM shops WHERE id = $1 FOR UPDATE", shop_id)
    shop = await shops.get(connection, shop_id)
    found = consequences(shop, timezone, currency, now)
    await connection.execute(
        "INSERT INTO shop_changes (shop_id, changed_at, timezone_before, timezone, "
        "currency_before, currency, recount_from) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        shop_id,
        now,
        shop.timezone,
        found.timezone,
        shop.currency,
        found.currency,
        found.recount_from,
    )
    await connection.execute(
        "UPDATE shops SET timezone = $2, currency = $3 WHERE id = $1",
        shop_id,
        found.timezone,
        found.currency,
    )
    await ask_recount(
        connection,
        shop_id,
        found.recount_from - timedelta(days=1),
        money_before_is_void=found.currency != shop.currency,
    )
    await connection.execute(
        "SELECT pg_notify($1, id::text) FROM bots WHERE shop_id = $2", BOTS_CHANNEL, shop_id
    )
    return await shops.get(connection, shop_id)


async def all_changes(connection: Connection) -> list[Change]:
    """Of every shop, the newest first."""
    rows = await connection.fetch(
        "SELECT shop_id, changed_at, timezone_before, timezone, currency_before, currency, "
        "recount_from FROM shop_changes ORDER BY id DESC"
    )
    return [Change(**row) for row in rows]


def zone_on(day: date, timezone: str, changes: Sequence[Change]) -> str:
    """The time zone of that day of the shop; `changes` are the shop's own, the newest first."""
    for each in changes:
        if day < each.recount_from:
            timezone = each.timezone_before
    return timezone


def day_start(day: date, timezone: str, changes: Sequence[Change]) -> datetime:
    """When the shop's day begins, in UTC. A day in a former time zone ends at the latest where the
    first day in the new one begins: every moment is in exactly one day."""
    start = zones.day_start(day, zone_on(day, timezone, changes))
    for each in changes:
        if day < each.recount_from:
            first = zone_on(each.recount_from, timezone, changes)
            start = min(start, zones.day_start(each.recount_from, first))
    return start


async def ask_recount(
    connection: Connection, shop_id: int, first_day: date, *, money_before_is_void: bool = False
) -> None:
    """Requests that days be computed again; the pipelines follow within a minute or so."""
    await connection.execute(
        "INSERT INTO recounts (shop_id, first_day, money_before_is_void) VALUES ($1, $2, $3)",
        shop_id,
        first_day,
        money_before_is_void,
    )


async def open_recounts(connection: Connection) -> list[Recount]:
    """The oldest first."""
    rows = await connection.fetch(
        "SELECT id, shop_id, first_day, money_before_is_void FROM recounts "
        "WHERE done_at IS NULL ORDER BY id"
    )
    return [Recount(**row) for row in rows]


async def close_recounts(connection: Connection, ids: Sequence[int]) -> None:
    await connection.execute("UPDATE recounts SET done_at = now() WHERE id = ANY($1)", list(ids))
