"""Times of a day: in local time and real hours, also on days of a clock change."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bots.modules.bookings.calendar import Slot, Taken, clock, free_places, slots
from bots.modules.bookings.settings import BookingsSettings, spans
from core.zones import moment_at, zone
from tests.properties import examples

BERLIN = "Europe/Berlin"
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)  # 02:00 → 03:00, 03:00 → 02:00


def shown(
    day: date, hours: str, zone_name: str = BERLIN, step: int = 60, length: int = 60
) -> list[str]:
    found = list(slots(day, spans(hours), zone_name, step_minutes=step, minutes=length))
    begins = [each.starts_at for each in found]
    assert all(each.ends_at - each.starts_at == timedelta(minutes=length) for each in found)
    return [clock(each, zone_name, others=begins) for each in begins]


@pytest.mark.parametrize(
    ("day", "hours", "times"),
    [
        (date(2026, 6, 1), "10:00-13:00", ["10:00", "11:00", "12:00"]),
        (date(2026, 6, 1), "10:00-12:30,14:00-15:00", ["10:00", "11:00", "14:00"]),
        (date(2026, 6, 1), "23:00-24:00", ["23:00"]),
        (date(2026, 6, 1), "", []),
        (SPRING, "01:00-05:00", ["01:00", "03:00", "04:00"]),
        (SPRING, "02:30-05:00", ["03:00", "04:00"]),
        (AUTUMN, "01:00-04:00", ["01:00", "02:00 (UTC+2)", "02:00 (UTC+1)", "03:00"]),
    ],
    ids=["plain", "two_spans", "to_midnight", "closed", "spring", "in_the_gap", "autumn"],
)
def test_a_days_times(day: date, hours: str, times: list[str]) -> None:
    assert shown(day, hours) == times


def test_a_time_lasts_its_hour_when_the_clocks_change() -> None:
    (first, *_) = slots(SPRING, spans("01:30-05:00"), BERLIN, step_minutes=30, minutes=60)
    assert first.ends_at.astimezone(zone(BERLIN)).time() == time(3, 30)


@pytest.mark.parametrize(
    "hours", ["10-12", "10:00-09:00", "10:00-12:00,11:00-13:00", "10:00-25:00", "10:60-11:00"]
)
def test_hours_that_make_no_sense_are_refused(hours: str) -> None:
    with pytest.raises(ValidationError):
        BookingsSettings(monday=hours)


def test_a_moment_that_the_clocks_skip_is_that_of_the_change() -> None:
    assert moment_at(SPRING, time(2, 30), BERLIN) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert moment_at(AUTUMN, time(2, 30), BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


_START = datetime(2026, 6, 1, tzinfo=UTC)
_slots = st.builds(
    lambda begin, length: Slot(
        _START + timedelta(minutes=begin), _START + timedelta(minutes=begin + length)
    ),
    st.integers(0, 200),
    st.integers(1, 90),
)


@examples(100)
@given(st.lists(_slots, max_size=30), st.integers(1, 4))
def test_whoever_is_seated_where_it_is_free_meets_nobody(wanted: list[Slot], places: int) -> None:
    taken: list[Taken] = []
    for slot in wanted:
        free = free_places(slot, taken, places)
        if free:
            taken.append(Taken(free[0], slot))
        else:
            assert len({each.place for each in taken if each.slot.meets(slot)}) == places
    for number, each in enumerate(taken):
        for other in taken[number + 1 :]:
            assert each.place != other.place or not each.slot.meets(other.slot)
