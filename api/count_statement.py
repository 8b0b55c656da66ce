"""The one query that counts what shoppers did: closed days from the roll-up `people_day`,
everything else from the events (`core.people_day`)."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from api.asked import COUNTS, MONEY, PEOPLE, Asked, is_one_of
from api.reader import Table
from api.stretches import STAMP, KeptDay, instant, ranges
from core import people_day, sales
from core.shop.rates import ShopRate, on_day
from core.shop.shops import Shop
from core.zones import day_of, day_start, last_edge, seconds


def flagged(row: str) -> str:
    """SQL: whoever the row is of counts as fraud at the moment; over the parameter `shops`."""
    return f"""toBool(({row}.shop_id, {row}.buyer_no) IN (
    SELECT shop_id, buyer_no FROM fraud_verdict FINAL WHERE verdict = 'fraud'
        AND shop_id IN {{shops:Array(UInt32)}}))"""


_WINDOWS = f"shop_id UInt32, starts_at {STAMP}, ends_at {STAMP}, currency String, rates String"
_EPOCH, _DAY = date(1970, 1, 1), 86_400
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


def _base_sum(name: str) -> str:
    column, events = MONEY[name]
    known = f"isNotNull(base_{column}) AND {is_one_of(events)}"
    return (
        f"if(countIf(isNull(base_{column}) AND {is_one_of(events)}) = 0, "
        f"sumIf(assumeNotNull(base_{column}), {known}), NULL)"
    )


def totals_sql(parts: Sequence[str], asked: Asked, *, with_totals: bool) -> str:
    """A row of each dimension and bucket, and `with_totals` of each span. What is counted is called
    `n_` and the measure, for an alias would hide the column of the same name.

    Distinct people are counted in each shop, for shops share nobody, and then added up.
    """
    inner: dict[str, str] = {}
    outer: dict[str, str] = {}
    for name in sorted(asked.measures):
        if name in PEOPLE:
            inner[f"n_{name}"] = f"groupBitmapMergeIf(people, {is_one_of(PEOPLE[name])})"
            outer[f"n_{name}"] = f"sum(t.n_{name})"
        elif name in COUNTS:
            inner[f"n_{name}"] = f"sumIf(events, event = '{COUNTS[name]}')"
            outer[f"n_{name}"] = f"sum(t.n_{name})"
        else:
            column, events = MONEY[name]
            inner[f"n_{name}"] = f"sumMapIf(map(currency, toInt64({column})), {is_one_of(events)})"
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


def _rows_of_days(asked: Asked) -> str:
    rows = f"p.dimension = '{asked.dimension}' AND p.day IN {{days:Array(Date)}}"
    return rows if asked.keys is None else f"{rows} AND p.key IN {{keys:Array(String)}}"


def _rows_of_hours(is_used: str) -> str:
    return f"p.dimension = '{people_day.HOURS}' AND p.day IN {{hours_of:Array(Date)}} AND {is_used}"


def _from_roll_up(asked: Asked, *, is_same: bool) -> str:
    if is_same:
        return _kept_rows(asked, _BUCKET_OF_DAY, _rows_of_days(asked))
    used = "INNER JOIN used AS u ON u.shop_id = p.shop_id AND u.day = p.day"
    return _kept_rows(asked, "u.bucket", _rows_of_days(asked), used)


def _from_hours(asked: Asked, is_used: str) -> str:
    return _kept_rows(asked, _BUCKET_OF_HOUR, _rows_of_hours(is_used))


def _from_days_and_hours(asked: Asked) -> str:
    """Both of them in one reading, which takes half as long to plan as two: the same days of every
    shop, and hours that are named."""
    is_hour = f"p.dimension = '{people_day.HOURS}'"
    bucket = f"if({is_hour}, {_BUCKET_OF_HOUR}, {_BUCKET_OF_DAY})"
    rows = f"(({_rows_of_days(asked)}) OR ({_rows_of_hours(_IS_NAMED_HOUR)}))"
    return _kept_rows(asked, bucket, rows)


def _kept_rows(asked: Asked, bucket: str, rows: str, used: str = "") -> str:
    columns = ", ".join(f"p.{name} AS {name}" for name in asked.folding.columns)
    currency = "toString(p.currency)" if asked.folding.by_currency else "''"
    key = "toString(p.key)" if asked.dimension else "''"
    return f"""
SELECT p.shop_id AS shop_id, {bucket} AS bucket, {key} AS dimension,
    p.is_flagged AS is_flagged,
    toString(p.event) AS event, {currency} AS currency, {columns}
FROM {people_day.TABLE} AS p {used}
WHERE p.shop_id IN {{shops:Array(UInt32)}} AND {asked.kept} AND {rows}
"""


def _within(moment: str, pieces: int) -> str:
    """SQL: the moment is in one of the pieces of time. It says so of the day, too, as `from_moment`
    does: by numbers of days that the planner need not make of the moments."""
    each = (
        f"toDate({moment}) BETWEEN {{first{n}:Date}} AND {{last{n}:Date}}"
        f" AND {moment} >= {{begin{n}:{STAMP}}} AND {moment} < {{end{n}:{STAMP}}}"
        for n in range(pieces)
    )
    return f"({' OR '.join(f'({one})' for one in each)})"


# Of one currency, no rates of an owner, and the same time of each shop: no join is needed to find
# each event's window.
_ONE_WINDOW = "CROSS JOIN (SELECT {currency:String} AS currency, '{}' AS rates) AS w"
_WINDOWED = "ASOF INNER JOIN windows AS w ON w.shop_id = e.shop_id AND e.occurred_at >= w.starts_at"


def _from_events(pieces: int, asked: Asked, *, is_one_window: bool) -> str:
    shops = "IN {shops:Array(UInt32)}"
    near = f"l.shop_id {shops} AND toDate(l.occurred_at) IN {{days_of_lines:Array(Date)}}"
    key = people_day.DIMENSIONS[asked.dimension] if asked.dimension else "''"
    one_window = _ONE_WINDOW if asked.with_base else ""
    rows = f"""
FROM events AS e {one_window if is_one_window else _WINDOWED}
WHERE e.shop_id {shops} AND {_within("e.occurred_at", pieces)}
    {"" if is_one_window else "AND e.occurred_at < w.ends_at"} AND NOT e.is_staff AND NOT e.is_test
    {"" if asked.keys is None else f"AND {key} IN {{keys:Array(String)}}"}
"""
    keys = {
        "shop_id": "e.shop_id",
        "bucket": last_edge("e.occurred_at", "edges"),
        "dimension": key,
        "is_flagged": flagged("e") if asked.variant == "clean" else "false",
    }
    lined = sales.has_lines(near)
    return people_day.fold(rows, lined, keys, folding=asked.folding, events=asked.events)


def _day(second: int) -> date:
    return _EPOCH + timedelta(days=second // _DAY)


def _days_around(pieces: Iterable[tuple[int, int]], days: int) -> set[date]:
    """The days of UTC of the pieces of time, and so many around them."""
    return {
        _EPOCH + timedelta(days=number)
        for begin, end in pieces
        for number in range(begin // _DAY - days, end // _DAY + days + 1)
    }


def _length(pieces: Iterable[tuple[int, int]]) -> int:
    return sum(end - begin for begin, end in pieces)


@dataclass(slots=True)
class Statement:
    """What a query is put together from."""

    parameters: dict[str, Any]
    tables: list[Table] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    def read_roll_up(
        self,
        asked: Asked,
        days: Sequence[tuple[KeptDay, int]],
        hours: Sequence[tuple[KeptDay, int, int]],
    ) -> None:
        """Adds days of the roll-up, each with the bucket that it belongs to, and hours of others,
        from one number up to another."""
        is_same = self._add_days(asked, days)
        are_few = self._add_hours(hours)
        if days and hours and is_same and are_few:
            self.parts.append(_from_days_and_hours(asked))
            return
        if days:
            self.parts.append(_from_roll_up(asked, is_same=is_same))
        if hours:
            self.parts.append(_from_hours(asked, _IS_NAMED_HOUR if are_few else _IS_USED_HOUR))

    def _add_days(self, asked: Asked, used: Sequence[tuple[KeptDay, int]]) -> bool:
        """Whether they are the same ones of every shop; otherwise, a table says which."""
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
        return is_same

    def _add_hours(self, used: Sequence[tuple[KeptDay, int, int]]) -> bool:
        """Whether they are few, which are named; otherwise, a table says which."""
        self.parameters["hours_of"] = sorted({day.day for day, _, _ in used})
        named = [(d.shop_id, d.day, str(n)) for d, a, b in used for n in range(a, b)]
        if len(named) <= _FEW_HOURS:
            self.parameters["hours"] = named
            return True
        rows = [(str(d.shop_id), d.day.isoformat(), str(a), str(b)) for d, a, b in used]
        self.tables.append(Table("used_hours", _USED_HOURS, rows))
        return False

    def read_events(self, asked: Asked, gaps: Mapping[int, Sequence[tuple[int, int]]]) -> None:
        """Adds what is left of each shop's time."""
        pieces = ranges(gap for found in gaps.values() for gap in found)
        if not pieces:
            return
        for number, (begin, end) in enumerate(pieces):
            self.parameters |= {f"begin{number}": _stamp(begin), f"end{number}": _stamp(end)}
            self.parameters |= {f"first{number}": _day(begin), f"last{number}": _day(end)}
        self.parameters["days_of_lines"] = sorted(_days_around(pieces, sales.LINES_WITHIN_DAYS))
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
