"""Proofs of payment as a file; the pictures themselves stay in the panel."""

from bots.sdk.exporting import BOT, BUYER, ORDER_NO, SHOP, STATE, ModuleTable, column, within
from core.events import Bilingual

TABLES = (
    ModuleTable(
        "transfer_proofs",
        Bilingual("Подтверждения переводов", "Proofs of payment"),
        "FROM asked JOIN transfer_proofs AS o ON o.shop_id = asked.shop_id AND "
        + within("o.sent_at"),
        "e.shop_id, e.proof_id",
        (
            SHOP,
            column("proof_id", "whole", "Подтверждение №", "Proof no.", "o.id"),
            BOT,
            BUYER,
            ORDER_NO,
            column("file_name", "text", "Файл", "File", personal=True),
            STATE,
            column("duplicate_of", "whole", "Повтор подтверждения №", "Repeats proof no."),
            column("reason", "text", "Причина", "Reason", personal=True),
            column("reviewed_by", "text", "Кто проверил", "Looked through by", personal=True),
            column("sent_at", "time", "Отправлено", "Sent"),
            column("reviewed_at", "time", "Проверено", "Looked through"),
        ),
        lists=("/proofs",),
    ),
)
