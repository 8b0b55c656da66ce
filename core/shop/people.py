"""What core's own tables store about people: see `core.people`. A new table gets its line here."""

from core.events import Bilingual
from core.people import BY_BOT_THEN, BY_BUYER_NO, Declaration, Holding, Kept, UnderWay

_NOTE = {"note": "''"}
_OF_THEIR_ORDERS = (
    "t.order_id IN (SELECT id FROM orders WHERE (shop_id, buyer_no) = (who.shop_id, who.buyer_no))"
)
# A bot that has left the shop keeps whom it knows of the shop where it is now.
_KNOWN = (
    "t.peer_id = who.telegram_id AND (t.bot_id = ANY(who.bot_ids) OR EXISTS ("
    "SELECT FROM bot_former_shops AS f WHERE f.bot_id = t.bot_id AND f.shop_id = who.shop_id) "
    "AND NOT EXISTS (SELECT FROM bots AS b JOIN customers AS c ON c.shop_id = b.shop_id "
    "WHERE b.id = t.bot_id AND c.telegram_id = who.telegram_id))"
)

PEOPLE: tuple[Declaration, ...] = (
    # A refused event may be sent again, but without what the person wrote.
    Holding(
        "dead_letters",
        "t.shop_id = who.shop_id AND (t.envelope ->> 'buyer_no')::bigint = who.buyer_no"
        " AND t.envelope ->> 'mode' = 'external' AND t.envelope ->> 'props' != ''",
        erase={"envelope": 't.envelope || \'{"props": ""}\''},
        export=("event", "envelope"),
    ),
    # What the owner wrote about them.
    Holding("fraud_allow", f"{BY_BUYER_NO} AND t.note != ''", erase=_NOTE, export=("note",)),
    Holding(
        "fraud_labels",
        f"{BY_BUYER_NO} AND t.note != ''",
        erase=_NOTE,
        export=("abuse", "label", "note", "labelled_at"),
    ),
    Holding(
        "fraud_decisions",
        f"{BY_BUYER_NO} AND (t.note != '' OR t.former_note != '')",
        erase=_NOTE | {"former_note": "CASE WHEN t.former_note IS NOT NULL THEN '' END"},
        export=("abuse", "decision", "note", "former_note", "decided_at"),
    ),
    Holding("bot_peers", _KNOWN, erase="delete"),
    Holding(
        "outgoing",
        f"t.chat_id = who.telegram_id AND {BY_BOT_THEN}",
        erase="delete",
        export=("purpose", "message", "state", "created_at", "sent_at"),
        under_way=UnderWay(
            "t.state = 'pending'",
            Bilingual("сообщений в пути: {count}", "{count} messages to them"),
        ),
    ),
    Holding(
        "unbooked_payments",
        "t.payer_telegram_id = who.telegram_id AND t.shop_id = who.shop_id",
        erase={"payer_telegram_id": "0"},
        export=("provider", "charge_id", "amount_minor", "currency", "occurred_at"),
        under_way=UnderWay(
            "t.booked_at IS NULL",
            Bilingual("платежей в пути: {count}", "{count} payments of theirs"),
        ),
    ),
    Holding(
        "payments",
        "t.payer_telegram_id = who.telegram_id"
        " AND t.order_id IN (SELECT id FROM orders WHERE shop_id = who.shop_id)",
        erase={"payer_telegram_id": "0"},
        export=("provider", "charge_id", "amount_minor", "currency", "status", "created_at"),
    ),
    Holding("order_details", _OF_THEIR_ORDERS, erase="delete", export=("field", "label", "value")),
    Holding(
        "order_parcels",
        f"{_OF_THEIR_ORDERS} AND t.tracking_number != ''",
        erase={"tracking_number": "''"},
        export=("carrier", "tracking_number", "created_at"),
    ),
    # What was told to the shop's own systems, which keep what they got.
    Holding(
        "webhook_attempts",
        "t.answer != '' AND t.delivery_id IN (SELECT id FROM webhook_deliveries "
        "WHERE (shop_id, buyer_no) = (who.shop_id, who.buyer_no))",
        erase={"answer": "''"},
    ),
    Holding(
        "webhook_deliveries",
        f"{BY_BUYER_NO} AND t.body IS NOT NULL",
        erase={"body": "NULL"},
        export=("event", "body", "created_at"),
    ),
    Holding("file_uses", BY_BUYER_NO, erase="delete", export=("owner", "file_name", "created_at")),
    Holding(
        "sent_files", BY_BUYER_NO, erase="delete", export=("owner", "kind", "file_name", "sent_at")
    ),
    Holding("customer_segments", BY_BUYER_NO, erase="delete", export=("segment", "day")),
    Holding(
        "memberships",
        "t.telegram_id = who.telegram_id AND t.bot_id = ANY(who.bot_ids)",
        erase="delete",
        export=("chat", "is_member", "checked_at"),
    ),
    Holding("dialogs", BY_BUYER_NO, erase="delete", export=("question", "data", "asked_at")),
    Holding("kept_starts", BY_BUYER_NO, erase="delete", export=("code", "kept_at")),
    Holding(
        "module_jobs",
        "t.buyer_no = who.buyer_no AND t.bot_id = ANY(who.bot_ids)",
        erase="delete",
        export=("module", "task", "data", "due_at"),
    ),
    # The ledger stays, of nobody; what the owner wrote in it goes.
    Holding(
        "wallet_entries",
        "t.id IN (SELECT p.entry_id FROM wallet_postings AS p JOIN wallets AS w "
        "ON w.id = p.wallet_id WHERE (w.shop_id, w.buyer_no) = (who.shop_id, who.buyer_no))",
        erase={"reason": "''"},
        export=("kind", "currency", "reason", "created_at"),
    ),
    Holding(
        "wallets",
        BY_BUYER_NO,
        erase={"buyer_no": "0"},
        export=("currency", "balance_minor"),
        under_way=UnderWay(
            "t.balance_minor <> 0",
            Bilingual("кошельков с деньгами: {count}", "{count} wallets with money in them"),
        ),
    ),
    # What the staff wrote about them; the order stays, and its number leads to nobody.
    Holding("orders", f"{BY_BUYER_NO} AND t.note != ''", erase=_NOTE, export=("order_no", "note")),
    # Their number, which stays.
    Holding(
        "customers",
        f"{BY_BUYER_NO} AND (t.telegram_id > 0 OR t.external_id IS NOT NULL)",
        erase={
            "telegram_id": "-t.buyer_no",  # a number that cannot be Telegram's
            "external_id": "NULL",
            "first_name": "''",
            "username": "NULL",
            "language": "''",
        },
        export=(
            "buyer_no",
            "telegram_id",
            "external_id",
            "first_name",
            "username",
            "language",
            "is_premium",
            "first_seen_at",
            "last_seen_at",
        ),
    ),
    Kept("shops", "next_buyer_no is a counter"),
    Kept("outbox", "passes on within the hour, by buyer_no alone"),
    Kept("erasures", "who was erased, by buyer_no alone"),
    Kept("fraud_snoozes", "of a buyer_no, without words"),
    Kept("fraud_verdicts", "of a buyer_no, without words"),
    Kept("fraud_actions", "of a buyer_no, without words"),
    Kept("fraud_reasons", "of a buyer_no, without words"),
    Kept("bot_sessions", "user_id is the bot's own"),
    Kept("access_links", "the owner's own chat that a link was handed out in; no shopper's"),
    Kept("owner_chats", "an owner's own, who unbinds it; no shopper's"),
    Kept("export_schedules", "the owner's own chat that files go to; no shopper's"),
    Kept("access_log", "address is of a visitor of the panel, no shopper"),
    Kept("panel_sessions", "address is of a visitor of the panel, no shopper"),
    Kept("staff_chats", "chat_id is a group's"),
    Kept("staff_topics", "chat_id is a group's"),
    Kept("staff_members", "staff, whom the owner takes out; no shopper's"),
    Kept("staff_actions", "what staff did, kept as long as the orders that it changed"),
)
