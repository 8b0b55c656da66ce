"""Whose proofs they are."""

from core.events import Bilingual
from core.people import BY_BUYER_NO, Holding, UnderWay

PEOPLE = (
    # The fingerprints stay, so that the same picture is recognised, whoever sends it.
    Holding(
        "transfer_proofs",
        BY_BUYER_NO,
        erase={"buyer_no": "0", "file_id": "''", "file_name": "''", "reason": "''"},
        export=("order_id", "file_name", "state", "reason", "sent_at", "reviewed_at"),
        under_way=UnderWay(
            "t.state = 'waiting'",
            Bilingual("чеков на проверке: {count}", "{count} proofs of theirs to review"),
        ),
    ),
)
