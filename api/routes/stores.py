"""Whether the data are sound, and how much space they take."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.access import AnyVisitor, ChosenShops
from api.data_health import DAYS, DataHealth, read_data_health, read_shipping
from api.problems import documented
from api.resources import UsesResources
from api.storage import Storage, read_storage

router = APIRouter(tags=["stores"])


@router.get("/data-health", responses=documented(401, 404, 422, 503))
async def data_health(
    shops: ChosenShops,
    visitor: AnyVisitor,
    resources: UsesResources,
    days: Annotated[int, Query(ge=1, le=90)] = DAYS,
) -> DataHealth:
    """Duplicates, gaps, and PostgreSQL against ClickHouse, shop by shop."""
    found = await read_data_health(resources.pool, resources.reader, shops, days=days)
    if visitor.shop_ids is None:
        found.shipping = await read_shipping(resources.pool)
    return found


@router.get("/storage", responses=documented(401, 404, 422, 503))
async def storage(shops: ChosenShops, visitor: AnyVisitor, resources: UsesResources) -> Storage:
    """Bytes by shop and, for visitors who may see every shop, by table; with a forecast."""
    return await read_storage(
        resources.pool, resources.reader, shops, with_tables=visitor.shop_ids is None
    )
