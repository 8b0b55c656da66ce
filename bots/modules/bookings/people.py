"""Whose bookings they are."""

from core.events import Bilingual
from core.people import BY_BUYER_NO, Holding, UnderWay

PEOPLE = (
    # What was booked stays for the shop's own calendar, without whose it was.
    Holding(
        "bookings",
        BY_BUYER_NO,
        erase={"buyer_no": "0", "reason": "''"},
        export=("title", "places", "starts_at", "ends_at", "state", "reason", "created_at"),
        under_way=UnderWay(
            "t.state IN ('held', 'requested', 'confirmed') AND t.ends_at > now()",
            Bilingual("записей впереди: {count}", "{count} bookings of theirs to come"),
        ),
    ),
)
