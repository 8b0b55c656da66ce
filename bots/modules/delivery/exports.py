"""What was handed out, and which keys there are, as files; never the goods themselves."""

from bots.sdk.exporting import BOT, ORDER_NO, SHOP, STATE, ModuleTable, column, within
from core.events import Bilingual

TABLES = (
    ModuleTable(
        "deliveries",
        Bilingual("Выдача цифровых товаров", "Digital goods handed out"),
        "FROM asked JOIN orders AS b ON b.shop_id = asked.shop_id "
        "JOIN deliveries AS o ON o.order_id = b.id AND " + within("o.created_at"),
        "e.shop_id, e.order_no, e.line",
        (
            column("shop_id", "whole", "Магазин №", "Shop no.", "b.shop_id"),
            BOT,
            ORDER_NO,
            column("line", "whole", "Строка", "Line"),
            column("buyer_no", "whole", "Покупатель №", "Customer no.", "b.buyer_no"),
            column("product_id", "whole", "Товар №", "Product no."),
            column("variant_id", "whole", "Вариант №", "Variant no."),
            column("quantity", "whole", "Количество", "Quantity"),
            STATE,
            column("opened", "whole", "Открыто снова", "Opened again"),
            column("created_at", "time", "Заказано", "Due"),
            column("delivered_at", "time", "Выдано", "Handed out"),
        ),
        lists=("/deliveries",),
    ),
    ModuleTable(
        "delivery_keys",
        Bilingual("Ключи цифровых товаров", "Keys of digital goods"),
        "FROM asked JOIN delivery_keys AS o ON o.shop_id = asked.shop_id",
        "e.shop_id, e.key_no",
        (
            SHOP,
            column("key_no", "whole", "Ключ №", "Key no.", "o.id"),
            column("product_id", "whole", "Товар №", "Product no."),
            column("variant_id", "whole", "Вариант №", "Variant no."),
            ORDER_NO,
            column("created_at", "time", "Загружен", "Uploaded"),
            column("issued_at", "time", "Выдан", "Handed out"),
        ),
        lists=("/keys",),
        has_days=False,
    ),
)
