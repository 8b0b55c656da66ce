"""Cohorts: shoppers who first started on the same day, and their later activity (10, 11, 16,
39)."""

from datetime import date

import polars as pl

from pipelines.metrics import known_sum, per_head, ratio

# The ages, in days after the cohort's own day, at which it is measured.
AGES = (1, 3, 7, 14, 30, 60, 90, 180, 365)

_SHOPPER = ("shop_id", "buyer_no")


def cohort_day(
    *,
    shops: pl.DataFrame,
    day: date,
    members: pl.DataFrame,
    active: pl.DataFrame,
    purchases: pl.DataFrame,
) -> pl.DataFrame:
    """One row for each shop and age in days that its cohort of `day` has completed.

    `members` are the new users of the day; `active` has the `age` in days of each of their active
    days after it; `purchases` the `age` and net value (`net_minor`, refunds netted back) of each of
    their paid orders.
    """
    ages = pl.DataFrame({"age": AGES}, schema={"age": pl.Int64})
    sizes = members.group_by("shop_id").agg(cohort_size=pl.len())
    alive = pl.duration(days="age") + pl.lit(day)
    rows = (
        shops.join(sizes, on="shop_id")
        .join(ages, how="cross")
        .filter(alive <= pl.col("last_day"))
        .select("shop_id", "age", "cohort_size")
    )
    keys = ["shop_id", "age"]
    for part in (_kept(active), _returned(active), _bought(purchases)):
        rows = rows.join(part, on=keys, how="left")
    counts = ("retained", "returned", "converted")
    value = pl.when(pl.col("converted") > 0).then(pl.col("net_minor")).otherwise(0)
    return (
        rows.with_columns(pl.col(*counts).fill_null(0))
        .with_columns(pl.lit(day).alias("day"), net_sales_minor=value)
        .with_columns(
            retention=ratio("retained", "cohort_size"),
            rolling_retention=ratio("returned", "cohort_size"),
            conversion=ratio("converted", "cohort_size"),
            ltv_minor=per_head("net_sales_minor", "cohort_size"),
        )
    )


def _kept(active: pl.DataFrame) -> pl.DataFrame:
    """Active on exactly that day (classic retention)."""
    return active.group_by("shop_id", "age").agg(retained=pl.col("buyer_no").n_unique())


def _returned(active: pl.DataFrame) -> pl.DataFrame:
    """Active on that day or any later one (rolling retention)."""
    last = active.group_by(_SHOPPER).agg(last_age=pl.col("age").max())
    return pl.concat(
        last.filter(pl.col("last_age") >= age)
        .group_by("shop_id")
        .agg(pl.lit(age, pl.Int64).alias("age"), returned=pl.len())
        for age in AGES
    )


def _bought(purchases: pl.DataFrame) -> pl.DataFrame:
    """Buyers and net sales up to and including that day."""
    return pl.concat(
        purchases.filter(pl.col("age") <= age)
        .group_by("shop_id")
        .agg(
            pl.lit(age, pl.Int64).alias("age"),
            converted=pl.col("buyer_no").n_unique(),
            net_minor=known_sum("net_minor"),
        )
        for age in AGES
    )
