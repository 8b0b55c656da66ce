"""Periods of the overview, in a shop's local time."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from core import zones

Period = Literal["today", "7d", "30d"]
Grain = Literal["hour", "day"]

_DAYS: dict[Period, int] = {"today": 1, "7d": 7, "30d": 30}


@dataclass(frozen=True, slots=True)
class Window:
    """A period and the one before it, as instants in UTC, without their ends.

    The period lasts until the end of the local day of `now`. The one before is cut at the same
    local time, so that an unfinished day is compared with an unfinished one. `edges` are the starts
    of the hours or days of the period up to `now`.
    """

    timezone: str
    grain: Grain
    first_day: date
    start: datetime
    end: datetime
    previous_start: datetime
    previous_end: datetime
    edges: tuple[datetime, ...]


def window(period: Period, timezone: str, now: datetime) -> Window:
    """The period that ends with the local day of `now`."""
    zone = zones.zone(timezone)
    days = _DAYS[period]
    local = now.astimezone(zone)
    first = local.date() - timedelta(days=days - 1)
    start = zones.day_start(first, timezone)
    same_time_before = local.replace(tzinfo=None) - timedelta(days=days)
    if period == "today":
        hours = int((now - start) / timedelta(hours=1))
        edges = [start + timedelta(hours=hour) for hour in range(hours + 1)]
    else:
        edges = zones.day_starts(first, local.date(), timezone)[:-1]
    return Window(
        timezone=timezone,
        grain="hour" if period == "today" else "day",
        first_day=first,
        start=start,
        end=zones.day_start(local.date() + timedelta(days=1), timezone),
        previous_start=zones.day_start(first - timedelta(days=days), timezone),
        previous_end=same_time_before.replace(tzinfo=zone).astimezone(UTC),
        edges=tuple(edges),
    )


def day_bounds(first: date, last: date, timezone: str) -> tuple[datetime, datetime]:
    """From the first day's local midnight to the end of the last day, as instants in UTC."""
    return zones.day_start(first, timezone), zones.day_start(last + timedelta(days=1), timezone)
