"""What the digital delivery tells."""

from pydantic import BaseModel, Field

from core.events import Bilingual, EventType
from core.taxonomy import TAXONOMY

DELIVERY_SENT = TAXONOMY["delivery_sent"]
DELIVERY_FAILED = TAXONOMY["delivery_failed"]


class GoodsAssigned(BaseModel):
    """What was set aside for an order."""

    keys: int = Field(description="Keys that are the order's by now")
    missing: int = Field(description="Units for which nothing was left")


GOODS_ASSIGNED = EventType(
    "goods_assigned",
    "fulfilment",
    Bilingual("Закреплённые за заказом цифровые товары", "Digital goods set aside for an order"),
    props=GoodsAssigned,
)
