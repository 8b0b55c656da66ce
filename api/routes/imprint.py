"""A shop's imprint: what shoppers are told about it, who sells, and how to reach them."""

from fastapi import APIRouter, Response

from api.access import AnyVisitor, Owner, shop_transaction
from api.problems import documented
from api.resources import UsesResources
from api.routes.shops import ShopId
from api.versions import SeenTag
from core.shop import shops
from core.shop.imprint import Imprint, ImprintDraft
from core.versions import ensure_unchanged, tag_of

router = APIRouter(tags=["shops"])


@router.get("/shops/{shop_id}/imprint", responses=documented(401, 404, 422))
async def read_imprint(
    shop_id: ShopId, visitor: AnyVisitor, resources: UsesResources, response: Response
) -> Imprint:
    """As `/help`, `/terms` and `/paysupport` show it."""
    async with shop_transaction(resources, visitor, shop_id) as (_, shop):
        return _tagged(response, shop.imprint)


@router.put("/shops/{shop_id}/imprint", responses=documented(401, 403, 404, 412, 422, 428))
async def write_imprint(
    shop_id: ShopId,
    draft: ImprintDraft,
    visitor: Owner,
    resources: UsesResources,
    response: Response,
    seen: SeenTag,
) -> Imprint:
    """Replaces it completely; running bots show it within seconds. 412 `changed_meanwhile` if it is
    not what the ETag in `If-Match` was of."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await connection.execute("SELECT FROM shops WHERE id = $1 FOR NO KEY UPDATE", shop_id)
        ensure_unchanged((await shops.get(connection, shop_id)).imprint, seen)
        changed = await shops.set_imprint(connection, shop_id, draft)
        return _tagged(response, changed.imprint)


def _tagged(response: Response, imprint: Imprint) -> Imprint:
    response.headers["ETag"] = f'"{tag_of(imprint)}"'
    return imprint
