from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from pipelines.kpis.checks import LATE, compare_figures, compare_net, compare_orders
from pipelines.shops import day_windows

DAY = date(2026, 3, 10)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 11, tzinfo=UTC)
SHOPS = day_windows(
    pl.DataFrame(
        {"shop_id": [1], "timezone": ["UTC"]}, schema={"shop_id": pl.UInt32, "timezone": pl.String}
    ),
    DAY,
)


def paid(*orders: tuple[int, int] | tuple[int, int, datetime]) -> pl.DataFrame:
    """Order number and amount, and when it was not at noon."""
    rows = [
        (order[0], 1, "XTR", order[1], order[2] if len(order) > 2 else NOON) for order in orders
    ]
    schema: Any = {
        "order_id": pl.UInt64,
        "shop_id": pl.UInt32,
        "currency": pl.String,
        "amount_minor": pl.Int64,
        "at": pl.Datetime("ms", "UTC"),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def problems(
    orders: pl.DataFrame, events: pl.DataFrame, waiting: set[int] | None = None
) -> dict[int, str]:
    found = compare_orders(orders, events, SHOPS, waiting or set())
    return dict(found.select("order_id", "problem").iter_rows())


def test_orders_that_agree() -> None:
    assert not problems(paid((1, 10), (2, 20)), paid((2, 20), (1, 10)))


def test_each_disagreement_is_named() -> None:
    assert problems(
        paid((1, 10), (2, 20), (3, 30), (4, 40), (5, 50)),
        paid((1, 10), (2, 21), (3, 30), (3, 30), (6, 60)),
        waiting={5},
    ) == {
        2: "another amount",
        3: "counted more than once",
        4: "no event in ClickHouse",
        6: "not paid in PostgreSQL",
    }


def test_two_clocks_around_midnight_are_no_disagreement() -> None:
    before, after = MIDNIGHT - timedelta(milliseconds=1), MIDNIGHT + timedelta(milliseconds=2)
    assert not problems(
        paid((1, 10, before), (2, 20, after)), paid((1, 10, after), (2, 20, before))
    )


def test_the_next_days_orders_are_not_this_days_business() -> None:
    after = MIDNIGHT + timedelta(minutes=1)
    assert not problems(paid((1, 10, after)), paid((2, 20, after)))


def figures_problem(paid_minor: int, figures_minor: int, *, now: datetime) -> str | None:
    def totals(minor: int) -> pl.DataFrame:
        columns: Any = {
            "shop_id": pl.UInt32,
            "currency": pl.String,
            "paid_orders": pl.UInt64,
            "paid_total_minor": pl.Int64,
        }
        rows = [(1, "XTR", 1, minor)] if minor else []
        return pl.DataFrame(rows, schema=columns, orient="row")

    found = compare_figures(totals(paid_minor), totals(figures_minor), SHOPS, now)
    return found["problem"].to_list()[0] if found.height else None


def test_figures_may_be_behind_an_open_day_but_not_a_settled_one() -> None:
    settled = MIDNIGHT + timedelta(hours=3)
    assert figures_problem(30, 20, now=NOON) is None
    assert figures_problem(30, 0, now=NOON) is None
    assert figures_problem(30, 30, now=settled) is None
    assert figures_problem(30, 20, now=settled) == LATE
    assert figures_problem(30, 0, now=settled) == LATE


def test_figures_never_hold_more_than_was_paid() -> None:
    for paid_minor in (20, 0):
        problem = figures_problem(paid_minor, 30, now=NOON)
        assert problem == "figures hold more than was paid"


def net_of(orders: int, net: int) -> pl.DataFrame:
    row = {"shop_id": 1, "currency": "XTR", "paid_orders": orders, "net_sales_minor": net}
    return pl.DataFrame([row], schema_overrides={"shop_id": pl.UInt32})


def test_net_sales_are_the_sum_of_the_events() -> None:
    settled = MIDNIGHT + timedelta(hours=3)

    def found(events: pl.DataFrame, figures: pl.DataFrame, now: datetime = settled) -> list[int]:
        return compare_net(events, figures, SHOPS, now)["clickhouse_minor"].to_list()

    assert found(net_of(1, 30), net_of(1, 30)) == []
    assert found(net_of(1, 30), net_of(1, 29)) == [30]
    assert found(net_of(1, 30), net_of(1, 29), NOON) == []  # the next run takes what came since
    assert found(net_of(2, 30), net_of(1, 29)) == []  # which `compare_figures` tells
