"""The sources' tables, and the queries that they are computed from."""

import pandera.polars as pa
import polars as pl

from core.exchange import in_base
from pipelines.activity.inputs import (
    FIRST_PURCHASES,
    OF_SHOPS,
    PAID,
    READS_PURCHASES,
    TODAY,
    shoppers,
)
from pipelines.activity.schemas import MOMENT
from pipelines.activity.sources import FROM_EVENTS, IN_DAY
from pipelines.figures import Input, Reads, Table
from pipelines.sources import schemas
from pipelines.sources.attribution import LOOKBACK, referral_day, source_day

# A cost is searched for among the events of a month before its day and of two days after it.
_COST_BEFORE, _COST_AFTER = 31, 62

_BUYERS = f"""
    SELECT shop_id, buyer_no FROM order_day WHERE day = {{day:Date}} AND orders > 0 AND {OF_SHOPS}
"""
# Of the days before, only the last start with a link matters; of the day itself each one, because
# an order may be between any two.
_STARTS = Input(
    "starts",
    shoppers({"source_id": pa.Column(pl.UInt32), "at": pa.Column(MOMENT)}),
    lambda day: day.query(
        f"""
        SELECT shop_id, buyer_no, toUInt32(kind) AS source_id, last_at AS at
        FROM buyer_event_day
        WHERE event = 'bot_started' AND day BETWEEN {{since:Date}} AND {{day:Date}} - 1
            AND (shop_id, buyer_no) IN ({_BUYERS})
        UNION ALL
        SELECT e.shop_id AS shop_id, e.buyer_no AS buyer_no,
            toUInt32(if(JSONExtractBool(e.props, 'is_direct'), 0, e.last_source_id)) AS source_id,
            e.occurred_at AS at
        {FROM_EVENTS}
        WHERE {IN_DAY} AND e.event = 'bot_started' AND (e.shop_id, e.buyer_no) IN ({_BUYERS})
        """,
        first=-LOOKBACK.days - 1,
    ),
)
_COSTS = Input(
    "costs",
    pa.DataFrameSchema(
        {
            "shop_id": pa.Column(pl.UInt32),
            "source_id": pa.Column(pl.UInt32),
            "cost_minor": pa.Column(pl.Int64, pa.Check.ge(0), nullable=True),
        },
        unique=["shop_id", "source_id"],
        strict=True,
    ),
    lambda day: day.query(
        f"""
        SELECT e.shop_id AS shop_id, toUInt32(JSONExtractUInt(e.props, 'source')) AS source_id,
            if(countIf(isNull({in_base("e.amount_minor")})) = 0,
                sum({in_base("e.amount_minor")}), NULL) AS cost_minor
        {FROM_EVENTS}
        WHERE e.event = 'ad_cost_recorded' AND NOT e.is_test
            AND e.occurred_at >= {{begin:DateTime64(3, 'UTC')}}
            AND e.occurred_at < {{end:DateTime64(3, 'UTC')}}
            AND if(JSONExtractString(e.props, 'day') = '',
                e.occurred_at >= w.starts_at AND e.occurred_at < w.ends_at,
                JSONExtractString(e.props, 'day') = toString({{day:Date}}))
        GROUP BY shop_id, source_id
        """,
        first=-_COST_BEFORE,
        last=_COST_AFTER,
    ),
)
# A changed day affects earlier and later days only through costs that name these.
_NAMED_BY_COSTS = """
SELECT DISTINCT assumeNotNull(named) AS day
FROM (
    SELECT toDateOrNull(JSONExtractString(props, 'day')) AS named FROM events
    WHERE event = 'ad_cost_recorded' AND shop_id IN {shops:Array(UInt32)}
        AND occurred_at >= {day:Date} - INTERVAL 1 DAY
        AND occurred_at < {day:Date} + INTERVAL 2 DAY
)
WHERE named IS NOT NULL
"""

_REFERRED = Input(
    "referred",
    shoppers({}),
    lambda day: day.query(
        "SELECT DISTINCT shop_id, buyer_no FROM buyer_event_day "
        "WHERE event = 'referral_registered' AND day BETWEEN {since:Date} AND {until:Date} "
        f"AND buyer_no > 0 AND {OF_SHOPS}",
        first=-1,
        last=1,
    ),
)

SOURCE_DAY = Table(
    name="source_day",
    group="sources",
    description="What each start link brought and cost, by first, last and last significant "
    "touch. Refunds are netted back to the day's orders. Money is in the shop's own currency.",
    grain="shop · day · touch · source · variant",
    schema=schemas.SOURCE_DAY,
    reads=[
        Reads("events", -_COST_AFTER, _COST_BEFORE, _NAMED_BY_COSTS),
        Reads("buyer_event_day", None),
        READS_PURCHASES,
    ],
    inputs=[TODAY, PAID, _STARTS, FIRST_PURCHASES, _COSTS],
    compute=source_day,
)
REFERRAL_DAY = Table(
    name="referral_day",
    group="sources",
    description="New users whom other shoppers brought, and what that was rewarded with.",
    grain="shop · day · variant",
    schema=schemas.REFERRAL_DAY,
    reads=[Reads("buyer_event_day", -1, 1)],
    inputs=[TODAY, _REFERRED],
    compute=referral_day,
)
TABLES = (SOURCE_DAY, REFERRAL_DAY)
