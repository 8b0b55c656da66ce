"""Which closed days were usable the last time, for stretches that were not asked for before."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from api.stretches import KeptDay
from api.usable_days import MOST_REMEMBERED, LookedUp, RememberedDays, Span
from api.usable_days import remember as remember_looked_up

DAY = timedelta(days=1)
NOW = datetime(2026, 3, 31, 15, 30, tzinfo=UTC)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def kept(number: int, shop_id: int = 1) -> KeptDay:
    begin = FIRST + number * DAY
    starts, ends = (int(moment.timestamp()) for moment in (begin, begin + DAY))
    return KeptDay(shop_id, begin.date(), starts, ends)


def span(first: int, last: int, as_of: datetime = NOW) -> Span:
    """Whole days, the last one included."""
    return Span(FIRST + first * DAY, FIRST + (last + 1) * DAY, as_of)


def remember(
    known: RememberedDays | None, asked: Span, days: list[KeptDay], version: str = "1"
) -> RememberedDays | None:
    return remember_looked_up(known, LookedUp(asked, days, version))


def numbers(known: RememberedDays | None, asked: Span) -> list[int] | None:
    assert known is not None
    found = known.of(asked)
    return None if found is None else [(day.day - FIRST.date()).days for day in found]


def test_a_part_of_what_was_looked_up_is_known() -> None:
    known = remember(None, span(10, 40), [kept(number) for number in range(10, 41)])
    assert numbers(known, span(20, 22)) == [20, 21, 22]
    noon = Span(FIRST + 20.5 * DAY, FIRST + 22.5 * DAY, NOW)
    assert numbers(known, noon) == [20, 21, 22]
    assert numbers(known, span(9, 22)) is None and numbers(known, span(20, 41)) is None


def test_the_day_that_goes_on_stays_known() -> None:
    known = remember(None, Span(NOW - 7 * DAY, NOW, NOW), [])
    assert known is not None and known.of(Span(NOW - 7 * DAY, NOW + DAY / 4, NOW)) == []
    assert known.of(Span(NOW - 7 * DAY, NOW + DAY, NOW)) is None


def test_what_is_looked_up_again_counts() -> None:
    known = remember(None, span(10, 40), [kept(number) for number in range(10, 41)])
    known = remember(known, span(5, 12), [kept(5), kept(12)])
    assert numbers(known, span(5, 14)) == [5, 12, 13, 14]
    assert known is not None and known.last == span(5, 40)  # the tables were the same
    changed = remember(known, span(5, 12), [kept(5), kept(12)], "2")
    assert changed is not None and changed.last == span(5, 12)
    of_two = remember(known, span(12, 12), [kept(12, 2), kept(12, 1)])
    assert of_two is not None and [day.shop_id for day in of_two.days[:4]] == [1, 1, 1, 1]
    assert all((a.shop_id, a.starts) < (b.shop_id, b.starts) for a, b in pairwise(of_two.days))


def test_days_apart_take_the_place_of_the_others() -> None:
    known = remember(None, span(10, 20), [kept(10)])
    known = remember(known, span(40, 50), [kept(41)])
    assert numbers(known, span(40, 50)) == [41] and numbers(known, span(10, 20)) is None


def test_it_is_not_without_limit() -> None:
    known = remember(None, span(0, 5), [kept(0, shop) for shop in range(MOST_REMEMBERED)])
    assert known is not None
    later = remember(known, span(1, 5), [kept(1)])
    assert later is not None and later.days == [kept(1)]
    assert remember(None, span(0, 1), [kept(0, shop) for shop in range(3000)]) is None
    assert span(40, 69).widened(1).begin == FIRST + 9 * DAY
    assert span(40, 69).widened(500) == span(40, 69)


def test_what_was_looked_up_counts_while_the_tables_are_the_same() -> None:
    known = remember(None, span(10, 40), [kept(10)])
    assert known is not None and known.are_current(span(10, 40), None)  # one answer
    later = NOW + timedelta(minutes=1)
    asked = span(12, 30, later)
    assert known.are_current(asked, "1") and known.confirmed(asked).are_current(asked, None)
    assert not known.are_current(asked, "2") and not known.are_current(asked, None)
    assert not known.are_current(span(9, 30, later), "1")
    assert not known.are_current(span(10, 41, later), "1")


def test_a_day_that_begins_changes_the_tables_before_it_can_be_used() -> None:
    known = remember(None, Span(NOW - 7 * DAY, NOW, NOW), [])
    later = Span(NOW - 7 * DAY, NOW + DAY / 4, NOW + DAY / 4)
    assert known is not None and known.are_current(later, "1")
    assert not known.are_current(later, "2")


def test_what_ends_now_is_confirmed_up_to_its_new_end() -> None:
    def until(minutes: int) -> Span:
        now = NOW + timedelta(minutes=minutes)
        return Span(FIRST, now, now)

    known = remember(None, until(0), [kept(10)])
    assert known is not None and known.are_current(until(1), "1")
    confirmed = known.confirmed(until(1))
    assert confirmed.are_current(until(1), None) and confirmed.are_current(until(2), "1")
