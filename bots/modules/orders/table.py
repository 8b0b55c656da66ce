"""Orders as a table: a row for each line and each adjustment, amounts in the main unit."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from core import zones
from core.csv_text import safe
from core.money import Money
from core.postgres import Connection
from core.shop import orders
from core.shop.orders import Order
from core.shop.shops import Shop

COLUMNS = (
    *("order_no", "bot_id", "created_at", "paid_at", "status", "stage", "buyer_no", "row", "title"),
    *("variant", "quantity", "unit_price", "discount", "amount", "currency", "order_total"),
    *("order_refunded", "method", "details"),
)


async def csv_of(connection: Connection, shop: Shop, order_ids: Sequence[int]) -> str:
    """CSV by RFC 4180, times in the shop's zone. An order's amounts add up to its total, but for
    taxes that are inside the prices (`tax_included`); `discount` is a line's share of what the
    adjustments take off."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    zone = zones.zone(shop.timezone)
    for order_id in order_ids:
        order = await orders.get(connection, order_id)
        for row in _rows(order, zone):
            writer.writerow([_safe(row.get(column, "")) for column in COLUMNS])
    return file.getvalue()


def _rows(order: Order, zone: ZoneInfo) -> Iterator[dict[str, Any]]:
    def major(amount_minor: int) -> str:
        return str(Money(amount_minor, order.currency).major)

    of_order = {
        "order_no": order.order_no,
        "bot_id": order.bot_id,
        "created_at": order.created_at.astimezone(zone).isoformat(timespec="seconds"),
        "paid_at": order.paid_at.astimezone(zone).isoformat(timespec="seconds")
        if order.paid_at
        else "",
        "status": order.status,
        "stage": order.stage if order.status == "paid" else "",
        "buyer_no": order.buyer_no,
        "currency": order.currency,
        "order_total": major(order.total_minor),
        "order_refunded": major(order.refunded_minor),
        "method": order.method,
        "details": "; ".join(f"{each.label}: {each.value}" for each in order.details),
    }
    for line in order.lines:
        yield of_order | {
            "row": "line",
            "title": line.title,
            "variant": line.variant_title,
            "quantity": line.quantity,
            "unit_price": major(line.unit_price_minor),
            "discount": major(line.discount_minor),
            "amount": major(line.unit_price_minor * line.quantity),
        }
    for each in order.adjustments:
        kind = f"{each.kind}_included" if each.is_included else each.kind
        yield of_order | {"row": kind, "title": each.label, "amount": major(each.amount_minor)}


def _safe(value: object) -> object:
    """An amount below zero is a number; a text that begins like a formula stays a text."""
    if not isinstance(value, str) or value.removeprefix("-").replace(".", "", 1).isdigit():
        return value
    return safe(value)
