"""Bookings: services at a time of the shopper's choice."""

from bots.modules.bookings.events import (
    BOOKING_CONFIRMED,
    BOOKING_ENDED,
    BOOKING_REMINDED,
    BOOKING_REQUESTED,
)
from bots.modules.bookings.settings import BookingsSettings
from core.events import Bilingual
from core.modules import Manifest

MANIFEST = Manifest(
    key="bookings",
    title=Bilingual("Запись на время", "Bookings"),
    summary=Bilingual(
        "Покупатель услуги выбирает день и время кнопками; одно место достаётся одному, "
        "о записи бот напомнит.",
        "Whoever buys a service chooses day and time by buttons; a place is one shopper's, "
        "and the bot reminds of it.",
    ),
    settings=BookingsSettings,
    events=(BOOKING_REQUESTED, BOOKING_CONFIRMED, BOOKING_ENDED, BOOKING_REMINDED),
    requires=("cart", "orders", "stock"),
    order=60,  # the booking is confirmed before the order's receipt is written
)
