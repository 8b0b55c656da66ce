"""Whose points they are: those of an erased person are nobody's."""

from core.people import BY_BUYER_NO, Holding

PEOPLE = (
    Holding(
        "loyalty_lots",
        BY_BUYER_NO,
        erase={"buyer_no": "0", "reason": "''"},
        export=("order_id", "points", "reason", "usable_at", "expires_at", "created_at"),
    ),
    Holding("loyalty_choices", BY_BUYER_NO, erase="delete", export=("chosen_at",)),
)
