"""What an owner looks at: of what little is left, and how many wait for it."""

from typing import Annotated

from fastapi import APIRouter, Depends

from bots.modules.stock import store
from bots.modules.stock.settings import StockSettings
from bots.modules.stock.store import LowStock
from bots.sdk.panel import PanelScope, panel_scope

router = APIRouter()
Panel = Annotated[PanelScope[StockSettings], Depends(panel_scope)]


@router.get("/low")
async def list_low_stock(panel: Panel) -> list[LowStock]:
    """Products and variants at or below their threshold, at most 1,000 of them."""
    return await store.low(panel.connection, panel.shop.id, panel.bot_id, panel.settings.low_stock)
