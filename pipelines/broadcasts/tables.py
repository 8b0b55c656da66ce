"""The broadcasts' table, and the queries that it is computed from."""

import pandera.polars as pa
import polars as pl

from pipelines.activity.inputs import OF_SHOPS, money, net_orders, shoppers
from pipelines.activity.schemas import MOMENT
from pipelines.activity.sources import FROM_EVENTS
from pipelines.broadcasts import schemas
from pipelines.broadcasts.broadcast_day import CLICKS_WITHIN, SALES_WITHIN, broadcast_day
from pipelines.figures import Input, Reads, Table

# Delivery until the next day, clicks within three days, and effects for 72 hours after that.
_CLICK_DAYS = CLICKS_WITHIN.days
_AHEAD = _CLICK_DAYS + 4

_RECIPIENTS = Input(
    "recipients",
    shoppers(
        {
            "broadcast": pa.Column(pl.String, pa.Check.str_length(min_value=1)),
            "attempted_at": pa.Column(MOMENT),
            "delivered_at": pa.Column(MOMENT, nullable=True),
            "clicked_at": pa.Column(MOMENT, nullable=True),
        }
    ),
    lambda day: day.query(
        f"""
        SELECT e.shop_id AS shop_id, e.buyer_no AS buyer_no,
            trim(BOTH '"' FROM JSONExtractRaw(e.props, 'broadcast')) AS broadcast,
            minIf(e.occurred_at, e.event = 'broadcast_message_attempted') AS attempted_at,
            if(countIf(e.event = 'broadcast_message_delivered') > 0,
                minIf(e.occurred_at, e.event = 'broadcast_message_delivered'), NULL)
                AS delivered_at,
            if(countIf(e.event = 'broadcast_clicked') > 0,
                minIf(e.occurred_at, e.event = 'broadcast_clicked'), NULL) AS clicked_at
        {FROM_EVENTS}
        WHERE e.event IN ('broadcast_message_attempted', 'broadcast_message_delivered',
                'broadcast_clicked')
            AND e.occurred_at >= {{begin:DateTime64(3, 'UTC')}}
            AND e.occurred_at < {{end:DateTime64(3, 'UTC')}}
            AND e.occurred_at >= w.starts_at - INTERVAL 1 DAY
            AND e.occurred_at < w.ends_at + toIntervalDay({_CLICK_DAYS})
            AND NOT e.is_staff AND NOT e.is_test AND broadcast != ''
        GROUP BY shop_id, buyer_no, broadcast
        -- Tried again after midnight, it is still of the day before.
        HAVING countIf(e.event = 'broadcast_message_attempted') > 0
            AND attempted_at >= any(w.starts_at) AND attempted_at < any(w.ends_at)
        """,
        first=-1,
        last=_CLICK_DAYS,
    ),
)
_BLOCKS = Input(
    "blocks",
    shoppers({"at": pa.Column(MOMENT)}),
    lambda day: day.query(
        "SELECT shop_id, buyer_no, arrayJoin([first_at, last_at]) AS at FROM buyer_event_day "
        "WHERE event = 'bot_blocked' AND day BETWEEN {day:Date} AND {until:Date} "
        f"AND {OF_SHOPS}",
        last=2,
    ),
)
_ORDERS = Input(
    "orders",
    shoppers({"paid_at": pa.Column(MOMENT), "net_minor": money(least=None)}),
    lambda day: day.query(
        "SELECT shop_id, buyer_no, paid_at, net_minor "
        f"FROM ({net_orders('o.day BETWEEN {day:Date} AND {until:Date} AND ' + OF_SHOPS)})",
        last=_AHEAD,
    ),
)

BROADCAST_DAY = Table(
    name="broadcast_day",
    group="broadcasts",
    description="What the broadcasts sent that day did: delivered, clicked, bot blocked, bought. "
    "The days after count in: it is computed again until their effects are over.",
    grain="shop · day · broadcast · variant",
    schema=schemas.BROADCAST_DAY,
    reads=[
        Reads("events", -1, _CLICK_DAYS),
        Reads("buyer_event_day", 0, 2),
        Reads("order_day", 0, _AHEAD),
    ],
    inputs=[_RECIPIENTS, _BLOCKS, _ORDERS],
    compute=broadcast_day,
    freshness="1 h",
    ripens=[(CLICKS_WITHIN + SALES_WITHIN).days + 1],
)
TABLES = (BROADCAST_DAY,)
