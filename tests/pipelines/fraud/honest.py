"""Honest shoppers who look as if they were not."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.clickhouse import open_client
from core.settings import Settings
from tests.pipelines.kpis.happenings import Happened


def honest_trouble(hour: datetime, shop_id: int, buyer_no: int) -> list[Happened]:
    """What looks like an abuse and is none: payments that came late or were kept by a verdict,
    top-ups, proofs under review, a locked promo code entered again."""

    def did(event: str, second: float, order_id: int = 0, **more: Any) -> Happened:
        return Happened(
            event, buyer_no, shop_id, hour + timedelta(seconds=second), order_id=order_id, **more
        )

    late = {"reason": "already_expired"}
    locked = {"reason": "locked"}
    return [
        did("payment_failed", 900, 30, outcome="mismatch", props=late),
        did("payment_failed", 901, 31, outcome="mismatch", props={"reason": "another_amount"}),
        did("order_paid", 960, 31),
        *(did("payment_failed", 910 + n, 32 + n, outcome="doubted") for n in range(4)),
        *(did("payment_initiated", 920 + n, 40 + n) for n in range(4)),
        *(did("payment_succeeded", 930 + n, 40 + n) for n in range(2)),
        *(did("payment_proof_uploaded", 940 + n, 42 + n) for n in range(2)),
        *(did("promo_rejected", 950 + n, props=locked) for n in range(5)),
    ]


def left_bills(hour: datetime, shop_id: int, buyer_no: int) -> list[Happened]:
    """Four orders of two hours before that are not paid, two of them with a bill."""
    moment = hour - timedelta(hours=2)
    events = [("order_created", 50 + n) for n in range(4)]
    events += [("payment_initiated", 50 + n) for n in range(2)]
    return [Happened(event, buyer_no, shop_id, moment, order_id=n) for event, n in events]


def bought_long_ago(settings: Settings, hour: datetime, shop_id: int, buyer_no: int) -> None:
    """An order was paid a hundred days before."""
    fold_orders(settings, shop_id, [Bought(buyer_no, hour - timedelta(days=100))])


@dataclass(frozen=True)
class Bought:
    """An order of 500 as it is folded, of which so much came back on another day."""

    buyer_no: int
    paid_at: datetime
    back_at: datetime | None = None
    back_minor: int = 500


def fold_orders(settings: Settings, shop_id: int, orders: Iterable[Bought]) -> None:
    """Stores what the fold of their days would."""
    columns = ["day", "shop_id", "order_id", "buyer_no", "orders", "paid_at"]
    columns += ["gross_minor", "discount_minor", "returns_minor"]
    rows: list[list[Any]] = []
    for number, each in enumerate(orders, 1):
        who, paid_on = [shop_id, number, each.buyer_no], each.paid_at.date()
        rows.append([paid_on, *who, 1, each.paid_at, 500, 0, 0])
        if each.back_at is not None:
            rows.append([each.back_at.date(), *who, 0, None, 0, 0, each.back_minor])
    client = open_client(settings.clickhouse_url.get_secret_value())
    client.insert("order_day", rows, column_names=columns)
    client.close()
