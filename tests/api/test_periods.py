"""Periods in a shop's time zone."""

from datetime import UTC, date, datetime, timedelta

import pytest

from api.periods import Period, day_bounds, window


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def test_today_begins_at_local_midnight_and_is_compared_to_the_same_time_yesterday() -> None:
    frame = window("today", "Europe/Moscow", utc(2026, 3, 10, 22, 40))  # 01:40 on the 11th there
    assert (frame.start, frame.end) == (utc(2026, 3, 10, 21), utc(2026, 3, 11, 21))
    assert (frame.previous_start, frame.previous_end) == (
        utc(2026, 3, 9, 21),
        utc(2026, 3, 9, 22, 40),
    )
    assert frame.edges == (utc(2026, 3, 10, 21), utc(2026, 3, 10, 22))


def test_seven_days_are_trailing_and_not_the_calendar_week() -> None:
    frame = window("7d", "Europe/Moscow", utc(2026, 3, 10, 9))  # a Tuesday
    assert frame.start == utc(2026, 3, 3, 21)  # Wednesday's midnight
    assert len(frame.edges) == 7
    assert frame.previous_start == utc(2026, 2, 24, 21)
    assert frame.previous_end == utc(2026, 3, 3, 9)


@pytest.mark.parametrize("period", ["today", "7d", "30d"])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York", "Pacific/Chatham"])
def test_both_periods_are_of_equal_length(period: Period, zone: str) -> None:
    now = utc(2026, 7, 15, 10, 12)  # no clock changes within 60 days before, anywhere above
    frame = window(period, zone, now)
    assert frame.previous_end - frame.previous_start == now - frame.start
    assert frame.previous_end <= frame.start
    assert frame.edges[0] == frame.start
    assert frame.edges[-1] <= now < frame.end


def test_a_day_on_which_clocks_change_has_another_length() -> None:
    # Berlin, 25 October 2026: 25 hours.
    start, end = day_bounds(date(2026, 10, 25), date(2026, 10, 25), "Europe/Berlin")
    assert end - start == timedelta(hours=25)
    frame = window("today", "Europe/Berlin", end - timedelta(minutes=1))
    assert len(frame.edges) == 25
    week = window("7d", "Europe/Berlin", utc(2026, 10, 28, 12))
    lengths = [b - a for a, b in zip(week.edges, week.edges[1:], strict=False)]
    assert lengths.count(timedelta(hours=25)) == 1
