"""Which days of which tables read a day that has changed."""

from datetime import date

from pipelines.audience.tables import COHORT_DAY
from pipelines.catalogue import TABLES
from pipelines.reopening import FOLDS, Tables, reopened
from tests.pipelines.kpis.happenings import Happened, purchase, start
from tests.pipelines.world import DAY, World, after, at


def refund(order: int, day: int) -> Happened:
    return Happened(
        "refund_completed", at=at(day), order_id=order, amount_minor=100, currency="XTR"
    )


def days_of(found: Tables, table: str) -> set[date]:
    return {day for day, tables in found.items() if table in tables}


def test_a_refund_belongs_to_its_orders_day(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        purchase(1, (100, 1), at=at(0), order_id=7),
        purchase(2, (100, 1), at=at(1), order_id=8),
        refund(7, day=40),
        purchase(3, (100, 1), at=at(40), order_id=9),
    )
    found = reopened(world.clickhouse, {after(40): [shop.id]}, until=after(40))
    assert {table: min(days_of(found, table)) for table in ("money_day", "source_day")} == {
        "money_day": DAY,
        "source_day": DAY,
    }
    assert after(1) not in days_of(found, "money_day")
    assert DAY not in reopened(world.clickhouse, {after(40): [shop.id + 1]}, until=after(40))
    found = reopened(world.clickhouse, {after(1): [shop.id]}, until=after(40))
    assert DAY not in days_of(found, "money_day")


def test_a_cost_belongs_to_the_day_that_it_names(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        Happened("ad_cost_recorded", 0, at=at(20), props={"source": 1, "day": str(after(4))}),
        Happened("ad_cost_recorded", 0, at=at(20), props={"source": 1, "day": str(after(20))}),
        Happened("ad_cost_recorded", 0, at=at(20), props={"source": 1, "day": "no day"}),
        Happened("ad_cost_recorded", 0, at=at(20), props={"source": 1}),
    )
    found = reopened(world.clickhouse, {after(20): [shop.id]}, until=after(20))
    assert found[after(4)] == {"source_day"} and min(found) == after(4)


def test_a_changed_day_is_computed_again_whole_and_what_reads_it_in_part(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        start(1, at=at(-90), is_first=True),
        start(1, at=at(0)),
        start(2, at=at(-50), is_first=True),
    )
    found = reopened(world.clickhouse, {DAY: [shop.id]}, until=after(3))
    assert list(found) == sorted(found) and max(found) == after(3)
    everything = {table.name for table in TABLES} - set(FOLDS)
    assert found[DAY] == everything
    # The cohort of who was there that day, and of nobody else.
    assert {day for day, tables in found.items() if COHORT_DAY.name in tables} == {
        DAY,
        after(-90),
    }
    # Later days: trailing windows, and what is known from all days before.
    assert {"audience_day", "rfm_day", "customer_day", "product_day"} <= set(found[after(3)])
    # Earlier ones: steps that are followed for a week.
    assert set(found[after(-8)]) >= {"funnel_day", "conversion_day"}
    assert after(-40) not in found


def test_nothing_is_computed_again_that_reads_its_own_day_only(world: World) -> None:
    shop = world.shop()
    found = reopened(world.clickhouse, {DAY: [shop.id]}, until=after(400))
    own = {"payment_day"}
    assert {day for day, tables in found.items() if own & set(tables)} == {DAY}
    assert isinstance(next(iter(found)), date)
