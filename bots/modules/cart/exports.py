"""Open carts as a file, a row for each of their lines."""

from bots.sdk.exporting import BOT, BUYER, SHOP, ModuleTable, column, money, within
from core.events import Bilingual

TABLES = (
    ModuleTable(
        "carts",
        Bilingual("Открытые корзины", "Open carts"),
        "FROM asked JOIN carts AS o ON o.shop_id = asked.shop_id AND "
        + within("o.changed_at")
        + """ JOIN cart_lines AS l ON (l.shop_id, l.buyer_no) = (o.shop_id, o.buyer_no)
        JOIN products AS p ON p.id = l.product_id AND p.is_active
        LEFT JOIN product_variants AS v ON v.id = l.variant_id""",
        "e.shop_id, e.changed_at, e.buyer_no, e.product_id, e.variant_id",
        (
            SHOP,
            BOT,
            BUYER,
            column("product_id", "whole", "Товар №", "Product no.", "l.product_id"),
            column("variant_id", "whole", "Вариант №", "Variant no.", "l.variant_id"),
            column("title", "text", "Название", "Title", "l.title"),
            column("quantity", "whole", "Количество", "Quantity", "l.quantity"),
            money(
                *("unit_price", "Цена", "Unit price"),
                *("coalesce(v.price_minor, p.price_minor)", "p.currency"),
            ),
            column("currency", "text", "Валюта", "Currency", "p.currency"),
            column("changed_at", "time", "Изменена", "Changed"),
            column("reminded_at", "time", "Напомнили", "Reminded"),
        ),
        lists=("/carts",),
    ),
)
