"""Shops with their bots."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel

from api.access import AnyVisitor, Owner, shop_transaction, visible_shops
from api.problems import documented
from api.resources import UsesResources
from api.versions import SeenTag
from core.postgres import Connection
from core.shop import bots, shops
from core.shop.access import Forbidden
from core.shop.bots import Bot
from core.shop.shops import Language, RetentionDays, Shop, ShopDraft
from core.versions import ensure_unchanged, tag_of

router = APIRouter(tags=["shops"])

ShopId = Annotated[int, Path(gt=0, lt=2**31)]


class ShopView(BaseModel):
    """A shop as the panel lists it. `archived_at`: since when its bots are stopped; `delete_after`:
    when it is deleted for good, if its owner wants that. Whoever changes its settings sends
    `version` as If-Match."""

    id: int
    name: str
    currency: str
    timezone: str
    language: Language
    retention_days: int
    archived_at: datetime | None
    delete_after: datetime | None
    bots: list[Bot]
    version: str


class _ShopState(BaseModel):
    """What the version of a shop is made of."""

    name: str
    currency: str
    timezone: str
    language: Language
    retention_days: int


def _state(shop: Shop) -> _ShopState:
    return _ShopState(**shop.model_dump(include=set(_ShopState.model_fields)))


async def ensure_shop_unchanged(connection: Connection, shop_id: int, seen: str) -> None:
    """Locks the shop; raises ChangedMeanwhile if its settings are not those of the version that
    the visitor has seen."""
    await connection.execute("SELECT FROM shops WHERE id = $1 FOR NO KEY UPDATE", shop_id)
    ensure_unchanged(_state(await shops.get(connection, shop_id)), seen)


def view(shop: Shop, its_bots: Sequence[Bot]) -> ShopView:
    """The shop with its bots, as the panel shows it."""
    return ShopView(
        **shop.model_dump(
            include=ShopView.model_fields.keys() - {"bots", "version"},
        ),
        bots=list(its_bots),
        version=tag_of(_state(shop)),
    )


@router.get("/shops", responses=documented(401))
async def list_shops(visitor: AnyVisitor, resources: UsesResources) -> list[ShopView]:
    """The shops that the visitor sees, oldest first."""
    visible = await visible_shops(resources, visitor)
    async with resources.pool.acquire() as connection:
        found = await bots.of_shops(connection, [shop.id for shop in visible])
    return [view(shop, [bot for bot in found if bot.shop_id == shop.id]) for shop in visible]


@router.post("/shops", status_code=201, responses=documented(401, 403, 422))
async def create_shop(draft: ShopDraft, visitor: Owner, resources: UsesResources) -> ShopView:
    """Opens a shop; for owners who see every shop."""
    if visitor.shop_ids is not None:
        raise Forbidden("your link is for some shops only: it cannot open another")
    async with resources.pool.acquire() as connection, connection.transaction():
        return view(await shops.create(connection, draft), [])


class Retention(BaseModel):
    """How many days ClickHouse keeps the shop's events."""

    days: RetentionDays


@router.put("/shops/{shop_id}/retention", responses=documented(401, 403, 404, 412, 422, 428))
async def set_retention(
    shop_id: ShopId,
    retention: Retention,
    visitor: Owner,
    resources: UsesResources,
    seen: SeenTag,
) -> ShopView:
    """New events are kept this long from now on; stored ones follow within days. 412
    `changed_meanwhile` if the shop is not as in If-Match any more."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await ensure_shop_unchanged(connection, shop_id, seen)
        shop = await shops.set_retention(connection, shop_id, retention.days)
        return view(shop, await bots.of_shops(connection, [shop_id]))
