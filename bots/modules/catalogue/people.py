"""Whose favourites are whose."""

from core.people import BY_BUYER_NO, Holding

PEOPLE = (Holding("favourites", BY_BUYER_NO, erase="delete", export=("product_id", "added_at")),)
