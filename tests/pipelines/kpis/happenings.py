"""Hand-made events: folded in plain Python for pure functions, or stored in ClickHouse."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import polars as pl
from clickhouse_connect.driver.client import Client

from core.clickhouse import open_client
from pipelines.kpis.shop_day import MERE_ACTIVITY, WAS_THERE

LINE = "order_line"
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Happened:
    """One event as ClickHouse holds it; what a test does not say does not matter to it."""

    event: str
    buyer_no: int = 1
    shop_id: int = 1
    at: datetime = NOON
    amount_minor: int = 0
    currency: str = ""
    quantity: int = 0
    product_id: int = 0
    bot_id: int = 1
    source: int = 0  # of the last start by a link
    first_source: int = 0
    latency_us: int = 0
    outcome: str = ""
    props: dict[str, Any] = field(default_factory=dict)
    order_id: int = 0
    is_first: bool = False
    is_staff: bool = False
    is_test: bool = False
    stored_after_ms: int = 0


def start(
    buyer_no: int, *, is_first: bool = False, at: datetime = NOON, shop_id: int = 1
) -> Happened:
    return Happened("bot_started", buyer_no, shop_id, at, is_first=is_first)


def purchase(
    buyer_no: int,
    *lines: tuple[int, int],
    currency: str = "XTR",
    shop_id: int = 1,
    at: datetime = NOON,
    order_id: int = 0,
) -> list[Happened]:
    """What paying an order emits; a line is (unit price, quantity)."""
    total = sum(price * quantity for price, quantity in lines)
    units = sum(quantity for _, quantity in lines)
    same: dict[str, Any] = {
        "buyer_no": buyer_no,
        "shop_id": shop_id,
        "at": at,
        "order_id": order_id,
    }
    return [
        Happened("payment_succeeded", amount_minor=total, currency=currency, **same),
        Happened("order_paid", amount_minor=total, currency=currency, quantity=units, **same),
        *(
            Happened(
                "order_line",
                amount_minor=price * quantity,
                currency=currency,
                quantity=quantity,
                **same,
            )
            for price, quantity in lines
        ),
    ]


ACTIVITY_SCHEMA = {
    "shop_id": pl.UInt32,
    "buyer_no": pl.UInt64,
    "event": pl.String,
    "currency": pl.String,
    "events": pl.UInt64,
    "first_starts": pl.UInt64,
    "amount_minor": pl.Int64,
    "discount_minor": pl.Int64,
    "sales_minor": pl.Int64,
    "base_discount_minor": pl.Int64,
    "base_sales_minor": pl.Int64,
    "quantity": pl.Int64,
}


def fold(events: Iterable[Happened], base: Mapping[int, str] | None = None) -> pl.DataFrame:
    """The activity frame that ClickHouse gives for these events; `base` has shops' currencies."""
    own = base or {}
    groups: dict[tuple[int, int, str, str], list[Happened]] = defaultdict(list)
    for event in events:
        if event.event in MERE_ACTIVITY:
            groups[event.shop_id, event.buyer_no, WAS_THERE, ""].append(event)
        else:
            groups[event.shop_id, event.buyer_no, event.event, event.currency].append(event)
    lined = {_order(event) for group in groups.values() for event in group if event.event == LINE}
    rows = [(*key, len(group), *_sums(key, group, own, lined)) for key, group in groups.items()]
    return pl.DataFrame(rows, schema=ACTIVITY_SCHEMA, orient="row")


def _sums(
    key: tuple[int, int, str, str],
    group: list[Happened],
    own: Mapping[int, str],
    lined: Collection[tuple[int, ...]],
) -> tuple[int | None, ...]:
    if key[2] == WAS_THERE:
        return (0,) * 7
    return (
        sum(event.is_first for event in group),
        sum(event.amount_minor for event in group),
        sum(event.props.get("discount_minor", 0) for event in group),
        sum(_sales(event, lined) for event in group),
        *_in_base(group, own.get(key[0], "XTR"), lined),
        sum(event.quantity for event in group),
    )


def _order(event: Happened) -> tuple[int, ...]:
    return (event.shop_id, event.order_id, 0 if event.order_id else event.buyer_no)


def _sales(event: Happened, lined: Collection[tuple[int, ...]]) -> int:
    """What it adds to gross sales, or to returns."""
    discount: int = event.props.get("discount_minor", 0)
    extras: int = sum(event.props.get(f"{name}_minor", 0) for name in ("tax", "shipping", "tip"))
    if event.event == LINE:
        return event.amount_minor
    if event.event == "order_paid" and _order(event) not in lined:
        return max(0, event.amount_minor + discount - extras)
    is_refund = event.event == "refund_completed"
    return max(0, event.amount_minor - extras) if is_refund else 0


def _in_base(
    group: list[Happened], base: str, lined: Collection[tuple[int, ...]]
) -> tuple[int | None, int | None]:
    if group[0].currency in ("", base):
        rate = Decimal(1)
    elif all("rate" in event.props for event in group):
        rate = Decimal(group[0].props["rate"])
    else:
        sells = any(_sells(event, lined) for event in group)
        return None, None if sells else 0
    discounts = sum(int(event.props.get("discount_minor", 0) * rate) for event in group)
    return discounts, sum(int(_sales(event, lined) * rate) for event in group)


def _sells(event: Happened, lined: Collection[tuple[int, ...]]) -> bool:
    is_own_line = event.event == "order_paid" and _order(event) not in lined
    return is_own_line or event.event in (LINE, "refund_completed")


def store(clickhouse_url: str, events: Iterable[Happened]) -> None:
    """Inserts the events as the shipper would."""
    client = open_client(clickhouse_url)
    put(client, events)
    client.close()


def put(client: Client, events: Iterable[Happened]) -> None:
    """Inserts the events by a client that is open."""
    rows = [
        {
            "shop_id": event.shop_id,
            "bot_id": event.bot_id,
            "event": event.event,
            "event_version": 1,
            "occurred_at": event.at,
            "stored_after_ms": event.stored_after_ms,
            "mode": "hosted",
            "buyer_no": event.buyer_no,
            "is_staff": event.is_staff,
            "is_test": event.is_test,
            "order_id": event.order_id,
            "product_id": event.product_id,
            "first_source_id": event.first_source,
            "last_source_id": event.source,
            "latency_us": event.latency_us,
            "outcome": event.outcome,
            "amount_minor": event.amount_minor,
            "currency": event.currency,
            "quantity": event.quantity,
            "props": json.dumps({"is_first": event.is_first} | event.props, separators=(",", ":")),
            "retention_days": 730,
            "pos": number,
        }
        for number, event in enumerate(events)
    ]
    columns = list(rows[0])
    client.insert("events", [list(row.values()) for row in rows], column_names=columns)
