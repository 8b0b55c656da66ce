"""Metrics 36 to 38, 40 and 41 by hand-made events."""

from datetime import UTC, datetime

import pytest

from pipelines.customers.tables import CUSTOMER_DAY, RFM_DAY
from tests.pipelines.kpis.happenings import Happened, purchase
from tests.pipelines.world import DAY, World, after, at


def bought(buyer: int, *days: int, amount: int = 100, first_order: int = 0) -> list[Happened]:
    return [
        event
        for day in days
        for event in purchase(
            buyer, (amount, 1), at=at(day), order_id=first_order or buyer * 1000 + 500 + day
        )
    ]


def test_returning_customers_share_of_revenue(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        bought(1, -40, 0, amount=300),
        bought(2, 0, amount=500),
        purchase(2, (200, 1), at=at(0, 15), order_id=9),  # their second, on the first's day
    )
    (row,) = world.figures(shop, CUSTOMER_DAY)
    assert row["returning_share"] == pytest.approx((300 + 200) / 1000)


def test_returning_customer_rate(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        bought(1, -40, 0),  # came back
        bought(2, 0),
        purchase(2, (200, 1), at=at(0, 15), order_id=9),  # came back the same day
        bought(3, 0),  # their first
        bought(4, 0, 1),  # came back later
        bought(5, -1),
    )
    (row,) = world.figures(shop, CUSTOMER_DAY)
    assert (row["buyers"], row["returning_buyers"], row["returning_rate"]) == (4, 2, 0.5)
    (row,) = world.figures(shop, CUSTOMER_DAY, after(2))
    assert (row["buyers"], row["returning_buyers"], row["returning_rate"]) == (0, 0, None)


def test_repeat_purchases_and_their_interval(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        bought(1, -30, -20, 0),  # 10 and 20 days
        bought(2, -60, -20),  # 40 days
        bought(3, -5),
        bought(4, -364),  # the year's first day
        bought(5, -365, -366),  # before it
    )
    (row,) = world.figures(shop, CUSTOMER_DAY)
    assert row["repeat_rate"] == pytest.approx(2 / 4)
    assert row["purchase_interval_days"] == 20  # the median of 10, 20, 40
    assert row["churn_after_days"] == 60  # twice 20 is less


def test_churn_is_crossing_the_time_of_the_shops_own_rhythm(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        bought(1, -61),  # 60 days passed yesterday, today is the 61st: lost today
        bought(2, -60),  # today is the 60th: still active
        bought(3, -62),  # lost yesterday
        bought(4, -61, 0),  # came back today
    )
    (row,) = world.figures(shop, CUSTOMER_DAY)
    assert row["purchase_interval_days"] == 61
    assert row["churn_after_days"] == 122  # of a slow shop: nobody is lost yet
    assert row["churned_buyers"] == 0

    quick = world.shop()
    world.happen(quick, bought(1, -61), bought(2, -60), bought(3, -62), bought(4, -62, -61, 0))
    (row,) = world.figures(quick, CUSTOMER_DAY)
    assert row["churn_after_days"] == 62  # intervals 1 and 61: the median is 31
    assert row["churned_buyers"] == 0
    (later,) = world.figures(quick, CUSTOMER_DAY, after(1))
    assert (later["active_buyers"], later["churned_buyers"]) == (4, 1)  # 3, after 63 days
    assert later["churn"] == pytest.approx(1 / 4)


def test_segments_by_quintiles_within_the_shop(world: World) -> None:
    shop, other = world.shop(), world.shop()
    # Five buyers, each more recent, more frequent and richer than the one before.
    world.happen(
        shop,
        *[
            bought(buyer, *[-10 * (6 - buyer) - n for n in range(buyer)], amount=100 * buyer)
            for buyer in range(1, 6)
        ],
    )
    world.happen(other, bought(1, -300, amount=1_000_000))  # of another shop: changes nothing
    rows = world.figures(shop, RFM_DAY)
    assert [(row["r"], row["f"], row["m"]) for row in rows] == [(n, n, n) for n in range(1, 6)]
    assert [row["segment"] for row in rows] == [
        "lost",
        "lost",
        "sleeping",
        "champions",
        "champions",
    ]
    assert [row["monetary_minor"] for row in rows] == [100, 400, 900, 1600, 2500]
    assert rows[0]["recency_days"] == 50


def test_buyers_who_are_alike_are_in_one_quintile(world: World) -> None:
    shop = world.shop()
    world.happen(shop, *[bought(buyer, -3) for buyer in range(1, 8)])
    assert {(row["r"], row["f"], row["m"]) for row in world.figures(shop, RFM_DAY)} == {(1, 1, 1)}


def test_a_refund_is_netted_back_to_its_order(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        purchase(1, (100, 1), at=at(-9), order_id=1),
        Happened("refund_completed", 1, at=at(-2), amount_minor=30, currency="XTR", order_id=1),
    )
    (row,) = world.figures(shop, RFM_DAY)
    assert (row["frequency"], row["monetary_minor"], row["recency_days"]) == (1, 70, 9)


def test_an_order_is_of_who_paid_it(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        purchase(5, (100, 1), at=at(-3), order_id=1),
        # A shop's own code may book the refund for somebody else.
        Happened("refund_completed", 2, at=at(-3), amount_minor=30, currency="XTR", order_id=1),
    )
    (row,) = world.figures(shop, RFM_DAY)
    assert (row["buyer_no"], row["monetary_minor"]) == (5, 70)


@pytest.mark.parametrize(
    ("gap", "silent", "churned"),
    [
        (200, 400, 0),  # T = 400: today is the 400th day, still active
        (200, 401, 1),
        (200, 402, None),  # lost yesterday
        (182, 365, 1),  # T = 364, a year's length
        (182, 364, 0),
        (182, 366, None),
        (364, 729, 1),  # the longest T, 728
    ],
)
def test_churn_reaches_beyond_a_year(
    world: World, gap: int, silent: int, churned: int | None
) -> None:
    shop = world.shop()
    now = (datetime.now(UTC).date() - DAY).days  # orders are kept for 730 days
    world.happen(
        shop,
        bought(1, now - gap, now),  # the rhythm: they are active
        bought(2, now - silent),
        bought(3, now - silent, *([now] if silent > 364 else [])),  # back after all the time
    )
    (row,) = world.figures(shop, CUSTOMER_DAY, after(now), now=at(now + 1))
    assert row["churn_after_days"] == 2 * gap
    others = 0 if churned is None else 2
    assert (row["active_buyers"], row["churned_buyers"]) == (1 + others, churned or 0)


def test_of_two_orders_at_one_moment_the_second_returns(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        purchase(1, (700, 1), at=at(0), order_id=9),
        purchase(1, (300, 1), at=at(0), order_id=8),
    )
    (row,) = world.figures(shop, CUSTOMER_DAY)
    assert row["returning_share"] == pytest.approx(700 / 1000)  # by its number the second
