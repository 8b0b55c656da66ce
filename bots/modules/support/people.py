"""Whose questions they are: the words are deleted, how long an answer took stays."""

from core.events import Bilingual
from core.people import BY_BOT_THEN, BY_BUYER_NO, Holding, UnderWay

# What was written about a ticket in the staff's groups is known by its buttons.
_CARDS = (
    f"{BY_BOT_THEN} AND t.chat_id < 0 AND t.purpose = 'staff_ticket' AND EXISTS ("
    "SELECT FROM support_messages AS m WHERE (m.shop_id, m.buyer_no) = (who.shop_id, who.buyer_no) "
    "AND t.message::text LIKE '%:' || m.ticket_id || '.' || m.id || '\"%')"
)

PEOPLE = (
    Holding("outgoing", _CARDS, erase="delete"),
    Holding(
        "support_messages",
        BY_BUYER_NO,
        erase="delete",
        export=("ticket_id", "author", "body", "file_name", "sent_at"),
    ),
    Holding("support_suggestions", BY_BUYER_NO, erase="delete", export=("shown_at",)),
    Holding(
        "support_tickets",
        BY_BUYER_NO,
        erase={
            "buyer_no": "0",
            "state": "'closed'",
            "closed_at": "coalesce(t.closed_at, now())",
            "waiting_since": "NULL",
        },
        export=("id", "order_id", "state", "opened_at", "closed_at", "rating"),
        under_way=UnderWay(
            "t.state = 'waiting'",
            Bilingual("вопросов без ответа: {count}", "{count} unanswered questions of theirs"),
        ),
    ),
)
