"""The overview's queries: from events and the outbox to figures, funnel, feed and freshness."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from api.figures import (
    FUNNEL,
    Counted,
    FeedItem,
    Freshness,
    FunnelStep,
    Overview,
    Totals,
    empty,
    figures_of,
)
from api.periods import Period, Window, window
from api.reader import Reader
from core import sales, shipments
from core.events import ACTIVITY, BOT_STARTED, ORDER_CREATED, ORDER_PAID
from core.postgres import Pool
from core.shop.shops import Shop
from core.zones import last_edge, seconds

_STEP_EVENTS: dict[str, tuple[str, ...]] = {
    "started": (BOT_STARTED.name,),
    "catalog_viewed": ("catalog_viewed",),
    "product_viewed": ("product_viewed",),
    "cart_or_checkout": ("cart_viewed", "cart_item_added", "checkout_started"),
    "order_created": (ORDER_CREATED.name,),
    "order_paid": (ORDER_PAID.name,),
}
_COUNTED = sorted({*ACTIVITY, *sales.EVENTS, *(name for e in _STEP_EVENTS.values() for name in e)})
_FEED_EVENTS = (ORDER_PAID.name, BOT_STARTED.name, "product_viewed")
_FEED_ITEMS = 20
_FEED_DAYS = 7  # with a limit: the newest twenty are found in few rows

_IN_PERIODS = """
    occurred_at >= {previous_start:DateTime64(3, 'UTC')}
    AND occurred_at < {end:DateTime64(3, 'UTC')}
    AND (occurred_at < {previous_end:DateTime64(3, 'UTC')}
         OR occurred_at >= {start:DateTime64(3, 'UTC')})
"""
_LINED = sales.has_lines(
    "l.shop_id IN {shops:Array(UInt32)} AND l.occurred_at "
    f">= {{previous_start:DateTime64(3, 'UTC')}} - toIntervalDay({sales.LINES_WITHIN_DAYS}) AND "
    f"l.occurred_at < {{end:DateTime64(3, 'UTC')}} + toIntervalDay({sales.LINES_WITHIN_DAYS})"
)
_PERSON = "(shop_id, buyer_no)"


def _counts_sql() -> str:
    """Sums and exact distinct people for the two periods, and for each hour or day.

    The transaction of the first start marked who is new: a known person does not become new again
    when old events expire.
    """
    steps = ",\n    ".join(
        f"uniqExactIf({_PERSON}, event IN {{step_{step}:Array(String)}}) AS {step}"
        for step in FUNNEL
    )
    return f"""
SELECT
    at >= {{start:DateTime64(3, 'UTC')}} AS is_current,
    {last_edge("at", "edges")} AS bucket,
    grouping(bucket) AS is_total,
    countIf(event = {{bot_started:String}}) AS starts,
    uniqExactIf({_PERSON}, is_first) AS new_users,
    uniqExactIf({_PERSON}, event IN {{activity:Array(String)}} AND buyer_no != 0) AS active_users,
    uniqExactIf({_PERSON}, event = {{order_paid:String}}) AS active_buyers,
    {steps},
    sumMapIf(map(paid_in, toInt64(1)), event = {{order_paid:String}}) AS orders,
    sumMapIf(map(paid_in, sold), is_sold) AS gross_minor,
    sumMapIf(map(paid_in, discount), event = {{order_paid:String}}) AS discounts_minor,
    sumMapIf(map(paid_in, returned), is_refund) AS returns_minor
FROM (
    SELECT shop_id, buyer_no, event, occurred_at AS at,
        toString(currency) AS paid_in,
        {_LINED} AS is_lined,
        {sales.is_sold("is_lined")} AS is_sold,
        {sales.REFUND} AS is_refund,
        if(is_sold, {sales.SOLD}, 0) AS sold,
        if({sales.PAID}, {sales.DISCOUNT}, 0) AS discount,
        if(is_refund, {sales.RETURNED}, 0) AS returned,
        event = {{bot_started:String}} AND JSONExtractBool(props, 'is_first') AS is_first
    FROM events AS e
    WHERE shop_id IN {{shops:Array(UInt32)}} AND event IN {{counted:Array(String)}}
        AND NOT is_staff AND NOT is_test AND {_IN_PERIODS}
)
GROUP BY GROUPING SETS ((is_current), (is_current, bucket))
"""


_FEED = """
SELECT occurred_at, shop_id, event, buyer_no, order_id, product_id, amount_minor, currency
FROM events
WHERE shop_id IN {shops:Array(UInt32)} AND event IN {feed:Array(String)}
    AND NOT is_staff AND NOT is_test
    AND occurred_at >= {since:DateTime64(3, 'UTC')}
ORDER BY occurred_at DESC, pos DESC
LIMIT {items:UInt8}
"""
_LAST_RECORDED = """
SELECT maxOrNull(recorded_at) AS at FROM events
WHERE shop_id IN {shops:Array(UInt32)} AND occurred_at >= {since:DateTime64(3, 'UTC')}
"""
_TITLES = """
SELECT id, title, false AS is_order FROM products WHERE id = ANY($1::bigint[])
UNION ALL
SELECT order_id, title, true FROM order_lines WHERE order_id = ANY($2::bigint[]) AND line = 1
"""


def _instant(moment: datetime) -> str:
    """In the form in which ClickHouse reads a DateTime64(3, 'UTC')."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def _parameters(shops: Sequence[int], frame: Window) -> dict[str, Any]:
    return {
        "shops": list(shops),
        "edges": seconds(frame.edges),
        "start": _instant(frame.start),
        "end": _instant(frame.end),
        "previous_start": _instant(frame.previous_start),
        "previous_end": _instant(frame.previous_end),
        "counted": _COUNTED,
        "activity": sorted(ACTIVITY),
        "bot_started": BOT_STARTED.name,
        "order_paid": ORDER_PAID.name,
        **{f"step_{step}": list(events) for step, events in _STEP_EVENTS.items()},
    }


def _totals(row: dict[str, Any]) -> Totals:
    return Totals(
        starts=row["starts"],
        new_users=row["new_users"],
        active_users=row["active_users"],
        active_buyers=row["active_buyers"],
        steps=tuple(row[step] for step in FUNNEL),
        orders=Counter(row["orders"]),
        gross_minor=Counter(row["gross_minor"]),
        discounts_minor=Counter(row["discounts_minor"]),
        returns_minor=Counter(row["returns_minor"]),
    )


async def _count(reader: Reader, shops: Sequence[int], frame: Window) -> Counted:
    """Counts the shops of one time zone."""
    rows = await reader.rows(_counts_sql(), _parameters(shops, frame))
    counted = empty(len(frame.edges))
    places = {edge: place for place, edge in enumerate(seconds(frame.edges))}
    for row in rows:
        if row["is_total"]:
            setattr(counted, "current" if row["is_current"] else "previous", _totals(row))
        elif row["is_current"]:
            counted.buckets[places[row["bucket"]]] = _totals(row)
    return counted


async def _feed(pool: Pool, reader: Reader, shops: Sequence[int], now: datetime) -> list[FeedItem]:
    rows = await reader.rows(
        _FEED,
        {
            "shops": list(shops),
            "feed": list(_FEED_EVENTS),
            "since": _instant(now - timedelta(days=_FEED_DAYS)),
            "items": _FEED_ITEMS,
        },
    )
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


async def _freshness(pool: Pool, reader: Reader, shops: Sequence[int], now: datetime) -> Freshness:
    async def last_recorded() -> datetime | None:
        # Two days first: only for a shop that was idle that long is its whole past searched.
        for since in (now - timedelta(days=2), datetime(1970, 1, 1, tzinfo=UTC)):
            parameters = {"shops": list(shops), "since": _instant(since)}
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
        _count(reader, [shop.id for shop in shops if shop.timezone == frame.timezone], frame)
        for frame in frames
    ]
    counts, feed, freshness = await asyncio.gather(
        asyncio.gather(*counting),
        _feed(pool, reader, ids, now),
        _freshness(pool, reader, ids, now),
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
