"""Bills in Crypto Pay as a file."""

from bots.sdk.exporting import (
    BOT,
    BUYER,
    CURRENCY,
    ORDER_NO,
    SHOP,
    STATE,
    ModuleTable,
    column,
    money,
    within,
)
from core.events import Bilingual

TABLES = (
    ModuleTable(
        "cryptopay_bills",
        Bilingual("Счета Crypto Pay", "Bills in Crypto Pay"),
        "FROM asked JOIN cryptopay_bills AS o ON o.shop_id = asked.shop_id AND "
        + within("o.created_at"),
        "e.shop_id, e.bill_id",
        (
            SHOP,
            column("bill_id", "whole", "Счёт №", "Bill no.", "o.id"),
            BOT,
            ORDER_NO,
            BUYER,
            column("invoice_id", "whole", "Номер у Crypto Pay", "Crypto Pay's number"),
            STATE,
            money("amount", "Сумма", "Amount", "o.amount_minor"),
            CURRENCY,
            column("error", "text", "Ошибка", "Error"),
            column("created_at", "time", "Создан", "Made"),
            column("closed_at", "time", "Закрыт", "Closed"),
        ),
        lists=("/bills",),
    ),
)
