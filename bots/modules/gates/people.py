"""Who has passed what: the consent to the rules among it."""

from core.people import BY_BUYER_NO, Holding

PEOPLE = (
    Holding("gate_passes", BY_BUYER_NO, erase="delete", export=("gate", "detail", "passed_at")),
    Holding("gate_captchas", BY_BUYER_NO, erase="delete"),
)
