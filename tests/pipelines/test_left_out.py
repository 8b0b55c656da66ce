"""Shoppers who are left out: flagged ones of the clean figures, staff and test shoppers of all."""

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from pipelines.catalogue import TABLES
from pipelines.figures import Table
from tests.pipelines import life
from tests.pipelines.world import Shop, World

EVERYBODY, FLAGGED = range(1, 13), (2, 5, 9)
# Where more shoppers never make a smaller number: no thresholds, ranks or quintiles.
_COUNTS = (pl.UInt32, pl.UInt64)
_BY_THRESHOLD = {"churn_after_days", "active_buyers", "churned_buyers", "recency_days", "frequency"}


@pytest.fixture(scope="module", name="shop")
def everybodys(world: World) -> Shop:
    shop = world.shop()
    world.happen(shop, life.of_nobody(), life.of_shoppers(EVERYBODY))
    return shop


@pytest.fixture(scope="module", name="honest")
def of_the_others(world: World) -> Shop:
    """The same shop, had the flagged shoppers never been there."""
    shop = world.shop()
    others = [buyer for buyer in EVERYBODY if buyer not in FLAGGED]
    world.happen(shop, life.of_nobody(), life.of_shoppers(others))
    return shop


@pytest.fixture(scope="module", name="watched")
def with_staff_and_tests(world: World) -> Shop:
    """The same shop, had the flagged shoppers been its staff or its tests."""
    shop = world.shop()
    events = [
        replace(event, is_staff=event.buyer_no == 2, is_test=event.buyer_no in (5, 9))
        for event in life.of_shoppers(EVERYBODY)
    ]
    world.happen(shop, life.of_nobody(), events)
    return shop


def told(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    left = {"shop_id", "variant"}
    return [{name: value for name, value in row.items() if name not in left} for row in rows]


WITH_VARIANTS = [table for table in TABLES if table.has_variants]
of_each = pytest.mark.parametrize("table", WITH_VARIANTS, ids=lambda table: table.name)


def variants(
    world: World, shop: Shop, table: Table, flagged: tuple[int, ...] = ()
) -> dict[str, list[dict[str, Any]]]:
    """The rows of both variants, computed at once."""
    rows = world.rows(shop, table, flagged=flagged)
    return {name: rows.filter(pl.col("variant") == name).to_dicts() for name in ("raw", "clean")}


def counts_nobody_more(
    table: Table, clean: list[dict[str, Any]], raw: list[dict[str, Any]]
) -> None:
    keys = [key for key in table.schema.unique or () if key != "variant"]
    counts = [
        name
        for name, column in table.schema.columns.items()
        if column.dtype.type in _COUNTS and name not in {*keys, *_BY_THRESHOLD}
    ]
    by_key = {tuple(row[key] for key in keys): row for row in raw}
    for row in clean:
        most = by_key[tuple(row[key] for key in keys)]
        assert all(row[name] <= most[name] for name in counts), (row, most)


@of_each
def test_clean_is_raw_without_the_flagged_and_counts_nobody_more(
    world: World, shop: Shop, honest: Shop, table: Table
) -> None:
    some_flagged = variants(world, shop, table, FLAGGED)
    clean, raw = told(some_flagged["clean"]), told(some_flagged["raw"])
    assert clean and clean == told(world.figures(honest, table))
    none_flagged = variants(world, shop, table)
    assert raw == told(none_flagged["raw"]) and raw != clean
    assert told(none_flagged["clean"]) == raw
    counts_nobody_more(table, **some_flagged)


@pytest.mark.parametrize(
    "table",
    [table for table in TABLES if table.name not in {"health_day", "arrival_day", "service_hour"}],
    ids=lambda table: table.name,
)
def test_staff_and_tests_are_in_no_figure(
    world: World, honest: Shop, watched: Shop, table: Table
) -> None:
    rows = told(world.figures(watched, table))
    assert rows and rows == told(world.figures(honest, table))
