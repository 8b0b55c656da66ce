"""A shopper's signals in an hour (rows 7 to 16), as numbers for the rules. Pure functions."""

from datetime import datetime, timedelta

import polars as pl

from core.fraud_rules import BY_KEY
from pipelines.fraud.score import SIGNALS, SUBJECT

UPDATES = ["bot_started", "message_received", "button_pressed", "inline_queried", "webapp_opened"]
_BUYING = ["cart_item_added", "checkout_started"]
_START_GAP_MS = 500
# In ten minutes. Whoever goes through the cards of a large shop for their work has sixty.
COPIED_PRODUCTS = 120
# In a day.
SCRAPED_PRODUCTS = 60
SCRAPED_SHARE = 0.8
# Anyone can look through a handful of products: a share of a smaller catalogue means nothing.
SMALL_CATALOGUE = 5
_REFUNDS_LEAST = 3


def shopper_signals(
    moments: pl.DataFrame,
    counts: pl.DataFrame,
    refunds: pl.DataFrame,
    catalogue: pl.DataFrame,
    begin: datetime,
) -> list[pl.DataFrame]:
    """Wide frames of signals, one column a rule, over windows that end in the hour from `begin` on.

    `moments` has `event`, `at`, `product_id`, `likeness` and `has_link` by shopper; `counts` has
    sums of the last 24 hours under the names of their rules; `refunds` has `refunds` and `orders`
    of 90 days; `catalogue` has `on_sale` by shop.
    """
    ordered = moments.filter(pl.col("at") < begin + timedelta(hours=1)).sort(*SUBJECT, "at")
    event = pl.col("event")
    starts = ordered.filter(event == "bot_started")
    gap = pl.col("at").diff().over(SUBJECT).dt.total_milliseconds()
    return [
        most_within(ordered.filter(event.is_in(UPDATES)), "1m", begin, "flood"),
        most_within(ordered.filter(event.is_in(UPDATES)), "10m", begin, "long_flood"),
        most_within(starts.filter(gap <= _START_GAP_MS), "1m", begin, "start_flood"),
        most_alike(ordered, begin),
        most_within(ordered.filter("has_link"), "1h", begin, "links"),
        most_within(ordered.filter(event == "promo_rejected"), "5m", begin, "promo_guesses"),
        catalogue_reach(ordered, catalogue, begin),
        catalogue_pace(ordered, begin),
        counts,
        refund_share(refunds),
    ]


def most_within(rows: pl.DataFrame, period: str, begin: datetime, rule: str) -> pl.DataFrame:
    """The most rows of a shopper in any window of that length that ends at `begin` or later."""
    return (
        rows.sort(*SUBJECT, "at")
        .rolling("at", period=period, group_by=SUBJECT)
        .agg(within=pl.len())
        .filter(pl.col("at") >= begin)
        .group_by(SUBJECT)
        .agg(pl.col("within").max().cast(pl.Float64).alias(rule))
    )


def most_alike(rows: pl.DataFrame, begin: datetime) -> pl.DataFrame:
    """How often texts of the same bucket came within an hour (row 15)."""
    return (
        rows.filter(pl.col("likeness") > 0)
        .sort(*SUBJECT, "likeness", "at")
        .rolling("at", period="1h", group_by=[*SUBJECT, "likeness"])
        .agg(within=pl.len())
        .filter(pl.col("at") >= begin)
        .group_by(SUBJECT)
        .agg(same_texts=pl.col("within").max().cast(pl.Float64))
    )


def catalogue_reach(rows: pl.DataFrame, catalogue: pl.DataFrame, begin: datetime) -> pl.DataFrame:
    """Different products in 10 minutes without a cart, divided by the limit (row 16).

    The limit is 120, or 80 % of a smaller catalogue of at least five.
    """
    share = pl.col("products") / pl.col("on_sale") / SCRAPED_SHARE
    is_enough = pl.col("on_sale") >= SMALL_CATALOGUE
    return (
        rows.filter(pl.col("event").is_in(["product_viewed", *_BUYING]))
        .sort(*SUBJECT, "at")
        .rolling("at", period="10m", group_by=SUBJECT)
        .agg(
            products=pl.col("product_id").filter(pl.col("event") == "product_viewed").n_unique(),
            is_buying=pl.col("event").is_in(_BUYING).any(),
        )
        .filter(pl.col("at") >= begin, ~pl.col("is_buying"))
        .join(catalogue, on="shop_id", how="left")
        .group_by(SUBJECT)
        .agg(
            catalogue_reach=pl.max_horizontal(
                pl.col("products") / COPIED_PRODUCTS, pl.when(is_enough).then(share)
            ).max()
        )
    )


def catalogue_pace(rows: pl.DataFrame, begin: datetime) -> pl.DataFrame:
    """Different products in a few seconds, by whoever buys, too (row 16).

    A bot shows a person a screen a second: a copier, who opens one card after another, has seven in
    20 s even of a slow one; whoever goes back to the list in between, five. Who skims cards for
    their work is as fast: it takes most of the catalogue, too, to be a copier.
    """
    return (
        rows.filter(pl.col("event").is_in(["product_viewed", *_BUYING]))
        .sort(*SUBJECT, "at")
        .rolling("at", period=f"{BY_KEY['catalogue_pace'].window_seconds}s", group_by=SUBJECT)
        .agg(products=pl.col("product_id").filter(pl.col("event") == "product_viewed").n_unique())
        .filter(pl.col("at") >= begin)
        .group_by(SUBJECT)
        .agg(catalogue_pace=pl.col("products").max().cast(pl.Float64))
    )


def refund_share(refunds: pl.DataFrame) -> pl.DataFrame:
    """Refunds ÷ orders of 90 days for shoppers with at least three orders (row 12)."""
    share = pl.col("refunds") / pl.max_horizontal("orders", "refunds")
    return refunds.select(
        *SUBJECT,
        refund_share=pl.when(pl.col("refunds") >= _REFUNDS_LEAST).then(share).otherwise(0.0),
    )


def as_signals(wide: list[pl.DataFrame]) -> pl.DataFrame:
    """One row a shopper and signal above 0, from frames with a column a rule."""
    long = [
        frame.unpivot(index=SUBJECT, variable_name="rule", value_name="value").cast(SIGNALS)
        for frame in wide
    ]
    return pl.concat(long).filter(pl.col("value") > 0).sort(*SUBJECT, "rule")
