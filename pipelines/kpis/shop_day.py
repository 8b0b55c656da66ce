"""A shop's day: the figures of docs/metrics.md from what its shoppers did. Pure functions."""

from datetime import date

import polars as pl

from core import sales
from core.events import ACTIVITY, BOT_STARTED, ORDER_LINE, ORDER_PAID
from core.events import PAYMENT_FAILED as FAILED
from core.events import PAYMENT_SUCCEEDED as SUCCEEDED
from pipelines.metrics import known_sum

EXPIRED = "payment_expired"
REFUNDED = "refund_completed"

# Of these events the figures only need who did any of them; they are folded into `WAS_THERE`.
MERE_ACTIVITY: frozenset[str] = ACTIVITY - {BOT_STARTED.name, ORDER_PAID.name}
WAS_THERE = "was_there"
_ACTIVE = (ACTIVITY - MERE_ACTIVITY) | {WAS_THERE}
# All other events that the figures need; everything else stays in ClickHouse.
EVENTS: frozenset[str] = _ACTIVE | {
    ORDER_LINE.name,
    SUCCEEDED.name,
    FAILED.name,
    EXPIRED,
    REFUNDED,
}
_SUMS = ("gross_sales_minor", "discounts_minor", "returns_minor")
_MONEY = (*_SUMS, "net_sales_minor")
_RATIO = pl.Decimal(38, 4)  # of money: exact to a ten-thousandth of the minor unit


def shop_money_day(activity: pl.LazyFrame, day: date) -> pl.LazyFrame:
    """One row a shop and currency in which something was sold or returned that day.

    `activity` is the shop's folded day: one row for each shop, shopper, event and currency, with
    the number of `events` and the sums of `amount_minor`, of `quantity`, and of `sales_minor`: what
    it adds to gross sales, or to returns.
    """
    sums = (
        activity.filter(pl.col("currency") != "")
        .group_by("shop_id", "currency")
        .agg(
            buyers=_users(ORDER_PAID.name),
            paid_orders=_sum("events", ORDER_PAID.name),
            units=_sum("quantity", ORDER_PAID.name),
            gross_sales_minor=_sum("sales_minor", ORDER_LINE.name, ORDER_PAID.name),
            discounts_minor=_sum("discount_minor", ORDER_PAID.name),
            returns_minor=_sum("sales_minor", REFUNDED),
            paid_total_minor=_sum("amount_minor", ORDER_PAID.name),
        )
        .filter((pl.col("paid_orders") > 0) | (pl.col("returns_minor") != 0))
    )
    return (
        sums.join(_active_users(activity), on="shop_id", how="left")
        .with_columns(net_sales_minor=_net())
        .with_columns(**_money_ratios())
        .sort("shop_id", "currency")
        .select(
            pl.lit(day).alias("day"),
            pl.col("shop_id"),
            pl.col("currency"),
            pl.col("buyers", "paid_orders").cast(pl.UInt32),
            pl.col("units").cast(pl.UInt64),
            pl.col(*_MONEY, "paid_total_minor", "aov_minor", "arpu_minor", "arppu_minor"),
        )
    )


def shop_kpi_day(shops: pl.LazyFrame, activity: pl.LazyFrame, day: date) -> pl.LazyFrame:
    """One row a shop, including shops without activity; money is in the shop's own currency.

    `shops` has `shop_id`, `timezone`, `currency`. Other currencies are converted by their event's
    rate; a sum is null if one of its parts has none, and so are the figures that depend on it.
    """
    own = _own_money(activity)
    counts = ("new_users", "starts", "active_users", "buyers", "paid_orders")
    payments = ("payments_succeeded", "payments_failed", "payments_expired")
    return (
        shops.join(_people(activity), on="shop_id", how="left")
        .join(own, on="shop_id", how="left")
        .with_columns(
            pl.col(*counts, *payments, "units").fill_null(0),
            pl.when(pl.col("has_money")).then(pl.col(*_SUMS)).otherwise(0),
        )
        .with_columns(net_sales_minor=_net())
        .with_columns(
            **_money_ratios(),
            items_per_order=_ratio("units", pl.col("paid_orders")),
            payment_success=_ratio("payments_succeeded", pl.sum_horizontal(payments)),
            buyer_conversion=_ratio("buyers", pl.col("active_users")),
        )
        .sort("shop_id")
        .select(
            pl.lit(day).alias("day"),
            pl.col("shop_id", "timezone", "currency"),
            pl.col(*counts).cast(pl.UInt32),
            pl.col("units").cast(pl.UInt64),
            pl.col(*payments).cast(pl.UInt32),
            pl.col(*_MONEY, "aov_minor", "arpu_minor", "arppu_minor"),
            pl.col("items_per_order", "payment_success", "buyer_conversion"),
        )
    )


def _own_money(activity: pl.LazyFrame) -> pl.LazyFrame:
    """Sums in the shop's currency, each null if the exchange rate of one of its parts is
    missing."""

    def known(column: str, *events: str) -> pl.Expr:
        return known_sum(pl.col(column).filter(_is(*events)))

    return activity.group_by("shop_id").agg(
        gross_sales_minor=known("base_sales_minor", ORDER_LINE.name, ORDER_PAID.name),
        discounts_minor=known("base_discount_minor", ORDER_PAID.name),
        returns_minor=known("base_sales_minor", REFUNDED),
        has_money=pl.lit(True),
    )


def _people(activity: pl.LazyFrame) -> pl.LazyFrame:
    is_first = pl.col("first_starts") > 0
    return activity.group_by("shop_id").agg(
        new_users=pl.col("buyer_no").filter(_is(BOT_STARTED.name), is_first).n_unique(),
        starts=_sum("events", BOT_STARTED.name),
        active_users=_users(*_ACTIVE),
        buyers=_users(ORDER_PAID.name),
        paid_orders=_sum("events", ORDER_PAID.name),
        units=_sum("quantity", ORDER_PAID.name),
        payments_succeeded=_sum("events", SUCCEEDED.name),
        payments_failed=_sum("events", FAILED.name),
        payments_expired=_sum("events", EXPIRED),
    )


def _active_users(activity: pl.LazyFrame) -> pl.LazyFrame:
    return activity.group_by("shop_id").agg(active_users=_users(*_ACTIVE))


def _is(*events: str) -> pl.Expr:
    return pl.col("event").is_in(events)


def _users(*events: str) -> pl.Expr:
    """Distinct shoppers; an event that belongs to nobody (number 0) adds none."""
    return pl.col("buyer_no").filter(_is(*events), pl.col("buyer_no") > 0).n_unique()


def _sum(column: str, *events: str) -> pl.Expr:
    return pl.col(column).filter(_is(*events)).sum()


def _net() -> pl.Expr:
    return sales.net_sales(*(pl.col(name) for name in _SUMS))


def _money_ratios() -> dict[str, pl.Expr]:
    charged = sales.charged(pl.col("gross_sales_minor"), pl.col("discounts_minor"))
    return {
        "aov_minor": _per(charged, "paid_orders"),
        "arpu_minor": _per(pl.col("net_sales_minor"), "active_users"),
        "arppu_minor": _per(pl.col("net_sales_minor"), "buyers"),
    }


def _per(money: pl.Expr, count: str) -> pl.Expr:
    """Money per head, exact: null where there is nobody."""
    quotient = money.cast(pl.Decimal(38, 4)) / pl.col(count).cast(pl.Decimal(38, 4))
    return pl.when(pl.col(count) > 0).then(quotient).cast(_RATIO)


def _ratio(count: str, whole: pl.Expr) -> pl.Expr:
    return pl.when(whole > 0).then(pl.col(count) / whole)
