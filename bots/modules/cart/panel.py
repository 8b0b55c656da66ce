"""The carts of a bot in the panel: how many are open, how many were left, what they are worth."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from bots.modules.cart import store
from bots.modules.cart.settings import CartSettings
from bots.modules.cart.store import OpenCart, OpenCarts
from bots.sdk.panel import PanelScope, panel_scope

router = APIRouter()
Panel = Annotated[PanelScope[CartSettings], Depends(panel_scope)]

_LEFT_AFTER = timedelta(days=1)


class CartPage(BaseModel):
    """Open carts, the one changed last first. `next_at` and `next_buyer_no` ask for the page after
    it; null on the last."""

    carts: list[OpenCart]
    next_at: datetime | None = None
    next_buyer_no: int | None = None


@router.get("/summary")
async def summary(panel: Panel) -> list[OpenCarts]:
    """Open carts by currency, at today's prices; `left`: untouched for a day."""
    return await store.summary(
        panel.connection, panel.shop.id, panel.bot_id, left_after=_LEFT_AFTER
    )


@router.get("/carts")
async def carts(
    panel: Panel,
    size: Annotated[int, Query(ge=1, le=100)] = 50,
    after_at: datetime | None = None,
    after_buyer_no: Annotated[int, Query(ge=0, lt=2**63)] = 0,
) -> CartPage:
    """A page of the open carts."""
    after = None if after_at is None else (after_at, after_buyer_no)
    found = await store.open_carts(
        panel.connection, panel.shop.id, panel.bot_id, after=after, size=size + 1
    )
    page = found[:size]
    if len(found) <= size:
        return CartPage(carts=page)
    return CartPage(carts=page, next_at=page[-1].changed_at, next_buyer_no=page[-1].buyer_no)
