"""Whose bills they are."""

from core.events import Bilingual
from core.people import BY_BUYER_NO, Holding, UnderWay

PEOPLE = (
    Holding(
        "cryptopay_bills",
        BY_BUYER_NO,
        erase={"buyer_no": "0"},
        export=("order_id", "invoice_id", "amount_minor", "currency", "state", "created_at"),
        under_way=UnderWay(
            "t.state IN ('asked', 'open')",
            Bilingual("счетов в Crypto Bot: {count}", "{count} bills of theirs in Crypto Bot"),
        ),
    ),
)
