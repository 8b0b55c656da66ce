"""The overview's queries: from events and the outbox to figures, funnel, feed and freshness."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from api.count_statement import Asked
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
from core.shop.shops import Shop

_FEED_EVENTS = (ORDER_PAID.name, BOT_STARTED.name, "product_viewed")
_FEED_ITEMS = 20
_FEED_DAYS = (1, 7)

_SINCE = from_moment("occurred_at", f"{{since:{STAMP}}}")
_FEED = f"""
SELECT occurred_at, shop_id, event, buyer_no, order_id, product_id, amount_minor, currency
FROM events
WHERE shop_id IN {{shops:Array(UInt32)}} AND event IN {{feed:Array(String)}}
    AND NOT is_staff AND NOT is_test AND {_SINCE}
ORDER BY occurred_at DESC, pos DESC
LIMIT {{items:UInt8}}
"""
_LAST_RECORDED = f"""
SELECT maxOrNull(recorded_at) AS at FROM events
WHERE shop_id IN {{shops:Array(UInt32)}} AND {_SINCE}
"""
_TITLES = """
SELECT id, title, false AS is_order FROM products WHERE id = ANY($1::bigint[])
UNION ALL
SELECT order_id, title, true FROM order_lines WHERE order_id = ANY($2::bigint[]) AND line = 1
"""


async def _count(reader: Reader, shops: Sequence[Shop], frame: Window, now: datetime) -> Counted:
    """Counts the shops of one time zone."""
    stretches = (
        Stretch(frame.edges, frame.end),
        Stretch((frame.previous_start,), frame.previous_end),
    )
    current, previous = await count_all(reader, Asked(shops), stretches, now)
    return Counted(current.whole.total, previous.whole.total, current.whole.buckets)


async def _feed(pool: Pool, reader: Reader, shops: Sequence[int], now: datetime) -> list[FeedItem]:
    rows: list[dict[str, Any]] = []
    for days in _FEED_DAYS:  # a shop with many events has enough of the last one
        rows = await reader.rows(
            _FEED,
            {
                "shops": list(shops),
                "feed": list(_FEED_EVENTS),
                "since": instant(now - timedelta(days=days)),
                "items": _FEED_ITEMS,
            },
        )
        if len(rows) == _FEED_ITEMS:
            break
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
            event=row["event"],
            buyer_no=row["buyer_no"],
            amount_minor=row["amount_minor"],
            currency=row["currency"],
            product_title=titles.get((False, row["product_id"]))
            or titles.get((True, row["order_id"])),
        )
        for row in rows
    ]


async def read_freshness(
    pool: Pool, reader: Reader, shops: Sequence[int], now: datetime
) -> Freshness:
    """How far the shops' figures are behind."""

    async def last_recorded() -> datetime | None:
        # Two days first: only for a shop that was idle that long is its whole past searched.
        for since in (now - timedelta(days=2), datetime(1970, 1, 1, tzinfo=UTC)):
            parameters = {"shops": list(shops), "since": instant(since)}
            (row,) = await reader.rows(_LAST_RECORDED, parameters)
            if row["at"] is not None:
                moment: datetime = row["at"].replace(tzinfo=UTC)
                return moment
        return None

    async def backlog() -> shipments.Backlog:
        async with pool.acquire() as connection:
            return await shipments.backlog(connection, shops, now)

    last, waiting = await asyncio.gather(last_recorded(), backlog())
    oldest = waiting.seconds
    return Freshness(
        last_event_at=last,
        lag_seconds=0.0 if oldest is None else round(max(oldest, 0.0), 3),
        outbox_waiting=waiting.waiting,
    )


async def read_overview(
    pool: Pool, reader: Reader, shops: Sequence[Shop], period: Period, now: datetime
) -> Overview:
    """The overview of some shops as of `now`; raises what the two stores raise."""
    ids = sorted(shop.id for shop in shops)
    zones = sorted({shop.timezone for shop in shops})
    frames = [window(period, zone, now) for zone in zones]
    counting = [
        _count(reader, [shop for shop in shops if shop.timezone == frame.timezone], frame, now)
        for frame in frames
    ]
    counts, feed, freshness = await asyncio.gather(
        asyncio.gather(*counting),
        _feed(pool, reader, ids, now),
        read_freshness(pool, reader, ids, now),
    )
    total = empty(0)
    for counted in counts:
        total.add(counted)
    return Overview(
        as_of=now,
        period=period,
        timezone=zones[0] if len(zones) == 1 else None,
        shops=ids,
        figures=figures_of(total, _edges(frames), {shop.currency for shop in shops}),
        funnel=[
            FunnelStep(step=step, users=users)
            for step, users in zip(FUNNEL, total.current.steps, strict=True)
        ],
        feed=feed,
        freshness=freshness,
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
