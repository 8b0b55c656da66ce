"""Events put straight into ClickHouse, as the shipper would."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from core.clickhouse import open_client

_positions = itertools.count(1)

# A Wednesday or another day of last week, at noon UTC: in the stores' retention at any time.
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=3)


def happening(event: str, shop_id: int, buyer_no: int = 1, **values: Any) -> dict[str, Any]:
    """One row of `events`; it happened at NOON unless told."""
    at = values.pop("at", NOON)
    row: dict[str, Any] = {
        "shop_id": shop_id,
        "bot_id": 7_000_000_001,
        "event": event,
        "occurred_at": at,
        "recorded_after_ms": (values.pop("recorded_at", at) - at) // timedelta(milliseconds=1),
        "buyer_no": buyer_no,
        "order_id": 0,
        "product_id": 0,
        "amount_minor": 0,
        "currency": "",
        "quantity": 0,
        "first_source_id": 0,
        "last_source_id": 0,
        "is_staff": False,
        "is_test": False,
        "props": "",
        "retention_days": 730,
        "pos": next(_positions),
    }
    assert values.keys() <= row.keys()
    return row | values


def first_start(shop_id: int, buyer_no: int = 1, **values: Any) -> dict[str, Any]:
    """A person's very first press of Start."""
    return happening("bot_started", shop_id, buyer_no, props='{"is_first":true}', **values)


def paid(shop_id: int, amount: int, buyer_no: int = 1, **values: Any) -> dict[str, Any]:
    """An `order_paid`, in Stars unless told."""
    defaults = {"amount_minor": amount, "currency": "XTR", "quantity": 1}
    return happening("order_paid", shop_id, buyer_no, **(defaults | values))


def record(clickhouse_url: str, *rows: dict[str, Any]) -> None:
    """Inserts rows as one batch."""
    client = open_client(clickhouse_url)
    try:
        names = list(rows[0])
        client.insert("events", [[row[name] for name in names] for row in rows], names)
    finally:
        client.close()
