"""The one query that counts what shoppers did: closed days from the roll-up `people_day`,
everything else from the events (`core.people_day`)."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal

from api.figures import MONEY_SUMS
from api.reader import Table
from api.stretches import STAMP, KeptDay, before_moment, from_moment, instant, ranges
from core import people_day, sales
from core.events import ACTIVITY, BOT_STARTED, ORDER_CREATED, ORDER_PAID
from core.shop.rates import ShopRate, on_day
from core.shop.shops import Shop
from core.zones import day_of, day_start, last_edge, seconds

Variant = Literal["raw", "clean"]

STEP_EVENTS: Mapping[str, tuple[str, ...]] = {
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
    **STEP_EVENTS,
}
_EVENTS: Mapping[str, str] = {
    "starts": BOT_STARTED.name,
    **{event.replace("payment_", "payments_"): event for event in people_day.PAYMENTS},
}
_SOLD, _PAID, _REFUND = ("order_paid", "order_line"), ("order_paid",), ("refund_completed",)
# By currency, the columns of the roll-up and the events of which they are added up.
MONEY: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "orders": ("events", _PAID),
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


def flagged(row: str) -> str:
    """SQL: whoever the row is of counts as fraud at the moment; over the parameter `shops`."""
    return f"""toBool(({row}.shop_id, {row}.buyer_no) IN (
    SELECT shop_id, buyer_no FROM fraud_verdict FINAL WHERE verdict = 'fraud'
        AND shop_id IN {{shops:Array(UInt32)}}))"""


_WINDOWS = f"shop_id UInt32, starts_at {STAMP}, ends_at {STAMP}, currency String, rates String"
_EPOCH = date(1970, 1, 1)
_USED = "shop_id UInt32, day Date, bucket Int64"
_USED_HOURS = "shop_id UInt32, day Date, since UInt8, until UInt8"


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


def _is(events: Sequence[str], event: str = "event") -> str:
    return f"{event} IN ({', '.join(map(repr, events))})"


def _events_of(measure: str) -> Sequence[str]:
    """The events of the roll-up that a measure counts."""
    if measure in _EVENTS:
        return (_EVENTS[measure],)
    return _PEOPLE[measure] if measure in _PEOPLE else MONEY[measure][1]


def _column_of(measure: str) -> str:
    """The column of the roll-up that a measure adds up."""
    return "events" if measure in _EVENTS else MONEY[measure][0]


def _base_sum(name: str) -> str:
    column, events = MONEY[name]
    known = f"isNotNull(base_{column}) AND {_is(events)}"
    return (
        f"if(countIf(isNull(base_{column}) AND {_is(events)}) = 0, "
        f"sumIf(assumeNotNull(base_{column}), {known}), NULL)"
    )


def totals_sql(parts: Sequence[str], asked: "Asked", *, with_totals: bool) -> str:
    """A row of each dimension and bucket, and `with_totals` of each span. What is counted is called
    `n_` and the measure, for an alias would hide the column of the same name.

    Distinct people are counted in each shop, for shops share nobody, and then added up.
    """
    inner: dict[str, str] = {}
    outer: dict[str, str] = {}
    for name in sorted(asked.measures):
        if name in _PEOPLE:
            inner[f"n_{name}"] = f"groupBitmapMergeIf(people, {_is(_PEOPLE[name])})"
            outer[f"n_{name}"] = f"sum(t.n_{name})"
        elif name in _EVENTS:
            inner[f"n_{name}"] = f"sumIf(events, event = '{_EVENTS[name]}')"
            outer[f"n_{name}"] = f"sum(t.n_{name})"
        else:
            column, events = MONEY[name]
            inner[f"n_{name}"] = f"sumMapIf(map(currency, toInt64({column})), {_is(events)})"
            outer[f"n_{name}"] = f"sumMap(t.n_{name})"
    for name in asked.converted:
        inner[f"n_base_{name}"] = _base_sum(name)
        unknown = f"countIf(isNull(t.n_base_{name})) > 0"
        known = f"sum(assumeNotNull(t.n_base_{name}))"
        outer[f"n_base_{name}"] = f"if({unknown}, NULL, {known})"
    # The planner takes a third longer for GROUPING SETS, and for a level more than one shop needs.
    found = f"""
SELECT shop_id, span, bucket, is_total, dimension, {_named(inner)}
FROM (
    SELECT p.* EXCEPT bucket, roundDown(p.bucket, {{spans:Array(Int64)}}) AS span,
        arrayJoin({[0, 1] if with_totals else [0]}) AS is_total, if(is_total, 0, p.bucket) AS bucket
    FROM ({" UNION ALL ".join(parts)}) AS p
    {"WHERE NOT p.is_flagged" if asked.variant == "clean" else ""}
)
GROUP BY shop_id, span, is_total, bucket, dimension
"""
    if len(asked.shops) > 1 and not asked.by_shop:
        found = f"""
SELECT span, bucket, is_total, dimension, {_named(outer)} FROM ({found}) AS t
GROUP BY span, bucket, is_total, dimension
"""
    limit = "" if asked.most_rows is None else f"LIMIT {asked.most_rows}"
    return f"{found} ORDER BY dimension, is_total, bucket {limit}"


def _named(expressions: Mapping[str, str]) -> str:
    return ", ".join(f"{each} AS {name}" for name, each in expressions.items())


# The same days of every shop: no join is needed, which costs a quarter of a small query.
_BUCKET_OF_DAY = (
    "transform(toUInt32(p.day), {day_numbers:Array(UInt32)}, {buckets:Array(Int64)}, toInt64(0))"
)


_BUCKET_OF_HOUR = last_edge("p.starts_at + toIntervalHour(toUInt32OrZero(p.key))", "edges")
_IS_USED_HOUR = """(p.shop_id, p.day, toString(p.key)) IN (
    SELECT shop_id, day, toString(arrayJoin(range(since, until))) FROM used_hours)"""
# Of few hours the query names each: to send a table of them takes longer than all the rest of them.
_FEW_HOURS = 100
_IS_NAMED_HOUR = "(p.shop_id, p.day, toString(p.key)) IN {hours:Array(Tuple(UInt32, Date, String))}"


def _from_roll_up(asked: "Asked", *, is_same: bool) -> str:
    rows = f"p.dimension = '{asked.dimension}' AND p.day IN {{days:Array(Date)}}"
    if asked.keys is not None:
        rows += " AND p.key IN {keys:Array(String)}"
    if is_same:
        return _kept_rows(asked, _BUCKET_OF_DAY, rows)
    used = "INNER JOIN used AS u ON u.shop_id = p.shop_id AND u.day = p.day"
    return _kept_rows(asked, "u.bucket", rows, used)


def _from_hours(asked: "Asked", is_used: str) -> str:
    rows = f"p.dimension = '{people_day.HOURS}' AND p.day IN {{hours_of:Array(Date)}}"
    return _kept_rows(asked, _BUCKET_OF_HOUR, f"{rows} AND {is_used}")


def _kept_rows(asked: "Asked", bucket: str, rows: str, used: str = "") -> str:
    columns = ", ".join(f"p.{name} AS {name}" for name in asked.columns)
    currency = "toString(p.currency)" if asked.folding.by_currency else "''"
    key = "toString(p.key)" if asked.dimension else "''"
    return f"""
SELECT p.shop_id AS shop_id, {bucket} AS bucket, {key} AS dimension,
    p.is_flagged AS is_flagged,
    toString(p.event) AS event, {currency} AS currency, {columns}
FROM {people_day.TABLE} AS p {used}
WHERE p.shop_id IN {{shops:Array(UInt32)}} AND {asked.read("p", people_day.MARK)} AND {rows}
"""


def _within(moment: str, pieces: int, around_days: int = 0) -> str:
    """SQL: the moment is in one of the pieces of time, or so many days around it."""
    days = f"toIntervalDay({around_days})"
    before, after = (f" - {days}", f" + {days}") if around_days else ("", "")
    each = (
        from_moment(moment, f"{{begin{n}:{STAMP}}}{before}")
        + " AND "
        + before_moment(moment, f"{{end{n}:{STAMP}}}{after}")
        for n in range(pieces)
    )
    return f"({' OR '.join(f'({one})' for one in each)})"


# Of one currency, no rates of an owner, and the same time of each shop: no join is needed to find
# each event's window.
_ONE_WINDOW = "CROSS JOIN (SELECT {currency:String} AS currency, '{}' AS rates) AS w"
_WINDOWED = "ASOF INNER JOIN windows AS w ON w.shop_id = e.shop_id AND e.occurred_at >= w.starts_at"


def _from_events(pieces: int, asked: "Asked", *, is_one_window: bool) -> str:
    shops = "IN {shops:Array(UInt32)}"
    near = f"l.shop_id {shops} AND {_within('l.occurred_at', pieces, sales.LINES_WITHIN_DAYS)}"
    key = people_day.DIMENSIONS[asked.dimension] if asked.dimension else "''"
    one_window = _ONE_WINDOW if asked.with_base else ""
    rows = f"""
FROM events AS e {one_window if is_one_window else _WINDOWED}
WHERE e.shop_id {shops} AND {_within("e.occurred_at", pieces)}
    {"" if is_one_window else "AND e.occurred_at < w.ends_at"} AND NOT e.is_staff AND NOT e.is_test
    {"" if asked.keys is None else f"AND {key} IN {{keys:Array(String)}}"} AND {asked.read("e")}
"""
    keys = {
        "shop_id": "e.shop_id",
        "bucket": last_edge("e.occurred_at", "edges"),
        "dimension": key,
        "is_flagged": flagged("e") if asked.variant == "clean" else "false",
    }
    folded = people_day.fold(rows, sales.has_lines(near), keys, folding=asked.folding)
    columns = ", ".join((*keys, "event", "currency", *asked.columns))
    return f"SELECT {columns} FROM ({folded})"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is counted: shops of one clock (with `with_base`, of one currency), by variant, and
    which fields of `Totals`.

    `dimension` is one of `people_day.DIMENSIONS` if it is broken down; with `keys` only these of
    it. `with_base`: money also in the shops' own currencies, by `rates`. `limits` are ClickHouse's
    settings for what the query may cost, `most_rows` how many rows it gives at most, the first
    keys' ones. `by_shop`: each shop by itself, in the place of a dimension.
    """

    shops: Sequence[Shop]
    variant: Variant = "raw"
    measures: frozenset[str] = OVERVIEW
    dimension: str = people_day.WHOLE
    with_base: bool = False
    rates: Mapping[int, Sequence[ShopRate]] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)
    keys: Sequence[str] | None = None
    most_rows: int | None = None
    by_shop: bool = False

    @property
    def folding(self) -> people_day.Folding:
        """What the measures need of the events."""
        summed = {_column_of(name) for name in self.measures - _PEOPLE.keys()}
        firsts = people_day.FIRST_START in self._events()
        return people_day.Folding(
            counts=summed & {"events", "quantity"},
            parts={each.removesuffix("_minor") for each in summed if each.endswith("_minor")},
            with_base=self.with_base,
            with_people=not self.measures.isdisjoint(_PEOPLE),
            with_firsts=firsts,
            by_currency=not self.measures.isdisjoint(MONEY),
            alike=self._alike({BOT_STARTED.name} if firsts else set()),
        )

    @property
    def columns(self) -> list[str]:
        """Those that are read of the roll-up and made of the events."""
        folding = self.folding
        return [*folding.sums, *(["people"] if folding.with_people else [])]

    def _events(self) -> set[str]:
        """Those that a measure counts."""
        return {each for name in self.measures for each in _events_of(name)}

    def _alike(self, apart: set[str]) -> list[list[str]]:
        """Lists of events that no measure tells from one another; without those that are to stay
        apart."""
        found: dict[frozenset[str], list[str]] = {}
        for event in people_day.EVENTS:
            if event not in apart:
                of_it = frozenset(name for name in self.measures if event in _events_of(name))
                found.setdefault(of_it, []).append(event)
        return list(found.values())

    def read(self, row: str, mark: str = "") -> str:
        """SQL: the row's event is one that is read. Where nobody asks which keys there are, those
        are enough that a measure counts. `mark` is an event that no measure ever does."""
        if self.dimension and self.keys is None:
            return f"{row}.event != '{mark}'"
        events = self._events()
        if people_day.FIRST_START in events:
            events.add(BOT_STARTED.name)  # of which it is one
        return _is(sorted(events), f"{row}.event")

    @property
    def converted(self) -> list[str]:
        """The measures that are also counted in the shops' own currencies."""
        return sorted(self.measures & set(MONEY_SUMS)) if self.with_base else []


def _length(pieces: Iterable[tuple[int, int]]) -> int:
    return sum(end - begin for begin, end in pieces)


@dataclass(slots=True)
class Statement:
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

    def read_hours(self, asked: Asked, used: Sequence[tuple[KeptDay, int, int]]) -> None:
        """Adds hours of other days of the roll-up, from one number up to another."""
        if not used:
            return
        self.parameters["hours_of"] = sorted({day.day for day, _, _ in used})
        named = [(d.shop_id, d.day, str(n)) for d, a, b in used for n in range(a, b)]
        if len(named) <= _FEW_HOURS:
            self.parameters["hours"] = named
            self.parts.append(_from_hours(asked, _IS_NAMED_HOUR))
            return
        rows = [(str(d.shop_id), d.day.isoformat(), str(a), str(b)) for d, a, b in used]
        self.tables.append(Table("used_hours", _USED_HOURS, rows))
        self.parts.append(_from_hours(asked, _IS_USED_HOUR))

    def read_events(self, asked: Asked, gaps: Mapping[int, Sequence[tuple[int, int]]]) -> None:
        """Adds what is left of each shop's time."""
        pieces = ranges(gap for found in gaps.values() for gap in found)
        if not pieces:
            return
        for number, (begin, end) in enumerate(pieces):
            self.parameters |= {f"begin{number}": _stamp(begin), f"end{number}": _stamp(end)}
        # Each shop's gaps are within the pieces: if they are as long, they are the same.
        is_same = {_length(found) for found in gaps.values()} == {_length(pieces)}
        currencies = {shop.currency for shop in asked.shops}
        has_rates = any(asked.rates.get(shop.id) for shop in asked.shops)
        is_one_window = is_same and (not asked.with_base or len(currencies) == 1 and not has_rates)
        if is_one_window:
            self.parameters["currency"] = min(currencies)
        else:
            windows = [
                row
                for shop in asked.shops
                for row in _windows(shop, gaps[shop.id], asked.rates.get(shop.id, ()))
            ]
            self.tables.append(Table("windows", _WINDOWS, windows))
        self.parts.append(_from_events(len(pieces), asked, is_one_window=is_one_window))
