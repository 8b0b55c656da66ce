"""Figures from totals."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from api.figures import Counted, Figure, Totals, average_order, empty, figures_of

EDGES = [datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(2)]


def by_key(figures: list[Figure]) -> dict[tuple[str, str | None], Figure]:
    return {(figure.key, figure.currency): figure for figure in figures}


def sold(orders: int, minor: int, currency: str = "XTR") -> Totals:
    return Totals(orders=Counter({currency: orders}), gross_minor=Counter({currency: minor}))


def test_without_orders_money_is_zero_and_the_average_is_unknown() -> None:
    figures = by_key(figures_of(empty(2), EDGES, {"RUB"}))
    assert figures["net_sales", "RUB"].value == 0
    assert figures["aov", "RUB"].value is None
    assert [point.value for point in figures["aov", "RUB"].series] == [None, None]
    assert figures["paid_orders", None].value == 0


def test_the_average_is_a_ratio_of_sums_and_not_of_averages() -> None:
    counted = Counted(sold(4, 500), Totals(), [sold(3, 300), sold(1, 200)])
    figure = by_key(figures_of(counted, EDGES, {"XTR"}))["aov", "XTR"]
    assert figure.value == 125
    assert [point.value for point in figure.series] == [100, 200]
    assert figure.previous is None


def test_currencies_are_never_added_up() -> None:
    counted = Counted(sold(1, 100), sold(2, 9000, "RUB"), [Totals(), Totals()])
    figures = by_key(figures_of(counted, EDGES, {"XTR"}))
    assert figures["net_sales", "XTR"].value == 100
    assert figures["net_sales", "XTR"].previous == 0
    assert (figures["net_sales", "RUB"].value, figures["net_sales", "RUB"].previous) == (0, 9000)
    assert figures["paid_orders", None].value == 1
    assert figures["paid_orders", None].previous == 2


def test_returns_lower_net_sales_and_leave_the_average() -> None:
    totals = sold(2, 200)
    totals.returns_minor = Counter(XTR=50)
    figures = by_key(figures_of(Counted(totals, Totals(), []), [], {"XTR"}))
    assert figures["net_sales", "XTR"].value == 150
    assert figures["aov", "XTR"].value == 100


@given(st.lists(st.tuples(st.integers(1, 1000), st.integers(0, 10**9)), min_size=1, max_size=5))
def test_adding_shops_adds_their_sums(parts: list[tuple[int, int]]) -> None:
    counted = empty(0)
    for orders, minor in parts:
        counted.add(Counted(sold(orders, minor), Totals(), [sold(orders, minor)]))
    orders, minor = (sum(column) for column in zip(*parts, strict=True))
    assert counted.current == sold(orders, minor) == counted.buckets[0]
    average = average_order(counted.current, "XTR")
    assert average is not None and abs(average - minor / orders) <= 0.0001
