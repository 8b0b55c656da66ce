"""A shop's imprint: what shoppers are told about it, who sells, and how to reach them."""

from fastapi import APIRouter

from api.access import AnyVisitor, Owner, ShopNotFound
from api.problems import documented
from api.resources import UsesResources
from api.routes.shops import ShopId
from core.shop import shops
from core.shop.access import Visitor
from core.shop.imprint import Imprint, ImprintDraft

router = APIRouter(tags=["shops"])


def _check_seen(visitor: Visitor, shop_id: int) -> None:
    if not visitor.sees(shop_id):
        raise ShopNotFound(f"there is no shop {shop_id} among those that you see")


@router.get("/shops/{shop_id}/imprint", responses=documented(401, 404, 422))
async def read_imprint(shop_id: ShopId, visitor: AnyVisitor, resources: UsesResources) -> Imprint:
    """As `/help`, `/terms` and `/paysupport` show it."""
    _check_seen(visitor, shop_id)
    async with resources.pool.acquire() as connection:
        return (await shops.get(connection, shop_id)).imprint


@router.put("/shops/{shop_id}/imprint", responses=documented(401, 403, 404, 422))
async def write_imprint(
    shop_id: ShopId, draft: ImprintDraft, visitor: Owner, resources: UsesResources
) -> Imprint:
    """Replaces it completely; running bots show it within seconds."""
    _check_seen(visitor, shop_id)
    async with resources.pool.acquire() as connection, connection.transaction():
        return (await shops.set_imprint(connection, shop_id, draft)).imprint
