"""The fleet of workers and bots."""

from fastapi import APIRouter

from api.access import AnyVisitor, ChosenShops
from api.fleet import Fleet, read_fleet
from api.problems import documented
from api.resources import UsesResources

router = APIRouter(tags=["stores"])


@router.get("/fleet", responses=documented(401, 404, 422))
async def fleet(shops: ChosenShops, visitor: AnyVisitor, resources: UsesResources) -> Fleet:
    """Who runs which bot, how busy they are, and what lags behind; workers for visitors who may see
    every shop."""
    async with resources.pool.acquire() as connection:
        return await read_fleet(
            connection, [shop.id for shop in shops], with_workers=visitor.shop_ids is None
        )
