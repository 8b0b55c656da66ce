"""Which closed days of a stretch of time come from the roll-up `people_day`, and what is left to be
counted from the events (`core.people_day`)."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from api.reader import Reader
from core import people_day
from core.zones import seconds

STAMP = "DateTime64(3, 'UTC')"
# More pieces of time than this are read as one: the index needs no long list of them.
_MOST_RANGES = 40
_HOUR = 3600


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
    is_whole: bool = True
    """Whether all of it may be read at once."""
    hours: int = 0
    """How many of its hours, from its start, may be read each alone."""


# The days' marks, and by quarters of an hour what was stored late (without a day).
_MARKS = f"""
SELECT shop_id, day, toUnixTimestamp(starts_at) AS starts, toUnixTimestamp(ends_at) AS ends,
    dimension = '{people_day.HOURS}' AS is_hourly, {people_day.IS_WHOLE} AS is_over,
    toUnixTimestamp(folded_at) AS folded, late_events AS late
FROM {people_day.TABLE}
WHERE event = '{people_day.MARK}' AND shop_id IN {{shops:Array(UInt32)}}
    AND dimension IN {{dimensions:Array(String)}}
    AND day BETWEEN toDate({{begin:{STAMP}}}) - 1 AND toDate({{end:{STAMP}}}) + 1
    AND ends_at > {{begin:{STAMP}}} AND starts_at < {{end:{STAMP}}}
UNION ALL
SELECT shop_id, toDate(0) AS day, toUnixTimestamp(quarter) AS starts, 0 AS ends,
    false AS is_hourly, false AS is_over, 0 AS folded, events AS late
FROM {people_day.LATE}
WHERE shop_id IN {{shops:Array(UInt32)}} AND quarter >= {{begin:{STAMP}}} - toIntervalDay(3)
    AND quarter < {{end:{STAMP}}} + toIntervalDay(3)
"""
# Days in which somebody counts otherwise by today's verdicts than by those of their fold.
_REJUDGED = f"""
SELECT DISTINCT p.shop_id AS shop_id, p.day AS day
FROM {people_day.TABLE} AS p LEFT JOIN (
    SELECT shop_id, groupBitmapState(buyer_no) AS people FROM fraud_verdict FINAL
    WHERE verdict = 'fraud' AND shop_id IN {{shops:Array(UInt32)}} GROUP BY shop_id
) AS v ON v.shop_id = p.shop_id
WHERE p.shop_id IN {{shops:Array(UInt32)}} AND p.dimension = '{people_day.WHOLE}'
    AND p.event != '{people_day.MARK}'
    AND p.day BETWEEN {{first:Date}} AND {{last:Date}}
    AND if(p.is_flagged, bitmapAndnotCardinality(p.people, v.people) > 0,
        bitmapHasAny(p.people, v.people))
"""


def from_moment(column: str, moment: str) -> str:
    """SQL: the column, when an event happened, is not before the moment.

    It says so of the day, too: that comes before the moment in the events' sort key, and ClickHouse
    does not see by itself that the one follows from the other.
    """
    return f"toDate({column}) >= toDate({moment}) AND {column} >= {moment}"


def before_moment(column: str, moment: str) -> str:
    """As `from_moment`: the column is before it."""
    return f"toDate({column}) <= toDate({moment}) AND {column} < {moment}"


def instant(moment: datetime) -> str:
    """In the form in which ClickHouse reads a DateTime64(3, 'UTC')."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


async def kept_days(
    reader: Reader,
    shops: Sequence[int],
    begin: datetime,
    end: datetime,
    *,
    dimension: str = people_day.WHOLE,
) -> list[KeptDay]:
    """The days that may be read from the roll-up, or of which hours may be, and that have a part
    within these bounds; by shop and time."""
    parameters = {"shops": list(shops), "begin": instant(begin), "end": instant(end)}
    hourly = [people_day.HOURS] if dimension == people_day.WHOLE else []
    rows = await reader.rows(_MARKS, parameters | {"dimensions": [dimension, *hourly]})
    rows.sort(key=lambda row: (row["shop_id"], row["starts"]))
    marks = [(_kept_day(row), row["late"]) for row in rows if row["ends"]]
    late = _by_day((day for day, _ in marks), (row for row in rows if not row["ends"]))
    found: dict[tuple[int, date], KeptDay] = {}
    for mark, count in marks:
        key = (mark.shop_id, mark.day)
        if late[key] <= count and (mark.is_whole or mark.hours):
            one = found.get(key, mark)
            found[key] = replace(
                one, is_whole=one.is_whole or mark.is_whole, hours=max(one.hours, mark.hours)
            )
    return list(found.values())


def _kept_day(row: Mapping[str, Any]) -> KeptDay:
    """What a mark says may be read."""
    hours = 0
    if row["is_hourly"]:
        until = min(row["ends"], row["folded"] - people_day.SETTLED // timedelta(seconds=1))
        hours = max(0, until - row["starts"]) // _HOUR
    is_whole = bool(row["is_over"]) and not row["is_hourly"]
    return KeptDay(row["shop_id"], row["day"], row["starts"], row["ends"], is_whole, hours)


async def as_judged_today(reader: Reader, days: Sequence[KeptDay]) -> list[KeptDay]:
    """Those of the days whose flagged shoppers are still the same: in the clean variant the others
    are counted from the events, so that one answer goes by one state of the verdicts."""
    if not days:
        return []
    parameters = {
        "shops": sorted({day.shop_id for day in days}),
        "first": min(day.day for day in days),
        "last": max(day.day for day in days),
    }
    rows = await reader.rows(_REJUDGED, parameters)
    changed = {(row["shop_id"], row["day"]) for row in rows}
    return [day for day in days if (day.shop_id, day.day) not in changed]


def _by_day(
    days: Iterable[KeptDay], late: Iterable[Mapping[str, Any]]
) -> Counter[tuple[int, date]]:
    """How many of the late events each of the days has, by shop and day."""
    of_shop: defaultdict[int, list[KeptDay]] = defaultdict(list)
    for day in {(each.shop_id, each.day): each for each in days}.values():
        of_shop[day.shop_id].append(day)
    found: Counter[tuple[int, date]] = Counter()
    for row in late:
        mine = of_shop[row["shop_id"]]
        place = bisect_right(mine, row["starts"], key=lambda day: day.starts) - 1
        if place >= 0 and row["starts"] < mine[place].ends:
            found[row["shop_id"], mine[place].day] += row["late"]
    return found


@dataclass(frozen=True, slots=True)
class Plan:
    """What of a stretch is read from where: days of the roll-up with the bucket (its first second)
    that each belongs to, hours of others from one number up to another, that one left out, and what
    is left of each shop's time."""

    used: list[tuple[KeptDay, int]]
    hours: list[tuple[KeptDay, int, int]]
    gaps: dict[int, list[tuple[int, int]]]


def plan(stretch: Stretch, shops: Iterable[int], kept: Iterable[KeptDay]) -> Plan:
    """A kept day or hour is used if it lies in one bucket: whichever clock the buckets go by."""
    edges = seconds(stretch.edges)
    begin, end = edges[0], seconds([stretch.end])[0]
    found = Plan([], [], {shop: [] for shop in shops})
    free_from = dict.fromkeys(found.gaps, begin)

    def take(shop: int, starts: int, ends: int, piece: int) -> int | None:
        """Takes a time of which pieces of so many seconds are kept, if each lies in one bucket and
        none was taken: what comes before it is a gap. The bucket of the first piece, or None."""
        if starts < free_from[shop] or ends > end:
            return None
        place = bisect_right(edges, starts)
        inside = edges[place : bisect_left(edges, ends)]
        if any((edge - starts) % piece for edge in inside):
            return None
        if starts > free_from[shop]:
            found.gaps[shop].append((free_from[shop], starts))
        free_from[shop] = ends
        return edges[place - 1]

    def take_hours(day: KeptDay, since: int, until: int) -> bool:
        begins, ends = (day.starts + number * _HOUR for number in (since, until))
        return take(day.shop_id, begins, ends, _HOUR) is not None

    for day in kept:
        if day.ends <= begin or day.starts >= end:
            continue
        if day.is_whole:
            edge = take(day.shop_id, day.starts, day.ends, day.ends - day.starts)
            if edge is not None:
                found.used.append((day, edge))
                continue
        if day.hours and take_hours(day, 0, day.hours):
            found.hours.append((day, 0, day.hours))
            continue
        alone = [number for number in range(day.hours) if take_hours(day, number, number + 1)]
        found.hours.extend((day, since, until) for since, until in _runs(alone))
    for shop, moment in free_from.items():
        if moment < end:
            found.gaps[shop].append((moment, end))
    return found


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Ascending numbers, those that follow each other as one: the first, and the one after the
    last."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] == number:
            found[-1] = (found[-1][0], number + 1)
        else:
            found.append((number, number + 1))
    return found


def ranges(gaps: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
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
