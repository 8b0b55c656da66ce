"""Sources by first, last and last significant touch (45), their cost (46), referrals (48)."""

from datetime import date, timedelta

import polars as pl

from core.events import BOT_STARTED
from pipelines.metrics import known_sum, per_head, ratio

TOUCHES = ("first", "last", "last_significant")
LOOKBACK = timedelta(days=30)
DIRECT = 0  # no link

_SHOPPER = ("shop_id", "buyer_no")
_SOURCE = ("shop_id", "touch", "source_id")


def source_day(  # pylint: disable=too-many-arguments  # each input is one frame
    *,
    shops: pl.DataFrame,
    day: date,
    today: pl.DataFrame,
    paid: pl.DataFrame,
    starts: pl.DataFrame,
    first_purchases: pl.DataFrame,
    costs: pl.DataFrame,
) -> pl.DataFrame:
    """One row for each shop, touch and source with results or costs that day.

    `paid` are the day's orders with their refunds to date; `starts` the starts of their buyers in
    the 30 days before: `source_id` (0 without a link), `at`; `costs` what each source cost that
    day.
    """
    orders = attribute(paid, starts)
    spent = costs.join(pl.DataFrame({"touch": TOUCHES}), how="cross")
    rows = _newcomers(today).group_by(_SOURCE).agg(users=pl.col("buyer_no").n_unique())
    for part in (
        _bought(orders),
        _won(orders, first_purchases),
        spent.select(*_SOURCE, "cost_minor", has_cost=pl.lit(True)),
    ):
        rows = rows.join(part, on=_SOURCE, how="full", coalesce=True)
    counts = ("users", "buyers", "orders", "first_buyers")
    return (
        rows.join(shops.select("shop_id"), on="shop_id")
        .with_columns(
            pl.lit(day).alias("day"),
            pl.col(*counts).fill_null(0),
            _zero_without("net_sales_minor", "has_sales"),
            _zero_without("cost_minor", "has_cost"),
        )
        .with_columns(
            cac_minor=pl.when(pl.col("has_cost")).then(per_head("cost_minor", "users")),
            cpa_minor=pl.when(pl.col("has_cost")).then(per_head("cost_minor", "first_buyers")),
            roas=ratio("net_sales_minor", "cost_minor"),
        )
    )


def _bought(orders: pl.DataFrame) -> pl.DataFrame:
    return orders.group_by(_SOURCE).agg(
        buyers=pl.col("buyer_no").n_unique(),
        orders=pl.len(),
        net_sales_minor=known_sum(pl.col("charged_minor") - pl.col("refunded_minor")),
        has_sales=pl.lit(True),
    )


def _won(orders: pl.DataFrame, first_purchases: pl.DataFrame) -> pl.DataFrame:
    """First buyers, by the source of their first order."""
    return (
        orders.join(first_purchases.select(*_SHOPPER), on=_SHOPPER, how="semi")
        .sort("paid_at", "order_id")
        .group_by(*_SHOPPER, "touch", maintain_order=True)
        .first()
        .group_by(_SOURCE)
        .agg(first_buyers=pl.len())
    )


def _zero_without(column: str, flag: str) -> pl.Expr:
    """A missing value is 0; a null in a row that exists stays null."""
    return pl.when(pl.col(flag).is_null()).then(0).otherwise(pl.col(column)).alias(column)


def attribute(paid: pl.DataFrame, starts: pl.DataFrame) -> pl.DataFrame:
    """Each order three times: by its buyer's first, last and last significant touch.

    A touch is a start of the bot. The first touch is the one that brought the buyer. The last is
    the latest start before the payment, within 30 days, with or without a link; the last
    significant is the latest of those with a link. Without a start in that time there is no source.
    """
    orders = paid.with_row_index("order_row")
    touches = (
        orders.select("order_row", *_SHOPPER, "paid_at")
        .join(starts, on=_SHOPPER)
        .filter(pl.col("at") <= pl.col("paid_at"), pl.col("at") >= pl.col("paid_at") - LOOKBACK)
        .sort("at", "source_id")
    )

    def latest(found: pl.DataFrame, touch: str) -> pl.DataFrame:
        last = found.group_by("order_row", maintain_order=True).agg(pl.col("source_id").last())
        return orders.join(last, on="order_row", how="left").with_columns(
            pl.col("source_id").fill_null(DIRECT), touch=pl.lit(touch)
        )

    first = orders.with_columns(source_id=pl.col("first_source_id"), touch=pl.lit("first"))
    by_link = touches.filter(pl.col("source_id") != DIRECT)
    return pl.concat(
        [first, latest(touches, "last"), latest(by_link, "last_significant")], how="diagonal"
    )


def _newcomers(today: pl.DataFrame) -> pl.DataFrame:
    """New users three times, because their first start is every kind of touch."""
    starts = today.filter(pl.col("event") == BOT_STARTED.name, pl.col("first_starts") > 0)
    return starts.select(*_SHOPPER, source_id=pl.col("kind").cast(pl.UInt32)).join(
        pl.DataFrame({"touch": TOUCHES}), how="cross"
    )


def referral_day(
    *, shops: pl.DataFrame, day: date, today: pl.DataFrame, referred: pl.DataFrame
) -> pl.DataFrame:
    """One row per shop: new users whom others referred, and the rewards.

    `referred` are the shoppers with a referral registered that day or on the day before or after,
    because midnight may lie between.
    """
    started = (pl.col("event") == BOT_STARTED.name) & (pl.col("first_starts") > 0)
    newcomers = today.filter(started, pl.col("buyer_no") > 0).select(_SHOPPER).unique()
    counted = (
        newcomers.join(
            referred.select(*_SHOPPER, was_referred=True).unique(), on=_SHOPPER, how="left"
        )
        .group_by("shop_id")
        .agg(
            new_users=pl.len(),
            referred_users=pl.col("was_referred").fill_null(False).sum(),
        )
    )
    rewards = (
        today.filter(pl.col("event") == "referral_rewarded")
        .group_by("shop_id")
        .agg(reward_cost_minor=known_sum("base_minor"), has_rewards=pl.lit(True))
    )
    return (
        shops.select("shop_id")
        .join(counted, on="shop_id", how="left")
        .join(rewards, on="shop_id", how="left")
        .with_columns(
            pl.lit(day).alias("day"),
            pl.col("new_users", "referred_users").fill_null(0),
            _zero_without("reward_cost_minor", "has_rewards"),
        )
        .with_columns(referral_share=ratio("referred_users", "new_users"))
    )
