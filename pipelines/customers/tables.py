"""The customers' tables, and the queries that they are computed from."""

import pandera.polars as pa
import polars as pl

from pipelines.activity.inputs import OF_SHOPS, PAID, READS_PURCHASES, money, net_orders, shoppers
from pipelines.customers import schemas
from pipelines.customers.customer_day import CHURN_MOST_DAYS, YEAR_DAYS, customer_day
from pipelines.customers.rfm import rfm_day
from pipelines.figures import Input, Reads, Table

_BEFORE = Input(
    "before",
    shoppers({}),
    lambda day: day.query(
        f"""
        SELECT DISTINCT shop_id, buyer_no FROM order_day
        WHERE day < {{day:Date}} AND orders > 0 AND (shop_id, buyer_no) IN (
            SELECT shop_id, buyer_no FROM order_day
            WHERE day = {{day:Date}} AND orders > 0 AND {OF_SHOPS}
        )
        """
    ),
)
# Aggregated to one row a buyer in ClickHouse; refunds are netted back to their order.
_YEAR = Input(
    "year",
    shoppers(
        {
            "orders": pa.Column(pl.UInt64, pa.Check.gt(0)),
            "net_minor": money(least=None),
            "last_day": pa.Column(pl.Date),
            "last_before": pa.Column(pl.Date, nullable=True),
            "gaps": pa.Column(pl.List(pl.Int64)),
        }
    ),
    lambda day: day.query(
        f"""
        SELECT shop_id, buyer_no, sum(times) AS orders,
            if(countIf(isNull(n.net_minor)) = 0, sum(n.net_minor), NULL) AS net_minor,
            max(paid_on) AS last_day,
            if(countIf(paid_on < {{day:Date}}) > 0,
                toNullable(maxIf(paid_on, paid_on < {{day:Date}})), NULL) AS last_before,
            -- Days from each day with an order to the next.
            arrayMap(gap -> toInt64(gap), arraySlice(arrayDifference(
                arrayMap(paid -> toInt32(paid), arraySort(groupUniqArray(paid_on)))), 2)) AS gaps
        FROM ({net_orders("o.day BETWEEN {since:Date} AND {day:Date} AND " + OF_SHOPS)}) AS n
        GROUP BY shop_id, buyer_no
        """,
        first=1 - YEAR_DAYS,
    ),
)
# Buyers who have been inactive for at most the longest churn time of a slow shop.
_LONG_SILENT = Input(
    "long_silent",
    shoppers({"last_before": pa.Column(pl.Date)}),
    lambda day: day.query(
        f"""
        SELECT shop_id, buyer_no, max(day) AS last_before FROM order_day
        WHERE day BETWEEN {{since:Date}} AND {{until:Date}} AND orders > 0 AND {OF_SHOPS}
        GROUP BY shop_id, buyer_no
        HAVING last_before < {{day:Date}} - {YEAR_DAYS - 1}
        """,
        first=-CHURN_MOST_DAYS - 1,
        last=-1,
    ),
)
_READS_YEAR = Reads("order_day", 1 - YEAR_DAYS, 0)

CUSTOMER_DAY = Table(
    name="customer_day",
    group="customers",
    description="Buyers of the year that ends with the day: who returns, who repeats, who is "
    "lost. Money is in the shop's own currency.",
    grain="shop · day · variant",
    schema=schemas.CUSTOMER_DAY,
    reads=[READS_PURCHASES],
    inputs=[PAID, _BEFORE, _YEAR, _LONG_SILENT],
    compute=customer_day,
)
RFM_DAY = Table(
    name="rfm_day",
    group="customers",
    description="Every buyer of the last year with recency, frequency and money, in quintiles "
    "within the shop, and the segment. Kept for 40 days.",
    grain="shop · day · shopper · variant",
    schema=schemas.RFM_DAY,
    reads=[_READS_YEAR],
    inputs=[_YEAR],
    compute=rfm_day,
    freshness="1 d",
)
TABLES = (CUSTOMER_DAY, RFM_DAY)
