"""A shop's months, day by day as the schedules run: the stored figures equal a backfill."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from core.shop import shops
from pipelines.audience.tables import COHORT_DAY
from pipelines.catalogue import TABLES
from pipelines.figures import Table
from pipelines.following import plan
from pipelines.reopening import FOLDS, reopened
from tests.pipelines.kpis.happenings import Happened, purchase, start
from tests.pipelines.world import Shop, World, after, at

pytestmark = pytest.mark.long

BEGIN = 100  # days after DAY: partitions that no other test fills


def on(day: int, hour: int = 12, minute: int = 0) -> datetime:
    return at(BEGIN + day, hour, minute)


def refund(order: int, buyer: int, when: datetime, amount: int) -> Happened:
    return Happened(
        "refund_completed", buyer, at=when, order_id=order, amount_minor=amount, currency="XTR"
    )


def seen(buyer: int, when: datetime) -> Happened:
    return Happened("message_received", buyer, at=when)


def _begins() -> list[Happened]:
    """The first day: three who start, one who buys, what they see and are sent."""
    return [
        *(start(buyer, at=on(0, 10), is_first=True) for buyer in (1, 2)),
        start(3, at=on(0, 23, 59), is_first=True),
        Happened("stock_changed", 0, at=on(0, 1), product_id=1, quantity=9),
        *(Happened("product_viewed", 1, at=on(0, 11), product_id=1) for _ in range(2)),
        Happened("cart_item_added", 2, at=on(0, 12), product_id=1),
        Happened("checkout_started", 2, at=on(0, 13)),
        *purchase(1, (100, 2), at=on(0, 14), order_id=11),
        *(
            Happened(event, buyer, at=on(0, 15, n), props={"broadcast": 5})
            for buyer in (1, 2)
            for n, event in enumerate(
                ("broadcast_message_attempted", "broadcast_message_delivered", "broadcast_clicked")
            )
        ),
        Happened(
            "wallet_entry_posted", 1, at=on(0, 16), amount_minor=7, currency="XTR", outcome="top_up"
        ),
    ]


# What arrives on which day, in the evening after that day's plan if so marked.
ARRIVALS: dict[tuple[int, str], list[Happened]] = {
    (0, "by day"): _begins(),
    (1, "by day"): [
        Happened("referral_registered", 3, at=on(1, 0)),
        Happened("product_viewed", 3, at=on(1, 3), product_id=1),
    ],
    (2, "by day"): [*purchase(2, (50, 1), at=on(2, 11), order_id=12), seen(3, on(2))],
    # Of yesterday, and the hourly run folds it before anything could be noticed.
    (3, "in the evening"): [seen(1, on(2, 20)), Happened("bot_blocked", 3, at=on(2, 22))],
    (7, "by day"): [
        start(4, at=on(7), is_first=True),
        *purchase(4, (300, 1), at=on(7), order_id=13),
    ],
    (12, "by day"): [seen(2, on(2, 21)), *purchase(2, (70, 1), at=on(7, 20), order_id=14)],  # late
    (19, "by day"): [seen(3, on(19)), refund(11, 1, on(19), 150)],
    (33, "by day"): [
        refund(13, 4, on(33), 300),
        Happened(
            "ad_cost_recorded",
            0,
            at=on(33),
            amount_minor=40,
            currency="XTR",
            props={"source": 7, "day": str(after(BEGIN + 7))},
        ),
    ],
    (45, "by day"): [refund(12, 2, on(33, 20), 20), seen(1, on(19, 3))],  # both late
}
LAST = 62
WATCHED = tuple(after(BEGIN + day) for day in (0, 2, 7))  # of which every table is compared
# Days on which the plan can hold anything of those: what happened the days before, and what ripens.
PLANNED = {day + ago for day, _ in ARRIVALS for ago in (0, 1, 2)} | {
    (day - after(BEGIN)).days + ago for day in WATCHED for table in TABLES for ago in table.ripens
}
NAMES = [table.name for table in TABLES]

# A table's day is computed many times; only the last counts: at which step of which day.
Step = tuple[int, str]


def scheduled(world: World, shop: Shop) -> dict[tuple[str, date], Step]:
    """When each table of the watched days is computed last, as schedules, late events and the plan
    go; the shop lives meanwhile, folded and nothing more."""
    known = shops.Shop(id=shop.id, name="Чай", timezone="UTC", currency="XTR", retention_days=730)
    last: dict[tuple[str, date], Step] = {}

    def ask(step: Step, days: Mapping[date, Collection[str]]) -> None:
        last.update({(name, day): step for day in WATCHED for name in days.get(day, ())})

    for number in range(LAST + 1):
        today = after(BEGIN + number)
        hourly = {today: NAMES, today - timedelta(days=1): NAMES}
        events = ARRIVALS.get((number, "by day"), [])
        world.happen(shop, events)
        ask((number, "by day"), hourly)
        late = {event.at.date(): [shop.id] for event in events if event.at.date() not in hourly}
        until = today - timedelta(days=2)
        ask((number, "by day"), dict.fromkeys(late, FOLDS))
        ask((number, "by day"), reopened(world.clickhouse, late, until))
        if number in PLANNED:
            ask((number, "by day"), plan(world.clickhouse, [known], on(number, 12, 32)))
        world.happen(shop, ARRIVALS.get((number, "in the evening"), []))
        ask((number, "in the evening"), hourly)
    return last


@dataclass(frozen=True)
class Months:
    """The shop after all of it, its figures as they were computed last."""

    world: World
    shop: Shop
    stored: dict[tuple[str, date], pl.DataFrame]


@pytest.fixture(name="months", scope="module")
def lived_months(world: World) -> Months:
    last = scheduled(world, world.shop())
    months = Months(world, world.shop(), {})
    for number in range(LAST + 1):
        for step in ((number, "by day"), (number, "in the evening")):
            world.happen(months.shop, ARRIVALS.get(step, []))
            now = on(number, 12, 32) if step[1] == "by day" else on(number, 22)
            for day in WATCHED:
                for table in TABLES:
                    if last.get((table.name, day)) == step:
                        rows = world.keep(table, months.shop, day, now)
                        months.stored[table.name, day] = rows
    return months


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_day_by_day_gives_what_a_backfill_gives(months: Months, table: Table) -> None:
    for day in WATCHED:
        again = months.world.rows(months.shop, table, day, now=on(LAST, 23))
        stored = months.stored[table.name, day]
        when = "folded_at"  # of people_day: the one was folded at another time than the other
        assert stored.drop(when, strict=False).to_dicts() == (
            again.drop(when, strict=False).to_dicts()
        ), day


def test_who_returns_and_what_is_refunded_is_in_cohorts_that_were_stored(months: Months) -> None:
    """Ages 1 to 14 were stored long before day 19, when somebody came back and was refunded."""
    rows = {
        row["age"]: row
        for row in months.stored[COHORT_DAY.name, after(BEGIN)].to_dicts()
        if row["variant"] == "raw"
    }
    assert list(rows) == [1, 3, 7, 14, 30, 60]
    assert {age: rows[age]["returned"] for age in rows} == {1: 3, 3: 3, 7: 3, 14: 2, 30: 0, 60: 0}
    # 200 − 150 of the first order, from day 2 on 50 − 20 of the second, from day 7 on 70.
    assert {age: rows[age]["net_sales_minor"] for age in rows} == {
        1: 50,
        3: 80,
        7: 150,
        14: 150,
        30: 150,
        60: 150,
    }
