"""Wallets and their entries as files."""

from bots.sdk.exporting import BUYER, CURRENCY, ORDER_NO, SHOP, ModuleTable, column, money, within
from core.events import Bilingual

TABLES = (
    ModuleTable(
        "wallets",
        Bilingual("Кошельки покупателей", "Customers' wallets"),
        "FROM asked JOIN wallets AS o ON o.shop_id = asked.shop_id",
        "e.shop_id, e.wallet_id",
        (
            SHOP,
            column("wallet_id", "whole", "Кошелёк №", "Wallet no.", "o.id"),
            BUYER,
            CURRENCY,
            money("balance", "Остаток", "Balance", "o.balance_minor"),
            money("held", "Удержано", "Held", "o.held_minor"),
            column("created_at", "time", "Открыт", "Opened"),
        ),
        lists=("/wallets",),
        has_days=False,
    ),
    ModuleTable(
        "wallet_entries",
        Bilingual("Движения кошельков", "Entries of wallets"),
        "FROM asked JOIN wallet_entries AS o ON o.shop_id = asked.shop_id AND "
        + within("o.created_at")
        + " JOIN wallet_postings AS p ON p.entry_id = o.id AND p.account = 'wallet'"
        " JOIN wallets AS w ON w.id = p.wallet_id",
        "e.shop_id, e.entry_id",
        (
            SHOP,
            column("entry_id", "whole", "Движение №", "Entry no.", "o.id"),
            column("wallet_id", "whole", "Кошелёк №", "Wallet no.", "p.wallet_id"),
            column("buyer_no", "whole", "Покупатель №", "Customer no.", "w.buyer_no"),
            column("kind", "text", "Вид", "Kind"),
            money("amount", "Сумма", "Amount", "p.amount_minor"),
            money("balance", "Остаток после", "Balance after", "p.balance_minor"),
            CURRENCY,
            ORDER_NO,
            column("reason", "text", "Причина", "Reason", personal=True),
            column("made_by", "text", "Кто сделал", "Made by", personal=True),
            column("created_at", "time", "Когда", "When"),
        ),
        lists=("/wallets/{wallet_id}",),
    ),
)
