"""What the frames of a shop's day must hold; descriptions of columns are the metrics' formulas."""

import dagster as dg
import pandera.polars as pa
import polars as pl

from core.events import BOT_STARTED, ORDER_LINE, ORDER_PAID
from pipelines.kpis.shop_day import EVENTS, REFUNDED

_MONEY_RATIO = pl.Decimal(18, 4)
_CURRENCY = pa.Check.str_matches(r"^[A-Z]{3}$")
_NOT_NEGATIVE = pa.Check.ge(0)
_ORDERING = (ORDER_LINE.name, ORDER_PAID.name, REFUNDED)


def _rule(condition: pl.Expr, error: str) -> pa.Check:
    return pa.Check(lambda data: data.lazyframe.select(condition), error=error)


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
        "base_minor": pa.Column(pl.Int64, nullable=True),
        "base_discount_minor": pa.Column(pl.Int64, nullable=True),
        "quantity": pa.Column(pl.Int64, _NOT_NEGATIVE),
    },
    checks=[
        _rule(
            ~pl.col("event").is_in(_ORDERING) | (pl.col("amount_minor") >= 0),
            "orders, their lines and refunds are not negative",
        ),
        _rule(
            (pl.col("event") != ORDER_PAID.name) | (pl.col("discount_minor") >= 0),
            "a discount is not negative",
        ),
        _rule(
            ~pl.col("event").is_in(_ORDERING) | (pl.col("currency") != ""),
            "money has a currency",
        ),
        _rule(
            ~pl.col("event").is_in((*_ORDERING, BOT_STARTED.name)) | (pl.col("buyer_no") > 0),
            "starts and orders are somebody's",
        ),
    ],
    unique=["shop_id", "buyer_no", "event", "currency"],
    strict=True,
)


def _count(description: str) -> pa.Column:
    return pa.Column(pl.UInt32, description=description)


def _money(description: str, *, nullable: bool, checks: pa.Check | None = None) -> pa.Column:
    return pa.Column(pl.Int64, checks, nullable=nullable, description=description)


def _money_ratio(description: str) -> pa.Column:
    return pa.Column(_MONEY_RATIO, nullable=True, description=description)


def _ratio(description: str, *, most: float | None = None) -> pa.Column:
    checks = [_NOT_NEGATIVE] + ([pa.Check.le(most)] if most is not None else [])
    return pa.Column(pl.Float64, checks, nullable=True, description=description)


def _sums(currency: str, *, nullable: bool) -> dict[str, pa.Column]:
    unit = f"minor units of {currency}"
    return {
        "gross_sales_minor": _money(
            f"21 Gross sales = Σ unit price × quantity over the lines of orders paid, {unit}",
            nullable=nullable,
            checks=_NOT_NEGATIVE,
        ),
        "discounts_minor": _money(
            f"22 Discounts = Σ discounts of orders paid, {unit}",
            nullable=nullable,
            checks=_NOT_NEGATIVE,
        ),
        "returns_minor": _money(
            f"23 Returns = Σ refunds completed that day, whenever the order was paid, {unit}",
            nullable=nullable,
            checks=_NOT_NEGATIVE,
        ),
        "net_sales_minor": _money(
            f"24 Net sales = gross sales − discounts − returns, {unit}", nullable=nullable
        ),
    }


def _ratios_of_money(currency: str) -> dict[str, pa.Column]:
    unit = f"minor units of {currency}; null without"
    return {
        "aov_minor": _money_ratio(
            f"28 Average order value = (gross sales − discounts) ÷ paid orders, {unit} orders"
        ),
        "arpu_minor": _money_ratio(f"31 ARPU = net sales ÷ active users, {unit} active users"),
        "arppu_minor": _money_ratio(f"32 ARPPU = net sales ÷ buyers, {unit} buyers"),
    }


_DAY = pa.Column(pl.Date, description="The calendar day in the shop's time zone")
_SHOP = pa.Column(pl.UInt32, pa.Check.gt(0), description="The shop")
_BUYERS = _count("Distinct shoppers with a paid order")
_PAID_ORDERS = _count("27 Paid orders")
_UNITS = pa.Column(pl.UInt64, description="27 Units in paid orders")
_NET = _rule(
    (pl.col("gross_sales_minor") - pl.col("discounts_minor") - pl.col("returns_minor")).eq_missing(
        pl.col("net_sales_minor")
    ),
    "net sales = gross sales − discounts − returns",
)
_BUYERS_HAVE_ORDERS = _rule(
    pl.col("buyers") <= pl.col("paid_orders"), "every buyer has a paid order"
)

SHOP_KPI_DAY = pa.DataFrameSchema(
    {
        "day": _DAY,
        "shop_id": _SHOP,
        "timezone": pa.Column(pl.String, description="The shop's time zone, which makes the day"),
        "currency": pa.Column(pl.String, _CURRENCY, description="The shop's own currency"),
        "new_users": _count("1 New users: distinct users whose first start ever is that day"),
        "starts": _count("2 Starts: how often Start was pressed"),
        "active_users": _count(
            "3 DAU: distinct users who did something: start, message, button, inline, web app, "
            "pre-checkout, payment"
        ),
        "buyers": _BUYERS,
        "paid_orders": _PAID_ORDERS,
        "units": _UNITS,
        "payments_succeeded": _count("Payments that succeeded"),
        "payments_failed": _count("Payments that failed"),
        "payments_expired": _count("Payments that expired"),
        **_sums("the shop's currency, null without a rate", nullable=True),
        **_ratios_of_money("the shop's currency"),
        "items_per_order": _ratio("29 Items an order = units ÷ paid orders"),
        "payment_success": _ratio(
            "19 Payment success = succeeded ÷ (succeeded + failed + expired)", most=1
        ),
        "buyer_conversion": _ratio("15 Buyer conversion = buyers ÷ active users", most=1),
    },
    checks=[
        _NET,
        _BUYERS_HAVE_ORDERS,
        _rule(pl.col("buyers") <= pl.col("active_users"), "buyers are active users"),
        _rule(pl.col("new_users") <= pl.col("starts"), "every new user pressed Start"),
        _rule(pl.col("new_users") <= pl.col("active_users"), "new users are active users"),
    ],
    unique=["day", "shop_id"],
    strict=True,
    ordered=True,
)

SHOP_MONEY_DAY = pa.DataFrameSchema(
    {
        "day": _DAY,
        "shop_id": _SHOP,
        "currency": pa.Column(pl.String, _CURRENCY, description="The currency of the payment"),
        "buyers": _BUYERS,
        "paid_orders": _PAID_ORDERS,
        "units": _UNITS,
        **_sums("the row's currency", nullable=False),
        "paid_total_minor": _money(
            "Σ totals of orders paid, as charged, minor units: what PostgreSQL's orders add up to",
            nullable=False,
            checks=_NOT_NEGATIVE,
        ),
        **_ratios_of_money("the row's currency"),
    },
    checks=[_NET, _BUYERS_HAVE_ORDERS],
    unique=["day", "shop_id", "currency"],
    strict=True,
    ordered=True,
)


def columns(schema: pa.DataFrameSchema) -> dg.TableSchema:
    """The schema as Dagster's page shows it, formulas included."""
    return dg.TableSchema(
        [
            dg.TableColumn(
                name,
                str(column.dtype),
                column.description,
                dg.TableColumnConstraints(nullable=column.nullable),
            )
            for name, column in schema.columns.items()
        ]
    )
