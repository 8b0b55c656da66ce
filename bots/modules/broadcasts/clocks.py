"""What time it is where a shopper is. Telegram does not tell, so it is asked of who wants it so:
the time, and where several zones have that time now of which only some change their clocks, which.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import chain
from typing import NamedTuple, TypeAlias

from bots.modules.broadcasts import hours
from bots.modules.broadcasts.settings import BroadcastsSettings
from core import zone_names, zones
from core.postgres import Connection
from core.shop.customers import Customer

HOURS_AHEAD = range(24)
"""By how many hours of 24 a clock may be ahead of UTC: which day it is there does not matter."""
_DAY = 1440
_NEARLY = 30  # minutes: whole hours are asked, and some zones are half an hour between two
_YEAR = timedelta(days=366)
_CONTINENTS = ("Europe", "Asia", "America", "Africa", "Australia", "Pacific")

_Year: TypeAlias = tuple[tuple[datetime, timedelta], ...]
Clock: TypeAlias = int | str
"""Hours ahead of UTC of who told their time when nothing else was asked; else a zone's name."""


class Choice(NamedTuple):
    """Zones whose clocks say the same now, and change next on the same day, if ever; `zone` is one
    of the largest part of them that keep the same time for all of a year."""

    zone: str
    changes_on: date | None
    zones: tuple[str, ...]


def minute_of(at: datetime, clock: Clock) -> int:
    """The minute of the day by this clock; `at` is in UTC."""
    ahead = clock * 60 if isinstance(clock, int) else _ahead(at, clock)
    return (at.hour * 60 + at.minute + ahead) % _DAY


def _ahead(at: datetime, zone: str) -> int:
    """Minutes, negative west of Greenwich."""
    return (at.astimezone(zones.zone(zone)).utcoffset() or timedelta()) // timedelta(minutes=1)


def all_clocks() -> list[Clock]:
    """Each that somebody may have."""
    return [*HOURS_AHEAD, *zone_names.with_cities()]


def choices(at: datetime, hours_ahead: int) -> list[Choice]:
    """The zones whose clocks may be meant, by when they change next: those that never do first;
    `at` is in UTC."""
    return list(_choices(at.replace(minute=0, second=0, microsecond=0), hours_ahead))


@lru_cache(maxsize=2 * len(HOURS_AHEAD))  # a year of each zone is looked through
def _choices(at: datetime, hours_ahead: int) -> tuple[Choice, ...]:
    found = defaultdict[tuple[date, int], dict[_Year, list[str]]](dict)
    for zone in sorted(zone_names.with_cities(), key=_place):
        apart = (_ahead(at, zone) - hours_ahead * 60 + _DAY // 2) % _DAY - _DAY // 2
        if abs(apart) <= _NEARLY:
            year = tuple(zones.offsets(zone, at, at + _YEAR))
            day = zones.day_of(year[1][0], zone) if len(year) > 1 else date.min
            found[day, apart].setdefault(year, []).append(zone)
    return tuple(
        Choice(
            max(alike.values(), key=len)[0],
            None if day == date.min else day,
            tuple(sorted(chain(*alike.values()), key=_place)),
        )
        for (day, _), alike in sorted(found.items(), key=lambda each: (each[0][0], abs(each[0][1])))
    )


def _place(zone: str) -> tuple[int, str]:
    """Where most people live comes first."""
    continent = zone.partition("/")[0]
    return _CONTINENTS.index(continent) if continent in _CONTINENTS else len(_CONTINENTS), zone


def open_ones(
    settings: BroadcastsSettings,
    at: datetime,
    own_from: int | None,
    starts_at: datetime | None = None,
    *,
    among: Iterable[Clock] = HOURS_AHEAD,
) -> list[Clock]:
    """The clocks by which a broadcast goes out then, of those who have one of their own: within the
    hours of the settings, on its first day from the minute on that was named for its start."""
    is_later_day = starts_at is not None and at >= starts_at + timedelta(days=1)
    begins, ends = _hours(settings, None if is_later_day else own_from)
    return [each for each in among if begins <= minute_of(at, each) < ends]


def opens_at(
    settings: BroadcastsSettings, at: datetime, clock: Clock, own_from: int | None
) -> datetime:
    """The first moment from `at` on, which is in UTC, at which it goes out by this clock."""
    begins, ends = _hours(settings, own_from)
    minute = minute_of(at, clock)
    if begins <= minute < ends:
        return at
    if isinstance(clock, int):
        return at + timedelta(minutes=(begins - minute) % _DAY)
    today = zones.day_of(at, clock)
    day = today if minute < begins else today + timedelta(days=1)
    return zones.moment_at(day, time(*divmod(begins, 60)), clock)


STORED = "coalesce(k.zone, k.hours_ahead::text)"
"""A clock as it stands in `broadcast_clocks AS k`."""


def read(stored: str) -> Clock:
    """A stored clock."""
    return int(stored) if stored.isdecimal() else stored


def _hours(settings: BroadcastsSettings, own_from: int | None) -> tuple[int, int]:
    """Minutes of the day. A start that was named for the night, or so late that next to nothing of
    the day is left, is one at the hours' beginning."""
    begins, ends = settings.from_hour * 60, settings.until_hour * 60
    latest = ends - hours.LEAST // timedelta(minutes=1)
    return (own_from if own_from is not None and begins < own_from <= latest else begins), ends


async def of_shopper(connection: Connection, customer: Customer) -> Clock | None:
    """None for who has the shop's."""
    found: str | None = await connection.fetchval(
        f"SELECT {STORED} FROM broadcast_clocks AS k WHERE shop_id = $1 AND buyer_no = $2",
        customer.shop_id,
        customer.buyer_no,
    )
    return None if found is None else read(found)


async def tell(
    connection: Connection, customer: Customer, hours_ahead: int, zone: str | None
) -> None:
    await connection.execute(
        "INSERT INTO broadcast_clocks (shop_id, buyer_no, hours_ahead, zone) "
        "VALUES ($1, $2, $3, $4) ON CONFLICT (shop_id, buyer_no) DO UPDATE "
        "SET hours_ahead = EXCLUDED.hours_ahead, zone = EXCLUDED.zone, told_at = now()",
        customer.shop_id,
        customer.buyer_no,
        hours_ahead,
        zone,
    )


async def forget(connection: Connection, customer: Customer) -> None:
    """The shop's clock counts again."""
    await connection.execute(
        "DELETE FROM broadcast_clocks WHERE shop_id = $1 AND buyer_no = $2",
        customer.shop_id,
        customer.buyer_no,
    )
