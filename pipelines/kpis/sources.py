"""The source of a shop's day: its events, folded by ClickHouse."""

import polars as pl

from core import sales
from core.exchange import exponents, in_base, known_total
from pipelines.activity.sources import LINED
from pipelines.clickhouse import ClickHouse
from pipelines.kpis.shop_day import EVENTS, MERE_ACTIVITY, WAS_THERE
from pipelines.shops import bounds, windows

_IN_DAY = """
FROM events AS e
INNER JOIN windows AS w ON w.shop_id = e.shop_id
WHERE e.occurred_at >= {begin:DateTime64(3, 'UTC')}
    AND e.occurred_at < {end:DateTime64(3, 'UTC')}
    AND e.occurred_at >= w.starts_at
    AND e.occurred_at < w.ends_at
    AND e.event IN {events:Array(String)}
    AND NOT e.is_staff
    AND NOT e.is_test
"""
# ClickHouse folds the events where they are stored: a shopper's hundred button presses become one
# row, so the data read grows with the shoppers of the day and not with their events. Nothing that a
# figure needs is lost: distinct shoppers stay distinct, the rest are sums. The outer bounds let it
# skip partitions and granules; the join gives each shop its own day.
_SALES = (
    f"multiIf({sales.is_sold('is_lined')}, {sales.SOLD}, {sales.REFUND}, {sales.RETURNED}, "
    "toInt64(0))"
)
_SELLS = f"({sales.is_sold('is_lined')} OR {sales.REFUND})"
_FOLD = f"""
WITH {LINED} AS is_lined
SELECT
    e.shop_id AS shop_id,
    e.buyer_no AS buyer_no,
    e.event AS event,
    e.currency AS currency,
    count() AS events,
    countIf(e.event = 'bot_started' AND JSONExtractBool(e.props, 'is_first')) AS first_starts,
    sum(e.amount_minor) AS amount_minor,
    sum({sales.DISCOUNT}) AS discount_minor,
    sum({_SALES}) AS sales_minor,
    -- null if the rate of one of them is not known
    {known_total(in_base(sales.DISCOUNT))} AS base_discount_minor,
    {known_total(in_base(_SALES), _SELLS)} AS base_sales_minor,
    sum(toInt64(e.quantity)) AS quantity
{_IN_DAY}
GROUP BY shop_id, buyer_no, event, currency
"""
# Most events only show that somebody was active: keys of a few bytes and no sums.
_PEOPLE = f"""
SELECT e.shop_id AS shop_id, e.buyer_no AS buyer_no, count() AS events
{_IN_DAY}
GROUP BY shop_id, buyer_no
"""
_SUMS = (
    *("amount_minor", "discount_minor", "sales_minor"),
    *("base_discount_minor", "base_sales_minor", "quantity", "first_starts"),
)


def read_activity(clickhouse: ClickHouse, shops: pl.DataFrame) -> pl.DataFrame:
    """What shoppers did in their shop's day: the frame that `schemas.ACTIVITY` describes."""
    parameters = bounds(shops) | exponents()
    days = windows(shops)
    sums = clickhouse.read(_FOLD, parameters | {"events": sorted(EVENTS - {WAS_THERE})}, days)
    there = clickhouse.read(_PEOPLE, parameters | {"events": sorted(MERE_ACTIVITY)}, days)
    zeros = (pl.lit(0, sums.schema[name]).alias(name) for name in _SUMS)
    people = there.with_columns(
        pl.lit(WAS_THERE).alias("event"), pl.lit("").alias("currency"), *zeros
    )
    return pl.concat([sums, people.select(sums.columns)])
