"""Promo codes and what they gave, as files."""

from bots.sdk.exporting import CURRENCY, ORDER_NO, SHOP, ModuleTable, column, money, within
from core.events import Bilingual

TABLES = (
    ModuleTable(
        "promo_codes",
        Bilingual("Промокоды", "Promo codes"),
        "FROM asked JOIN promo_codes AS o ON o.shop_id = asked.shop_id",
        "e.shop_id, e.promo_id",
        (
            SHOP,
            column("promo_id", "whole", "Промокод №", "Promo code no.", "o.id"),
            # Whoever has read it can use it, as in the panel.
            column("code", "text", "Код", "Code", personal=True),
            column("kind", "text", "Вид", "Kind"),
            column("share", "decimal", "Доля, %", "Share, %", "o.share_bp / 100.0"),
            money("amount", "Сумма", "Amount", "o.amount_minor"),
            CURRENCY,
            column("most_uses", "whole", "Предел применений", "Most uses"),
            column(
                *("uses", "whole", "Применён", "Uses"),
                "(SELECT count(*) FROM promo_uses AS u WHERE u.promo_id = o.id)",
            ),
            column("buyer_no", "whole", "Только для покупателя №", "Only for customer no."),
            column("is_active", "truth", "Включён", "On"),
            column("starts_at", "time", "Действует с", "Valid from"),
            column("ends_at", "time", "Действует до", "Valid until"),
            column("note", "text", "Заметка", "Note", personal=True),
            column("created_at", "time", "Создан", "Made"),
        ),
        lists=("/codes",),
        has_days=False,
    ),
    ModuleTable(
        "promo_uses",
        Bilingual("Применения промокодов", "Uses of promo codes"),
        "FROM asked JOIN orders AS b ON b.shop_id = asked.shop_id AND "
        + within("b.created_at")
        + " JOIN promo_uses AS o ON o.order_id = b.id JOIN promo_codes AS c ON c.id = o.promo_id",
        "e.shop_id, e.order_no, e.promo_id",
        (
            column("shop_id", "whole", "Магазин №", "Shop no.", "b.shop_id"),
            ORDER_NO,
            column("buyer_no", "whole", "Покупатель №", "Customer no.", "b.buyer_no"),
            column("promo_id", "whole", "Промокод №", "Promo code no."),
            column("code", "text", "Код", "Code", "c.code", personal=True),
            money("discount", "Скидка", "Discount", "o.discount_minor", "b.currency"),
            column("currency", "text", "Валюта", "Currency", "b.currency"),
            column("created_at", "time", "Заказ создан", "Order made", "b.created_at"),
            column("paid_at", "time", "Оплачен", "Paid", "b.paid_at"),
        ),
        lists=("/usage",),
    ),
)
