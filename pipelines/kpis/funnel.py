"""From the first step to the payment (14, 15, 17, 18, 20). Pure functions of frames."""

from datetime import date, timedelta

import polars as pl

from core.funnel_steps import STEP_DAYS, STEPS
from pipelines.kpis.people import active_and_buying
from pipelines.metrics import ratio

CART_HOURS = 48
CHECKOUT_HOURS = 24

_SHOPPER = ("shop_id", "buyer_no")


def followed(steps: pl.DataFrame, step: str, then: str, within: timedelta) -> pl.DataFrame:
    """Who did `step` on the day: one row a shopper, with `followed`: whether `then` came within the
    time.

    `steps` has `first_at` and `last_at` of each step by shopper, on the day itself (`on_day`) and
    on the days after it. It counts from any time the step was done. `within` is at least a day,
    which is more than the time between the first and the last one: whatever comes after the first
    and at most `within` after the last has followed one of them.
    """
    at_step = steps.filter(pl.col("step") == step, pl.col("on_day")).select(
        *_SHOPPER, begins="first_at", ends="last_at"
    )
    after = steps.filter(pl.col("step") == then)
    is_after = (pl.col("last_at") >= pl.col("begins")) & (
        pl.col("first_at") <= pl.col("ends") + within
    )
    did = at_step.join(after, on=_SHOPPER).filter(is_after).select(_SHOPPER).unique()
    return at_step.join(did.with_columns(followed=True), on=_SHOPPER, how="left").select(
        *_SHOPPER, pl.col("followed").fill_null(False)
    )


def funnel_day(*, shops: pl.DataFrame, day: date, steps: pl.DataFrame) -> pl.DataFrame:
    """One row a shop and step: users at the step that day, and who took the next one within 7 days.

    The last step has no next one and no rate.
    """
    names = list(STEPS)
    parts = [
        shops.select("shop_id", "last_day")
        .join(_at_step(steps, step, then), on="shop_id", how="left")
        .with_columns(
            pl.col("users", "went_on").fill_null(0), step_no=pl.lit(number), step=pl.lit(step)
        )
        for number, (step, then) in enumerate(zip(names, [*names[1:], ""], strict=True), start=1)
    ]
    is_over = pl.col("last_day") >= day + timedelta(days=STEP_DAYS)
    has_next = pl.col("step") != names[-1]
    return pl.concat(parts).with_columns(
        pl.lit(day).alias("day"),
        step_rate=pl.when(is_over, has_next).then(ratio("went_on", "users")),
    )


def _at_step(steps: pl.DataFrame, step: str, then: str) -> pl.DataFrame:
    return (
        followed(steps, step, then, timedelta(days=STEP_DAYS))
        .group_by("shop_id")
        .agg(users=pl.len(), went_on=pl.col("followed").sum())
    )


def conversion_day(  # pylint: disable=too-many-arguments  # each input is one frame
    *,
    shops: pl.DataFrame,
    day: date,
    today: pl.DataFrame,
    orders: pl.DataFrame,
    steps: pl.DataFrame,
    first_purchases: pl.DataFrame,
) -> pl.DataFrame:
    """One row a shop: buyers as a share of active users, and abandoned carts and checkouts."""
    rows = shops.select("shop_id", "last_day")
    # A first-time buyer has bought, even if the orders were read a moment earlier.
    buyers = pl.concat(
        each.select(_SHOPPER) for each in (orders.filter(pl.col("orders") > 0), first_purchases)
    )
    for part in (
        active_and_buying(today, buyers),
        _outcome(steps, "cart", CART_HOURS, "carts"),
        _outcome(steps, "checkout", CHECKOUT_HOURS, "checkouts"),
        _first(first_purchases),
    ):
        rows = rows.join(part, on="shop_id", how="left")
    counts = ("active_users", "buyers", "carts", "carts_paid", "checkouts", "checkouts_paid")
    over = {
        hours: pl.col("last_day") >= day + timedelta(hours=hours)
        for hours in (CART_HOURS, CHECKOUT_HOURS)
    }
    return rows.with_columns(pl.col(*counts, "first_buyers").fill_null(0)).with_columns(
        pl.lit(day).alias("day"),
        buyer_conversion=ratio("buyers", "active_users"),
        cart_abandonment=pl.when(over[CART_HOURS]).then(1 - ratio("carts_paid", "carts")),
        checkout_abandonment=pl.when(over[CHECKOUT_HOURS]).then(
            1 - ratio("checkouts_paid", "checkouts")
        ),
    )


def _outcome(steps: pl.DataFrame, step: str, hours: int, name: str) -> pl.DataFrame:
    return (
        followed(steps, step, "paid", timedelta(hours=hours))
        .group_by("shop_id")
        .agg(pl.len().alias(name), pl.col("followed").sum().alias(f"{name}_paid"))
    )


def _first(first_purchases: pl.DataFrame) -> pl.DataFrame:
    took = (pl.col("paid_at") - pl.col("started_at")).dt.total_seconds() / 3600
    return first_purchases.group_by("shop_id").agg(
        first_buyers=pl.col("buyer_no").n_unique(), hours_to_first_purchase=took.median()
    )
