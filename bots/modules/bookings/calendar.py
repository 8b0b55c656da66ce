"""Times that can be booked: pure, of instants in UTC and the clock of the shop's zone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from core import zone_names
from core.zones import day_start, moment_at, zone


@dataclass(frozen=True, slots=True)
class Slot:
    """A time to begin, and when it is over; UTC."""

    starts_at: datetime
    ends_at: datetime

    def meets(self, other: "Slot") -> bool:
        """Whether the two are partly at the same time."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True, slots=True)
class Taken:
    """A place that is somebody's during a slot."""

    place: int
    slot: Slot


def _at(day: date, minutes: int, zone_name: str) -> datetime:
    """So many minutes by the clock after midnight; 1440 is the next day's beginning."""
    if minutes == 24 * 60:
        return day_start(day + timedelta(days=1), zone_name)
    return moment_at(day, time(*divmod(minutes, 60)), zone_name)


def slots(
    day: date,
    spans: Sequence[tuple[int, int]],
    zone_name: str,
    *,
    step_minutes: int,
    minutes: int,
) -> Iterator[Slot]:
    """A day's times, each `step_minutes` after the one before, that end within their span.

    Spans are of the clock; steps and lengths are of real time, so that an hour is one hour on the
    days on which the clocks are changed too.
    """
    step, length = timedelta(minutes=step_minutes), timedelta(minutes=minutes)
    for begin, end in spans:
        starts_at, closes = _at(day, begin, zone_name), _at(day, end, zone_name)
        while starts_at + length <= closes:
            yield Slot(starts_at, starts_at + length)
            starts_at += step


def free_places(slot: Slot, taken: Sequence[Taken], places: int) -> list[int]:
    """The places, from 1, that nobody has at any moment of the slot."""
    busy = {each.place for each in taken if each.slot.meets(slot)}
    return [place for place in range(1, places + 1) if place not in busy]


def clock(moment_of: datetime, zone_name: str, *, others: Sequence[datetime] = ()) -> str:
    """What the clock shows then; with the offset from UTC if it shows the same at one of the
    others, as it does when the clocks go back."""
    local = moment_of.astimezone(zone(zone_name))
    shown = f"{local:%H:%M}"
    for other in others:
        there = other.astimezone(zone(zone_name))
        if other != moment_of and (there.date(), f"{there:%H:%M}") == (local.date(), shown):
            return f"{shown} ({zone_names.offset(moment_of, zone_name)})"
    return shown


def minute_of(argument: str) -> datetime | None:
    """The moment that a button names by whole minutes since 1970; None for what is none."""
    if not (argument.isascii() and argument.isdigit() and len(argument) <= 9):
        return None
    return datetime.fromtimestamp(int(argument) * 60, UTC)


def minutes_of(moment_of: datetime) -> int:
    """Whole minutes since 1970, for a button."""
    return int(moment_of.timestamp()) // 60
