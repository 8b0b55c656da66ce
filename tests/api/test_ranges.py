"""Days, buckets and comparisons of a metrics query."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.ranges import (
    Compare,
    Days,
    QueryGrain,
    RangeInvalid,
    checked,
    compared,
    same_time,
    stretch,
)
from core.zones import day_of, day_start

DAY = timedelta(days=1)
MARCH = Days(date(2024, 3, 1), date(2024, 3, 10))
COMPARISONS: list[tuple[Compare, Days]] = [
    ("previous", Days(date(2024, 2, 20), date(2024, 2, 29))),
    ("weekdays", Days(date(2024, 2, 16), date(2024, 2, 25))),
    ("year", Days(date(2023, 3, 1), date(2023, 3, 10))),
]


@pytest.mark.parametrize(("compare", "expected"), COMPARISONS)
def test_what_is_compared_with(compare: Compare, expected: Days) -> None:
    assert compared(MARCH, compare, None) == expected


def test_other_comparisons() -> None:
    other = Days(date(2020, 1, 1), date(2020, 1, 2))
    assert compared(MARCH, "none", None) is None
    assert compared(MARCH, "custom", other) == other
    leap = Days(date(2024, 2, 29), date(2024, 2, 29))
    assert compared(leap, "year", None) == Days(date(2023, 2, 28), date(2023, 2, 28))
    for compare, custom in (("custom", None), ("previous", other)):
        with pytest.raises(RangeInvalid, match="compare_from"):
            compared(MARCH, compare, custom)  # type: ignore[arg-type]  # one of the literals


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 40))
def test_matched_weekdays_match_and_never_overlap(first: date, length: int) -> None:
    days = Days(first, first + (length - 1) * DAY)
    other = compared(days, "weekdays", None)
    assert other is not None and other.last < days.first and other.count == days.count
    assert other.first.weekday() == days.first.weekday()


ZONES = ["UTC", "Asia/Kathmandu", "Europe/Berlin", "Australia/Lord_Howe"]


@given(
    st.dates(date(2026, 3, 1), date(2026, 11, 30)),
    st.integers(1, 40),
    st.sampled_from(["hour", "day", "week", "month", "whole"]),
    st.sampled_from(ZONES),
)
def test_buckets_are_in_order_and_cover_the_days(
    first: date, length: int, grain: QueryGrain, zone: str
) -> None:
    days = Days(first, first + (length - 1) * DAY)
    found = stretch(days, grain, zone)
    assert found.start == day_start(first, zone)
    assert found.end == day_start(first + length * DAY, zone)
    assert list(found.edges) == sorted(set(found.edges)) and found.edges[-1] < found.end
    starts = [day_of(edge, zone) for edge in found.edges[1:]]
    if grain == "week":
        assert {day.weekday() for day in starts} <= {0}
    if grain == "month":
        assert {day.day for day in starts} <= {1}
    assert grain != "day" or len(found.edges) == length
    assert grain != "whole" or len(found.edges) == 1


def test_a_range_that_is_not_over_ends_now_and_is_compared_with_as_much() -> None:
    now = datetime(2024, 3, 5, 10, 20, tzinfo=UTC)
    zone = "Asia/Kolkata"  # 15:50 there
    found = stretch(MARCH, "day", zone, now)
    assert len(found.edges) == 5 and found.end == day_start(date(2024, 3, 11), zone)
    hours = stretch(Days(date(2024, 3, 5), date(2024, 3, 5)), "hour", zone, now)
    assert len(hours.edges) == 16
    other = compared(MARCH, "previous", None)
    assert other is not None
    cut = same_time(MARCH, other, zone, now)
    assert cut == datetime(2024, 2, 24, 10, 20, tzinfo=UTC)
    assert stretch(other, "day", zone, until=cut).end == cut
    assert same_time(MARCH, other, zone, now + 30 * DAY) is None
    early = same_time(MARCH, other, zone, now - 30 * DAY)
    assert stretch(other, "day", zone, until=early).end == day_start(other.first, zone)


@pytest.mark.parametrize(
    ("days", "grain"),
    [
        (Days(date(2026, 1, 2), date(2026, 1, 1)), "day"),
        (Days(date(2026, 1, 1), date(2026, 2, 10)), "hour"),
        (Days(date(2020, 1, 1), date(2026, 1, 1)), "month"),
    ],
    ids=["backwards", "many-hours", "many-years"],
)
def test_what_fits_no_answer_is_refused_in_both_languages(days: Days, grain: QueryGrain) -> None:
    with pytest.raises(RangeInvalid) as refused:
        checked(days, grain)
    assert refused.value.explained.ru and refused.value.explained.en
