"""A shop's time zone and currency, and its owner's rates."""

from datetime import UTC, date, datetime

from fastapi import APIRouter
from pydantic import BaseModel

from api.access import AnyVisitor, Owner, shop_transaction
from api.archived_shops import works_archived
from api.problems import documented
from api.resources import UsesResources
from api.routes.shops import ShopId, ShopView, ensure_shop_unchanged, view
from api.versions import SeenTag
from core.money import CurrencyCode
from core.shop import bots, history, rates, shops
from core.shop.history import Consequences
from core.shop.rates import Rate, ShopRate
from core.shop.shops import ZoneName

router = APIRouter(tags=["shops"])


class WantedCalendar(BaseModel):
    """The new time zone and currency of the shop."""

    timezone: ZoneName
    currency: CurrencyCode


class ConfirmedCalendar(WantedCalendar):
    """`recount_from` as in the preview: the owner has read what happens to past figures."""

    recount_from: date


@router.post("/shops/{shop_id}/calendar/preview", responses=documented(401, 403, 404, 422))
@works_archived
async def preview_calendar(
    shop_id: ShopId, wanted: WantedCalendar, visitor: Owner, resources: UsesResources
) -> Consequences:
    """What a change would do to past figures, in words for the owner; nothing changes."""
    async with shop_transaction(resources, visitor, shop_id) as (_, shop):
        return history.consequences(shop, wanted.timezone, wanted.currency, datetime.now(UTC))


@router.put("/shops/{shop_id}/calendar", responses=documented(401, 403, 404, 409, 412, 422, 428))
async def change_calendar(
    shop_id: ShopId,
    wanted: ConfirmedCalendar,
    visitor: Owner,
    resources: UsesResources,
    seen: SeenTag,
) -> ShopView:
    """Makes the change; days whose events are kept are computed again within minutes. 412
    `changed_meanwhile` if the shop is not as in If-Match any more."""
    now = datetime.now(UTC)
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await ensure_shop_unchanged(connection, shop_id, seen)
        shop = await shops.get(connection, shop_id)
        found = history.consequences(shop, wanted.timezone, wanted.currency, now)
        if found.recount_from != wanted.recount_from:
            raise history.NotConfirmed(
                f"days are counted again from {found.recount_from} on, and not from "
                f"{wanted.recount_from}: ask for the preview again and confirm that"
            )
        changed = await history.change(connection, shop_id, found.timezone, found.currency, now)
        return view(changed, await bots.of_shops(connection, [shop_id]))


@router.get("/shops/{shop_id}/rates", responses=documented(401, 404, 422))
async def list_rates(
    shop_id: ShopId, visitor: AnyVisitor, resources: UsesResources
) -> list[ShopRate]:
    """Into the shop's currency, by currency, the newest first."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        return await rates.of_shop(connection, shop_id)


@router.put("/shops/{shop_id}/rates", responses=documented(401, 403, 404, 422))
async def set_rate(
    shop_id: ShopId, rate: Rate, visitor: Owner, resources: UsesResources
) -> list[ShopRate]:
    """Sets a rate from its day until the next one begins; days since then are computed again."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await rates.set_rate(connection, shop_id, rate, datetime.now(UTC))
        return await rates.of_shop(connection, shop_id)


@router.delete(
    "/shops/{shop_id}/rates/{currency}/{valid_from}", responses=documented(401, 403, 404, 422)
)
async def drop_rate(
    shop_id: ShopId,
    currency: CurrencyCode,
    valid_from: date,
    visitor: Owner,
    resources: UsesResources,
) -> list[ShopRate]:
    """Removes a rate; days since then are computed again."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await rates.drop_rate(connection, shop_id, currency, valid_from, datetime.now(UTC))
        return await rates.of_shop(connection, shop_id)
