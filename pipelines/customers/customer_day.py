"""Buyers over the last year (36 to 38, 40). Pure functions of frames."""

from datetime import date

import polars as pl

from pipelines.metrics import known_sum, ratio

YEAR_DAYS = 365
CHURN_LEAST_DAYS = 60
CHURN_INTERVALS = 2
# An interval within the year is at most a day shorter than the year.
CHURN_MOST_DAYS = CHURN_INTERVALS * (YEAR_DAYS - 1)

_SHOPPER = ("shop_id", "buyer_no")


def customer_day(  # pylint: disable=too-many-arguments  # each input is one frame
    *,
    shops: pl.DataFrame,
    day: date,
    paid: pl.DataFrame,
    before: pl.DataFrame,
    year: pl.DataFrame,
    long_silent: pl.DataFrame,
) -> pl.DataFrame:
    """One row a shop.

    `paid` are the orders paid that day; `before` are those of their shoppers who had paid on an
    earlier day; `year` has for each buyer of the year that ends with the day: `orders`, the
    `last_day` with one and the last before `day` (`last_before`, or null), and the `gaps` in days
    between them; `long_silent` has `last_before` of those whose last order before `day` is older
    than the year.
    """
    rows = shops.select("shop_id")
    for part in (_returning(paid, before), _repeating(year)):
        rows = rows.join(part, on="shop_id", how="left")
    rows = rows.join(purchase_intervals(year), on="shop_id", how="left")
    rows = rows.with_columns(churn_after_days=_churn_after())
    last_orders = _last_orders(year, long_silent)
    rows = rows.join(_crossing(rows, last_orders, day), on="shop_id", how="left")
    counts = (
        *("buyers", "returning_buyers", "buyers_in_year", "repeat_buyers"),
        *("active_buyers", "churned_buyers"),
    )
    return rows.with_columns(pl.col(*counts).fill_null(0)).with_columns(
        pl.lit(day).alias("day"),
        returning_share=ratio("returning_minor", "charged_minor"),
        returning_rate=ratio("returning_buyers", "buyers"),
        repeat_rate=ratio("repeat_buyers", "buyers_in_year"),
        churn=ratio("churned_buyers", "active_buyers"),
    )


def _returning(paid: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """An order is a returning customer's if they had paid one before it, that day or earlier; a
    customer is returning if any of their orders of the day is."""
    is_second = pl.int_range(pl.len()).over(_SHOPPER) > 0
    orders = paid.join(before.with_columns(has_paid=True), on=_SHOPPER, how="left")
    return (
        orders.sort("paid_at", "order_id")
        .with_columns(is_returning=pl.col("has_paid").fill_null(False) | is_second)
        .group_by("shop_id")
        .agg(
            charged_minor=known_sum("charged_minor"),
            returning_minor=known_sum(pl.col("charged_minor").filter(pl.col("is_returning"))),
            buyers=pl.col("buyer_no").n_unique(),
            returning_buyers=pl.col("buyer_no").filter(pl.col("is_returning")).n_unique(),
        )
    )


def _repeating(year: pl.DataFrame) -> pl.DataFrame:
    return year.group_by("shop_id").agg(
        buyers_in_year=pl.len(), repeat_buyers=(pl.col("orders") >= 2).sum()
    )


def purchase_intervals(year: pl.DataFrame) -> pl.DataFrame:
    """The median number of days between two days with an order of the same buyer, by shop."""
    return (
        year.filter(pl.col("gaps").list.len() > 0)
        .select("shop_id", "gaps")
        .explode("gaps")
        .group_by("shop_id")
        .agg(purchase_interval_days=pl.col("gaps").median())
    )


def _churn_after() -> pl.Expr:
    """The churn time T in days: twice the shop's own purchase interval, and at least 60 days."""
    twice = pl.col("purchase_interval_days").fill_null(0) * CHURN_INTERVALS
    return pl.max_horizontal(pl.lit(float(CHURN_LEAST_DAYS)), twice).floor().cast(pl.Int64)


def _last_orders(year: pl.DataFrame, long_silent: pl.DataFrame) -> pl.DataFrame:
    """The last day before this one on which a buyer ordered, and whether they order on this one."""
    in_year = year.filter(pl.col("last_before").is_not_null()).select(*_SHOPPER, "last_before")
    return pl.concat([in_year, long_silent.select(*_SHOPPER, "last_before")]).join(
        year.select(*_SHOPPER, "last_day"), on=_SHOPPER, how="left"
    )


def _crossing(shops: pl.DataFrame, last_orders: pl.DataFrame, day: date) -> pl.DataFrame:
    """Buyers who were active when the day began, and those of them who then crossed T days.

    The day of an order is not counted: on the T-th day after it a buyer is still active, and one
    more day without an order is the crossing.
    """
    # An order on the day itself keeps the buyer active.
    earlier = last_orders.join(shops.select("shop_id", "churn_after_days"), on="shop_id")
    buys_today = (pl.col("last_day") == day).fill_null(False)
    silent = (pl.lit(day) - pl.col("last_before")).dt.total_days()
    return (
        earlier.with_columns(silent=silent)
        .filter(pl.col("silent") - 1 <= pl.col("churn_after_days"))
        .group_by("shop_id")
        .agg(
            active_buyers=pl.len(),
            churned_buyers=((pl.col("silent") > pl.col("churn_after_days")) & ~buys_today).sum(),
        )
    )
