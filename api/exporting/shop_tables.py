"""What PostgreSQL has of shops, as tables for export: orders, payments, customers, products."""

from api.exporting.columns import Column, column
from api.exporting.tables import ExportTable
from bots.sdk.exporting import exact
from core.events import Bilingual


def _money(name: str, ru: str, en: str, minor: str, currency: str = "o.currency") -> Column:
    """An amount in main units."""
    return column(name, "decimal", ru, en, exact(minor, currency))


_SHOP = column("shop_id", "whole", "Магазин №", "Shop no.", "o.shop_id")
_ORDER = column("order_no", "whole", "Заказ №", "Order no.", "o.order_no")
_CURRENCY = column("currency", "text", "Валюта", "Currency", "o.currency")
_CREATED = column("created_at", "time", "Создан", "Created", "o.created_at")
_PAID = column("paid_at", "time", "Оплачен", "Paid", "o.paid_at")
_OF_ORDERS = """
FROM asked JOIN orders AS o ON o.shop_id = asked.shop_id
    AND o.created_at >= asked.starts_at AND o.created_at < asked.ends_at
"""
_DETAILS = """(SELECT string_agg(d.label || ': ' || d.value, '; ' ORDER BY d.position)
    FROM order_details AS d WHERE d.order_id = o.id)"""

_ORDERS = ExportTable(
    "orders",
    Bilingual("Заказы", "Orders"),
    "postgres",
    _OF_ORDERS,
    "e.shop_id, e.order_no",
    (
        _SHOP,
        _ORDER,
        column("bot_id", "whole", "Бот", "Bot", "o.bot_id"),
        column("buyer_no", "whole", "Покупатель №", "Customer no.", "o.buyer_no"),
        column("status", "text", "Состояние", "Status", "o.status"),
        column("stage", "text", "Этап", "Stage", "o.stage"),
        column("method", "text", "Способ оплаты", "Payment method", "o.method"),
        _CURRENCY,
        _money("discount", "Скидка", "Discount", "o.discount_minor"),
        _money("shipping", "Доставка", "Shipping", "o.shipping_minor"),
        _money("tax", "Налог", "Tax", "o.tax_minor"),
        _money("tip", "Чаевые", "Tip", "o.tip_minor"),
        _money("total", "Итого", "Total", "o.total_minor"),
        _money("refunded", "Возвращено", "Refunded", "o.refunded_minor"),
        _CREATED,
        _PAID,
        column(
            "details", "text", "Данные покупателя", "Customer's details", _DETAILS, personal=True
        ),
        column("note", "text", "Заметка", "Note", "o.note", personal=True),
    ),
)
_ORDER_LINES = ExportTable(
    "order_lines",
    Bilingual("Строки заказов", "Lines of orders"),
    "postgres",
    f"{_OF_ORDERS} JOIN order_lines AS l ON l.order_id = o.id",
    "e.shop_id, e.order_no, e.line",
    (
        _SHOP,
        _ORDER,
        column("line", "whole", "Строка", "Line", "l.line"),
        column("product_id", "whole", "Товар №", "Product no.", "l.product_id"),
        column("variant_id", "whole", "Вариант №", "Variant no.", "l.variant_id"),
        column("title", "text", "Название", "Title", "l.title"),
        column("variant", "text", "Вариант", "Variant", "l.variant_title"),
        column("kind", "text", "Вид", "Kind", "l.kind"),
        column("quantity", "whole", "Количество", "Quantity", "l.quantity"),
        _money("unit_price", "Цена", "Unit price", "l.unit_price_minor"),
        _money("discount", "Скидка", "Discount", "l.discount_minor"),
        _money("amount", "Сумма", "Amount", "(l.unit_price_minor * l.quantity)"),
        _money("cost", "Себестоимость", "Cost", "l.cost_minor"),
        column("is_gift", "truth", "Подарок", "Gift", "l.is_gift"),
        _CURRENCY,
        column("status", "text", "Состояние заказа", "Order's status", "o.status"),
        _CREATED,
        _PAID,
    ),
)
_ORDER_ADJUSTMENTS = ExportTable(
    "order_adjustments",
    Bilingual("Скидки, доставка и налоги заказов", "Adjustments of orders"),
    "postgres",
    f"{_OF_ORDERS} JOIN order_adjustments AS a ON a.order_id = o.id",
    "e.shop_id, e.order_no, e.position",
    (
        _SHOP,
        _ORDER,
        column("position", "whole", "Место", "Position", "a.position"),
        column("kind", "text", "Вид", "Kind", "a.kind"),
        column("label", "text", "Название", "Label", "a.label"),
        column("source", "text", "Модуль", "Module", "a.source"),
        _money("amount", "Сумма", "Amount", "a.amount_minor"),
        column("is_included", "truth", "Внутри цены", "Inside the prices", "a.is_included"),
        _CURRENCY,
        column("status", "text", "Состояние заказа", "Order's status", "o.status"),
        _CREATED,
        _PAID,
    ),
)
_PAYMENTS = ExportTable(
    "payments",
    Bilingual("Платежи", "Payments"),
    "postgres",
    """FROM asked JOIN orders AS o ON o.shop_id = asked.shop_id
        JOIN payments AS p ON p.order_id = o.id
            AND p.created_at >= asked.starts_at AND p.created_at < asked.ends_at""",
    "e.shop_id, e.created_at, e.payment_id",
    (
        _SHOP,
        column("payment_id", "whole", "Платёж №", "Payment no.", "p.id"),
        _ORDER,
        column("provider", "text", "Платёжная система", "Provider", "p.provider"),
        column("charge_id", "text", "Номер у системы", "Provider's number", "p.charge_id"),
        column("status", "text", "Состояние", "Status", "p.status"),
        column("reason", "text", "Причина", "Reason", "p.reason"),
        column("currency", "text", "Валюта", "Currency", "p.currency"),
        _money("amount", "Сумма", "Amount", "p.amount_minor", "p.currency"),
        _money("refunded", "Возвращено", "Refunded", "p.refunded_minor", "p.currency"),
        column("created_at", "time", "Получен", "Received", "p.created_at"),
        column(
            *("payer_telegram_id", "whole", "Telegram плательщика", "Payer's Telegram id"),
            "p.payer_telegram_id",
            personal=True,
        ),
    ),
)
_REFUNDS = ExportTable(
    "refunds",
    Bilingual("Возвраты", "Refunds"),
    "postgres",
    """FROM asked JOIN orders AS o ON o.shop_id = asked.shop_id
        JOIN order_refunds AS r ON r.order_id = o.id
            AND r.created_at >= asked.starts_at AND r.created_at < asked.ends_at""",
    "e.shop_id, e.created_at, e.refund_id",
    (
        _SHOP,
        column("refund_id", "whole", "Возврат №", "Refund no.", "r.id"),
        _ORDER,
        column("payment_id", "whole", "Платёж №", "Payment no.", "r.payment_id"),
        column("state", "text", "Состояние", "State", "r.state"),
        _CURRENCY,
        _money("amount", "Сумма", "Amount", "r.amount_minor"),
        _money("goods", "За товары", "For goods", "r.goods_minor"),
        _money("shipping", "За доставку", "For shipping", "r.shipping_minor"),
        _money("tax", "Налог", "Tax", "r.tax_minor"),
        column("units", "whole", "Вернулось единиц", "Units back", "r.units"),
        column("created_at", "time", "Запрошен", "Asked for", "r.created_at"),
        column("done_at", "time", "Выполнен", "Done", "r.done_at"),
        column("reason", "text", "Причина", "Reason", "r.reason", personal=True),
        column("asked_by", "text", "Кто запросил", "Asked by", "r.asked_by", personal=True),
    ),
)
_CUSTOMERS = ExportTable(
    "customers",
    Bilingual("Покупатели", "Customers"),
    "postgres",
    """FROM asked JOIN customers AS c ON c.shop_id = asked.shop_id
            AND c.first_seen_at >= asked.starts_at AND c.first_seen_at < asked.ends_at
        LEFT JOIN sources AS first ON first.id = c.first_source_id
        LEFT JOIN sources AS last ON last.id = c.last_source_id""",
    "e.shop_id, e.buyer_no",
    (
        column("shop_id", "whole", "Магазин №", "Shop no.", "c.shop_id"),
        column("buyer_no", "whole", "Покупатель №", "Customer no.", "c.buyer_no"),
        column("telegram_id", "whole", "Telegram", "Telegram id", "c.telegram_id", personal=True),
        column(
            "external_id", "text", "Номер магазина", "Shop's id", "c.external_id", personal=True
        ),
        column("first_name", "text", "Имя", "Name", "c.first_name", personal=True),
        column("username", "text", "Имя в Telegram", "Username", "c.username", personal=True),
        column("language", "text", "Язык", "Language", "c.language"),
        column("is_premium", "truth", "Premium", "Premium", "c.is_premium"),
        column("is_staff", "truth", "Сотрудник", "Staff", "c.is_staff"),
        column("is_test", "truth", "Проверочный", "Test", "c.is_test"),
        column("first_source", "text", "Первая ссылка", "First link", "first.code"),
        column("last_source", "text", "Последняя ссылка", "Last link", "last.code"),
        column("first_seen_at", "time", "Первый раз", "First seen", "c.first_seen_at"),
        column("last_seen_at", "time", "Последний раз", "Last seen", "c.last_seen_at"),
        column("last_bought_at", "time", "Последняя покупка", "Last purchase", "c.last_bought_at"),
        column("blocked_at", "time", "Заблокировал бота", "Blocked the bot", "c.blocked_at"),
    ),
)
_PRODUCTS = ExportTable(
    "products",
    Bilingual("Товары", "Products"),
    "postgres",
    """FROM asked JOIN products AS o ON o.shop_id = asked.shop_id
        LEFT JOIN categories AS g ON g.id = o.category_id""",
    "e.shop_id, e.product_id",
    (
        _SHOP,
        column("product_id", "whole", "Товар №", "Product no.", "o.id"),
        column("title", "text", "Название", "Title", "o.title"),
        column("sku", "text", "Артикул", "SKU", "o.sku"),
        column("kind", "text", "Вид", "Kind", "o.kind"),
        column("category", "text", "Категория", "Category", "g.title"),
        _CURRENCY,
        _money("price", "Цена", "Price", "o.price_minor"),
        _money("cost", "Себестоимость", "Cost", "o.cost_minor"),
        column("stock", "whole", "Остаток", "Stock", "o.stock"),
        column("is_active", "truth", "В продаже", "On sale", "o.is_active"),
        column("is_hidden", "truth", "Скрыт", "Hidden", "o.is_hidden"),
        _CREATED,
        column("updated_at", "time", "Изменён", "Changed", "o.updated_at"),
    ),
    has_days=False,
)
_SOURCES = ExportTable(
    "sources",
    Bilingual("Стартовые ссылки", "Start links"),
    "postgres",
    "FROM asked JOIN sources AS o ON o.shop_id = asked.shop_id",
    "e.shop_id, e.source_id",
    (
        _SHOP,
        column("source_id", "whole", "Ссылка №", "Link no.", "o.id"),
        column("code", "text", "Код", "Code", "o.code"),
        column(
            *("customers", "whole", "Привела покупателей", "Customers brought"),
            "(SELECT count(*) FROM customers AS c WHERE c.first_source_id = o.id)",
        ),
        _CREATED,
    ),
    has_days=False,
)

TABLES = (
    _ORDERS,
    _ORDER_LINES,
    _ORDER_ADJUSTMENTS,
    _PAYMENTS,
    _REFUNDS,
    _CUSTOMERS,
    _PRODUCTS,
    _SOURCES,
)
