"""The overview of one or several shops, once or live."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.access import ChosenShops
from api.figures import Overview
from api.live_topics import View
from api.periods import Period
from api.problems import documented
from api.resources import UsesResources

router = APIRouter(tags=["overview"])


WantedPeriod = Annotated[Period, Query(description="Days end with today, by each shop's clock.")]


async def view_of(shops: ChosenShops, period: WantedPeriod = "today") -> View:
    return View(tuple(shop.id for shop in shops), period)


ChosenView = Annotated[View, Depends(view_of)]


@router.get("/overview", responses=documented(401, 404, 422, 503))
async def overview(
    shops: ChosenShops, resources: UsesResources, period: WantedPeriod = "today"
) -> Overview:
    """Figures, funnel, feed and freshness as of now."""
    return await resources.overview(shops, period)
