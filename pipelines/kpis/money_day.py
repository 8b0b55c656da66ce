"""Money of a day in the shop's own currency (21 to 33, 35), payments (19) and wallets (34)."""

from datetime import date

import polars as pl

from core import sales
from core.events import PAYMENT_FAILED, PAYMENT_SUCCEEDED
from pipelines.kpis.people import active_and_buying
from pipelines.metrics import known_sum, per_head, ratio

WALLET = "wallet"  # paid from, or refunded to, the shopper's balance with the shop: no cash moves
_EXPIRED = "payment_expired"
_REFUNDED = "refund_completed"
_OF_TOTAL = (
    *("net_sales_minor", "tax_minor", "shipping_minor"),
    *("returned_tax_minor", "returned_shipping_minor"),
)
_ENTRIES = {
    "top_ups_minor": "top_up",
    "purchases_minor": "purchase",
    "refunds_minor": "refund",
    "rewards_minor": "reward",
    "payouts_minor": "payout",
}


def money_day(
    *,
    shops: pl.DataFrame,
    day: date,
    today: pl.DataFrame,
    orders: pl.DataFrame,
    paid: pl.DataFrame,
) -> pl.DataFrame:
    """One row a shop, including shops without activity. A sum is null if the exchange rate of one
    of its parts is missing.

    `orders` is what happened to orders that day, including refunds of older ones; `paid` are the
    orders paid that day with what was refunded of them since, on whatever day.
    """
    rows = shops.select("shop_id")
    people = active_and_buying(today, orders.filter(pl.col("orders") > 0))
    for part in (_sales(orders), _cash(today), people, _refunded(paid)):
        rows = with_figures(rows, part)
    sold = (pl.col("gross_sales_minor"), pl.col("discounts_minor"))
    charged = sales.charged(*sold)
    return (
        rows.with_columns(net_sales_minor=sales.net_sales(*sold, pl.col("returns_minor")))
        .with_columns(
            total_sales_minor=sales.total_sales(*(pl.col(name) for name in _OF_TOTAL)),
            cash_collected_minor=pl.col("cash_in_minor") - pl.col("cash_back_minor"),
            gross_margin_minor=pl.col("net_sales_minor") - pl.col("cost_minor"),
        )
        .with_columns(
            pl.lit(day).alias("day"),
            margin_after_fees_minor=pl.col("gross_margin_minor") - pl.col("fees_minor"),
            aov_minor=per_head(charged, "paid_orders"),
            items_per_order=ratio("units", "paid_orders"),
            refund_rate=ratio("refunded_minor", "charged_minor"),
            arpu_minor=per_head("net_sales_minor", "active_users"),
            arppu_minor=per_head("net_sales_minor", "buyers"),
            paying_share=ratio("buyers", "active_users"),
            gross_margin=ratio("gross_margin_minor", "net_sales_minor"),
        )
    )


def with_figures(rows: pl.DataFrame, part: pl.DataFrame) -> pl.DataFrame:
    """The rows with the part's columns: 0 for a shop without a row, null where its row has a null.

    A shop without events has sold nothing; a null in its row is an unknown sum.
    """
    names = [name for name in part.columns if name != "shop_id"]
    joined = rows.join(part.with_columns(is_there=True), on="shop_id", how="left")
    there = pl.when(pl.col("is_there"))
    return joined.with_columns(
        there.then(pl.col(name)).otherwise(pl.lit(0)).alias(name) for name in names
    ).drop("is_there")


def _sales(orders: pl.DataFrame) -> pl.DataFrame:
    return orders.group_by("shop_id").agg(
        paid_orders=pl.col("orders").sum(),
        units=pl.col("units").sum(),
        gross_sales_minor=known_sum("gross_minor"),
        discounts_minor=known_sum("discount_minor"),
        returns_minor=known_sum("returns_minor"),
        tax_minor=known_sum("tax_minor"),
        shipping_minor=known_sum("shipping_minor"),
        returned_tax_minor=known_sum("returned_tax_minor"),
        returned_shipping_minor=known_sum("returned_shipping_minor"),
        cost_minor=known_sum("cost_minor"),
    )


def _cash(today: pl.DataFrame) -> pl.DataFrame:
    """Money received from and paid back to people by outside providers, including top-ups."""
    is_outside = pl.col("kind") != WALLET
    came = (pl.col("event") == PAYMENT_SUCCEEDED.name) & is_outside
    went = (pl.col("event") == _REFUNDED) & is_outside
    moved = today.filter(pl.col("event").is_in([PAYMENT_SUCCEEDED.name, _REFUNDED]))
    return moved.group_by("shop_id").agg(
        cash_in_minor=known_sum(pl.col("base_minor").filter(came)),
        cash_back_minor=known_sum(pl.col("base_minor").filter(went)),
        fees_minor=known_sum(pl.col("base_fee_minor").filter(came)),
    )


def _refunded(paid: pl.DataFrame) -> pl.DataFrame:
    """Of orders paid that day: what was charged, and what was refunded since."""
    return paid.group_by("shop_id").agg(
        charged_minor=known_sum("charged_minor"), refunded_minor=known_sum("refunded_minor")
    )


def payment_day(*, shops: pl.DataFrame, day: date, today: pl.DataFrame) -> pl.DataFrame:
    """One row for each shop and provider with a payment that succeeded or failed that day."""
    ended = today.filter(
        pl.col("event").is_in([PAYMENT_SUCCEEDED.name, PAYMENT_FAILED.name, _EXPIRED])
    )

    def count(event: str) -> pl.Expr:
        return pl.col("events").filter(pl.col("event") == event).sum()

    return (
        ended.join(shops.select("shop_id"), on="shop_id")
        .group_by("shop_id", provider="kind")
        .agg(
            succeeded=count(PAYMENT_SUCCEEDED.name),
            failed=count(PAYMENT_FAILED.name),
            expired=count(_EXPIRED),
            fees_minor=known_sum("base_fee_minor"),
        )
        .with_columns(
            pl.lit(day).alias("day"),
            payment_success=ratio(
                "succeeded", pl.col("succeeded") + pl.col("failed") + pl.col("expired")
            ),
        )
    )


def wallet_day(
    *, shops: pl.DataFrame, day: date, today: pl.DataFrame, balances: pl.DataFrame
) -> pl.DataFrame:
    """One row a shop and currency with a wallet balance or movement; in native currency.

    `balances` is Σ entries of each wallet before the day: by shop and currency, `opening_minor`.
    Balances are owed to shoppers: a top-up is no sale.
    """
    entries = today.filter(pl.col("event") == "wallet_entry_posted")
    keys = ["shop_id", "currency"]
    moved = entries.group_by(keys).agg(
        change_minor=pl.col("amount_minor").sum(),
        **{
            name: pl.col("amount_minor").filter(pl.col("kind") == kind).sum()
            for name, kind in _ENTRIES.items()
        },
    )
    rows = moved.join(balances, on=keys, how="full", coalesce=True)
    return (
        rows.join(shops.select("shop_id"), on="shop_id")
        .with_columns(pl.all().exclude(keys).fill_null(0))
        .with_columns(
            pl.lit(day).alias("day"),
            liability_minor=pl.col("opening_minor") + pl.col("change_minor"),
        )
    )
