"""The overview's queries: from events and the outbox to figures, funnel, feed and freshness."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from api.asked import Asked
from api.counting import count_all
from api.figures import (
    FUNNEL,
    Counted,
    FeedItem,
    Freshness,
    FunnelStep,
    Overview,
    empty,
    figures_of,
)
from api.periods import Period, Window, window
from api.reader import Reader
from api.stretches import STAMP, Stretch, from_moment, instant
from core import shipments
from core.events import BOT_STARTED, ORDER_PAID
from core.postgres import Pool
from core.shipments import Backlog
from core.shop.shops import Shop

_FEED_EVENTS = (ORDER_PAID.name, BOT_STARTED.name, "product_viewed")
_FEED_ITEMS = 20
_FEED_DAYS = (1, 7)

_SINCE = from_moment("occurred_at", f"{{since:{STAMP}}}")
_FEED = f"""
SELECT occurred_at, shop_id, bot_id, event, buyer_no, order_id, product_id, amount_minor, currency
FROM events
WHERE shop_id IN {{shops:Array(UInt32)}} AND event IN {{feed:Array(String)}}
    AND NOT is_staff AND NOT is_test AND {_SINCE}
ORDER BY occurred_at DESC, pos DESC
LIMIT {{items:UInt8}}
"""
_FEEDS = _FEED.rstrip() + " BY shop_id"
_LAST_RECORDED = f"""
SELECT shop_id, max(recorded_at) AS at FROM events
WHERE shop_id IN {{shops:Array(UInt32)}} AND {_SINCE} GROUP BY shop_id
"""
_TITLES = """
SELECT id, title, false AS is_order FROM products WHERE id = ANY($1::bigint[])
UNION ALL
SELECT order_id, title, true FROM order_lines WHERE order_id = ANY($2::bigint[]) AND line = 1
"""


async def _count(reader: Reader, asked: Asked, frame: Window, now: datetime) -> dict[str, Counted]:
    """Counts the shops of one time zone; each by itself, by its id, if that is asked."""
    stretches = (
        Stretch(frame.edges, frame.end),
        Stretch((frame.previous_start,), frame.previous_end),
    )
    current, previous = await count_all(reader, asked, stretches, now)
    return {
        name: Counted(counted.total, previous.by_dimension[name].total, counted.buckets)
        for name, counted in current.by_dimension.items()
    }


async def _feed(pool: Pool, reader: Reader, shops: Sequence[int], now: datetime) -> list[FeedItem]:
    """The last of all these shops."""
    rows: list[dict[str, Any]] = []
    for days in _FEED_DAYS:  # a shop with many events has enough of the last one
        rows = await _feed_rows(reader, _FEED, shops, now - timedelta(days=days))
        if len(rows) == _FEED_ITEMS:
            break
    return await _titled(pool, rows)


async def _feeds(
    pool: Pool, reader: Reader, shops: Sequence[int], now: datetime
) -> dict[int, list[FeedItem]]:
    """The last of each of these shops."""
    rows: dict[int, list[dict[str, Any]]] = {}
    wanted = list(shops)
    for days in _FEED_DAYS:
        if wanted:
            rows |= {shop: [] for shop in wanted}
            for row in await _feed_rows(reader, _FEEDS, wanted, now - timedelta(days=days)):
                rows[row["shop_id"]].append(row)
            wanted = [shop for shop in wanted if len(rows[shop]) < _FEED_ITEMS]
    found: dict[int, list[FeedItem]] = {shop: [] for shop in shops}
    for item in await _titled(pool, [row for each in rows.values() for row in each]):
        found[item.shop_id].append(item)
    return found


async def _feed_rows(
    reader: Reader, sql: str, shops: Sequence[int], since: datetime
) -> list[dict[str, Any]]:
    parameters = {
        "shops": list(shops),
        "feed": list(_FEED_EVENTS),
        "since": instant(since),
        "items": _FEED_ITEMS,
    }
    return await reader.rows(sql, parameters)


async def _titled(pool: Pool, rows: Sequence[dict[str, Any]]) -> list[FeedItem]:
    products = {row["product_id"] for row in rows if row["product_id"]}
    orders = {row["order_id"] for row in rows if row["order_id"]}
    titles = {
        (row["is_order"], row["id"]): row["title"]
        for row in await pool.fetch(_TITLES, list(products), list(orders))
    }
    return [
        FeedItem(
            at=row["occurred_at"].replace(tzinfo=UTC),
            shop_id=row["shop_id"],
            bot_id=row["bot_id"],
            event=row["event"],
            buyer_no=row["buyer_no"],
            order_id=row["order_id"] or None,
            amount_minor=row["amount_minor"],
            currency=row["currency"],
            product_title=titles.get((False, row["product_id"]))
            or titles.get((True, row["order_id"])),
        )
        for row in rows
    ]


async def _last_recorded(
    reader: Reader, shops: Sequence[int], now: datetime, *, each: bool
) -> dict[int, datetime]:
    """When the newest event of each shop was recorded; unless `each`, of those at least that has
    the newest."""
    found: dict[int, datetime] = {}
    # The last hour first: two days are 300,000 events of a large shop, and only for one that was
    # idle that long is its whole past searched.
    far_back = datetime(1970, 1, 1, tzinfo=UTC)
    for since in (now - timedelta(hours=1), now - timedelta(days=2), far_back):
        wanted = [shop for shop in shops if shop not in found]
        if wanted and (each or not found):
            parameters = {"shops": wanted, "since": instant(since)}
            for row in await reader.rows(_LAST_RECORDED, parameters):
                found[row["shop_id"]] = row["at"].replace(tzinfo=UTC)
    return found


async def read_freshness(
    pool: Pool, reader: Reader, shops: Sequence[int], now: datetime
) -> Freshness:
    """How far the shops' figures are behind."""

    async def backlog() -> Backlog:
        async with pool.acquire() as connection:
            return await shipments.backlog(connection, shops, now)

    last, waiting = await asyncio.gather(_last_recorded(reader, shops, now, each=False), backlog())
    return _freshness(max(last.values(), default=None), waiting)


async def _freshness_each(
    pool: Pool, reader: Reader, shops: Sequence[int], now: datetime
) -> dict[int, Freshness]:
    async def backlogs() -> list[Backlog]:
        async with pool.acquire() as connection:
            return [await shipments.backlog(connection, [shop], now) for shop in shops]

    last, waiting = await asyncio.gather(_last_recorded(reader, shops, now, each=True), backlogs())
    return {
        shop: _freshness(last.get(shop), behind)
        for shop, behind in zip(shops, waiting, strict=True)
    }


def _freshness(last: datetime | None, waiting: Backlog) -> Freshness:
    oldest = waiting.seconds
    return Freshness(
        last_event_at=last,
        lag_seconds=0.0 if oldest is None else round(max(oldest, 0.0), 3),
        outbox_waiting=waiting.waiting,
    )


async def read_overview(
    pool: Pool, reader: Reader, shops: Sequence[Shop], period: Period, now: datetime
) -> Overview:
    """The overview of some shops together as of `now`; raises what the two stores raise."""
    ids = sorted(shop.id for shop in shops)
    frames = [window(period, zone, now) for zone in sorted({shop.timezone for shop in shops})]
    counting = [
        _count(reader, Asked(_of_zone(shops, frame.timezone)), frame, now) for frame in frames
    ]
    counts, feed, freshness = await asyncio.gather(
        asyncio.gather(*counting),
        _feed(pool, reader, ids, now),
        read_freshness(pool, reader, ids, now),
    )
    total = empty(0)
    for counted in counts:
        total.add(counted[""])
    read = _Read(period, now, feed, freshness)
    return _overview(read, shops, frames, total)


async def read_overviews(
    pool: Pool, reader: Reader, shops: Sequence[Shop], period: Period, now: datetime
) -> dict[int, Overview]:
    """The overview of each of some shops by itself, by as many queries as one would take; by the
    shop's id. Raises what the two stores raise."""
    ids = sorted(shop.id for shop in shops)
    frames = [window(period, zone, now) for zone in sorted({shop.timezone for shop in shops})]
    counting = [
        _count(reader, Asked(_of_zone(shops, frame.timezone), by_shop=True), frame, now)
        for frame in frames
    ]
    counts, feeds, freshness = await asyncio.gather(
        asyncio.gather(*counting),
        _feeds(pool, reader, ids, now),
        _freshness_each(pool, reader, ids, now),
    )
    found = {}
    for frame, counted in zip(frames, counts, strict=True):
        for shop in _of_zone(shops, frame.timezone):
            found[shop.id] = _overview(
                _Read(period, now, feeds[shop.id], freshness[shop.id]),
                [shop],
                [frame],
                counted[str(shop.id)],
            )
    return found


def _of_zone(shops: Sequence[Shop], timezone: str) -> list[Shop]:
    return [shop for shop in shops if shop.timezone == timezone]


@dataclass(frozen=True, slots=True)
class _Read:
    """What an overview says beside its counts."""

    period: Period
    now: datetime
    feed: list[FeedItem]
    freshness: Freshness


def _overview(
    read: _Read, shops: Sequence[Shop], frames: Sequence[Window], total: Counted
) -> Overview:
    return Overview(
        as_of=read.now,
        period=read.period,
        timezone=frames[0].timezone if len(frames) == 1 else None,
        shops=sorted(shop.id for shop in shops),
        figures=figures_of(total, _edges(frames), {shop.currency for shop in shops}),
        funnel=[
            FunnelStep(step=step, users=users)
            for step, users in zip(FUNNEL, total.current.steps, strict=True)
        ],
        feed=read.feed,
        freshness=read.freshness,
    )


def _edges(frames: Sequence[Window]) -> list[datetime]:
    """The starts of the hours or days: as instants, or in local time if the time zones differ."""
    if not frames:
        return []
    longest = max(frames, key=lambda frame: len(frame.edges))
    if len(frames) == 1:
        return list(longest.edges)
    step = timedelta(hours=1) if longest.grain == "hour" else timedelta(days=1)
    midnight = datetime.combine(longest.first_day, datetime.min.time(), UTC)
    return [midnight + step * number for number in range(len(longest.edges))]
