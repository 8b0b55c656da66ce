"""Shops with their bots."""

from collections.abc import Sequence

from fastapi import APIRouter
from pydantic import BaseModel

from api.access import AnyVisitor, Owner, visible_shops
from api.problems import documented
from api.resources import UsesResources
from core.shop import bots, shops
from core.shop.access import Forbidden
from core.shop.bots import Bot
from core.shop.shops import Language, Shop, ShopDraft

router = APIRouter(tags=["shops"])


class ShopView(BaseModel):
    """A shop as the panel lists it."""

    id: int
    name: str
    currency: str
    timezone: str
    language: Language
    bots: list[Bot]


def _view(shop: Shop, its_bots: Sequence[Bot]) -> ShopView:
    return ShopView(
        **shop.model_dump(include={"id", "name", "currency", "timezone", "language"}),
        bots=list(its_bots),
    )


@router.get("/shops", responses=documented(401))
async def list_shops(visitor: AnyVisitor, resources: UsesResources) -> list[ShopView]:
    """The shops that the visitor sees, oldest first."""
    visible = await visible_shops(resources, visitor)
    async with resources.pool.acquire() as connection:
        found = await bots.of_shops(connection, [shop.id for shop in visible])
    return [_view(shop, [bot for bot in found if bot.shop_id == shop.id]) for shop in visible]


@router.post("/shops", status_code=201, responses=documented(401, 403, 422))
async def create_shop(draft: ShopDraft, visitor: Owner, resources: UsesResources) -> ShopView:
    """Opens a shop; for owners who see every shop."""
    if visitor.shop_ids is not None:
        raise Forbidden("your link is for some shops only: it cannot open another")
    async with resources.pool.acquire() as connection, connection.transaction():
        return _view(await shops.create(connection, draft), [])
