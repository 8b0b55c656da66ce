"""The hard worlds: a seed is one world, and whoever hides stays under half of every threshold."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from bench.hard_worlds import files
from bench.hard_worlds.generate import generate
from bench.hard_worlds.records import ABUSERS, INNOCENTS, World
from bench.hard_worlds.thresholds import crossings
from core.taxonomy import TAXONOMY
from tests.properties import examples

_SMALL = 0.15


@given(st.integers(0, 10**9))
@examples(4)
def test_no_abuser_crosses_half_of_a_threshold(seed: int) -> None:
    world = generate(seed, scale=_SMALL)
    assert crossings(world) == []
    assert {each.kind for each in world.people} == {*ABUSERS, *INNOCENTS}


@pytest.fixture(scope="module", name="world")
def small_world() -> World:
    """One for all tests that only look at it."""
    return generate(3, scale=_SMALL)


def test_a_seed_is_one_world(world: World) -> None:
    again, other = generate(3, scale=_SMALL), generate(4, scale=_SMALL)
    for table in (files.events, files.customers, files.orders, files.products):
        assert_frame_equal(table(world), table(again))
    assert files.truth(world) == files.truth(again) != files.truth(other)


def test_people_and_orders_are_numbered_as_they_came(world: World) -> None:
    customers, orders = files.customers(world), files.orders(world)
    assert customers["buyer_no"].to_list() == list(range(1, customers.height + 1))
    assert customers["started_at"].is_sorted() and orders["created_at"].is_sorted()
    assert orders["id"].to_list() == list(range(1, orders.height + 1))


def test_events_are_of_the_taxonomy_and_within_the_weeks(world: World) -> None:
    events = files.events(world)
    assert set(events["event"]) - {"catalogue_searched"} <= set(TAXONOMY)
    assert events["occurred_at"].is_sorted()
    days = events["occurred_at"].dt.date().unique()
    assert days.len() == world.days
    nobodys = events.filter(pl.col("buyer_no") == 0)["event"].unique().to_list()
    assert nobodys == ["stock_changed"]


def test_an_order_ends_in_one_way(world: World) -> None:
    for order in world.orders:
        ends = (order.paid_at, order.cancelled_at, order.expired_at)
        assert sum(each is not None for each in ends) <= 1
    assert all(left > 0 for left in world.on_hand.values())


def test_the_limits_can_be_crossed() -> None:
    """Innocents cross them, so the property above can fail."""
    world = generate(5, scale=_SMALL)
    for person in world.people:
        if person.kind in ("flaky_network", "heavy_buyer", "family"):
            person.kind = "slow_flood"
    found = "\n".join(crossings(world))
    for words in ("updates in 60 s", "expired orders in 24 h", "a shared payer"):
        assert words in found
