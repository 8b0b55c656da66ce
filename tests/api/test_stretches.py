"""Which kept days and hours a stretch of time is read from, and what is left."""

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from api.stretches import KeptDay, Stretch, plan
from core.zones import day_starts

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@st.composite
def kept_of_a_clock(draw: st.DrawFn) -> tuple[Stretch, list[KeptDay]]:
    """Hours, days or all of some days, by one clock, and days of another that are kept."""
    zones = st.sampled_from(["UTC", "Asia/Kathmandu", "America/New_York", "Europe/Berlin"])
    first = draw(st.dates(date(2026, 3, 1), date(2026, 4, 1)))
    moments = day_starts(first, first + timedelta(days=draw(st.integers(0, 6))), draw(zones))
    edges = draw(st.sampled_from([moments[:-1], moments[:1]]))
    others = day_starts(first - DAY, first + 9 * DAY, draw(zones))
    kept = [
        KeptDay(
            1,
            first - DAY + number * DAY,
            int(start.timestamp()),
            int(end.timestamp()),
            is_whole=draw(st.booleans()),
            hours=draw(st.integers(0, (end - start) // HOUR)),
        )
        for number, (start, end) in enumerate(zip(others, others[1:], strict=False))
        if draw(st.booleans())
    ]
    return Stretch(tuple(edges), moments[-1]), kept


@given(kept_of_a_clock())
def test_every_second_is_counted_once(made: tuple[Stretch, list[KeptDay]]) -> None:
    stretch, kept = made
    found = plan(stretch, [1], kept)
    hours = [
        (day.starts + 3600 * number, number)
        for day, since, until in found.hours
        for number in range(since, until)
    ]
    pieces = sorted(
        [
            *found.gaps[1],
            *((day.starts, day.ends) for day, _ in found.used),
            *((starts, starts + 3600) for starts, _ in hours),
        ]
    )
    assert pieces[0][0] == stretch.start.timestamp()
    assert pieces[-1][1] == stretch.end.timestamp()
    assert all(before[1] == after[0] for before, after in zip(pieces, pieces[1:], strict=False))
    edges = [*(edge.timestamp() for edge in stretch.edges), stretch.end.timestamp()]
    for day, bucket in found.used:
        assert day.is_whole and bucket in edges and day.ends <= edges[edges.index(bucket) + 1]
    for starts, _ in hours:
        assert starts + 3600 <= edges[bisect_right(edges, starts)]
    assert all(0 <= since < until <= day.hours for day, since, until in found.hours)


def test_hours_that_follow_each_other_are_one_piece() -> None:
    """Whichever buckets they belong to; what is cut by a bucket's edge is left out."""
    begin = datetime(2026, 3, 2, tzinfo=UTC)
    starts = int(begin.timestamp())
    day = KeptDay(1, begin.date(), starts, starts + 24 * 3600, is_whole=False, hours=24)
    by_hour = Stretch(tuple(begin + number * HOUR for number in range(24)), begin + DAY)
    assert plan(by_hour, [1], [day]).hours == [(day, 0, 24)]
    cut = Stretch((begin - HOUR, begin + 2.5 * HOUR), begin + 20.5 * HOUR)
    found = plan(cut, [1], [day])
    assert found.hours == [(day, 0, 2), (day, 3, 20)]
    half = [(starts + 20 * 3600, starts + 20 * 3600 + 1800)]
    assert found.gaps[1][1:] == [(starts + 2 * 3600, starts + 3 * 3600), *half]
