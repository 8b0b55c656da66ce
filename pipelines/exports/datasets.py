"""What can be exported: the events, the paid orders among them, and every table of figures."""

from collections.abc import Mapping
from dataclasses import dataclass

from core import sales
from pipelines.catalogue import TABLES

_OF_DAY = """
occurred_at >= toDateTime64({day:Date}, 3, 'UTC')
    AND occurred_at < toDateTime64({day:Date} + 1, 3, 'UTC')
"""
_OF_ORDER = "bot_id mode first_source_id last_source_id lang is_premium props".split()
_NEAR = f"""
l.occurred_at >= toDateTime64({{day:Date}} - {sales.LINES_WITHIN_DAYS}, 3, 'UTC')
    AND l.occurred_at < toDateTime64({{day:Date}} + {1 + sales.LINES_WITHIN_DAYS}, 3, 'UTC')
"""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A SELECT of one day, by the parameter `day`; `day_is` states the time zone of the day."""

    name: str
    sql: str
    day_is: str


_EVENTS = Dataset(
    "events",
    "SELECT * EXCEPT (recorded_after_ms, stored_after_ms), recorded_at FROM events "
    f"WHERE {_OF_DAY} "
    # In the table's own order, so that rows can be streamed without sorting.
    "ORDER BY shop_id, toDate(occurred_at), event, occurred_at",
    "UTC",
)
_ORDERS = Dataset(
    "orders",
    "SELECT shop_id, order_id, if(orders > 0, occurred_at, NULL) AS paid_at, buyer_no, bot_id, "
    "mode, amount_minor, currency, quantity, first_source_id, last_source_id, lang, is_premium, "
    f"{', '.join(sales.BY_ORDER)}, {sales.NET_SALES} AS net_sales_minor, "
    f"{sales.TOTAL_SALES} AS total_sales_minor, props "
    f"FROM ({sales.by_order(_OF_DAY, _NEAR, *_OF_ORDER)}) "
    "ORDER BY shop_id, occurred_at, order_id",
    "UTC",
)


def _figures(table: str) -> Dataset:
    return Dataset(
        table,
        f"SELECT * FROM {table} WHERE day = {{day:Date}} ORDER BY ALL",
        "the shop's own time zone",
    )


DATASETS: Mapping[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        _EVENTS,
        _ORDERS,
        *(_figures(name) for name in ("shop_kpi_day", "shop_money_day")),
        *(_figures(table.name) for table in TABLES),
    )
}
