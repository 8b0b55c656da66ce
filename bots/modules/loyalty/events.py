"""The events of loyalty."""

from typing import Literal

from pydantic import BaseModel, Field

from core.events import Bilingual, EventType


class LoyaltyEarning(BaseModel):
    """What an order brought back; as money it is the event's amount, too."""

    points: int = Field(ge=0, description="Points, 0 if it is money")
    tier: Literal["base", "silver", "gold"] = Field(description="The shopper's tier then")


class LoyaltySpending(BaseModel):
    """What of an order was paid by points; the event's amount is what they took off."""

    points: int = Field(gt=0, description="Points")


LOYALTY_EARNED = EventType(
    "loyalty_earned",
    "marketing",
    Bilingual("Начислено за покупку", "Loyalty earned"),
    props=LoyaltyEarning,
)
LOYALTY_SPENT = EventType(
    "loyalty_spent",
    "marketing",
    Bilingual("Оплачено баллами", "Paid by points"),
    props=LoyaltySpending,
)
