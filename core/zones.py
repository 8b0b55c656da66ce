"""Time zones: the `tzdata` package alone decides when a day begins and what local time is.

The host's files, ClickHouse and Polars each have rules of their own version, and these differ
wherever a government changed its rules lately. So no query names a zone: it gets moments in UTC.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from itertools import pairwise
from zoneinfo import ZoneInfo

_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)


class UnknownZone(ValueError):
    """A name that no time zone has."""


@cache
def names() -> frozenset[str]:
    """Every IANA name, including old ones."""
    return frozenset(files("tzdata").joinpath("zones").read_text("ascii").split())


@cache
def zone(name: str) -> ZoneInfo:
    """Raises UnknownZone."""
    if name not in names():  # before a path is made of it
        raise UnknownZone(f"{name!r:.80} is not a time zone; take one like Europe/Moscow")
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as rules:
        return ZoneInfo.from_file(rules, key=name)


def day_of(moment: datetime, name: str) -> date:
    """The calendar day in the zone at that moment."""
    return moment.astimezone(zone(name)).date()


def day_start(day: date, name: str) -> datetime:
    """The first moment of a calendar day, in UTC. Where a clock change skips midnight, the moment
    of the change."""
    return moment_at(day, time.min, name)


def moment_at(day: date, clock: time, name: str) -> datetime:
    """The moment of this local time on that day, in UTC: the first of two where the time occurs
    twice, the moment of the clock change where it does not occur."""
    local = datetime.combine(day, clock, zone(name))
    found = local.astimezone(UTC)
    if found.astimezone(zone(name)).replace(tzinfo=None) == local.replace(tzinfo=None):
        return found
    # In the offset after the change, that time lies before the change.
    return _change(local.replace(fold=1).astimezone(UTC), found, zone(name))


def day_starts(first: date, last: date, name: str) -> list[datetime]:
    """When each day from `first` to `last` begins, and when the last one ends, in UTC."""
    days = (last - first).days + 1
    return [day_start(first + timedelta(days=number), name) for number in range(days + 1)]


def offsets(name: str, begin: datetime, end: datetime) -> list[tuple[datetime, timedelta]]:
    """The offsets from UTC in effect between two moments: since when, and how much. The first is in
    effect since `begin`."""
    whole = begin.astimezone(UTC).replace(microsecond=0)
    return list(_offsets(zone(name), whole, end.astimezone(UTC)))


def _offsets(
    rules: ZoneInfo, begin: datetime, end: datetime
) -> Iterator[tuple[datetime, timedelta]]:
    yield begin, _offset(begin, rules)
    days = max((end - begin).days + 1, 0)
    moments = (min(begin + _DAY * number, end) for number in range(days + 1))
    looked_at = ((moment, _offset(moment, rules)) for moment in moments)
    for (before, old), (after, new) in pairwise(looked_at):
        if old != new:
            yield _change(before, after, rules), new


def _offset(moment: datetime, rules: ZoneInfo) -> timedelta:
    offset = moment.astimezone(rules).utcoffset()
    assert offset is not None  # every zone has one
    return offset


def _change(before: datetime, after: datetime, rules: ZoneInfo) -> datetime:
    """The first whole second at which the offset of `before` is no longer in effect."""
    old = _offset(before, rules)
    while after - before > _SECOND:
        middle = before + max((after - before) // _SECOND // 2, 1) * _SECOND
        if _offset(middle, rules) == old:
            before = middle
        else:
            after = middle
    return after


def last_edge(moment: str, edges: str) -> str:
    """SQL (ClickHouse) of the latest of the edges that is not after `moment`.

    `moment` is an expression, `edges` the name of an Array(Int64) parameter of ascending seconds
    since 1970, as is the result. Before the first edge it is the first.
    """
    return f"roundDown(toInt64(toUnixTimestamp({moment})), {{{edges}:Array(Int64)}})"


def seconds(moments: Sequence[datetime]) -> list[int]:
    """Whole seconds since 1970, the form of the edges of `last_edge`."""
    return [int(moment.timestamp()) for moment in moments]
