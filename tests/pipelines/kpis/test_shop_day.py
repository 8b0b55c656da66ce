from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.kpis import schemas
from pipelines.kpis.assets import compute
from pipelines.shops import day_windows
from pipelines.soundness import violations
from tests.pipelines.kpis.happenings import Happened, fold, purchase, start
from tests.properties import examples

DAY = date(2026, 3, 10)


def shops(*rows: tuple[int, str, str]) -> pl.DataFrame:
    schema = {"shop_id": pl.UInt32, "timezone": pl.String, "currency": pl.String}
    return pl.DataFrame(rows or [(1, "Europe/Moscow", "XTR")], schema=schema, orient="row")


def day_of(*events: Happened, of: pl.DataFrame | None = None) -> dict[str, list[dict[str, Any]]]:
    """The rows of both tables for these events."""
    of = shops() if of is None else of
    base = dict(of.select("shop_id", "currency").iter_rows())
    frames = compute(of, fold(events, base), DAY)
    return {name: frame.to_dicts() for name, frame in frames.items()}


def kpis_of(*events: Happened) -> dict[str, Any]:
    (row,) = day_of(*events)["shop_kpi_day"]
    return row


def test_people_of_a_day() -> None:
    row = kpis_of(
        start(1, is_first=True),
        start(1),  # pressed again: a start, not another new user
        start(2),  # came back
        Happened("message_received", buyer_no=3),
        Happened("button_pressed", buyer_no=3),
        Happened("payment_initiated", buyer_no=4),
        Happened("order_line", buyer_no=5),  # not something a user does
        Happened("message_received", buyer_no=0),  # nobody's
    )
    assert (row["new_users"], row["starts"], row["active_users"]) == (1, 3, 4)


def test_money_of_a_day() -> None:
    row = kpis_of(
        Happened("message_received", buyer_no=9),
        *purchase(1, (300, 2), (50, 1)),  # 650
        *purchase(1, (100, 1)),
        *purchase(2, (250, 1)),
        Happened("refund_completed", buyer_no=7, amount_minor=40, currency="XTR"),
    )
    assert row["gross_sales_minor"] == 1000
    assert row["discounts_minor"] == 0
    assert row["returns_minor"] == 40  # on the refund's day, though the order is another day's
    assert row["net_sales_minor"] == 960
    assert (row["paid_orders"], row["units"], row["buyers"]) == (3, 5, 2)
    assert row["aov_minor"] == Decimal("333.3333")  # 1000 ÷ 3 orders, not ÷ 4 lines
    assert row["active_users"] == 3
    assert row["arpu_minor"] == Decimal("320.0000")  # 960 ÷ 3 active users, not all accounts
    assert row["arppu_minor"] == Decimal("480.0000")
    assert row["items_per_order"] == pytest.approx(5 / 3)
    assert row["buyer_conversion"] == pytest.approx(2 / 3)


def test_average_order_is_not_taken_over_lines() -> None:
    one = kpis_of(*purchase(1, (100, 1), (200, 1), (300, 1)))
    assert one["aov_minor"] == Decimal("600.0000")


def test_payment_success_counts_what_expired_and_failed() -> None:
    row = kpis_of(
        *[Happened("payment_succeeded", currency="XTR", amount_minor=1)] * 3,
        Happened("payment_failed"),
        Happened("payment_expired"),
    )
    assert row["payment_success"] == pytest.approx(0.6)
    failures = (row["payments_succeeded"], row["payments_failed"], row["payments_expired"])
    assert failures == (3, 1, 1)


def test_an_idle_shop_has_a_row_and_no_ratios() -> None:
    row = kpis_of()
    assert (row["active_users"], row["net_sales_minor"], row["paid_orders"]) == (0, 0, 0)
    ratios = ("aov_minor", "arpu_minor", "arppu_minor", "items_per_order", "payment_success")
    assert [row[name] for name in (*ratios, "buyer_conversion")] == [None] * 6


def test_a_payment_alone_makes_its_payer_active() -> None:
    # Pre-checkout before midnight, payment after: a conversion over 100 % would be absurd.
    row = kpis_of(*purchase(1, (10, 1)))
    assert (row["buyers"], row["active_users"], row["buyer_conversion"]) == (1, 1, 1.0)


def test_another_currency_has_its_own_row_and_is_not_added_to_the_shops() -> None:
    of = shops((1, "Europe/Moscow", "RUB"), (2, "Europe/Moscow", "XTR"))
    rows = day_of(
        *purchase(1, (10_000, 1), currency="RUB"),
        *purchase(2, (70, 1), currency="XTR"),
        *purchase(1, (500, 1), shop_id=2),
        of=of,
    )
    money = {(row["shop_id"], row["currency"]): row for row in rows["shop_money_day"]}
    assert {key: row["net_sales_minor"] for key, row in money.items()} == {
        (1, "RUB"): 10_000,
        (1, "XTR"): 70,
        (2, "XTR"): 500,
    }
    assert money[1, "XTR"]["arpu_minor"] == Decimal("35.0000")  # 70 ÷ both active users
    mixed, plain = rows["shop_kpi_day"]
    assert (mixed["paid_orders"], mixed["net_sales_minor"], mixed["aov_minor"]) == (2, None, None)
    assert (plain["paid_orders"], plain["net_sales_minor"]) == (1, 500)


def test_an_order_that_is_not_paid_is_no_sale() -> None:
    rows = day_of(Happened("payment_failed", amount_minor=300, currency="XTR"))
    assert rows["shop_money_day"] == []
    assert rows["shop_kpi_day"][0]["gross_sales_minor"] == 0


def test_no_money_is_a_float() -> None:
    for schema in (schemas.SHOP_KPI_DAY, schemas.SHOP_MONEY_DAY):
        for name, column in schema.columns.items():
            if name.endswith("_minor"):
                assert column.dtype.type in (pl.Int64, pl.Decimal(38, 4)), name


@pytest.mark.parametrize(
    ("zone", "day", "begins", "hours"),
    [
        ("UTC", DAY, datetime(2026, 3, 10, tzinfo=UTC), 24),
        ("Europe/Moscow", DAY, datetime(2026, 3, 9, 21, tzinfo=UTC), 24),
        ("Asia/Kathmandu", DAY, datetime(2026, 3, 9, 18, 15, tzinfo=UTC), 24),
        ("Europe/Berlin", date(2026, 3, 29), datetime(2026, 3, 28, 23, tzinfo=UTC), 23),
        ("Europe/Berlin", date(2026, 10, 25), datetime(2026, 10, 24, 22, tzinfo=UTC), 25),
        # The clocks skip midnight itself: the day begins at 01:00.
        ("Africa/Cairo", date(2026, 4, 24), datetime(2026, 4, 23, 22, tzinfo=UTC), 23),
        # Midnight comes twice: the day begins at the first.
        ("America/Havana", date(2025, 11, 2), datetime(2025, 11, 2, 4, tzinfo=UTC), 25),
    ],
)
def test_a_day_is_the_shops_own(zone: str, day: date, begins: datetime, hours: int) -> None:
    (window,) = day_windows(shops((1, zone, "XTR")), day).to_dicts()
    assert window["starts_at"] == begins
    assert window["ends_at"] - window["starts_at"] == timedelta(hours=hours)


def test_days_follow_each_other_without_gap_or_overlap() -> None:
    shop = shops((1, "Africa/Cairo", "XTR"))
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    windows = [day_windows(shop, day).row(0, named=True) for day in days]
    for before, after in zip(windows, windows[1:], strict=False):
        assert before["ends_at"] == after["starts_at"]


_buyers = st.integers(1, 6)
_shop_ids = st.integers(1, 2)
_currencies = st.sampled_from(["XTR", "RUB"])
_lines = st.lists(st.tuples(st.integers(1, 10**9), st.integers(1, 5)), min_size=1, max_size=3)
_acts = st.builds(
    lambda name, buyer, shop, is_first: [
        Happened(name, buyer, shop, is_first=is_first and name == "bot_started")
    ],
    st.sampled_from(["bot_started", "message_received", "button_pressed", "payment_failed"]),
    _buyers,
    _shop_ids,
    st.booleans(),
)
_purchases = st.builds(
    lambda buyer, lines, currency, shop: purchase(buyer, *lines, currency=currency, shop_id=shop),
    _buyers,
    _lines,
    _currencies,
    _shop_ids,
)
_refunds = st.builds(
    lambda amount, currency, shop: [
        Happened("refund_completed", 1, shop, amount_minor=amount, currency=currency)
    ],
    st.integers(1, 10**9),
    _currencies,
    _shop_ids,
)


@examples(40)
@given(st.lists(st.one_of(_acts, _purchases, _refunds), max_size=25))
def test_whatever_happens_the_figures_are_sound(stories: list[list[Happened]]) -> None:
    events = [event for story in stories for event in story]
    of = shops((1, "Europe/Moscow", "XTR"), (2, "Asia/Tokyo", "RUB"), (3, "UTC", "XTR"))
    activity = fold(events, {1: "XTR", 2: "RUB"})
    assert violations(schemas.ACTIVITY, activity).is_empty()
    frames = compute(of, activity, DAY)
    for name, schema in {
        "shop_kpi_day": schemas.SHOP_KPI_DAY,
        "shop_money_day": schemas.SHOP_MONEY_DAY,
    }.items():
        assert violations(schema, frames[name]).is_empty()
    assert frames["shop_kpi_day"].height == 3
    for row in frames["shop_money_day"].iter_rows(named=True):
        own = [e for e in events if (e.shop_id, e.currency) == (row["shop_id"], row["currency"])]
        paid = [e for e in own if e.event == "order_paid"]
        assert row["gross_sales_minor"] == row["paid_total_minor"]
        assert row["paid_total_minor"] == sum(e.amount_minor for e in paid)
        assert row["paid_orders"] == len(paid)
        assert row["units"] >= row["paid_orders"] >= row["buyers"]
        refunds = sum(e.amount_minor for e in own if e.event == "refund_completed")
        assert row["net_sales_minor"] == row["gross_sales_minor"] - refunds


def test_a_rate_that_is_missing_hides_only_what_it_concerns() -> None:
    of = shops((1, "Europe/Moscow", "XTR"))
    foreign = Happened("refund_completed", buyer_no=7, amount_minor=40, currency="USD")
    (row,) = day_of(*purchase(1, (100, 2)), foreign, of=of)["shop_kpi_day"]
    assert (row["gross_sales_minor"], row["discounts_minor"]) == (200, 0)
    assert (row["returns_minor"], row["net_sales_minor"], row["arpu_minor"]) == (None, None, None)
    assert row["aov_minor"] == Decimal("200.0000")  # before returns
    (row,) = day_of(*purchase(1, (100, 2), currency="USD"), of=of)["shop_kpi_day"]
    assert (row["gross_sales_minor"], row["returns_minor"], row["net_sales_minor"]) == (
        None,
        0,
        None,
    )


def test_an_order_without_lines_is_worth_what_was_paid_for_its_goods() -> None:
    extras = {"discount_minor": 100, "tax_minor": 200, "shipping_minor": 300, "tip_minor": 50}
    order = Happened("order_paid", amount_minor=1_450, currency="XTR", order_id=1, props=extras)
    (row,) = day_of(order, *purchase(2, (70, 1), order_id=2))["shop_kpi_day"]
    assert (row["gross_sales_minor"], row["net_sales_minor"]) == (1_070, 970)
    assert row["aov_minor"] == Decimal("485.0000")
