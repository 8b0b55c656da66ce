"""The service's tables, and the queries that they are computed from."""

from datetime import datetime

import pandera.polars as pa
import polars as pl

from core.postgres import Connection
from pipelines.activity.inputs import OF_SHOPS, READS_ORDERS, READS_TODAY, shoppers
from pipelines.activity.schemas import MOMENT
from pipelines.activity.sources import FROM_EVENTS
from pipelines.figures import Day, Input, Reads, Table
from pipelines.service import schemas
from pipelines.service.service_hour import health_day, service_hour
from pipelines.variants import FLAGGED

_IN_WINDOW = """
    e.occurred_at >= {begin:DateTime64(3, 'UTC')} AND e.occurred_at < {end:DateTime64(3, 'UTC')}
    AND e.occurred_at >= w.starts_at AND e.occurred_at < w.ends_at
"""
_BOT_HOUR = {
    "shop_id": pa.Column(pl.UInt32, pa.Check.gt(0)),
    "bot_id": pa.Column(pl.UInt64),
    "hour": pa.Column(MOMENT),
}
_COUNT = pa.Column(pl.UInt64)
_LATENCY = pa.Column(pl.Float64, pa.Check.ge(0), nullable=True)

_HANDLED = Input(
    "handled",
    pa.DataFrameSchema(
        {
            **_BOT_HOUR,
            "updates": _COUNT,
            "errors": _COUNT,
            "reply_p50_us": _LATENCY,
            "reply_p95_us": _LATENCY,
            "reply_p99_us": _LATENCY,
            "failed_calls": _COUNT,
            "flood_waits": _COUNT,
            "flood_wait_seconds": _COUNT,
        },
        strict=True,
    ),
    lambda day: day.query(
        f"""
        SELECT shop_id, bot_id, hour, updates, errors,
            if(answered > 0, replies[1], NULL) AS reply_p50_us,
            if(answered > 0, replies[2], NULL) AS reply_p95_us,
            if(answered > 0, replies[3], NULL) AS reply_p99_us,
            failed_calls, flood_waits, flood_wait_seconds
        FROM (
            SELECT e.shop_id AS shop_id, e.bot_id AS bot_id,
                toDateTime64(toStartOfHour(e.occurred_at), 3, 'UTC') AS hour,
                countIf(e.event = 'update_handled') AS updates,
                countIf(e.event = 'update_handled' AND e.outcome = 'error') AS errors,
                countIf(e.event = 'reply_acknowledged') AS answered,
                arrayMap(value -> toFloat64(value), quantilesExactIf(0.5, 0.95, 0.99)(
                    e.latency_us, e.event = 'reply_acknowledged')) AS replies,
                countIf(e.event = 'api_call_failed') AS failed_calls,
                countIf(e.event = 'api_call_failed' AND JSONExtractInt(e.props, 'wait') > 0)
                    AS flood_waits,
                sumIf(JSONExtractUInt(e.props, 'wait'), e.event = 'api_call_failed')
                    AS flood_wait_seconds
            {FROM_EVENTS}
            WHERE {_IN_WINDOW}
                AND e.event IN ('update_handled', 'reply_acknowledged', 'api_call_failed')
            GROUP BY shop_id, bot_id, hour
        )
        """
    ),
)
# For how many days a silent bot counts as down: its last event of the days before decides whether
# it should run when the day begins.
_MISSED_DAYS = 8


def _beats(day: Day) -> pl.DataFrame:
    heard = f"""
        {FROM_EVENTS}
        WHERE e.occurred_at >= {{begin:DateTime64(3, 'UTC')}}
            AND e.occurred_at < {{end:DateTime64(3, 'UTC')}}
            AND e.occurred_at >= w.starts_at - toIntervalDay({_MISSED_DAYS})
            AND e.occurred_at < w.ends_at
    """
    columns = "e.shop_id AS shop_id, e.bot_id AS bot_id, e.occurred_at AS moment, w.starts_at"
    found = day.query(
        f"""
        SELECT shop_id, bot_id, max(moment) AS at, argMax(stops, (moment, stops)) AS is_stop
        FROM (
            SELECT {columns}, toBool(0) AS stops {heard} AND e.event = 'worker_heartbeat'
            UNION ALL
            SELECT {columns}, toBool(1) AS stops {heard} AND e.event = 'bot_state_changed'
                AND JSONExtractString(e.props, 'state') = 'stopped'
        )
        GROUP BY shop_id, bot_id, if(moment < starts_at, NULL, moment)
        """,
        first=-_MISSED_DAYS,
    )
    return pl.concat([found, _stopped(day)])


def _stopped(day: Day) -> pl.DataFrame:
    """Bots that are stopped or removed, and since when: no event reports a removal."""

    async def read(connection: Connection) -> list[tuple[int, int, datetime]]:
        rows = await connection.fetch(
            "SELECT b.shop_id, b.id, b.state_changed_at "
            "FROM unnest($1::int[], $2::timestamptz[]) AS w (shop_id, ends_at) "
            "JOIN bots AS b ON b.shop_id = w.shop_id AND b.state_changed_at < w.ends_at "
            "WHERE b.state = 'stopped'",
            day.shops["shop_id"].to_list(),
            day.shops["ends_at"].to_list(),
        )
        return [tuple(row) for row in rows]

    columns = {"shop_id": pl.UInt32(), "bot_id": pl.UInt64(), "at": MOMENT}
    stopped = pl.DataFrame(day.postgres.run(read), schema=columns, orient="row")
    return stopped.with_columns(is_stop=pl.lit(True))


_BEATS = Input(
    "beats",
    pa.DataFrameSchema(
        {
            "shop_id": pa.Column(pl.UInt32, pa.Check.gt(0)),
            "bot_id": pa.Column(pl.UInt64),
            "at": pa.Column(MOMENT),
            "is_stop": pa.Column(pl.Boolean),
        },
        strict=True,
    ),
    _beats,
)

SERVICE_HOUR = Table(
    name="service_hour",
    group="service",
    description="How well each bot served, by the hour (UTC) of the shop's day: answers, errors, "
    "Telegram's waits, minutes without a heartbeat.",
    grain="shop · day · bot · hour",
    schema=schemas.SERVICE_HOUR,
    reads=[Reads("events"), Reads("shops")],
    inputs=[_HANDLED, _BEATS],
    compute=service_hour,
    has_variants=False,
)

_SHOP = {"shop_id": pa.Column(pl.UInt32, pa.Check.gt(0))}
_TOTALS = pa.DataFrameSchema(
    {
        **_SHOP,
        "currency": pa.Column(pl.String, pa.Check.str_matches(r"^[A-Z]{3}$")),
        "paid_orders": pa.Column(pl.Int64, pa.Check.ge(0)),
        "paid_total_minor": pa.Column(pl.Int64),
    },
    unique=["shop_id", "currency"],
    strict=True,
)

_ARRIVED = Input(
    "arrived",
    pa.DataFrameSchema(
        {
            **_SHOP,
            "events": pa.Column(pl.UInt64),
            "identities": pa.Column(pl.UInt64),
            "lag_p95_ms": pa.Column(pl.Float64),
        },
        strict=True,
    ),
    lambda day: day.query(
        f"""
        SELECT e.shop_id AS shop_id, count() AS events,
            uniqExact((e.shard, e.pos)) AS identities,
            toFloat64(quantileExact(0.95)(e.stored_after_ms)) AS lag_p95_ms
        {FROM_EVENTS}
        WHERE {_IN_WINDOW}
        GROUP BY shop_id
        """
    ),
)
# Both folds exist when this is read, and neither was computed from fewer events.
_FOLDED = Input(
    "folded",
    pa.DataFrameSchema({**_SHOP, "folded_from": pa.Column(pl.UInt64)}, strict=True),
    lambda day: day.query(
        "SELECT shop_id, events AS folded_from FROM arrival_day "
        f"WHERE day = {{day:Date}} AND {OF_SHOPS}"
    ),
)
_COUNTED = Input(
    "counted",
    _TOTALS,
    lambda day: day.query(
        f"""
        SELECT e.shop_id AS shop_id, e.currency AS currency, toInt64(count()) AS paid_orders,
            sum(e.amount_minor) AS paid_total_minor
        {FROM_EVENTS}
        WHERE {_IN_WINDOW} AND e.event = 'order_paid' AND e.mode = 'hosted'
        GROUP BY shop_id, currency
        """
    ),
)


def _booked(day: Day) -> pl.DataFrame:
    """What PostgreSQL has as paid in each shop's day, without orders whose event is not shipped
    yet."""

    async def read(connection: Connection) -> list[tuple[int, str, int, int]]:
        rows = await connection.fetch(
            "SELECT o.shop_id, o.currency, count(*) AS paid_orders, "
            "sum(o.total_minor)::bigint AS paid_total_minor "
            "FROM unnest($1::int[], $2::timestamptz[], $3::timestamptz[]) "
            "AS w (shop_id, starts_at, ends_at) "
            "JOIN orders AS o ON o.shop_id = w.shop_id "
            "AND o.paid_at >= w.starts_at AND o.paid_at < w.ends_at "
            "WHERE NOT EXISTS (SELECT FROM outbox AS b JOIN shipments AS s USING (shard) "
            "WHERE b.event = 'order_paid' AND b.order_id = o.id "
            "AND (b.xid, b.pos) > (s.xid, s.pos)) "
            # Without orders of shoppers whose events were erased, once the erasure has begun.
            "AND NOT EXISTS (SELECT FROM erasures AS e "
            "WHERE (e.shop_id, e.buyer_no) = (o.shop_id, o.buyer_no) AND e.with_events "
            "AND (e.counted IS NOT NULL OR e.done_at IS NOT NULL)) "
            "GROUP BY o.shop_id, o.currency",
            day.shops["shop_id"].to_list(),
            day.shops["starts_at"].to_list(),
            day.shops["ends_at"].to_list(),
        )
        return [tuple(row) for row in rows]

    columns = {
        "shop_id": pl.UInt32,
        "currency": pl.String,
        "paid_orders": pl.Int64,
        "paid_total_minor": pl.Int64,
    }
    return pl.DataFrame(day.postgres.run(read), schema=columns, orient="row")


_BOOKED = Input("booked", _TOTALS, _booked)
_NEWCOMERS = Input(
    "newcomers",
    shoppers({}),
    lambda day: day.query(
        "SELECT DISTINCT shop_id, buyer_no FROM buyer_event_day WHERE day = {day:Date} "
        f"AND event = 'bot_started' AND first_starts > 0 AND {OF_SHOPS}"
    ),
)
_FLAGGED = Input(
    "flagged",
    pa.DataFrameSchema({name: pa.Column(dtype) for name, dtype in FLAGGED.items()}, strict=True),
    lambda day: day.flagged,
)

HEALTH_DAY = Table(
    name="health_day",
    group="service",
    description="Whether the data can be trusted: duplicates, lag, PostgreSQL against ClickHouse, "
    "and the share of fraud among new users. The check `paid_totals_agree` compares order by "
    "order; here are the differences by shop.",
    grain="shop · day",
    schema=schemas.HEALTH_DAY,
    reads=[Reads("events"), Reads("shops"), Reads("arrival_day"), READS_TODAY, READS_ORDERS],
    # PostgreSQL first: what it has as shipped is in ClickHouse by then.
    inputs=[_BOOKED, _ARRIVED, _FOLDED, _COUNTED, _NEWCOMERS, _FLAGGED],
    compute=health_day,
    has_variants=False,
)
TABLES = (SERVICE_HOUR, HEALTH_DAY)
