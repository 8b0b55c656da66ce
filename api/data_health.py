"""Data health: whether the events that happened, were shipped and are counted are the same.

Every figure of the panel relies on four facts, each of which is checked: no event is in ClickHouse
twice, none is missing there, the paid orders of PostgreSQL equal those of ClickHouse to the last
minor unit, and events arrive within seconds (metric 50 of docs/metrics.md).
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from pydantic import BaseModel

from api.reader import Reader
from api.store_comparison import DayCount, WrongOrder, compare_days, wrong_orders
from core import shipments
from core.postgres import Pool
from core.shipments import HeldHorizon, ShardStatus
from core.shop.shops import Shop

DAYS = 7
# An order's `paid_at` and its event's time come from two clocks, so each side is read a little
# further than the other.
_MARGIN = timedelta(hours=1)
# An order that was paid during the check may be known only to the second store.
_SETTLED_AFTER = timedelta(minutes=5)
_ORDERS_NAMED = 20

# Arrived: shipped and still in the outbox, or counted when the outbox was emptied. Read only in the
# outbox's order, so that a backlog of millions behind it is not read.
_IN_ORDER = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off"
_ARRIVED = """
SELECT shop_id, day, sum(events)::bigint AS events, 0 AS doubled
FROM (
    SELECT shop_id, day, events FROM event_ledger
    WHERE shop_id = ANY($1::int[]) AND day >= $2
    UNION ALL
    SELECT own.shop_id, (own.occurred_at AT TIME ZONE 'UTC')::date, count(*)
    FROM shipments AS s CROSS JOIN LATERAL (
        SELECT o.shop_id, o.occurred_at FROM outbox AS o
        WHERE o.shard = s.shard AND (o.xid, o.pos) <= (s.xid, s.pos)
            AND o.shop_id = ANY($1::int[])
            AND o.occurred_at >= $2::date::timestamp AT TIME ZONE 'UTC'
        OFFSET 0
    ) AS own
    GROUP BY 1, 2
) AS arrived
GROUP BY shop_id, day
"""
# Counted among the first rows of each shard: a long backlog is reported by shard
# (`core.shipments`).
_WAITING = f"""
SELECT few.shop_id, count(*) AS events, min(few.recorded_at) AS oldest
FROM shipments AS s CROSS JOIN LATERAL (
    SELECT o.shop_id, o.recorded_at FROM outbox AS o
    WHERE o.shard = s.shard AND (o.xid, o.pos) > (s.xid, s.pos)
    ORDER BY o.xid, o.pos LIMIT {shipments.COUNTED}
) AS few
WHERE few.shop_id = ANY($1::int[])
GROUP BY few.shop_id
"""
_ORDERS_WAITING = """
SELECT o.order_id FROM outbox AS o JOIN shipments AS s ON s.shard = o.shard
WHERE o.event = 'order_paid' AND (o.xid, o.pos) > (s.xid, s.pos)
    AND o.shop_id = ANY($1::int[])
"""
# Orders whose events were to be erased: they leave ClickHouse some time after the request.
_ORDERS = """
SELECT o.shop_id, o.id, o.currency, o.total_minor, o.paid_at, EXISTS (
    SELECT FROM erasures AS e
    WHERE (e.shop_id, e.buyer_no) = (o.shop_id, o.buyer_no) AND e.with_events
) AS is_erased
FROM orders AS o
WHERE o.shop_id = ANY($1::int[]) AND o.paid_at >= $2
"""
_DEAD = """
SELECT shop_id, count(*) AS letters FROM dead_letters
WHERE shop_id = ANY($1::int[]) GROUP BY shop_id
"""
_STORED = """
SELECT shop_id, toDate(occurred_at) AS day, uniqExact(shard, pos) AS events,
    count() - events AS doubled
FROM events
WHERE shop_id IN {shops:Array(UInt32)} AND occurred_at >= {since:DateTime64(3, 'UTC')}
GROUP BY shop_id, day
"""
_PAID = """
SELECT shop_id, order_id, any(currency) AS paid_in, max(amount_minor) AS amount_minor,
    count() AS times, toUnixTimestamp64Milli(min(recorded_at)) / 1000 AS recorded
FROM events
WHERE shop_id IN {shops:Array(UInt32)} AND event = 'order_paid' AND mode != 'external'
    AND occurred_at >= {since:DateTime64(3, 'UTC')}
GROUP BY shop_id, order_id
"""
_LAG = """
SELECT shop_id, quantileExact(0.95)(dateDiff('millisecond', occurred_at, recorded_at)) / 1000
    AS recording_p95
FROM events
WHERE shop_id IN {shops:Array(UInt32)} AND occurred_at >= {since:DateTime64(3, 'UTC')}
    AND mode != 'external'
GROUP BY shop_id
"""
# For orders with an event in these days, all their stored events: one sent under several ids is
# stored as several events. The intake recognises a repeated order; this finds what it missed.
_CONTRADICTIONS = """
SELECT shop_id, order_id, countIf(event = 'order_paid') > 1 AS is_twice,
    countIf(event = 'order_paid') > 0 AND sumIf(amount_minor, event = 'refund_completed')
        > sumIf(amount_minor, event = 'order_paid') AS is_beyond
FROM events
WHERE shop_id IN {shops:Array(UInt32)} AND event IN ('order_paid', 'refund_completed')
    AND (shop_id, order_id) IN (
        SELECT shop_id, order_id FROM events
        WHERE shop_id IN {shops:Array(UInt32)} AND event IN ('order_paid', 'refund_completed')
            AND occurred_at >= {since:DateTime64(3, 'UTC')} AND order_id != 0
    )
GROUP BY shop_id, order_id
HAVING is_twice OR is_beyond
ORDER BY shop_id, order_id
LIMIT 1000
"""
_NAMES = """
SELECT number, name FROM external_numbers
WHERE shop_id = ANY($1::int[]) AND kind = 'order' AND number = ANY($2::bigint[])
"""


class PaidDifference(BaseModel):
    """For one currency: PostgreSQL's sums minus ClickHouse's."""

    currency: str
    orders: int
    amount_minor: int


class ShopHealth(BaseModel):
    """The facts about a shop over the last days; `sound` if all of them are as they must be."""

    shop_id: int
    events: int
    duplicates: int
    """Rows that are in ClickHouse more than once."""
    missing: int
    """Events that were shipped and are not in ClickHouse."""
    dead_letters: int
    """Events that ClickHouse refused; they are kept, see `vitrina deadletter`."""
    orders_compared: int
    differences: list[PaidDifference]
    wrong_orders: list[int]
    """The first of the orders on which the stores disagree."""
    counted_twice: list[str]
    """The first orders that are counted more than once, by the shop's own names for them."""
    refunded_beyond: list[str]
    """The first orders for which more was refunded than paid."""
    waiting: int
    """Events on their way."""
    oldest_waiting_seconds: float | None
    recording_p95_seconds: float | None
    """From the moment something happened to its commit."""
    sound: bool


class Shipping(BaseModel):
    """How the events of every shop get from PostgreSQL to ClickHouse."""

    shards: list[ShardStatus]
    blocked_by: HeldHorizon | None
    """The oldest writing transaction: what was committed since it began is not shipped before its
    end."""


class DataHealth(BaseModel):
    """As of `checked_at`, over the `days` before it. `shipping` concerns the whole platform: None
    for visitors who may not see every shop."""

    checked_at: datetime
    days: int
    sound: bool
    shops: list[ShopHealth]
    shipping: Shipping | None = None


@dataclass(frozen=True, slots=True)
class _Facts:
    """What both stores contain, row by row, about the shops since `since`."""

    since: datetime
    now: datetime
    arrived: list[Mapping[str, Any]]
    stored: list[Mapping[str, Any]]
    orders: list[Mapping[str, Any]]
    paid: list[Mapping[str, Any]]
    waiting: dict[int, Mapping[str, Any]]
    orders_waiting: set[int]
    dead: dict[int, int]
    recording: dict[int, float]
    contradictions: list[Mapping[str, Any]]


async def read_shipping(pool: Pool) -> Shipping:
    """As of now."""
    async with pool.acquire() as connection:
        return Shipping(
            shards=await shipments.status(connection),
            blocked_by=await shipments.held_horizon(connection),
        )


async def read_data_health(
    pool: Pool, reader: Reader, shops: Sequence[Shop], now: datetime | None = None, days: int = DAYS
) -> DataHealth:
    """Reads both stores and compares them. Raises what the stores raise
    (`api.problems.STORE_ERRORS`)."""
    now = now or datetime.now(UTC)
    facts = await _gather(pool, reader, [shop.id for shop in shops], now, days)
    found = [_judge(shop, facts) for shop in shops]
    return DataHealth(
        checked_at=now, days=days, sound=all(shop.sound for shop in found), shops=found
    )


async def _gather(pool: Pool, reader: Reader, ids: list[int], now: datetime, days: int) -> _Facts:
    """PostgreSQL first, so that events arriving meanwhile do not seem to be missing in
    ClickHouse."""
    since = datetime.combine(now.date() - timedelta(days=days), datetime.min.time(), UTC)
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
        waiting = await connection.fetch(_WAITING, ids)
        orders_waiting = await connection.fetch(_ORDERS_WAITING, ids)
        orders = await connection.fetch(_ORDERS, ids, since - 2 * _MARGIN)
        dead = {row["shop_id"]: row["letters"] for row in await connection.fetch(_DEAD, ids)}
        await connection.execute(_IN_ORDER)
        arrived = await connection.fetch(_ARRIVED, ids, since.date())
    found = await asyncio.gather(
        reader.rows(_STORED, {"shops": ids, "since": since}),
        reader.rows(_PAID, {"shops": ids, "since": since - _MARGIN}),
        reader.rows(_LAG, {"shops": ids, "since": now - timedelta(days=1)}),
        _contradictions(pool, reader, ids, since),
    )
    return _Facts(
        since=since,
        now=now,
        arrived=[dict(row) for row in arrived],
        stored=list(found[0]),
        orders=[dict(row) for row in orders],
        paid=list(found[1]),
        waiting={row["shop_id"]: dict(row) for row in waiting},
        orders_waiting={row["order_id"] for row in orders_waiting},
        dead=dead,
        recording={row["shop_id"]: float(row["recording_p95"]) for row in found[2]},
        contradictions=found[3],
    )


async def _contradictions(
    pool: Pool, reader: Reader, ids: list[int], since: datetime
) -> list[Mapping[str, Any]]:
    """Orders whose events contradict each other, each with the shop's own `name` for it."""
    rows = await reader.rows(_CONTRADICTIONS, {"shops": ids, "since": since})
    found = await pool.fetch(_NAMES, ids, [row["order_id"] for row in rows]) if rows else []
    names = {row["number"]: row["name"] for row in found}
    return [row | {"name": names.get(row["order_id"], str(row["order_id"]))} for row in rows]


def _judge(shop: Shop, facts: _Facts) -> ShopHealth:
    way = facts.waiting.get(shop.id)
    orders = [order for order in facts.orders if order["shop_id"] == shop.id]
    arrived = _days(facts.arrived, shop.id)
    kept_since = _kept_since(facts.now, shop, facts.since.date())
    # If the retention class was shorter until recently, earlier days are gone from `event_ledger`.
    first = max(kept_since, min(arrived, default=kept_since))
    sold_since = datetime.combine(first, datetime.min.time(), UTC)
    wrong = wrong_orders(
        orders,
        {row["order_id"]: row for row in facts.paid if row["shop_id"] == shop.id},
        facts.orders_waiting,
        sold_since,
        facts.now - _SETTLED_AFTER,
    )
    counted = compare_days(arrived, _days(facts.stored, shop.id), kept_since)
    letters = facts.dead.get(shop.id, 0)
    counted_twice, beyond = _named(shop, facts, "is_twice"), _named(shop, facts, "is_beyond")
    return ShopHealth(
        shop_id=shop.id,
        events=counted.events,
        duplicates=counted.doubled,
        missing=counted.missing,
        dead_letters=letters,
        orders_compared=sum(
            order["paid_at"] >= sold_since and not order["is_erased"] for order in orders
        ),
        differences=_differences(wrong),
        wrong_orders=sorted(each.order_id for each in wrong)[:_ORDERS_NAMED],
        counted_twice=counted_twice,
        refunded_beyond=beyond,
        waiting=way["events"] if way else 0,
        oldest_waiting_seconds=(facts.now - way["oldest"]).total_seconds() if way else None,
        recording_p95_seconds=facts.recording.get(shop.id),
        sound=not (
            counted.doubled or counted.missing or letters or wrong or counted_twice or beyond
        ),
    )


def _named(shop: Shop, facts: _Facts, trouble: str) -> list[str]:
    """The shop's first orders with the problem, as the shop calls them."""
    names = (
        row["name"] for row in facts.contradictions if row["shop_id"] == shop.id and row[trouble]
    )
    return list(islice(names, _ORDERS_NAMED))


def _kept_since(now: datetime, shop: Shop, since: date) -> date:
    """The first day whose events cannot have expired yet."""
    return max(since, now.date() - timedelta(days=shop.retention_days - 1))


def _days(rows: Iterable[Mapping[str, Any]], shop_id: int) -> dict[date, DayCount]:
    return {
        row["day"]: DayCount(row["events"], row["doubled"])
        for row in rows
        if row["shop_id"] == shop_id
    }


def _differences(wrong: Iterable[WrongOrder]) -> list[PaidDifference]:
    sums: dict[str, PaidDifference] = {}
    for each in wrong:
        known = sums.setdefault(
            each.currency, PaidDifference(currency=each.currency, orders=0, amount_minor=0)
        )
        known.orders += 1
        known.amount_minor += each.amount_minor
    return [sums[currency] for currency in sorted(sums)]
