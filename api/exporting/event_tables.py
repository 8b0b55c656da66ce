"""Raw events, and sales as the events tell them."""

from api.exporting.columns import Column, column
from api.exporting.tables import ExportTable
from core import sales
from core.events import Bilingual

_EVENTS = ExportTable(
    "events",
    Bilingual("События", "Events"),
    "clickhouse",
    "FROM events AS e WHERE e.shop_id IN {shops:Array(UInt32)} AND {days}",
    # In the table's own order, so that rows can be streamed without sorting.
    "e.shop_id, toDate(e.occurred_at), e.event, e.occurred_at",
    (
        column("shop_id", "whole", "Магазин №", "Shop no."),
        column("bot_id", "whole", "Бот", "Bot"),
        column("event", "text", "Событие", "Event"),
        column("event_version", "whole", "Версия события", "Event's version"),
        column("occurred_at", "time", "Произошло", "Occurred"),
        column("recorded_at", "time", "Записано", "Recorded"),
        column("mode", "text", "Откуда", "Mode"),
        column("buyer_no", "whole", "Покупатель №", "Customer no."),
        column("session_no", "whole", "Визит №", "Visit no."),
        column("first_source_id", "whole", "Первая ссылка №", "First link no."),
        column("last_source_id", "whole", "Последняя ссылка №", "Last link no."),
        column("lang", "text", "Язык", "Language"),
        column("is_premium", "truth", "Premium", "Premium"),
        column("is_staff", "truth", "Сотрудник", "Staff"),
        column("is_test", "truth", "Проверочное", "Test"),
        column("order_id", "whole", "Заказ", "Order"),
        column("product_id", "whole", "Товар №", "Product no."),
        column("variant_id", "whole", "Вариант №", "Variant no."),
        column("amount_minor", "whole", "Сумма, мин. ед.", "Amount, minor units"),
        column("currency", "text", "Валюта", "Currency"),
        column("quantity", "whole", "Количество", "Quantity"),
        column("latency_us", "whole", "Задержка, мкс", "Latency, us"),
        column("outcome", "text", "Исход", "Outcome"),
        # A shop's own code may put words of its shoppers here.
        column("props", "text", "Свойства", "Properties", personal=True),
        column("shard", "whole", "Поток", "Shard"),
        column("pos", "whole", "Место в потоке", "Position"),
    ),
    on_shops_clock=False,
)


def _minor(name: str, ru: str, en: str) -> Column:
    return column(name, "whole", f"{ru}, мин. ед.", f"{en}, minor units")


_PARTS = {
    "gross_minor": ("Валовые продажи", "Gross sales"),
    "discount_minor": ("Скидки", "Discounts"),
    "tax_minor": ("Налог", "Tax"),
    "shipping_minor": ("Доставка", "Shipping"),
    "returned_minor": ("Возвращённые товары", "Goods refunded"),
    "returned_tax_minor": ("Возвращённый налог", "Tax refunded"),
    "returned_shipping_minor": ("Возвращённая доставка", "Shipping refunded"),
}
# `{sales}` is the query of `api.exports.orders`, whose amounts and times are texts.
_SALES = ExportTable(
    "sales",
    Bilingual("Продажи по заказам", "Sales by order"),
    "clickhouse",
    "FROM ({sales}) AS e",
    "e.shop_id, e.paid_at = '', parseDateTime64BestEffortOrNull(e.paid_at), e.order_id",
    (
        column("order_id", "whole", "Заказ", "Order"),
        column("shop_id", "whole", "Магазин №", "Shop no."),
        column("paid_at", "time", "Оплачен", "Paid", "parseDateTime64BestEffortOrNull(e.paid_at)"),
        column("buyer_no", "whole", "Покупатель №", "Customer no."),
        _minor("amount_minor", "Оплачено", "Paid amount"),
        column("currency", "text", "Валюта", "Currency"),
        column("amount", "decimal", "Оплаченная сумма", "Amount", "toDecimal128(e.amount, 4)"),
        column("quantity", "whole", "Количество", "Quantity"),
        column("first_source", "text", "Первая ссылка", "First link"),
        column("last_source", "text", "Последняя ссылка", "Last link"),
        *(_minor(name, *_PARTS[name]) for name in sales.BY_ORDER),
        _minor("net_sales_minor", "Чистые продажи", "Net sales"),
        column(
            "net_sales", "decimal", "Чистые продажи", "Net sales", "toDecimal128(e.net_sales, 4)"
        ),
    ),
)

TABLES = (_EVENTS, _SALES)
