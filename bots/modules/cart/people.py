"""Whose carts they are."""

from core.people import BY_BUYER_NO, Holding

PEOPLE = (
    Holding("cart_lines", BY_BUYER_NO, erase="delete", export=("title", "quantity", "added_at")),
    Holding("carts", BY_BUYER_NO, erase="delete", export=("changed_at", "reminded_at", "is_quiet")),
    Holding("checkouts", BY_BUYER_NO, erase="delete", export=("shipping", "answers")),
    Holding("cart_contacts", BY_BUYER_NO, erase="delete", export=("answers",)),
)
