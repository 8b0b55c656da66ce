"""The days, buckets and comparison of a metrics query, by one clock."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from api.stretches import Stretch
from core import zones
from core.errors import VitrinaError
from core.events import Bilingual

QueryGrain = Literal["hour", "day", "week", "month", "whole"]
Compare = Literal["none", "previous", "year", "weekdays", "custom"]

MOST_BUCKETS = 800
MOST_DAYS = 1100


class RangeInvalid(VitrinaError):
    """The range, grain and comparison do not fit each other."""

    code = "range_invalid"
    status = 422

    def __init__(self, explained: Bilingual) -> None:
        super().__init__(explained.en)
        self.explained = explained


@dataclass(frozen=True, slots=True)
class Days:
    """Calendar days, both included."""

    first: date
    last: date

    @property
    def count(self) -> int:
        return (self.last - self.first).days + 1

    def each(self) -> Iterator[date]:
        return (self.first + timedelta(days=number) for number in range(self.count))

    def shifted(self, days: int) -> "Days":
        return Days(self.first + timedelta(days=days), self.last + timedelta(days=days))


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)


def compared(days: Days, compare: Compare, custom: Days | None) -> Days | None:
    """The days to compare with: as many just before, the same dates a year before, as many with the
    same weekdays before, or those that are named. Raises RangeInvalid."""
    if (compare == "custom") != (custom is not None):
        raise RangeInvalid(
            Bilingual(
                "Для сравнения с выбранными днями укажите compare=custom, compare_from и "
                "compare_to вместе.",
                "to compare with days of your choice, give compare=custom, compare_from and "
                "compare_to together",
            )
        )
    if compare == "none":
        return None
    if compare == "custom":
        return custom
    if compare == "year":
        return Days(_year_before(days.first), _year_before(days.last))
    weeks = -(-days.count // 7)
    return days.shifted(-7 * weeks if compare == "weekdays" else -days.count)


def checked(days: Days, grain: QueryGrain) -> Days:
    """The days; raises RangeInvalid if they are in the wrong order, or too many."""
    if days.last < days.first:
        raise RangeInvalid(
            Bilingual("Последний день раньше первого.", "the last day is before the first")
        )
    hours = 24 if grain == "hour" else 1
    if days.count > MOST_DAYS or (grain in ("hour", "day") and days.count * hours > MOST_BUCKETS):
        raise RangeInvalid(
            Bilingual(
                f"Слишком длинный период: не больше {MOST_DAYS} дней и {MOST_BUCKETS} точек. "
                "Возьмите период короче или шаг крупнее.",
                f"the range is too long: at most {MOST_DAYS} days and {MOST_BUCKETS} points; take "
                "a shorter range or a larger grain",
            )
        )
    return days


_IS_FIRST: dict[QueryGrain, Callable[[date], bool]] = {
    "day": lambda day: True,
    "week": lambda day: day.weekday() == 0,
    "month": lambda day: day.day == 1,
    "whole": lambda day: False,
}


def first_days(days: Days, grain: QueryGrain) -> list[date]:
    """The days with which buckets begin; the first and the last bucket may be cut."""
    return [day for day in days.each() if day == days.first or _IS_FIRST[grain](day)]


def stretch(
    days: Days,
    grain: QueryGrain,
    zone: str,
    now: datetime | None = None,
    until: datetime | None = None,
) -> Stretch:
    """The days by that clock. With `now`, no hour or day that is still to come; with `until`, up to
    that moment at the latest."""
    start = zones.day_start(days.first, zone)
    end = zones.day_start(days.last + timedelta(days=1), zone)
    end = max(start, min(end, until)) if until is not None else end
    if grain == "hour":
        hours = -(-(end - start) // timedelta(hours=1))
        edges = [start + timedelta(hours=number) for number in range(hours)]
    else:
        edges = [zones.day_start(day, zone) for day in first_days(days, grain)]
    known = now or end
    return Stretch((start, *(edge for edge in edges if start < edge < end and edge <= known)), end)


def same_time(days: Days, other: Days, zone: str, now: datetime) -> datetime | None:
    """Where the days to compare with are cut: at the same local time of their last day, if `days`
    are not over."""
    local = now.astimezone(zones.zone(zone))
    if local.date() > days.last:
        return None
    if local.date() < days.first:
        return zones.day_start(other.first, zone)
    day = min(other.first + (local.date() - days.first), other.last)
    return zones.moment_at(day, local.time().replace(tzinfo=None), zone)
