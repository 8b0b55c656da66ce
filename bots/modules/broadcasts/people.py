"""Whose broadcasts they were, who wants none, and by whose clock they come."""

from core.people import BY_BUYER_NO, Holding

PEOPLE = (
    Holding(
        "broadcast_recipients",
        BY_BUYER_NO,
        erase="delete",
        export=("broadcast_id", "state", "delivered_at", "clicked_at"),
    ),
    Holding(
        "broadcast_clocks", BY_BUYER_NO, erase="delete", export=("hours_ahead", "zone", "told_at")
    ),
    Holding("broadcast_refusals", BY_BUYER_NO, erase="delete", export=("refused_at",)),
)
