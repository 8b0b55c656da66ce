"""The carts of a bot in the panel: how many are open, how many were left, what they are worth."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from bots.modules.cart import listing
from bots.modules.cart.listing import LEFT_AFTER, Filter, OpenCart, OpenCarts, Sort
from bots.modules.cart.settings import CartSettings
from bots.sdk.panel import PanelScope, panel_scope

router = APIRouter()
Panel = Annotated[PanelScope[CartSettings], Depends(panel_scope)]


async def _filter(
    left: Annotated[bool | None, Query(description="Untouched for a day, or not.")] = None,
    reminded: Annotated[bool | None, Query(description="Whether a reminder went out.")] = None,
    buyer_no: Annotated[int | None, Query(gt=0, lt=2**63, description="Whose cart.")] = None,
) -> Filter:
    return Filter(left, reminded, buyer_no)


class CartPage(BaseModel):
    """Open carts, in their order. `next_at` and `next_buyer_no` ask for the page after
    it; null on the last."""

    carts: list[OpenCart]
    next_at: datetime | None = None
    next_buyer_no: int | None = None


@router.get("/summary")
async def summary(panel: Panel) -> list[OpenCarts]:
    """Open carts by currency, at today's prices; `left`: untouched for a day."""
    return await listing.summary(
        panel.connection, panel.shop.id, panel.bot_id, left_after=LEFT_AFTER
    )


@router.get("/carts")
async def carts(
    panel: Panel,
    chosen: Annotated[Filter, Depends(_filter)],
    sort: Annotated[Sort, Query()] = "newest",
    size: Annotated[int, Query(ge=1, le=100)] = 50,
    after_at: datetime | None = None,
    after_buyer_no: Annotated[int, Query(ge=0, lt=2**63)] = 0,
) -> CartPage:
    """A page of the open carts, by when they were changed last."""
    after = None if after_at is None else (after_at, after_buyer_no)
    found = await listing.open_carts(
        panel.connection,
        panel.shop.id,
        panel.bot_id,
        chosen,
        sort=sort,
        after=after,
        size=size + 1,
    )
    page = found[:size]
    if len(found) <= size:
        return CartPage(carts=page)
    return CartPage(carts=page, next_at=page[-1].changed_at, next_buyer_no=page[-1].buyer_no)
