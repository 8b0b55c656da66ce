"""Metrics 10, 11, 16 and 39 by hand-made events."""

from decimal import Decimal

import pytest

from pipelines.audience.tables import COHORT_DAY
from tests.pipelines.kpis.happenings import Happened, purchase, start
from tests.pipelines.world import World, at


def by_age(rows: list[dict[str, object]]) -> dict[object, dict[str, object]]:
    return {row["age"]: row for row in rows}


def test_who_stayed(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        *[start(buyer, is_first=True, at=at(0)) for buyer in (1, 2, 3, 4)],
        *[Happened("message_received", 1, at=at(day)) for day in (1, 7)],
        Happened("button_pressed", 2, at=at(3)),
        Happened("bot_blocked", 3, at=at(1)),  # no activity
        Happened("message_received", 9, at=at(1)),  # of no cohort of that day
    )
    ages = by_age(world.figures(shop, COHORT_DAY))
    assert [ages[age]["retention"] for age in (1, 3, 7, 14)] == [0.25, 0.25, 0.25, 0]
    # On day 1 or later came 1 and 2, on day 3 or later both, from day 7 on 1 alone.
    assert [ages[age]["rolling_retention"] for age in (1, 3, 7, 14)] == [0.5, 0.5, 0.25, 0]


def test_only_complete_cohorts_have_a_row(world: World) -> None:
    shop = world.shop()
    world.happen(shop, start(1, is_first=True, at=at(0)), start(1, at=at(3)))
    assert list(by_age(world.figures(shop, COHORT_DAY, now=at(3, 23)))) == [1]
    assert list(by_age(world.figures(shop, COHORT_DAY, now=at(4, 0)))) == [1, 3]


def test_a_cohorts_purchases_and_what_they_are_worth(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        *[start(buyer, is_first=True, at=at(0)) for buyer in (1, 2, 3)],
        purchase(1, (100, 1), at=at(0, 13), order_id=1),
        purchase(1, (50, 2), at=at(20), order_id=2),
        purchase(2, (300, 1), at=at(40), order_id=3),
        purchase(9, (999, 1), at=at(1), order_id=4),  # of another cohort
        # Refunded on day 60, but it is the order of day 0 that is worth less.
        Happened("refund_completed", 1, at=at(60), amount_minor=40, currency="XTR", order_id=1),
    )
    ages = by_age(world.figures(shop, COHORT_DAY))
    assert [ages[age]["net_sales_minor"] for age in (1, 14, 30, 60)] == [60, 60, 160, 460]
    assert ages[30]["ltv_minor"] == Decimal("53.3333")  # 160 ÷ 3
    assert ages[30]["conversion"] == pytest.approx(1 / 3)  # 16: within 30 days
    assert ages[60]["conversion"] == pytest.approx(2 / 3)


def test_orders_before_the_first_start_are_of_no_cohort(world: World) -> None:
    """Imported ones: decision 9. Those of the first start's own day count, at whatever hour."""
    shop = world.shop()
    world.happen(
        shop,
        purchase(1, (7_000, 1), at=at(-30), order_id=1),
        purchase(1, (200, 1), at=at(0, 1), order_id=2),
        start(1, is_first=True, at=at(0, 12)),
        # A refund of what the cohort does not have takes nothing from it.
        Happened("refund_completed", 1, at=at(2), amount_minor=7_000, currency="XTR", order_id=1),
    )
    ages = by_age(world.figures(shop, COHORT_DAY))
    assert {ages[age]["net_sales_minor"] for age in (1, 3, 365)} == {200}
    assert ages[365]["conversion"] == 1


def test_a_rate_that_is_not_known_makes_the_worth_unknown(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        start(1, is_first=True, at=at(0)),
        purchase(1, (100, 1), at=at(5), currency="RUB", order_id=1),
    )
    ages = by_age(world.figures(shop, COHORT_DAY))
    assert (ages[3]["ltv_minor"], ages[7]["ltv_minor"]) == (Decimal(0), None)
