"""The sources of an hour's features: ClickHouse aggregates by shopper what it can.

Every query concerns only the shoppers who were active in the hour, so a run's cost depends on the
hour's people and not on the history. Staff and test shoppers are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from core.events import ACTIVITY
from core.shop import risk
from pipelines.clickhouse import ClickHouse
from pipelines.fraud import day_sources, link_sources
from pipelines.fraud.newcomers import BASELINE_HOURS, ENGAGED_WITHIN
from pipelines.fraud.shoppers import UPDATES
from pipelines.postgres import Postgres

_REAL = "NOT is_staff AND NOT is_test AND buyer_no > 0"
_IN_HOUR = "occurred_at >= {hour:DateTime64(3, 'UTC')} AND occurred_at < {end:DateTime64(3, 'UTC')}"
_ACTIVE = f"""
    SELECT shop_id, buyer_no FROM events
    WHERE {_IN_HOUR} AND {_REAL} AND event IN {{activity:Array(String)}}
"""
_OF_ACTIVE = f"{_REAL} AND (shop_id, buyer_no) IN ({_ACTIVE})"
# Events besides shoppers' actions that the windows need.
_LOOKED_AT = ("product_viewed", "promo_rejected", "cart_item_added", "checkout_started")

_MOMENTS = f"""
SELECT shop_id, buyer_no, toString(event) AS event, occurred_at AS at,
    multiIf(event = 'button_pressed', JSONExtractString(props, 'action'),
        event = 'message_received', JSONExtractString(props, 'kind'), '') AS action,
    product_id, toUInt32(JSONExtractUInt(props, 'likeness')) AS likeness,
    toBool(JSONExtractBool(props, 'link')) AS has_link
FROM events
WHERE occurred_at >= {{hour:DateTime64(3, 'UTC')}} - INTERVAL 1 HOUR
    AND occurred_at < {{late:DateTime64(3, 'UTC')}}
    AND event IN {{moments:Array(String)}} AND {_OF_ACTIVE}
    AND NOT (event = 'promo_rejected' AND JSONExtractString(props, 'reason') = 'locked')
ORDER BY shop_id, buyer_no, at, shard, pos
"""
_STARTED = f"""
SELECT shop_id, buyer_no, min(occurred_at) AS started_at,
    argMin(if(JSONExtractBool(props, 'is_direct'), 0, last_source_id), occurred_at) AS source_id,
    toBool(argMin(lang, occurred_at) != '') AS has_language
FROM events
WHERE event = 'bot_started' AND {_IN_HOUR} AND {_REAL} AND JSONExtractBool(props, 'is_first')
GROUP BY shop_id, buyer_no
"""
# What was paid late or twice fits its order, and what the owner accepted in spite of it, too. A
# top-up of a wallet is paid by its payment alone, and who has sent a proof waits for the shop. One
# order of who has paid before, and kept it, may be open besides.
_COUNTS = f"""
SELECT shop_id, buyer_no,
    toUInt32(greatest(0, toInt64(length(arrayExcept(
        groupUniqArrayIf(order_id, event = 'payment_initiated'),
        groupUniqArrayIf(order_id, event IN ('order_paid', 'payment_failed', 'order_expired',
            'payment_expired', 'order_cancelled', 'payment_succeeded',
            'payment_proof_uploaded')))))
        - toInt64((shop_id, buyer_no) IN (
            {day_sources.paid_before(f"(shop_id, buyer_no) IN ({_ACTIVE})")})))) AS open_orders,
    toUInt32(greatest(0, toInt64(uniqExactIf(order_id, event = 'order_expired'))
        - toInt64(uniqExactIf(order_id, event = 'order_paid')))) AS expired_orders,
    toUInt32(length(arrayExcept(
        groupUniqArrayIf(order_id, event = 'payment_failed' AND outcome = 'mismatch'
            AND NOT startsWith(JSONExtractString(props, 'reason'), 'already_')),
        groupUniqArrayIf(order_id, event = 'order_paid')))) AS mismatched_payments,
    toUInt32(countIf(event = 'payment_reviewed' AND outcome = 'rejected')) AS rejected_proofs,
    toUInt32(greatest(0, toInt64(countIf(event = 'update_handled'
        AND JSONExtractString(props, 'kind') = 'precheckout'))
        - toInt64(countIf(event = 'payment_initiated')))) AS refused_checks,
    toUInt32(countIf(event = 'update_handled' AND JSONExtractBool(props, 'made_up')))
        AS unknown_buttons,
    toUInt32(countIf(event = 'promo_applied')) AS promo_stacking,
    toUInt32(arrayMax(sumMapIf([order_id], [1], event = 'delivery_sent').2)) AS repeated_deliveries
FROM events
WHERE occurred_at >= {{end:DateTime64(3, 'UTC')}} - INTERVAL 1 DAY
    AND occurred_at < {{end:DateTime64(3, 'UTC')}}
    AND event IN {{counted:Array(String)}} AND mode != 'observed' AND {_OF_ACTIVE}
GROUP BY shop_id, buyer_no
"""
_COUNTED = [
    *("payment_initiated", "order_paid", "payment_failed", "order_expired", "payment_reviewed"),
    *("update_handled", "promo_applied", "delivery_sent", "payment_expired", "order_cancelled"),
    *("payment_succeeded", "payment_proof_uploaded"),
]
# A share of refunds rises only with a refund, so only shoppers who got one in the hour are read.
_REFUNDS = f"""
SELECT shop_id, buyer_no,
    toUInt32(sumIf(times_back, NOT is_undone)) AS refunds,
    toUInt32(sumIf(times_paid, NOT is_undone)) AS orders
FROM ({
    day_sources.orders_of_90_days(f'''(shop_id, buyer_no) IN (
        SELECT shop_id, buyer_no FROM events
        WHERE event = 'refund_completed' AND {_IN_HOUR} AND {_REAL})''')
})
GROUP BY shop_id, buyer_no
"""
# An event counts for its own hour and the next, and for the one before if that still reads it.
_EVENTS = f"""
SELECT hour, count() AS events, countIf(own) AS own
FROM (
    SELECT toDateTime64(arrayJoin(arrayFilter(
            h -> occurred_at < h + toIntervalSecond(3600 + {{reach:Int64}}),
            [begin - INTERVAL 1 HOUR, begin, begin + INTERVAL 1 HOUR])), 3, 'UTC') AS hour,
        hour = begin AS own
    FROM (
        SELECT occurred_at, toStartOfHour(occurred_at) AS begin FROM events
        WHERE occurred_at >= {{first:DateTime64(3, 'UTC')}} - INTERVAL 1 HOUR
            AND occurred_at < {{last:DateTime64(3, 'UTC')}} + INTERVAL 2 HOUR
            AND event IN {{looked_at:Array(String)}} AND {_REAL}
    )
)
WHERE hour >= {{first:DateTime64(3, 'UTC')}} AND hour <= {{last:DateTime64(3, 'UTC')}}
GROUP BY hour ORDER BY hour
"""
_HISTORY = """
SELECT hour, shop_id, source_id, newcomers, engaged FROM fraud_source_hour
WHERE day >= toDate({first:DateTime64(3, 'UTC')}) AND hour >= {first:DateTime64(3, 'UTC')}
    AND hour < {hour:DateTime64(3, 'UTC')}
    AND shop_id IN {shops:Array(UInt32)}
"""


@dataclass(frozen=True, slots=True)
class Hour:
    """The sources of an hour's scores; each frame is described where it is used.

    `events`: how many there were, counted before the rest was read; `moments`: what shoppers did,
    from an hour before it to ten minutes after it; `newcomers`: who started first in it, with their
    profile; `counts` and `refunds`: sums by shopper over a day and over 90; `history`: newcomers by
    source and hour of the week before; `catalogue`: products on sale by shop; the others are of
    `day_sources`, over days, and `ties` and `suspected` of `link_sources`.
    """

    begin: datetime
    events: int
    moments: pl.DataFrame
    newcomers: pl.DataFrame
    counts: pl.DataFrame
    refunds: pl.DataFrame
    history: pl.DataFrame
    catalogue: pl.DataFrame
    known_id: int | None
    pace: pl.DataFrame
    troubles: pl.DataFrame
    orders: pl.DataFrame
    arrivals: pl.DataFrame
    shares: pl.DataFrame
    ties: pl.DataFrame
    suspected: pl.DataFrame


def read_hour(clickhouse: ClickHouse, postgres: Postgres, begin: datetime) -> Hour:
    """Everything for the hour that begins at that moment (UTC, a whole hour)."""
    parameters = {
        "hour": begin,
        "end": begin + timedelta(hours=1),
        "late": begin + timedelta(hours=1) + ENGAGED_WITHIN,
        "first": begin - timedelta(hours=BASELINE_HOURS),
        "activity": sorted(ACTIVITY),
        "moments": sorted({*ACTIVITY, *_LOOKED_AT}),
        "counted": _COUNTED,
        "updates": UPDATES,
    }
    started = clickhouse.read(_STARTED, parameters)
    shops = started["shop_id"].unique().to_list()
    # Counted first, so that events that arrive while the rest is read reopen the hour.
    counted = count_events(clickhouse, begin, begin)
    moments = clickhouse.read(_MOMENTS, parameters)
    return Hour(
        begin=begin,
        events=int(counted["events"].sum()),
        moments=moments,
        newcomers=_with_profiles(postgres, started),
        counts=clickhouse.read(_COUNTS, parameters),
        refunds=clickhouse.read(_REFUNDS, parameters),
        history=clickhouse.read(_HISTORY, parameters | {"shops": shops}),
        catalogue=_catalogue(postgres),
        known_id=postgres.run(risk.known_telegram_id),
        **day_sources.read_days(clickhouse, parameters),
        **link_sources.read_links(clickhouse, postgres, moments, begin),
    )


def count_events(clickhouse: ClickHouse, first: datetime, last: datetime) -> pl.DataFrame:
    """From how many events each hour from `first` to `last` is scored; hours without events have no
    row.

    `events` are those of the hour, of the hour before and of ten minutes after, `own` those of the
    hour.
    """
    return clickhouse.read(
        _EVENTS,
        {
            "first": first,
            "last": last,
            "reach": int(ENGAGED_WITHIN.total_seconds()),
            "looked_at": sorted({*ACTIVITY, *_LOOKED_AT, *_COUNTED, "refund_completed"}),
        },
    )


_NOTED = """
SELECT hour, events AS noted FROM fraud_hour_events
WHERE day >= toDate({first:DateTime64(3, 'UTC')}) AND hour >= {first:DateTime64(3, 'UTC')}
"""


def unscored(clickhouse: ClickHouse, first: datetime, last: datetime) -> list[datetime]:
    """The hours from `first` to `last` with more events than they were scored from, the oldest
    first. An hour without activity has nobody to score."""
    present = count_events(clickhouse, first, last).filter(pl.col("own") > 0)
    noted = clickhouse.read(_NOTED, {"first": first})
    grown = present.join(noted, on="hour", how="left").filter(
        pl.col("events") > pl.col("noted").fill_null(0)
    )
    return list(grown["hour"].sort())


def _with_profiles(postgres: Postgres, started: pl.DataFrame) -> pl.DataFrame:
    """Adds what only PostgreSQL knows of a person: the Telegram id stays in this process."""
    keys: Sequence[tuple[int, int]] = started.select("shop_id", "buyer_no").rows()
    rows = postgres.run(lambda connection: risk.profiles(connection, keys)) if keys else []
    schema = {
        "shop_id": pl.UInt32,
        "buyer_no": pl.UInt64,
        "telegram_id": pl.Int64,
        "has_username": pl.Boolean,
    }
    return started.join(
        pl.DataFrame(rows, schema=schema, orient="row"), on=["shop_id", "buyer_no"], how="left"
    )


def _catalogue(postgres: Postgres) -> pl.DataFrame:
    return pl.DataFrame(
        postgres.run(risk.catalogue_sizes),
        schema={"shop_id": pl.UInt32, "on_sale": pl.UInt32},
        orient="row",
    )
