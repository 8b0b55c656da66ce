"""The events of bookings; `order_id` and `product_id` name what was booked."""

from datetime import datetime

from pydantic import BaseModel, Field

from core.events import Bilingual, EventType


class BookedTime(BaseModel):
    """A time that was booked."""

    booking: int = Field(description="Its number")
    starts_at: datetime = Field(description="When it begins")
    places: int = Field(description="For how many")


class BookingEnded(BookedTime):
    """A booking that is none any more."""

    by: str = Field(description="shopper, shop, unpaid, refund, or taken: paid too late")


BOOKING_REQUESTED = EventType(
    "booking_requested",
    "fulfilment",
    Bilingual("Запрошенные записи", "Bookings asked for"),
    props=BookedTime,
)
BOOKING_CONFIRMED = EventType(
    "booking_confirmed",
    "fulfilment",
    Bilingual("Подтверждённые записи", "Bookings confirmed"),
    props=BookedTime,
)
BOOKING_ENDED = EventType(
    "booking_ended",
    "fulfilment",
    Bilingual("Отменённые записи", "Bookings that came to nothing"),
    props=BookingEnded,
)
BOOKING_REMINDED = EventType(
    "booking_reminded",
    "fulfilment",
    Bilingual("Напоминания о записи", "Reminders of bookings"),
    props=BookedTime,
)
