"""What a broadcast did (47). Pure functions of frames."""

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
    """One row a shop and broadcast of which a message was first attempted that day.

    `recipients` has by broadcast and shopper `attempted_at`, and `delivered_at` and `clicked_at`
    or null; `blocks` the moments `at` when somebody blocked the bot, `orders` the orders `paid_at`
    with their `net_minor`, both of the days until the effects are over.
    """
    counted = recipients.group_by(_BROADCAST).agg(
        attempted=pl.len(),
        delivered=pl.col("delivered_at").is_not_null().sum(),
        clickers=(pl.col("clicked_at").is_not_null() & pl.col("delivered_at").is_not_null()).sum(),
    )
    since = pl.col("at") - pl.col("delivered_at")
    left = (
        recipients.join(blocks, on=_SHOPPER)
        .filter(since >= timedelta(0), since <= BLOCKS_WITHIN)
        .group_by(_BROADCAST)
        .agg(blocks_24h=pl.col("buyer_no").n_unique())
    )
    after = pl.col("paid_at") - pl.col("clicked_at")
    bought = (
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
    is_over = pl.col("last_day") >= day + CLICKS_WITHIN + SALES_WITHIN
    counts = ("blocks_24h", "clicker_orders")
    no_sales = pl.when(pl.col("has_sales").is_null())
    return (
        shops.select("shop_id", "last_day")
        .join(counted, on="shop_id")
        .join(left, on=_BROADCAST, how="left")
        .join(bought, on=_BROADCAST, how="left")
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
