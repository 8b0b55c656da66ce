from datetime import UTC, date, datetime

from pipelines.partitions import DAYS, current_days


def test_it_is_two_days_at_once() -> None:
    now = datetime(2026, 3, 10, 22, tzinfo=UTC)
    assert current_days(["Europe/Moscow", "Europe/London", "UTC"], now) == [
        date(2026, 3, 10),
        date(2026, 3, 11),
    ]
    assert current_days([], now) == []


def test_a_day_is_a_partition_as_soon_as_it_begins_anywhere() -> None:
    now = datetime.now(UTC)
    newest = max(current_days(["Pacific/Kiritimati", "Pacific/Niue"], now))
    assert DAYS.get_last_partition_key() == newest.isoformat()
