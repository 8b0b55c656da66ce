"""What shoppers did in a stretch of time: closed days from the roll-up `people_day`, everything else
from the events, in one query (`core.people_day`)."""

import asyncio
import json
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from api.figures import FUNNEL, Sums, Totals
from api.reader import Reader, Table
from core import people_day, sales
from core.events import ACTIVITY, BOT_STARTED, ORDER_CREATED, ORDER_PAID
from core.exchange import exponents
from core.shop.rates import ShopRate, on_day
from core.shop.shops import Shop
from core.zones import day_of, day_start, last_edge, seconds

Variant = Literal["raw", "clean"]

_STEP_EVENTS: Mapping[str, tuple[str, ...]] = {
    "started": (BOT_STARTED.name,),
    "catalog_viewed": ("catalog_viewed",),
    "product_viewed": ("product_viewed",),
    "cart_or_checkout": ("cart_viewed", "cart_item_added", "checkout_started"),
    "order_created": (ORDER_CREATED.name,),
    "order_paid": (ORDER_PAID.name,),
}
_PEOPLE: Mapping[str, tuple[str, ...]] = {
    "new_users": (people_day.FIRST_START,),
    "active_users": tuple(sorted(ACTIVITY)),
    "active_buyers": (ORDER_PAID.name,),
    **_STEP_EVENTS,
}
_EVENTS: Mapping[str, str] = {
    "starts": BOT_STARTED.name,
    **{event.replace("payment_", "payments_"): event for event in people_day.PAYMENTS},
}
_SOLD, _PAID, _REFUND = ("order_paid", "order_line"), ("order_paid",), ("refund_completed",)
# By currency, the columns of the roll-up and the events of which they are added up.
_MONEY: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "orders": ("toInt64(events)", _PAID),
    "units": ("quantity", _PAID),
    "gross_minor": ("goods_minor", _SOLD),
    "discounts_minor": ("discount_minor", _PAID),
    "returns_minor": ("goods_minor", _REFUND),
    "tax_minor": ("tax_minor", _PAID),
    "shipping_minor": ("shipping_minor", _PAID),
    "returned_tax_minor": ("tax_minor", _REFUND),
    "returned_shipping_minor": ("shipping_minor", _REFUND),
}
_BASE = tuple(name for name in _MONEY if name.endswith("_minor"))

# More pieces of time than this are read as one: the index needs no long list of them.
_MOST_RANGES = 16
_FLAGGED = """toBool((e.shop_id, e.buyer_no) IN (
    SELECT shop_id, buyer_no FROM fraud_verdict FINAL WHERE verdict = 'fraud'
        AND shop_id IN {shops:Array(UInt32)}))"""
_STAMP = "DateTime64(3, 'UTC')"
_WINDOWS = (
    f"shop_id UInt32, starts_at {_STAMP}, ends_at {_STAMP}, currency String, rates String"
)
_USED = "shop_id UInt32, day Date, bucket Int64"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time in UTC, cut into hours, days or the like: `edges` are where they begin."""

    edges: tuple[datetime, ...]
    end: datetime

    @property
    def start(self) -> datetime:
        return self.edges[0]


@dataclass(frozen=True, slots=True)
class KeptDay:
    """A shop's day of the roll-up, and its bounds in seconds since 1970."""

    shop_id: int
    day: date
    starts: int
    ends: int


@dataclass(slots=True)
class CountedStretch:
    """The totals of a stretch, and of each of its buckets."""

    total: Totals
    buckets: list[Totals]

    def add(self, other: "CountedStretch") -> None:
        """Adds other shops, bucket by bucket."""
        self.total.add(other.total)
        while len(self.buckets) < len(other.buckets):
            self.buckets.append(Totals())
        for mine, theirs in zip(self.buckets, other.buckets, strict=False):
            mine.add(theirs)


@dataclass(frozen=True, slots=True)
class Count:
    """A stretch by dimension (without one, by ''), and what of each shop's time came from its
    events, in seconds since 1970."""

    by_dimension: Mapping[str, CountedStretch]
    from_events: Mapping[int, Sequence[tuple[int, int]]]

    @property
    def whole(self) -> CountedStretch:
        return self.by_dimension[""]


_KEPT = f"""
WITH marks AS (
    SELECT shop_id, day, starts_at, ends_at, late_events FROM {people_day.TABLE}
    WHERE event = '{people_day.MARK}' AND shop_id IN {{shops:Array(UInt32)}}
        AND day BETWEEN toDate({{begin:{_STAMP}}}) - 1 AND toDate({{end:{_STAMP}}}) + 1
        AND starts_at >= {{begin:{_STAMP}}} AND ends_at <= {{end:{_STAMP}}}
        AND known_until = ends_at AND ends_at <= {{settled:{_STAMP}}}
)
SELECT m.shop_id AS shop_id, m.day AS day, toUnixTimestamp(m.starts_at) AS starts,
    toUnixTimestamp(m.ends_at) AS ends
FROM marks AS m
LEFT JOIN (
    SELECT w.shop_id AS shop_id, w.day AS day, count() AS late_events
    FROM (
        SELECT e.shop_id AS shop_id, e.occurred_at AS at FROM events AS e
        WHERE e.shop_id IN {{shops:Array(UInt32)}} AND e.occurred_at >= {{begin:{_STAMP}}}
            AND e.occurred_at < {{end:{_STAMP}}} AND {people_day.IS_LATE}
    ) AS l
    ASOF INNER JOIN marks AS w ON w.shop_id = l.shop_id AND l.at >= w.starts_at
    WHERE l.at < w.ends_at
    GROUP BY shop_id, day
) AS c ON c.shop_id = m.shop_id AND c.day = m.day
WHERE m.late_events = c.late_events
ORDER BY shop_id, starts
"""


def instant(moment: datetime) -> str:
    """In the form in which ClickHouse reads a DateTime64(3, 'UTC')."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


async def kept_days(
    reader: Reader, shops: Sequence[int], begin: datetime, end: datetime, now: datetime
) -> list[KeptDay]:
    """The days within these bounds that may be read from the roll-up, by shop and time."""
    rows = await reader.rows(
        _KEPT,
        {
            "shops": list(shops),
            "begin": instant(begin),
            "end": instant(end),
            "settled": instant(now - people_day.SETTLED),
        },
    )
    return [KeptDay(row["shop_id"], row["day"], row["starts"], row["ends"]) for row in rows]


@dataclass(frozen=True, slots=True)
class Plan:
    """What of a stretch is read from where: days of the roll-up with the bucket (its first second)
    that each belongs to, and what is left of each shop's time."""

    used: list[tuple[KeptDay, int]]
    gaps: dict[int, list[tuple[int, int]]]


def plan(stretch: Stretch, shops: Iterable[int], kept: Iterable[KeptDay]) -> Plan:
    """A kept day is used if it lies in one bucket: whichever clock the buckets go by."""
    edges = seconds(stretch.edges)
    begin, end = edges[0], seconds([stretch.end])[0]
    used: list[tuple[KeptDay, int]] = []
    free_from = dict.fromkeys(shops, begin)
    gaps: dict[int, list[tuple[int, int]]] = {shop: [] for shop in free_from}
    for day in kept:
        if day.starts < free_from[day.shop_id] or day.ends > end:
            continue
        place = bisect_right(edges, day.starts)
        if day.ends > (edges[place] if place < len(edges) else end):
            continue
        if day.starts > free_from[day.shop_id]:
            gaps[day.shop_id].append((free_from[day.shop_id], day.starts))
        free_from[day.shop_id] = day.ends
        used.append((day, edges[place - 1]))
    for shop, moment in free_from.items():
        if moment < end:
            gaps[shop].append((moment, end))
    return Plan(used, gaps)


def _ranges(gaps: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The gaps of all shops together, in order; one range around all if they are many."""
    found: list[tuple[int, int]] = []
    for begin, end in sorted(gaps):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    if len(found) > _MOST_RANGES:
        return [(found[0][0], max(end for _, end in found))]
    return found


def _stamp(second: int) -> str:
    return instant(datetime.fromtimestamp(second, UTC))


def _windows(
    shop: Shop, gaps: Iterable[tuple[int, int]], rates: Sequence[ShopRate]
) -> Iterator[tuple[str, ...]]:
    """The shop's gaps as rows of `windows`, cut where its owner's rates change."""
    changes = seconds([day_start(rate.valid_from, shop.timezone) for rate in rates])
    for begin, end in gaps:
        cuts = sorted({begin, *(each for each in changes if begin < each < end), end})
        for since, until in zip(cuts, cuts[1:], strict=False):
            day = day_of(datetime.fromtimestamp(since, UTC), shop.timezone)
            owners = {code: f"{rate:f}" for code, rate in on_day(rates, shop.currency, day).items()}
            yield (str(shop.id), _stamp(since), _stamp(until), shop.currency, json.dumps(owners))


def _is(events: Sequence[str]) -> str:
    return f"event IN ({', '.join(map(repr, events))})"


def _base_sum(name: str) -> str:
    column, events = _MONEY[name]
    known = f"isNotNull(base_{column}) AND {_is(events)}"
    return (
        f"if(countIf(isNull(base_{column}) AND {_is(events)}) = 0, "
        f"sumIf(assumeNotNull(base_{column}), {known}), NULL)"
    )


def _totals_sql(parts: Sequence[str], variant: Variant) -> str:
    """Distinct people are counted in each shop, for shops share nobody, and then added up."""
    # A name of its own for each: an alias would hide the column of the same name.
    people = ",\n        ".join(
        f"groupBitmapMergeIf(people, {_is(events)}) AS n_{name}" for name, events in _PEOPLE.items()
    )
    events = ",\n        ".join(
        f"sumIf(events, event = '{event}') AS n_{name}" for name, event in _EVENTS.items()
    )
    money = ",\n        ".join(
        f"sumMapIf(map(currency, {column}), {_is(events)}) AS n_{name}"
        for name, (column, events) in _MONEY.items()
    )
    base = ",\n        ".join(f"{_base_sum(name)} AS n_base_{name}" for name in _BASE)
    added = ", ".join(
        [f"sum(n_{name}) AS {name}" for name in (*_PEOPLE, *_EVENTS)]
        + [f"sumMap(n_{name}) AS {name}" for name in _MONEY]
        + [
            f"if(countIf(isNull(n_base_{name})) = 0, sum(assumeNotNull(n_base_{name})), NULL) "
            f"AS base_{name}"
            for name in _BASE
        ]
    )
    condition = "WHERE NOT is_flagged" if variant == "clean" else ""
    return f"""
SELECT bucket, is_total, dimension, {added}
FROM (
    SELECT shop_id, bucket, dimension, grouping(bucket) AS is_total,
        {people},
        {events},
        {money},
        {base}
    FROM ({" UNION ALL ".join(parts)})
    {condition}
    GROUP BY GROUPING SETS ((shop_id, dimension), (shop_id, bucket, dimension))
)
GROUP BY bucket, is_total, dimension
ORDER BY dimension, is_total, bucket
"""


_COLUMNS = ", ".join(("event", "currency", *people_day.SUMS, "people"))
_FROM_ROLL_UP = f"""
SELECT p.shop_id AS shop_id, u.bucket AS bucket, '' AS dimension, p.is_flagged AS is_flagged,
    toString(p.event) AS event, toString(p.currency) AS currency,
    {", ".join(f"p.{name} AS {name}" for name in (*people_day.SUMS, "people"))}
FROM {people_day.TABLE} AS p INNER JOIN used AS u ON u.shop_id = p.shop_id AND u.day = p.day
WHERE p.shop_id IN {{shops:Array(UInt32)}} AND p.event != '{people_day.MARK}'
    AND p.day BETWEEN {{first:Date}} AND {{last:Date}}
"""


def _from_events(ranges: int, variant: Variant, dimension: str) -> str:
    within = " OR ".join(
        f"(e.occurred_at >= {{begin{n}:{_STAMP}}} AND e.occurred_at < {{end{n}:{_STAMP}}})"
        for n in range(ranges)
    )
    near = (
        f"l.shop_id IN {{shops:Array(UInt32)}} AND l.occurred_at >= {{begin0:{_STAMP}}} "
        f"- toIntervalDay({sales.LINES_WITHIN_DAYS}) AND l.occurred_at < "
        f"{{end{ranges - 1}:{_STAMP}}} + toIntervalDay({sales.LINES_WITHIN_DAYS})"
    )
    rows = f"""
FROM events AS e
ASOF INNER JOIN windows AS w ON w.shop_id = e.shop_id AND e.occurred_at >= w.starts_at
WHERE e.shop_id IN {{shops:Array(UInt32)}} AND ({within}) AND e.occurred_at < w.ends_at
    AND NOT e.is_staff AND NOT e.is_test
"""
    keys = {
        "shop_id": "e.shop_id",
        "bucket": last_edge("e.occurred_at", "edges"),
        "dimension": dimension,
        "is_flagged": _FLAGGED if variant == "clean" else "false",
    }
    folded = people_day.fold(rows, sales.has_lines(near), keys, f"{people_day.PEOPLE} AS people")
    return f"SELECT {', '.join(keys)}, {_COLUMNS} FROM ({folded})"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is counted: shops of one clock, by variant; `dimension` is SQL of an event `e` by which
    it is broken down, and then everything comes from events."""

    shops: Sequence[Shop]
    variant: Variant = "raw"
    dimension: str = "''"
    rates: Mapping[int, Sequence[ShopRate]] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)
    """ClickHouse's settings for what the query may cost."""


async def count(
    reader: Reader, asked: Asked, stretch: Stretch, kept: Sequence[KeptDay]
) -> Count:
    """The totals of a stretch."""
    planned = plan(stretch, [shop.id for shop in asked.shops], kept)
    edges = seconds(stretch.edges)
    parameters: dict[str, Any] = exponents() | {
        "shops": [shop.id for shop in asked.shops],
        "edges": edges,
    }
    tables: list[Table] = []
    parts: list[str] = []
    if planned.used:
        days = [day.day for day, _ in planned.used]
        parameters |= {"first": min(days), "last": max(days)}
        rows = [(str(d.shop_id), d.day.isoformat(), str(b)) for d, b in planned.used]
        tables.append(Table("used", _USED, rows))
        parts.append(_FROM_ROLL_UP)
    ranges = _ranges(gap for gaps in planned.gaps.values() for gap in gaps)
    if ranges:
        for number, (begin, end) in enumerate(ranges):
            parameters |= {f"begin{number}": _stamp(begin), f"end{number}": _stamp(end)}
        tables.append(
            Table(
                "windows",
                _WINDOWS,
                [
                    row
                    for shop in asked.shops
                    for row in _windows(shop, planned.gaps[shop.id], asked.rates.get(shop.id, ()))
                ],
            )
        )
        parts.append(_from_events(len(ranges), asked.variant, asked.dimension))
    if not parts:  # the stretch has no time in it
        return Count(_by_dimension([], edges), planned.gaps)
    sql = _totals_sql(parts, asked.variant)
    found = await reader.rows(sql, parameters, tables, asked.limits)
    return Count(_by_dimension(found, edges), planned.gaps)


def _by_dimension(
    rows: Iterable[Mapping[str, Any]], edges: Sequence[int]
) -> dict[str, CountedStretch]:
    places = {edge: place for place, edge in enumerate(edges)}
    found: defaultdict[str, CountedStretch] = defaultdict(
        lambda: CountedStretch(Totals(), [Totals() for _ in edges])
    )
    for row in rows:
        counted = found[row["dimension"]]
        if row["is_total"]:
            counted.total = _totals(row)
        else:
            counted.buckets[places[row["bucket"]]] = _totals(row)
    return dict(found) or {"": CountedStretch(Totals(), [Totals() for _ in edges])}


def _totals(row: Mapping[str, Any]) -> Totals:
    return Totals(
        starts=row["starts"],
        new_users=row["new_users"],
        active_users=row["active_users"],
        active_buyers=row["active_buyers"],
        payments_succeeded=row["payments_succeeded"],
        payments_failed=row["payments_failed"],
        payments_expired=row["payments_expired"],
        steps=tuple(row[step] for step in FUNNEL),
        **{name: Counter(row[name]) for name in _MONEY},
        converted=Sums(
            orders=sum(row["orders"].values()),
            units=sum(row["units"].values()),
            **{name: row[f"base_{name}"] for name in _BASE},
        ),
    )


async def count_all(
    reader: Reader, asked: Asked, stretches: Sequence[Stretch], now: datetime
) -> list[Count]:
    """Each of the stretches; they may overlap."""
    begin = min(stretch.start for stretch in stretches)
    end = max(stretch.end for stretch in stretches)
    kept: list[KeptDay] = []
    if asked.dimension == "''" and end - begin >= timedelta(hours=20):
        kept = await kept_days(reader, [shop.id for shop in asked.shops], begin, end, now)
    counted = (count(reader, asked, stretch, kept) for stretch in stretches)
    return list(await asyncio.gather(*counted))
