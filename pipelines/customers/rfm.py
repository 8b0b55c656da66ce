"""Recency, frequency and money in quintiles within the shop, and their segments (41)."""

from datetime import date

import polars as pl

QUINTILES = 5
SEGMENTS = ("champions", "loyal", "promising", "at_risk", "sleeping", "lost")


def rfm_day(*, shops: pl.DataFrame, day: date, year: pl.DataFrame) -> pl.DataFrame:
    """One row for each buyer of the year that ends with `day`.

    `year` has by buyer `orders`, `net_minor` (null if a rate is missing) and the `last_day` with an
    order. Quintile 5 is the best fifth of the shop's buyers; buyers with equal values have the same
    quintile. Buyers whose money is not known have no money quintile and are placed by frequency
    alone.
    """
    known = year.join(shops.select("shop_id"), on="shop_id")
    scored = known.with_columns(
        pl.lit(day).alias("day"),
        recency_days=(pl.lit(day) - pl.col("last_day")).dt.total_days(),
        frequency=pl.col("orders"),
        monetary_minor=pl.col("net_minor"),
        r=quintile("last_day"),
        f=quintile("orders"),
        m=quintile("net_minor"),
    )
    return scored.with_columns(segment=_segment())


def quintile(column: str) -> pl.Expr:
    """1 to 5 by the number of the shop's buyers with less, so equal values have equal quintiles."""
    less = pl.col(column).rank("min").over("shop_id") - 1
    known = pl.col(column).count().over("shop_id")
    return (less * QUINTILES // known + 1).cast(pl.UInt8)


def _segment() -> pl.Expr:
    """By recency, and by the mean of frequency and money."""
    worth = pl.mean_horizontal("f", "m")
    recent, good = pl.col("r") >= 4, worth >= 3.5
    middling = pl.col("r") == 3
    return (
        pl.when(recent & good)
        .then(pl.lit("champions"))
        .when(recent)
        .then(pl.lit("promising"))
        .when(middling & good)
        .then(pl.lit("loyal"))
        .when(middling)
        .then(pl.lit("sleeping"))
        .when(good)
        .then(pl.lit("at_risk"))
        .otherwise(pl.lit("lost"))
    )
