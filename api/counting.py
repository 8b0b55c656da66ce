"""What shoppers did in a stretch of time: closed days from the roll-up `people_day`, everything
else from the events, in one query (`core.people_day`)."""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal

from api.figures import FUNNEL, MONEY_SUMS, Sums, Totals
from api.reader import Reader, Table
from api.stretches import (
    STAMP,
    KeptDay,
    Stretch,
    as_judged_today,
    instant,
    kept_days,
    plan,
    ranges,
)
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
# What the overview shows.
OVERVIEW: frozenset[str] = frozenset(
    {*_PEOPLE, "starts", "orders", "gross_minor", "discounts_minor", "returns_minor"}
)

_FLAGGED = """toBool((e.shop_id, e.buyer_no) IN (
    SELECT shop_id, buyer_no FROM fraud_verdict FINAL WHERE verdict = 'fraud'
        AND shop_id IN {shops:Array(UInt32)}))"""
_WINDOWS = f"shop_id UInt32, starts_at {STAMP}, ends_at {STAMP}, currency String, rates String"
_EPOCH = date(1970, 1, 1)
_USED = "shop_id UInt32, day Date, bucket Int64"


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


def _totals_sql(parts: Sequence[str], asked: "Asked") -> str:
    """Distinct people are counted in each shop, for shops share nobody, and then added up."""
    inner: dict[str, str] = {}
    outer: dict[str, str] = {}
    for name in sorted(asked.measures):
        # A name of its own inside: an alias would hide the column of the same name.
        if name in _PEOPLE:
            inner[f"n_{name}"] = f"groupBitmapMergeIf(people, {_is(_PEOPLE[name])})"
            outer[name] = f"sum(n_{name})"
        elif name in _EVENTS:
            inner[f"n_{name}"] = f"sumIf(events, event = '{_EVENTS[name]}')"
            outer[name] = f"sum(n_{name})"
        else:
            column, events = _MONEY[name]
            inner[f"n_{name}"] = f"sumMapIf(map(currency, {column}), {_is(events)})"
            outer[name] = f"sumMap(n_{name})"
    for name in asked.converted:
        inner[f"n_base_{name}"] = _base_sum(name)
        unknown = f"countIf(isNull(n_base_{name})) > 0"
        outer[f"base_{name}"] = f"if({unknown}, NULL, sum(assumeNotNull(n_base_{name})))"
    return f"""
SELECT span, bucket, is_total, dimension, {_named(outer)}
FROM (
    SELECT shop_id, span, bucket, dimension, grouping(bucket) AS is_total,
        {_named(inner)}
    FROM (
        SELECT *, roundDown(bucket, {{spans:Array(Int64)}}) AS span
        FROM ({" UNION ALL ".join(parts)})
        {"WHERE NOT is_flagged" if asked.variant == "clean" else ""}
    )
    GROUP BY GROUPING SETS ((shop_id, span, dimension), (shop_id, span, bucket, dimension))
)
GROUP BY span, bucket, is_total, dimension
ORDER BY dimension, is_total, bucket
{"" if asked.most_rows is None else f"LIMIT {asked.most_rows}"}
"""


def _named(expressions: Mapping[str, str]) -> str:
    return ", ".join(f"{each} AS {name}" for name, each in expressions.items())


# The same days of every shop: no join is needed, which costs a quarter of a small query.
_BUCKET_OF_DAY = (
    "transform(toUInt32(p.day), {day_numbers:Array(UInt32)}, {buckets:Array(Int64)}, toInt64(0))"
)


def _from_roll_up(asked: "Asked", *, is_same: bool) -> str:
    columns = ", ".join(f"p.{name} AS {name}" for name in (*asked.sums, "people"))
    bucket = _BUCKET_OF_DAY if is_same else "u.bucket"
    used = "" if is_same else "INNER JOIN used AS u ON u.shop_id = p.shop_id AND u.day = p.day"
    return f"""
SELECT p.shop_id AS shop_id, {bucket} AS bucket, '' AS dimension, p.is_flagged AS is_flagged,
    toString(p.event) AS event, toString(p.currency) AS currency, {columns}
FROM {people_day.TABLE} AS p {used}
WHERE p.shop_id IN {{shops:Array(UInt32)}} AND p.event != '{people_day.MARK}'
    AND p.day IN {{days:Array(Date)}}
"""


def _from_events(pieces: int, asked: "Asked") -> str:
    within = " OR ".join(
        f"(e.occurred_at >= {{begin{n}:{STAMP}}} AND e.occurred_at < {{end{n}:{STAMP}}})"
        for n in range(pieces)
    )
    near = (
        f"l.shop_id IN {{shops:Array(UInt32)}} AND l.occurred_at >= {{begin0:{STAMP}}} "
        f"- toIntervalDay({sales.LINES_WITHIN_DAYS}) AND l.occurred_at < "
        f"{{end{pieces - 1}:{STAMP}}} + toIntervalDay({sales.LINES_WITHIN_DAYS})"
    )
    rows = f"""
FROM events AS e
ASOF INNER JOIN windows AS w ON w.shop_id = e.shop_id AND e.occurred_at >= w.starts_at
WHERE e.shop_id IN {{shops:Array(UInt32)}} AND ({within}) AND e.occurred_at < w.ends_at
    AND NOT e.is_staff AND NOT e.is_test
    {"" if asked.keys is None else f"AND {asked.dimension} IN {{keys:Array(String)}}"}
"""
    keys = {
        "shop_id": "e.shop_id",
        "bucket": last_edge("e.occurred_at", "edges"),
        "dimension": asked.dimension,
        "is_flagged": _FLAGGED if asked.variant == "clean" else "false",
    }
    folded = people_day.fold(
        rows,
        sales.has_lines(near),
        keys,
        f"{people_day.PEOPLE} AS people",
        parts=asked.parts,
        with_base=asked.with_base,
    )
    columns = ", ".join((*keys, "event", "currency", *asked.sums, "people"))
    return f"SELECT {columns} FROM ({folded})"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is counted: shops of one clock, by variant, and which fields of `Totals`.

    `dimension` is SQL of an event `e` by which it is broken down, and then everything comes from
    events; with `keys` only these of it. `with_base`: money also in the shops' own currencies, by
    `rates`. `limits` are ClickHouse's settings for what the query may cost, `most_rows` how many
    rows it gives at most, the first keys' ones.
    """

    shops: Sequence[Shop]
    variant: Variant = "raw"
    measures: frozenset[str] = OVERVIEW
    dimension: str = "''"
    with_base: bool = False
    rates: Mapping[int, Sequence[ShopRate]] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)
    keys: Sequence[str] | None = None
    most_rows: int | None = None

    @property
    def parts(self) -> set[str]:
        """The parts of money that the measures are of."""
        columns = (_MONEY[name][0] for name in self.measures if name in _MONEY)
        return {each.removesuffix("_minor") for each in columns if each.endswith("_minor")}

    @property
    def sums(self) -> list[str]:
        return people_day.sums(self.parts, with_base=self.with_base)

    @property
    def converted(self) -> list[str]:
        """The measures that are also counted in the shops' own currencies."""
        return sorted(self.measures & set(MONEY_SUMS)) if self.with_base else []


@dataclass(slots=True)
class _Statement:
    """What a query is put together from."""

    parameters: dict[str, Any]
    tables: list[Table] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    def read_kept(self, asked: Asked, used: Sequence[tuple[KeptDay, int]]) -> None:
        """Adds days of the roll-up, each with the bucket that it belongs to."""
        if not used:
            return
        buckets = {day.day: bucket for day, bucket in used}
        self.parameters["days"] = sorted(buckets)
        # As many rows as shops and days, each in the bucket of that day: all have the same.
        is_same = len(used) == len(buckets) * len(asked.shops) and all(
            buckets[day.day] == bucket for day, bucket in used
        )
        if is_same:
            self.parameters["day_numbers"] = [(day - _EPOCH).days for day in sorted(buckets)]
            self.parameters["buckets"] = [buckets[day] for day in sorted(buckets)]
        else:
            rows = [(str(d.shop_id), d.day.isoformat(), str(b)) for d, b in used]
            self.tables.append(Table("used", _USED, rows))
        self.parts.append(_from_roll_up(asked, is_same=is_same))

    def read_events(self, asked: Asked, gaps: Mapping[int, Sequence[tuple[int, int]]]) -> None:
        """Adds what is left of each shop's time."""
        pieces = ranges(gap for found in gaps.values() for gap in found)
        if not pieces:
            return
        for number, (begin, end) in enumerate(pieces):
            self.parameters |= {f"begin{number}": _stamp(begin), f"end{number}": _stamp(end)}
        windows = [
            row
            for shop in asked.shops
            for row in _windows(shop, gaps[shop.id], asked.rates.get(shop.id, ()))
        ]
        self.tables.append(Table("windows", _WINDOWS, windows))
        self.parts.append(_from_events(len(pieces), asked))


async def count(
    reader: Reader, asked: Asked, stretches: Sequence[Stretch], kept: Sequence[KeptDay]
) -> list[Count]:
    """The totals of stretches that do not overlap, by one query."""
    shops = [shop.id for shop in asked.shops]
    plans = [plan(stretch, shops, kept) for stretch in stretches]
    statement = _Statement(
        exponents()
        | {
            "shops": shops,
            "edges": sorted({edge for each in stretches for edge in seconds(each.edges)}),
            "spans": sorted(seconds([each.start for each in stretches])),
            "keys": list(asked.keys or ()),
        }
    )
    statement.read_kept(asked, [each for planned in plans for each in planned.used])
    gaps = {shop: [gap for planned in plans for gap in planned.gaps[shop]] for shop in shops}
    statement.read_events(asked, gaps)
    found: list[dict[str, Any]] = []
    if statement.parts:  # otherwise the stretches have no time in them
        sql = _totals_sql(statement.parts, asked)
        found = await reader.rows(sql, statement.parameters, statement.tables, asked.limits)
    return [
        Count(_by_dimension(found, stretch, asked), planned.gaps)
        for stretch, planned in zip(stretches, plans, strict=True)
    ]


def _by_dimension(
    rows: Iterable[Mapping[str, Any]], stretch: Stretch, asked: Asked
) -> dict[str, CountedStretch]:
    edges = seconds(stretch.edges)
    places = {edge: place for place, edge in enumerate(edges)}
    found: defaultdict[str, CountedStretch] = defaultdict(
        lambda: CountedStretch(Totals(), [Totals() for _ in edges])
    )
    for row in rows:
        if row["span"] != edges[0]:
            continue
        counted = found[row["dimension"]]
        if row["is_total"]:
            counted.total = _totals(row, asked)
        else:
            counted.buckets[places[row["bucket"]]] = _totals(row, asked)
    return dict(found) or {"": CountedStretch(Totals(), [Totals() for _ in edges])}


def _totals(row: Mapping[str, Any], asked: Asked) -> Totals:
    values: dict[str, Any] = {
        name: Counter(row[name]) if name in _MONEY else row[name]
        for name in asked.measures
        if name not in _STEP_EVENTS
    }
    if asked.with_base:
        own = {name: row[f"base_{name}"] for name in asked.converted}
        counts = {
            name: sum(row[name].values()) for name in ("orders", "units") if name in asked.measures
        }
        values["converted"] = Sums(**counts, **own)
    if asked.measures.issuperset(FUNNEL):
        values["steps"] = tuple(row[step] for step in FUNNEL)
    return Totals(**values)


async def count_all(
    reader: Reader, asked: Asked, stretches: Sequence[Stretch], now: datetime
) -> list[Count]:
    """Each of the stretches; they may overlap."""
    begin = min(stretch.start for stretch in stretches)
    end = max(stretch.end for stretch in stretches)
    kept: list[KeptDay] = []
    # A day that may be used began two days ago or earlier.
    if asked.dimension == "''" and begin <= now - 2 * people_day.SETTLED:
        kept = await kept_days(reader, [shop.id for shop in asked.shops], begin, end, now)
        kept = await as_judged_today(reader, kept) if asked.variant == "clean" else kept
    ordered = sorted(stretches, key=lambda each: each.start)
    if all(before.end <= after.start for before, after in zip(ordered, ordered[1:], strict=False)):
        return await count(reader, asked, stretches, kept)
    counted = (count(reader, asked, [stretch], kept) for stretch in stretches)
    return [found for (found,) in await asyncio.gather(*counted)]
