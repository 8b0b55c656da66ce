"""Metrics 45, 46 and 48 by hand-made events."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from pipelines.sources.tables import REFERRAL_DAY, SOURCE_DAY
from tests.pipelines.kpis.happenings import Happened, purchase, start
from tests.pipelines.world import World, after, at


def came(buyer: int, source: int, day: int, hour: int = 10, **more: Any) -> Happened:
    """A start; without a link (source 0) the envelope still has the last link's source."""
    known = more.pop("envelope", source)
    return Happened(
        "bot_started",
        buyer,
        at=at(day, hour),
        source=known,
        first_source=more.pop("first", source),
        props={"is_direct": source == 0},
        **more,
    )


def bought(buyer: int, amount: int, first: int, order: int, day: int = 0) -> list[Happened]:
    return [
        replace(event, first_source=first)
        for event in purchase(buyer, (amount, 1), at=at(day), order_id=order)
    ]


def cost(amount: int, on: int = 0, **props: Any) -> Happened:
    return Happened(
        "ad_cost_recorded",
        0,
        at=at(on),
        amount_minor=amount,
        currency="XTR",
        props={"source": 7} | props,
    )


def rows_of(rows: list[dict[str, Any]], touch: str) -> dict[int, dict[str, Any]]:
    return {row["source_id"]: row for row in rows if row["touch"] == touch}


def test_three_touches_of_one_purchase(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        came(1, 7, -20, is_first=True),
        came(1, 8, -10, first=7),
        came(1, 0, -1, envelope=8, first=7),  # by itself
        came(1, 9, 0, hour=20, first=7),  # after the payment: has not brought it
        bought(1, 100, 7, order=1),
    )
    rows = world.figures(shop, SOURCE_DAY)
    net = {
        touch: {key: row["net_sales_minor"] for key, row in rows_of(rows, touch).items()}
        for touch in ("first", "last", "last_significant")
    }
    assert net == {"first": {7: 100}, "last": {0: 100}, "last_significant": {8: 100}}


def test_a_start_of_long_ago_is_no_touch(world: World) -> None:
    shop = world.shop()
    world.happen(shop, came(1, 7, -31), bought(1, 100, 7, order=1))
    rows = world.figures(shop, SOURCE_DAY)
    assert list(rows_of(rows, "first")) == [7]
    assert list(rows_of(rows, "last_significant")) == [0]


def test_what_a_source_costs_and_brings(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        *[came(buyer, 7, 0, is_first=True) for buyer in (1, 2, 3, 4)],
        came(5, 0, 0, is_first=True),
        came(6, 7, -3, is_first=True),
        bought(6, 50, 7, order=1, day=-2),
        bought(1, 200, 7, order=2),
        bought(6, 100, 7, order=3),  # bought before: no first buyer
        Happened("refund_completed", 1, at=at(5), amount_minor=60, currency="XTR", order_id=2),
        cost(70, 0),
        cost(10, 9, day="2026-03-10"),  # recorded later, of that day
        cost(999, 0, day="2026-03-11"),  # of another day
    )
    rows = rows_of(world.figures(shop, SOURCE_DAY), "first")
    seven = rows[7]
    assert (seven["users"], seven["buyers"], seven["first_buyers"]) == (4, 2, 1)
    assert seven["net_sales_minor"] == 240  # 200 − 60 refunded since + 100
    assert seven["cost_minor"] == 80
    assert seven["cac_minor"] == Decimal(20)
    assert seven["cpa_minor"] == Decimal(80)
    assert seven["roas"] == pytest.approx(3)
    direct = rows[0]
    assert (direct["users"], direct["cost_minor"], direct["cac_minor"]) == (1, 0, None)
    assert direct["roas"] is None


def test_new_users_whom_others_brought(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        *[came(buyer, 0, 0, is_first=True) for buyer in (1, 2, 3, 4)],
        Happened("referral_registered", 1, at=at(0), props={"inviter": 9}),
        Happened("referral_registered", 8, at=at(0), props={"inviter": 9}),  # new another day
        *[
            Happened("referral_rewarded", 9, at=at(0), amount_minor=25, currency="XTR")
            for _ in range(2)
        ],
    )
    (row,) = world.figures(shop, REFERRAL_DAY)
    assert (row["referral_share"], row["reward_cost_minor"]) == (0.25, 50)


def test_a_referral_on_the_other_side_of_midnight_counts(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        start(1, is_first=True, at=at(0, 23, 59, 59)),
        Happened("referral_registered", 1, at=at(1)),
        Happened("referral_registered", 2, at=at(0, 23, 59, 59)),
        start(2, is_first=True, at=at(1)),
        start(3, is_first=True, at=at(1, 12)),
        Happened("referral_registered", 4, at=at(1)),  # new long before
    )
    (first,) = world.figures(shop, REFERRAL_DAY)
    (second,) = world.figures(shop, REFERRAL_DAY, after(1))
    assert (first["new_users"], first["referred_users"]) == (1, 1)
    assert (second["new_users"], second["referred_users"]) == (2, 1)


def test_each_start_of_the_orders_day_counts_by_its_own_moment(world: World) -> None:
    shop = world.shop()
    starts = [(7, 9, 0), (8, 10, 0), (7, 10, 20), (7, 11, 0)]
    world.happen(
        shop,
        *[
            Happened("bot_started", 1, at=at(0, hour, minute), source=source, first_source=7)
            for source, hour, minute in starts
        ],
        [
            replace(event, at=at(0, 10, 30), first_source=7)
            for event in purchase(1, (100, 1), order_id=1)
        ],
    )
    rows = world.figures(shop, SOURCE_DAY)
    assert list(rows_of(rows, "last")) == [7]  # of 10:20; that of 11:00 came after the payment
    assert list(rows_of(rows, "last_significant")) == [7]


def test_of_two_links_at_one_moment_one_and_the_same_counts(world: World) -> None:
    shop = world.shop()
    for numbers in ((7, 8), (8, 7)):
        world.happen(
            shop,
            *[
                Happened("bot_started", 1 + numbers[0], at=at(day, 9), source=source)
                for source in numbers
                for day in (-1, 0)
            ],
            *[
                bought(1 + numbers[0], 100, 7, order=10 * numbers[0] + day, day=day)
                for day in (-1, 0)
            ],
        )
    rows = rows_of(world.figures(shop, SOURCE_DAY), "last")
    assert {key: row["orders"] for key, row in rows.items() if row["orders"]} == {8: 2}


def test_users_buyers_sales_and_costs_of_each_touch(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        came(1, 7, -20, is_first=True),
        came(1, 8, -5, first=7),
        came(1, 0, -1, envelope=8, first=7),
        bought(1, 100, 7, order=1),
        came(2, 8, 0, is_first=True, hour=9),
        bought(2, 60, 8, order=2),
        bought(2, 20, 8, order=3),
        came(3, 8, -40, is_first=True),  # too long ago for any touch but the first
        bought(3, 500, 8, order=4, day=-35),
        bought(3, 40, 8, order=5),
        cost(50),
        cost(90, source=8),
    )
    rows = world.figures(shop, SOURCE_DAY)
    told = {
        touch: {
            source: tuple(
                row[name]
                for name in ("users", "buyers", "first_buyers", "net_sales_minor", "cpa_minor")
            )
            for source, row in rows_of(rows, touch).items()
        }
        for touch in ("first", "last", "last_significant")
    }
    assert told == {
        "first": {7: (0, 1, 1, 100, Decimal(50)), 8: (1, 2, 1, 120, Decimal(90))},
        "last": {
            0: (0, 2, 1, 140, None),  # 1 by itself, 3 by nothing in 30 days
            7: (0, 0, 0, 0, None),
            8: (1, 1, 1, 80, Decimal(90)),
        },
        "last_significant": {
            0: (0, 1, 0, 40, None),
            7: (0, 0, 0, 0, None),
            8: (1, 2, 2, 180, Decimal(45)),  # 1's order too
        },
    }
    roas = {touch: rows_of(rows, touch)[8]["roas"] for touch in told}
    assert roas["last"] == pytest.approx(80 / 90)
    assert roas["last_significant"] == pytest.approx(180 / 90)
    cac = {touch: rows_of(rows, touch)[8]["cac_minor"] for touch in told}
    assert set(cac.values()) == {Decimal(90)}  # whoever is new has one touch yet
