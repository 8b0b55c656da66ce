"""The stock's own events, besides core's about expired orders and every change."""

from pydantic import BaseModel, Field

from core.events import Bilingual, EventType


class StockAwaited(BaseModel):
    """What a shopper waits for."""

    variant_id: int = Field(description="0: any of the product")


# `product_id` says which.
STOCK_AWAITED = EventType(
    "stock_awaited",
    "discovery",
    Bilingual("Ждут поступления", "Waiting for stock"),
    props=StockAwaited,
)
STOCK_BACK_TOLD = EventType(
    "stock_back_told",
    "discovery",
    Bilingual("Узнали о поступлении", "Told that it is back"),
    props=StockAwaited,
)
