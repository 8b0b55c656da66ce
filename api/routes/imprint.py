"""A shop's imprint: what shoppers are told about it, who sells, and how to reach them."""

from fastapi import APIRouter

from api.access import AnyVisitor, Owner, shop_transaction
from api.problems import documented
from api.resources import UsesResources
from api.routes.shops import ShopId
from core.shop import shops
from core.shop.imprint import Imprint, ImprintDraft

router = APIRouter(tags=["shops"])


@router.get("/shops/{shop_id}/imprint", responses=documented(401, 404, 422))
async def read_imprint(shop_id: ShopId, visitor: AnyVisitor, resources: UsesResources) -> Imprint:
    """As `/help`, `/terms` and `/paysupport` show it."""
    async with shop_transaction(resources, visitor, shop_id) as (_, shop):
        return shop.imprint


@router.put("/shops/{shop_id}/imprint", responses=documented(401, 403, 404, 422))
async def write_imprint(
    shop_id: ShopId, draft: ImprintDraft, visitor: Owner, resources: UsesResources
) -> Imprint:
    """Replaces it completely; running bots show it within seconds."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        return (await shops.set_imprint(connection, shop_id, draft)).imprint
