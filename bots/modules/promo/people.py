"""Whose codes they are. Which orders had one is with the order, which leads to nobody once its
buyer is erased."""

from bots.modules.promo.codes import NOBODY
from core.people import BY_BUYER_NO, Holding

PEOPLE = (
    Holding(
        "promo_codes",
        BY_BUYER_NO,
        erase={"buyer_no": str(NOBODY), "is_active": "false"},
        export=("code", "kind", "starts_at", "ends_at"),
    ),
    Holding("promo_entered", BY_BUYER_NO, erase="delete", export=("promo_id", "entered_at")),
    Holding("promo_guesses", BY_BUYER_NO, erase="delete", export=("wrong_at", "locked_until")),
)
