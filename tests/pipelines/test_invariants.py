"""Invariants of the pure functions, on generated frames."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from core.funnel_steps import STEPS
from pipelines.audience.audience_day import sessions
from pipelines.audience.cohorts import AGES, cohort_day
from pipelines.audience.schemas import COHORT_DAY
from pipelines.customers.customer_day import customer_day
from pipelines.customers.rfm import rfm_day
from pipelines.customers.schemas import CUSTOMER_DAY, RFM_DAY
from pipelines.kpis.funnel import followed, funnel_day
from pipelines.kpis.money_day import money_day, wallet_day
from pipelines.kpis.schemas_money import FUNNEL_DAY, MONEY_DAY, WALLET_DAY
from pipelines.metrics import shape
from pipelines.service.service_hour import bot_minutes
from pipelines.shops import day_windows, with_known
from pipelines.soundness import violations
from pipelines.sources.attribution import TOUCHES, attribute
from tests.pipelines.world import DAY, LATER, at
from tests.properties import examples

MOMENT = pl.Datetime("ms", "UTC")
SHOPS = with_known(
    day_windows(
        pl.DataFrame(
            {"shop_id": [1, 2], "timezone": ["UTC", "Asia/Tokyo"], "currency": ["XTR", "RUB"]},
            schema_overrides={"shop_id": pl.UInt32},
        ),
        DAY,
    ),
    LATER,
)
SHOPPER = {"shop_id": pl.UInt32, "buyer_no": pl.UInt64}
often = examples(25)

shop_ids, buyers = st.integers(1, 2), st.integers(1, 5)
money = st.one_of(st.none(), st.integers(0, 10**15))
moments = st.integers(0, 9 * 24 * 60).map(lambda minute: at(0) + timedelta(minutes=minute))


def frame(rows: list[Any], **columns: Any) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SHOPPER | columns, orient="row")


def sound(schema: Any, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows as the table keeps them; every rule of its schema holds."""
    kept = shape(rows, schema)
    if "variant" in schema.columns:
        kept = kept.with_columns(variant=pl.lit("raw")).select(list(schema.columns))
    found = violations(schema, kept)
    assert found.is_empty(), found.to_dicts()
    return kept


@often
@given(
    st.lists(st.tuples(shop_ids, buyers, st.sampled_from(list(STEPS)), moments, moments)),
    st.sampled_from([1, 2, 7]),
)
def test_a_funnel_never_grows_and_more_time_loses_nobody(rows: list[Any], days: int) -> None:
    steps = frame(
        [(*row[:3], min(row[3:]).date() == DAY, min(row[3:]), max(row[3:])) for row in rows],
        step=pl.String,
        on_day=pl.Boolean,
        first_at=MOMENT,
        last_at=MOMENT,
    )
    kept = sound(FUNNEL_DAY, funnel_day(shops=SHOPS, day=DAY, steps=steps))
    assert kept.height == 2 * len(STEPS)
    brief = followed(steps, "cart", "paid", timedelta(days=days))
    longer = followed(steps, "cart", "paid", timedelta(days=days + 1))
    assert brief.height == longer.height
    assert brief["followed"].sum() <= longer["followed"].sum()


_orders = st.tuples(shop_ids, buyers, st.integers(1, 99), st.integers(0, 1), *[money] * 8)


@often
@given(st.lists(_orders, unique_by=lambda row: row[2]))
def test_money_adds_up(rows: list[Any]) -> None:
    orders = frame(
        [(*row[:4], row[3], row[3], *row[4:]) for row in rows],
        order_id=pl.UInt64,
        orders=pl.UInt64,
        units=pl.Int64,
        lines=pl.UInt64,
        gross_minor=pl.Int64,
        discount_minor=pl.Int64,
        tax_minor=pl.Int64,
        shipping_minor=pl.Int64,
        cost_minor=pl.Int64,
        returns_minor=pl.Int64,
        returned_tax_minor=pl.Int64,
        returned_shipping_minor=pl.Int64,
    )
    today = _today(
        [(row[0], row[1], "order_paid", "", "XTR", 1, 0, None, None) for row in rows if row[3]]
    )
    paid = frame([], charged_minor=pl.Int64, refunded_minor=pl.Int64)
    computed = money_day(shops=SHOPS, day=DAY, today=today, orders=orders, paid=paid)
    for row in sound(MONEY_DAY, computed).to_dicts():
        own = [order for order in rows if order[0] == row["shop_id"]]
        parts = [order[4:] for order in own]
        assert row["paid_orders"] == sum(order[3] for order in own)
        if any(None in part[:2] or part[5] is None for part in parts):
            assert row["net_sales_minor"] is None  # one unknown makes the sum unknown
        else:
            assert row["net_sales_minor"] == sum(p[0] - p[1] - p[5] for p in parts)
        if row["total_sales_minor"] is not None:
            extra = row["tax_minor"] + row["shipping_minor"]
            back = row["returned_tax_minor"] + row["returned_shipping_minor"]
            assert row["total_sales_minor"] == row["net_sales_minor"] + extra - back


def _today(rows: list[Any]) -> pl.DataFrame:
    return frame(
        rows,
        event=pl.String,
        kind=pl.String,
        currency=pl.String,
        events=pl.UInt64,
        amount_minor=pl.Int64,
        base_minor=pl.Int64,
        base_fee_minor=pl.Int64,
    )


_entries = st.tuples(
    shop_ids, buyers, st.sampled_from(["top_up", "purchase"]), st.integers(-(10**12), 10**12)
)


@often
@given(st.lists(_entries), st.lists(st.tuples(shop_ids, st.integers(0, 10**12)), max_size=2))
def test_what_wallets_hold_is_the_sum_of_all_entries(rows: list[Any], before: list[Any]) -> None:
    today = _today(
        [(*row[:2], "wallet_entry_posted", row[2], "XTR", 1, row[3], None, None) for row in rows]
    )
    opening = dict(before)
    balances = pl.DataFrame(
        [(shop, "XTR", amount) for shop, amount in opening.items()],
        schema={"shop_id": pl.UInt32, "currency": pl.String, "opening_minor": pl.Int64},
        orient="row",
    )
    computed = wallet_day(shops=SHOPS, day=DAY, today=today, balances=balances)
    held = {
        row["shop_id"]: row["liability_minor"] for row in sound(WALLET_DAY, computed).to_dicts()
    }
    for shop in held:
        own = sum(row[3] for row in rows if row[0] == shop)
        assert held[shop] == opening.get(shop, 0) + own


@often
@given(
    st.sets(st.tuples(shop_ids, buyers)),
    st.sets(st.tuples(shop_ids, buyers, st.integers(1, 400))),
    st.lists(st.tuples(shop_ids, buyers, st.integers(0, 400), st.integers(0, 10**9))),
)
def test_cohorts_add_up(members: set[Any], active: set[Any], bought: list[Any]) -> None:
    of_cohort = [row for row in bought if row[:2] in members]
    rows = sound(
        COHORT_DAY,
        cohort_day(
            shops=SHOPS,
            day=DAY,
            members=frame(sorted(members)),
            active=frame(sorted(row for row in active if row[:2] in members), age=pl.Int64),
            purchases=frame(of_cohort, age=pl.Int64, net_minor=pl.Int64),
        ),
    )
    for shop in {shop for shop, _ in members}:
        ages = rows.filter(pl.col("shop_id") == shop).sort("age")
        assert ages["age"].to_list() == list(AGES)
        assert ages["cohort_size"].unique().to_list() == [sum(s == shop for s, _ in members)]
        # Later ages lose returning users and win buyers.
        assert ages["returned"].is_sorted(descending=True) and ages["converted"].is_sorted()
        spent = sum(row[3] for row in of_cohort if row[0] == shop and row[2] <= AGES[-1])
        assert ages["net_sales_minor"][-1] == spent


_starts = st.tuples(shop_ids, buyers, st.integers(0, 3), moments)
_paid = st.tuples(shop_ids, buyers, moments, st.integers(0, 3), st.integers(0, 10**9))


@often
@given(st.lists(_starts), st.lists(_paid))
def test_every_attribution_shares_out_all_sales_once(starts: list[Any], paid: list[Any]) -> None:
    orders = attribute(
        frame(paid, paid_at=MOMENT, first_source_id=pl.UInt32, charged_minor=pl.Int64),
        frame(starts, source_id=pl.UInt32, at=MOMENT),
    )
    total = sum(row[4] for row in paid)
    for touch in TOUCHES:
        shared = orders.filter(pl.col("touch") == touch)
        assert (shared.height, shared["charged_minor"].sum()) == (len(paid), total)


@often
@given(
    st.lists(st.tuples(shop_ids, buyers, st.integers(-364, 0), st.integers(0, 10**9))),
    st.sets(st.tuples(shop_ids, st.integers(6, 9), st.integers(-729, -365))),
)
def test_buyers_of_a_year(orders: list[Any], silent: set[Any]) -> None:
    year = (
        frame(
            [(*row[:2], DAY + timedelta(days=row[2]), row[3]) for row in orders],
            day=pl.Date,
            net_minor=pl.Int64,
        )
        .group_by("shop_id", "buyer_no")
        .agg(
            orders=pl.len().cast(pl.UInt64),
            net_minor=pl.col("net_minor").sum(),
            last_day=pl.col("day").max(),
            last_before=pl.col("day").filter(pl.col("day") < DAY).max(),
            gaps=pl.col("day").unique().sort().diff().drop_nulls().dt.total_days(),
        )
    )
    segments = sound(RFM_DAY, rfm_day(shops=SHOPS, day=DAY, year=year))
    for letter, column in (("f", "frequency"), ("m", "monetary_minor")):
        for shop in (1, 2):
            own = segments.filter(pl.col("shop_id") == shop).sort(column)
            assert own[letter].is_sorted()
    paid = frame([], order_id=pl.UInt64, paid_at=MOMENT, charged_minor=pl.Int64)
    long_silent = frame(
        [(*row[:2], DAY + timedelta(days=row[2])) for row in sorted(silent)], last_before=pl.Date
    )
    days = customer_day(
        shops=SHOPS, day=DAY, paid=paid, before=frame([]), year=year, long_silent=long_silent
    )
    kept = sound(CUSTOMER_DAY, days)
    assert kept["buyers_in_year"].sum() == year.height
    assert (kept["churn_after_days"] >= 60).all()


@often
@given(st.lists(st.tuples(shop_ids, buyers, moments)))
def test_sessions_are_at_least_shoppers_and_at_most_events(rows: list[Any]) -> None:
    counted = sessions(frame(rows, at=MOMENT), SHOPS)["sessions"].sum()
    assert len({row[:2] for row in rows}) <= counted <= len(rows)


@often
@given(st.lists(st.integers(-3600, 86_400), min_size=1, max_size=40))
def test_a_bot_is_never_down_for_longer_than_it_should_run(seconds: list[int]) -> None:
    begin: datetime = at(0, 0)
    beats = pl.DataFrame(
        [(1, 1, begin + timedelta(seconds=second), False) for second in sorted(set(seconds))],
        schema={"shop_id": pl.UInt32, "bot_id": pl.UInt64, "at": MOMENT, "is_stop": pl.Boolean},
        orient="row",
    )
    found = bot_minutes(beats, SHOPS)
    assert (found["minutes"] <= 60).all()
    assert (found["down_minutes"] <= found["minutes"]).all()
    first = max(min(seconds), 0)
    expected = (86_400 - first) // 60  # whole minutes from the first heartbeat to the day's end
    assert found["minutes"].sum() == expected
