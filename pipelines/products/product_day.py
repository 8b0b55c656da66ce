"""Products (42), stock (43) and digital delivery (44). Pure functions of frames."""

from datetime import date, timedelta

import polars as pl

from pipelines.metrics import known_sum, ratio

COVER_DAYS = 28
DELIVERED_WITHIN = timedelta(seconds=60)

_PRODUCT = ("shop_id", "product_id")


def product_day(
    *,
    shops: pl.DataFrame,
    day: date,
    interest: pl.DataFrame,
    shelf: pl.DataFrame,
    sold: pl.DataFrame,
) -> pl.DataFrame:
    """One row for each shop and product with events, or with a known stock.

    `interest` has, by product and shopper, `views`, `orders`, `units`, `gross_minor` and
    `discount_minor` of paid lines, `returns_minor` of refunds that name the product; `shelf` is the
    stock `on_hand` at the day's end of products whose stock is limited; `sold` has the
    `units_before` of the 27 days before.
    """
    products = (
        _sold(interest)
        .join(shelf, on=_PRODUCT, how="full", coalesce=True)
        .join(shops.select("shop_id"), on="shop_id")
        .join(sold, on=_PRODUCT, how="left")
    )
    counts = ("viewers", "buyers", "viewing_buyers", "units", "units_before")
    nothing = pl.col("happened").is_null()
    daily = (pl.col("units") + pl.col("units_before")) / COVER_DAYS
    return (
        products.with_columns(
            pl.col(*counts).fill_null(0),
            *(
                pl.when(nothing).then(0).otherwise(pl.col(name)).alias(name)
                for name in ("gross_sales_minor", "net_sales_minor")
            ),
        )
        .with_columns(units_28d=pl.col("units") + pl.col("units_before"))
        .with_columns(
            pl.lit(day).alias("day"),
            conversion=ratio("viewing_buyers", "viewers"),
            days_of_cover=ratio("on_hand", daily),
            rank_by_net=_rank("net_sales_minor"),
            rank_by_units=_rank("units"),
        )
    )


def _sold(interest: pl.DataFrame) -> pl.DataFrame:
    shoppers, views, orders = pl.col("buyer_no"), pl.col("views") > 0, pl.col("orders") > 0
    return interest.group_by(_PRODUCT).agg(
        viewers=shoppers.filter(views).n_unique(),
        buyers=shoppers.filter(orders).n_unique(),
        viewing_buyers=shoppers.filter(views & orders).n_unique(),
        units=pl.col("units").sum(),
        gross_sales_minor=known_sum("gross_minor"),
        net_sales_minor=known_sum(
            pl.col("gross_minor") - pl.col("discount_minor") - pl.col("returns_minor")
        ),
        happened=pl.lit(True),
    )


def _rank(column: str) -> pl.Expr:
    """The rank of the product in its shop that day, from 1; null if it did not sell."""
    is_sold = pl.col("units") > 0
    value = pl.when(is_sold).then(pl.col(column))
    return value.rank("min", descending=True).over("shop_id")


def catalogue_day(
    *, shops: pl.DataFrame, day: date, shelf: pl.DataFrame, deliveries: pl.DataFrame
) -> pl.DataFrame:
    """One row a shop: products out of stock, and how digital orders paid that day were delivered.

    `deliveries` has one row for each digital order paid that day: `took_us`, null if it was not
    delivered.
    """
    stock = shelf.group_by("shop_id").agg(
        counted_products=pl.len(), products_out=(pl.col("on_hand") == 0).sum()
    )
    in_time = pl.col("took_us") <= DELIVERED_WITHIN // timedelta(microseconds=1)
    delivered = deliveries.group_by("shop_id").agg(
        digital_orders=pl.len(),
        delivered_in_time=in_time.fill_null(False).sum(),
        delivery_p95_us=pl.col("took_us").quantile(0.95, "higher"),
    )
    counts = ("counted_products", "products_out", "digital_orders", "delivered_in_time")
    return (
        shops.select("shop_id")
        .join(stock, on="shop_id", how="left")
        .join(delivered, on="shop_id", how="left")
        .with_columns(pl.col(*counts).fill_null(0))
        .with_columns(
            pl.lit(day).alias("day"),
            stock_out_share=ratio("products_out", "counted_products"),
            delivery_success=ratio("delivered_in_time", "digital_orders"),
        )
    )
