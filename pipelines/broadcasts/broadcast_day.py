"""The effects of a broadcast (47). Pure functions of frames."""

from datetime import date, timedelta

import polars as pl

from pipelines.metrics import known_sum, ratio

BLOCKS_WITHIN = timedelta(hours=24)
CLICKS_WITHIN = timedelta(days=3)  # after the day's end
SALES_WITHIN = timedelta(hours=72)

_SHOPPER = ("shop_id", "buyer_no")
_BROADCAST = ("shop_id", "broadcast")


def broadcast_day(
    *,
    shops: pl.DataFrame,
    day: date,
    recipients: pl.DataFrame,
    blocks: pl.DataFrame,
    orders: pl.DataFrame,
) -> pl.DataFrame:
    """One row for each shop and broadcast with a message first attempted that day.

    `recipients` has, by broadcast and shopper, `attempted_at`, and `delivered_at` and `clicked_at`
    or null; `blocks` the times `at` when somebody blocked the bot, `orders` the orders `paid_at`
    with their `net_minor`, both for the days in which effects are counted.
    """
    is_over = pl.col("last_day") >= day + CLICKS_WITHIN + SALES_WITHIN
    counts = ("blocks_24h", "clicker_orders")
    no_sales = pl.when(pl.col("has_sales").is_null())
    return (
        shops.select("shop_id", "last_day")
        .join(_reached(recipients), on="shop_id")
        .join(_blocked_after(recipients, blocks), on=_BROADCAST, how="left")
        .join(_bought_after(recipients, orders), on=_BROADCAST, how="left")
        .with_columns(pl.col(*counts).fill_null(0))
        .with_columns(
            pl.lit(day).alias("day"),
            is_complete=is_over,
            delivery_rate=ratio("delivered", "attempted"),
            click_rate=ratio("clickers", "delivered"),
            blocks_per_1000=ratio(pl.col("blocks_24h") * 1000, "delivered"),
            net_sales_72h_minor=no_sales.then(0).otherwise(pl.col("net_sales_72h_minor")),
        )
    )


def _reached(recipients: pl.DataFrame) -> pl.DataFrame:
    is_delivered = pl.col("delivered_at").is_not_null()
    return recipients.group_by(_BROADCAST).agg(
        attempted=pl.len(),
        delivered=is_delivered.sum(),
        clickers=(pl.col("clicked_at").is_not_null() & is_delivered).sum(),
    )


def _blocked_after(recipients: pl.DataFrame, blocks: pl.DataFrame) -> pl.DataFrame:
    """How many blocked the bot soon after the message reached them."""
    since = pl.col("at") - pl.col("delivered_at")
    return (
        recipients.join(blocks, on=_SHOPPER)
        .filter(since >= timedelta(0), since <= BLOCKS_WITHIN)
        .group_by(_BROADCAST)
        .agg(blocks_24h=pl.col("buyer_no").n_unique())
    )


def _bought_after(recipients: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """What those who clicked then paid for within the time."""
    after = pl.col("paid_at") - pl.col("clicked_at")
    return (
        recipients.filter(pl.col("delivered_at").is_not_null())
        .join(orders, on=_SHOPPER)
        .filter(after >= timedelta(0), after <= SALES_WITHIN)
        .group_by(_BROADCAST)
        .agg(
            clicker_orders=pl.len(),
            net_sales_72h_minor=known_sum("net_minor"),
            has_sales=pl.lit(True),
        )
    )
