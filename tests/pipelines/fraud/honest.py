"""Honest shoppers who look as if they were not."""

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
    """Four orders of two hours before that are not paid."""
    moment = hour - timedelta(hours=2)
    return [Happened("order_created", buyer_no, shop_id, moment, order_id=50 + n) for n in range(4)]


def bought_long_ago(settings: Settings, hour: datetime, shop_id: int, buyer_no: int) -> None:
    """An order was paid a hundred days before."""
    client = open_client(settings.clickhouse_url.get_secret_value())
    day = (hour - timedelta(days=100)).date()
    columns = ["day", "shop_id", "order_id", "buyer_no", "orders"]
    client.insert("order_day", [[day, shop_id, 1, buyer_no, 1]], column_names=columns)
    client.close()
