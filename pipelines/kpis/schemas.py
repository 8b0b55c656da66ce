"""The columns of the frames of a shop's day; their descriptions are the metrics' formulas."""

from typing import Any

import pandera.polars as pa
import polars as pl

from core import sales
from core.events import BOT_STARTED, ORDER_LINE, ORDER_PAID
from pipelines.audience.schemas import AUDIENCE_DAY
from pipelines.kpis.schemas_money import CONVERSION_DAY, MONEY_DAY, PAYMENT_DAY
from pipelines.kpis.shop_day import EVENTS, REFUNDED
from pipelines.metrics import DAY, SHOP, metric, part, rule, same_metric

_MONEY_RATIO = pl.Decimal(38, 4)
_CURRENCY = pa.Check.str_matches(r"^[A-Z]{3}$")
_NOT_NEGATIVE = pa.Check.ge(0)
_ORDERING = (ORDER_LINE.name, ORDER_PAID.name, REFUNDED)


ACTIVITY = pa.DataFrameSchema(
    {
        "shop_id": pa.Column(pl.UInt32, pa.Check.gt(0)),
        "buyer_no": pa.Column(pl.UInt64),
        "event": pa.Column(pl.String, pa.Check.isin(sorted(EVENTS))),
        "currency": pa.Column(pl.String, pa.Check.str_matches(r"^([A-Z]{3})?$")),
        "events": pa.Column(pl.UInt64, pa.Check.gt(0)),
        "first_starts": pa.Column(pl.UInt64),
        "amount_minor": pa.Column(pl.Int64),
        "discount_minor": pa.Column(pl.Int64),
        "sales_minor": pa.Column(pl.Int64, _NOT_NEGATIVE),
        "base_discount_minor": pa.Column(pl.Int64, nullable=True),
        "base_sales_minor": pa.Column(pl.Int64, nullable=True),
        "quantity": pa.Column(pl.Int64, _NOT_NEGATIVE),
    },
    checks=[
        rule(
            ~pl.col("event").is_in(_ORDERING) | (pl.col("amount_minor") >= 0),
            "orders, their lines and refunds are not negative",
        ),
        rule(
            (pl.col("event") != ORDER_PAID.name) | (pl.col("discount_minor") >= 0),
            "a discount is not negative",
        ),
        rule(
            ~pl.col("event").is_in(_ORDERING) | (pl.col("currency") != ""),
            "money has a currency",
        ),
        rule(
            ~pl.col("event").is_in((*_ORDERING, BOT_STARTED.name)) | (pl.col("buyer_no") > 0),
            "starts and orders are somebody's",
        ),
    ],
    unique=["shop_id", "buyer_no", "event", "currency"],
    strict=True,
)


# The formulas are those of the tables that have the same figures in both variants.
_AUDIENCE, _MONEY = AUDIENCE_DAY.columns, MONEY_DAY.columns


def _sums(currency: str, *, nullable: bool) -> dict[str, pa.Column]:
    names = ("gross_sales_minor", "discounts_minor", "returns_minor", "net_sales_minor")
    note = f"minor units of {currency}"
    return {
        name: same_metric(_MONEY[name], pl.Int64, nullable=nullable, note=note) for name in names
    }


def _ratios_of_money(currency: str) -> dict[str, pa.Column]:
    without = {"aov_minor": "orders", "arpu_minor": "active users", "arppu_minor": "buyers"}
    return {
        name: same_metric(
            _MONEY[name],
            _MONEY_RATIO,
            nullable=True,
            note=f"minor units of {currency}; null without {nobody}",
        )
        for name, nobody in without.items()
    }


def _count(column: pa.Column, dtype: Any = pl.UInt32) -> pa.Column:
    return same_metric(column, dtype, nullable=False)


_BUYERS = metric(
    15,
    "users",
    ("Покупатели", "разные люди с оплаченным заказом за период"),
    ("Buyers", "distinct users with a paid order in the period"),
)
_PAID_ORDERS = _count(_MONEY["paid_orders"])
_UNITS = _count(_MONEY["units"], pl.UInt64)
_NET = rule(
    sales.net_sales(
        pl.col("gross_sales_minor"), pl.col("discounts_minor"), pl.col("returns_minor")
    ).eq_missing(pl.col("net_sales_minor")),
    "net sales = gross sales − discounts − returns",
)
_BUYERS_HAVE_ORDERS = rule(
    pl.col("buyers") <= pl.col("paid_orders"), "every buyer has a paid order"
)

SHOP_KPI_DAY = pa.DataFrameSchema(
    {
        "day": DAY,
        "shop_id": SHOP,
        "timezone": part(pl.String, "The shop's time zone, which makes the day"),
        "currency": part(pl.String, "The shop's own currency", _CURRENCY),
        "new_users": _count(_AUDIENCE["new_users"]),
        "starts": _count(_AUDIENCE["starts"]),
        "active_users": same_metric(
            _AUDIENCE["dau"],
            pl.UInt32,
            nullable=False,
            note="which is: start, message, button, inline, web app, pre-checkout, payment",
        ),
        "buyers": _BUYERS,
        "paid_orders": _PAID_ORDERS,
        "units": _UNITS,
        "payments_succeeded": part(pl.UInt32, "Payments that succeeded"),
        "payments_failed": part(pl.UInt32, "Payments that failed"),
        "payments_expired": part(pl.UInt32, "Payments that expired"),
        **_sums("the shop's currency, null if a rate of its parts is not known", nullable=True),
        **_ratios_of_money("the shop's currency"),
        "items_per_order": same_metric(_MONEY["items_per_order"], pl.Float64, nullable=True),
        "payment_success": same_metric(
            PAYMENT_DAY.columns["payment_success"], pl.Float64, nullable=True
        ),
        "buyer_conversion": same_metric(
            CONVERSION_DAY.columns["buyer_conversion"], pl.Float64, nullable=True
        ),
    },
    checks=[
        _NET,
        _BUYERS_HAVE_ORDERS,
        rule(pl.col("buyers") <= pl.col("active_users"), "buyers are active users"),
        rule(pl.col("new_users") <= pl.col("starts"), "every new user pressed Start"),
        rule(pl.col("new_users") <= pl.col("active_users"), "new users are active users"),
    ],
    unique=["day", "shop_id"],
    strict=True,
    ordered=True,
)

SHOP_MONEY_DAY = pa.DataFrameSchema(
    {
        "day": DAY,
        "shop_id": SHOP,
        "currency": part(pl.String, "The currency of the payment", _CURRENCY),
        "buyers": _BUYERS,
        "paid_orders": _PAID_ORDERS,
        "units": _UNITS,
        **_sums("the row's currency", nullable=False),
        "paid_total_minor": part(
            pl.Int64,
            "Σ totals of orders paid, as charged, minor units: what PostgreSQL's orders add up to",
        ),
        **_ratios_of_money("the row's currency"),
    },
    checks=[_NET, _BUYERS_HAVE_ORDERS],
    unique=["day", "shop_id", "currency"],
    strict=True,
    ordered=True,
)
