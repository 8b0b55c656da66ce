from pydantic import BaseModel, Field

from core.events import Bilingual, EventType


class GiftGiven(BaseModel):
    """What `gift_given` says."""

    gift: int = Field(description="The gift's number")


GIFT_GIVEN = EventType(
    "gift_given", "marketing", Bilingual("Подаренные подарки", "Gifts given"), props=GiftGiven
)
