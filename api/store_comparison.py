"""Whether PostgreSQL and ClickHouse agree on a shop's events by day and on each paid order.

Pure functions of rows that `api.data_health` has read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class DayCount:
    """Distinct `events` of a shop's day in one store, and the rows beyond those (`doubled`)."""

    events: int
    doubled: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Distinct `events` in ClickHouse, surplus rows (`doubled`) and missing rows."""

    events: int
    doubled: int
    missing: int


def compare_days(
    arrived: Mapping[date, DayCount], stored: Mapping[date, DayCount], since: date
) -> Comparison:
    """What arrived according to PostgreSQL against what ClickHouse has stored, from `since` on."""
    nothing = DayCount(0, 0)
    kept = {day: each for day, each in stored.items() if day >= since}
    missing = sum(
        max(0, each.events - kept.get(day, nothing).events)
        for day, each in arrived.items()
        if day >= since
    )
    return Comparison(
        events=sum(each.events for each in kept.values()),
        doubled=sum(each.doubled for each in kept.values()),
        missing=missing,
    )


@dataclass(frozen=True, slots=True)
class WrongOrder:
    """An order on which the stores disagree: PostgreSQL's amount minus ClickHouse's."""

    order_id: int
    currency: str
    amount_minor: int


def wrong_orders(
    orders: Iterable[Mapping[str, Any]],
    events: Mapping[int, Mapping[str, Any]],
    waiting: set[int],
    since: datetime,
    settled: datetime,
) -> list[WrongOrder]:
    """Orders paid since then that are not counted exactly once with their amount.

    Both sides reach a little further back than `since`. `waiting` are orders whose events are on
    their way; what was recorded after `settled` may be missing on PostgreSQL's side. Orders of
    erased shoppers may be in ClickHouse or not.
    """
    wrong = []
    known = {order["id"]: order for order in orders}
    for order_id, order in known.items():
        event = events.get(order_id)
        if order["paid_at"] < since or order["is_erased"]:
            continue
        if event is None and order_id in waiting:
            continue
        counted = (event["paid_in"], event["amount_minor"], event["times"]) if event else None
        if counted != (order["currency"], order["total_minor"], 1):
            sold = event["amount_minor"] * event["times"] if event else 0
            wrong.append(WrongOrder(order_id, order["currency"], order["total_minor"] - sold))
    for order_id, event in events.items():
        if order_id not in known and since.timestamp() <= event["recorded"] < settled.timestamp():
            sold = event["amount_minor"] * event["times"]
            wrong.append(WrongOrder(order_id, event["paid_in"], -sold))
    return wrong
