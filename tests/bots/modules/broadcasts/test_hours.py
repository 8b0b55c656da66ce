"""When broadcasts go out, and until when."""

from datetime import UTC, datetime, timedelta

import pytest

from bots.modules.broadcasts import hours
from bots.modules.broadcasts.settings import BroadcastsSettings


def test_nights_are_waited_for() -> None:
    settings, zone = BroadcastsSettings(), "Europe/Moscow"  # 10 to 21, UTC+3
    evening = datetime(2026, 5, 4, 17, 59, tzinfo=UTC)
    assert hours.may_go(settings, evening, zone)
    assert not hours.may_go(settings, evening + timedelta(minutes=1), zone)
    assert not hours.may_go(settings, datetime(2026, 5, 4, 6, 59, tzinfo=UTC), zone)
    assert hours.ends_at(settings, evening, zone, 25 * 30) == evening + timedelta(seconds=30)
    late = hours.ends_at(settings, evening, zone, 25 * 90)
    assert late == datetime(2026, 5, 5, 7, 0, 30, tzinfo=UTC)
    night = datetime(2026, 5, 4, 23, 0, tzinfo=UTC)
    assert hours.ends_at(settings, night, zone, 25) == datetime(2026, 5, 5, 7, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("starts", "closes"),
    [
        ("2026-03-10T12:00+03:00", "2026-03-10T21:00+03:00"),
        ("2026-03-10T06:00+03:00", "2026-03-10T21:00+03:00"),
        ("2026-03-10T20:50+03:00", "2026-03-11T21:00+03:00"),
        ("2026-03-10T23:00+03:00", "2026-03-11T21:00+03:00"),
    ],
    ids=["in the day", "in the morning", "just before the end", "at night"],
)
def test_its_evening_is_that_of_the_next_hours(starts: str, closes: str) -> None:
    at = datetime.fromisoformat(starts) + hours.LEAST
    found = hours.closes_at(BroadcastsSettings(), at, "Europe/Moscow")
    assert found == datetime.fromisoformat(closes)
