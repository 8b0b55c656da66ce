"""Metrics 14, 15, 17, 18 and 20 by hand-made events."""

from datetime import datetime

import pytest

from pipelines.kpis.tables import CONVERSION_DAY, FUNNEL_DAY
from tests.pipelines.kpis.happenings import Happened, purchase, start
from tests.pipelines.world import World, at


def step(event: str, buyer: int, when: datetime) -> Happened:
    return Happened(event, buyer, at=when)


def test_each_step_and_who_took_the_next_within_a_week(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        *[start(buyer, at=at(0, 12)) for buyer in (1, 2, 3, 4)],
        step("catalog_viewed", 1, at(0, 13)),
        step("catalog_viewed", 2, at(7, 12)),  # seven days after, to the hour
        step("catalog_viewed", 3, at(7, 13)),  # an hour late
        step("catalog_viewed", 4, at(0, 11)),  # before
        step("product_viewed", 1, at(2)),
        step("cart_item_added", 8, at(0)),
        step("checkout_started", 8, at(0, 13)),
        step("payment_initiated", 8, at(0, 14)),
        purchase(8, (5, 1), at=at(0, 15), order_id=1),
    )
    rows = {row["step"]: row for row in world.figures(shop, FUNNEL_DAY)}
    counted = {name: (row["users"], row["went_on"]) for name, row in rows.items()}
    assert counted == {
        "start": (4, 2),
        "catalog": (2, 1),  # of DAY: 1 went on, 4 did not
        "product": (0, 0),
        "cart": (1, 1),
        "checkout": (1, 1),
        "payment": (1, 1),
        "paid": (1, 0),  # the last step has no next
    }
    assert rows["start"]["step_rate"] == 0.5
    assert (rows["product"]["step_rate"], rows["paid"]["step_rate"]) == (None, None)
    early = {row["step"]: row for row in world.figures(shop, FUNNEL_DAY, now=at(7, 23))}
    assert early["start"]["step_rate"] is None  # the week is not over


def test_any_time_the_step_was_done_counts(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop, start(1, at=at(0, 1)), start(1, at=at(0, 20)), step("catalog_viewed", 1, at(7, 19))
    )
    (first, *_) = world.figures(shop, FUNNEL_DAY)
    assert (first["users"], first["went_on"]) == (1, 1)  # 6 d 23 h after the second start


def test_no_checkout_goes_past_the_funnel(world: World) -> None:
    """An order made without a module's "checkout started" is one all the same."""
    shop = world.shop()
    world.happen(
        shop,
        Happened("order_created", 1, at=at(0, 12), order_id=1),
        purchase(1, (5, 1), at=at(0, 13), order_id=1),
    )
    (row,) = world.figures(shop, CONVERSION_DAY)
    assert (row["checkouts"], row["checkouts_paid"]) == (1, 1)


def test_conversion_is_of_the_same_people_and_needs_no_clamp(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        # Three orders of one buyer who did nothing else: 3 paid ÷ 1 active would be 300 %.
        *[purchase(1, (5, 1), at=at(0, hour), order_id=hour) for hour in (9, 10, 11)],
        *[Happened("message_received", buyer, at=at(0)) for buyer in (2, 3, 4)],
    )
    (row,) = world.figures(shop, CONVERSION_DAY)
    assert (row["active_users"], row["buyers"]) == (4, 1)
    assert row["buyer_conversion"] == 0.25


def test_carts_and_checkouts_that_came_to_nothing(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        *[step("cart_item_added", buyer, at(0, 12)) for buyer in (1, 2, 3, 4)],
        *[step("checkout_started", buyer, at(0, 12, 5)) for buyer in (1, 2, 3)],
        purchase(1, (5, 1), at=at(0, 13), order_id=1),  # at once
        purchase(2, (5, 1), at=at(1, 13), order_id=2),  # 25 h: too late for the checkout alone
        purchase(3, (5, 1), at=at(2, 13), order_id=3),  # 49 h
    )
    (row,) = world.figures(shop, CONVERSION_DAY)
    assert row["cart_abandonment"] == pytest.approx(1 - 2 / 4)
    assert row["checkout_abandonment"] == pytest.approx(1 - 1 / 3)
    (young,) = world.figures(shop, CONVERSION_DAY, now=at(2, 1))
    assert young["cart_abandonment"] is None  # the day's last carts are not 48 h old
    assert young["checkout_abandonment"] is not None


def test_time_to_the_first_purchase(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        start(1, is_first=True, at=at(0, 10)),
        start(2, is_first=True, at=at(-2, 12)),
        start(3, is_first=True, at=at(-9, 12)),
        purchase(3, (5, 1), at=at(-5), order_id=1),
        purchase(1, (5, 1), at=at(0, 12), order_id=2),  # 2 h
        purchase(1, (5, 1), at=at(0, 20), order_id=3),  # not the first
        purchase(2, (5, 1), at=at(0, 12), order_id=4),  # 48 h
        purchase(3, (5, 1), at=at(0, 12), order_id=5),  # not the first
    )
    (row,) = world.figures(shop, CONVERSION_DAY)
    assert (row["buyers"], row["first_buyers"]) == (3, 2)
    assert row["hours_to_first_purchase"] == pytest.approx((2 + 48) / 2)
