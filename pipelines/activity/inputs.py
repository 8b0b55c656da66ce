"""Queries over the folded days that several domains share."""

import pandera.polars as pa
import polars as pl

from pipelines.activity.schemas import MOMENT
from pipelines.figures import Day, Input, Reads

OF_SHOPS = "shop_id IN (SELECT shop_id FROM windows)"
_SHOPPER = {
    "shop_id": pa.Column(pl.UInt32, pa.Check.gt(0)),
    "buyer_no": pa.Column(pl.UInt64),
}


def shoppers(columns: dict[str, pa.Column]) -> pa.DataFrameSchema:
    """The schema of an input with a row a shopper: `shop_id`, `buyer_no` and more."""
    return pa.DataFrameSchema({**_SHOPPER, **columns}, strict=True)


def money(*, least: int | None = 0) -> pa.Column:
    """Minor units of the shop's currency; null if an exchange rate is missing."""
    return pa.Column(pl.Int64, [] if least is None else [pa.Check.ge(least)], nullable=True)


# One row a shopper, event, kind and currency of the day.
TODAY = Input(
    "today",
    shoppers(
        {
            "event": pa.Column(pl.String),
            "kind": pa.Column(pl.String),
            "currency": pa.Column(pl.String),
            "events": pa.Column(pl.UInt64, pa.Check.gt(0)),
            "first_starts": pa.Column(pl.UInt64),
            "first_at": pa.Column(MOMENT),
            "last_at": pa.Column(MOMENT),
            "amount_minor": pa.Column(pl.Int64),
            "base_minor": money(least=None),
            "base_fee_minor": money(),
            "quantity": pa.Column(pl.Int64),
            "first_source_id": pa.Column(pl.UInt32),
        }
    ),
    lambda day: day.query(
        "SELECT shop_id, buyer_no, event, kind, currency, events, first_starts, first_at, last_at, "
        "amount_minor, base_minor, base_fee_minor, quantity, first_source_id "
        f"FROM buyer_event_day WHERE day = {{day:Date}} AND {OF_SHOPS}"
    ),
)
READS_TODAY = Reads("buyer_event_day")

# One row for each order with an event that day.
ORDERS = Input(
    "orders",
    shoppers(
        {
            "order_id": pa.Column(pl.UInt64),
            "orders": pa.Column(pl.UInt64),
            "units": pa.Column(pl.Int64),
            "lines": pa.Column(pl.UInt64),
            "gross_minor": money(),
            "discount_minor": money(),
            "tax_minor": money(),
            "shipping_minor": money(),
            "cost_minor": money(),
            "returns_minor": money(),
            "returned_tax_minor": money(),
            "returned_shipping_minor": money(),
        }
    ),
    lambda day: day.query(
        "SELECT shop_id, buyer_no, order_id, orders, units, lines, gross_minor, discount_minor, "
        "tax_minor, shipping_minor, cost_minor, returns_minor, returned_tax_minor, "
        "returned_shipping_minor "
        f"FROM order_day WHERE day = {{day:Date}} AND {OF_SHOPS}"
    ),
)
READS_ORDERS = Reads("order_day")

# How long refunds are netted back to their order: a year.
REFUND_DAYS = 365

_PAID = f"""
SELECT o.shop_id AS shop_id, o.buyer_no AS buyer_no, o.order_id AS order_id,
    assumeNotNull(o.paid_at) AS paid_at, o.gross_minor - o.discount_minor AS charged_minor,
    o.first_source_id AS first_source_id,
    if(r.unknown > 0, NULL, toNullable(toInt64(coalesce(r.refunded, 0)))) AS refunded_minor
FROM (
    SELECT * FROM order_day
    WHERE day = {{day:Date}} AND orders > 0 AND {OF_SHOPS}
) AS o
LEFT JOIN (
    SELECT shop_id, order_id, sum(returns_minor) AS refunded,
        countIf(isNull(returns_minor)) AS unknown
    FROM order_day
    WHERE day BETWEEN {{since:Date}} AND {{until:Date}} AND order_id != 0
        AND (returns_minor > 0 OR isNull(returns_minor))
        AND (shop_id, order_id) IN (
            SELECT shop_id, order_id FROM order_day WHERE day = {{day:Date}} AND orders > 0
        )
    GROUP BY shop_id, order_id
) AS r ON r.shop_id = o.shop_id AND r.order_id = o.order_id
"""


def _paid(day: Day) -> pl.DataFrame:
    return day.query(_PAID, last=REFUND_DAYS)


# One row for each order paid that day, with what was refunded of it since, on whatever day.
PAID = Input(
    "paid",
    shoppers(
        {
            "order_id": pa.Column(pl.UInt64),
            "paid_at": pa.Column(MOMENT),
            "charged_minor": money(least=None),
            "first_source_id": pa.Column(pl.UInt32),
            "refunded_minor": money(),
        }
    ),
    _paid,
)
# A refund counts for the day of its order; no other event changes an earlier day's figures.
REFUNDED = """
SELECT DISTINCT day FROM order_day
WHERE day < {day:Date} AND orders > 0 AND shop_id IN {shops:Array(UInt32)}
    AND (shop_id, order_id) IN (
        SELECT shop_id, order_id FROM order_day
        WHERE day = {day:Date} AND shop_id IN {shops:Array(UInt32)} AND orders = 0 AND order_id > 0
    )
"""
READS_PAID = Reads("order_day", 0, REFUND_DAYS, REFUNDED)
# Whether somebody bought before depends on all days before.
READS_PURCHASES = Reads("order_day", None, REFUND_DAYS, REFUNDED)


def net_orders(days: str) -> str:
    """SQL of the orders paid in those days, with their net value: refunds of those days netted
    back.

    One row an order: `shop_id`, `buyer_no`, `paid_at`, `paid_on` (the day), `times`, `net_minor`.
    For a shop without order numbers, an order is everything that its buyer paid on the day.
    """
    net = "o.gross_minor - o.discount_minor - o.returns_minor"
    return f"""
        SELECT o.shop_id AS shop_id, minIf(o.buyer_no, o.orders > 0) AS buyer_no,
            minIf(o.day, o.orders > 0) AS paid_on, assumeNotNull(min(o.paid_at)) AS paid_at,
            sum(o.orders) AS times,
            if(countIf(isNull({net})) = 0, sum({net}), NULL) AS net_minor
        FROM order_day AS o
        WHERE {days}
        GROUP BY o.shop_id, o.order_id,
            if(o.order_id = 0, o.buyer_no, 0), if(o.order_id = 0, o.day, NULL)
        HAVING sum(o.orders) > 0
    """


# Shoppers who paid for the first time that day, and when they first came: null if unknown.
FIRST_PURCHASES = Input(
    "first_purchases",
    shoppers(
        {"paid_at": pa.Column(MOMENT), "started_at": pa.Column(MOMENT, nullable=True)},
    ),
    lambda day: day.query(
        f"""
        SELECT p.shop_id AS shop_id, p.buyer_no AS buyer_no, p.paid_at AS paid_at,
            if(s.starts > 0, toNullable(s.started_at), NULL) AS started_at
        FROM (
            SELECT shop_id, buyer_no, min(paid_at) AS paid_at FROM (
                SELECT shop_id, buyer_no, assumeNotNull(paid_at) AS paid_at FROM order_day
                WHERE day = {{day:Date}} AND orders > 0 AND {OF_SHOPS}
            )
            WHERE (shop_id, buyer_no) NOT IN (
                SELECT shop_id, buyer_no FROM order_day WHERE day < {{day:Date}} AND orders > 0
                AND (shop_id, buyer_no) IN (
                    SELECT shop_id, buyer_no FROM order_day WHERE day = {{day:Date}} AND orders > 0
                )
            )
            GROUP BY shop_id, buyer_no
        ) AS p
        LEFT JOIN (
            SELECT shop_id, buyer_no, count() AS starts, min(first_at) AS started_at
            FROM buyer_event_day
            WHERE event = 'bot_started' AND first_starts > 0 AND day <= {{day:Date}}
                AND (shop_id, buyer_no) IN (
                    SELECT shop_id, buyer_no FROM order_day WHERE day = {{day:Date}} AND orders > 0
                )
            GROUP BY shop_id, buyer_no
        ) AS s ON s.shop_id = p.shop_id AND s.buyer_no = p.buyer_no
        """
    ),
)
