from core.people import BY_BUYER_NO, Holding

PEOPLE = (
    Holding("gifts", BY_BUYER_NO, erase="delete", export=("id", "note", "is_paid")),
    Holding("gift_hints", BY_BUYER_NO, erase="delete"),
)
