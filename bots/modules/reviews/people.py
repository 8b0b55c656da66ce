"""Whose reviews they are: the rating stays, of nobody; words and picture go."""

from core.people import BY_BOT_THEN, BY_BUYER_NO, Holding

# What was written about a review in the staff's groups is known by its buttons.
_CARDS = (
    f"{BY_BOT_THEN} AND t.chat_id < 0 AND t.purpose = 'staff_review' AND EXISTS ("
    "SELECT FROM reviews AS r WHERE (r.shop_id, r.buyer_no) = (who.shop_id, who.buyer_no) "
    "AND t.message::text LIKE '%:' || r.id || '\"%')"
)

PEOPLE = (
    Holding("outgoing", _CARDS, erase="delete"),
    Holding(
        "reviews",
        BY_BUYER_NO,
        erase={
            "buyer_no": "0",
            "body": "''",
            "file_id": "''",
            "sha256": "NULL",
            "answer": "''",
            "state": "CASE WHEN t.state = 'waiting' THEN 'hidden' ELSE t.state END",
        },
        export=("order_id", "rating", "body", "answer", "created_at", "changed_at"),
    ),
)
