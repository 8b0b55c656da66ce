"""The watermark never passes a missing or open update, in whatever order updates come and end."""

from hypothesis import given
from hypothesis import strategies as st

from bots.runtime.watermark import InFlight, Watermark

START = 100


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[tuple[int, int]], list[int], list[tuple[str, int]]]:
    """Updates that follow each other (as stretches of the count), which of them need handling,
    and an order in which they arrive and end: some may never do either."""
    lengths = draw(st.lists(st.integers(1, 4), min_size=1, max_size=12))
    stretches = []
    position = START
    for length in lengths:
        stretches.append((position, position + length))
        position += length
    numbers = range(len(stretches))
    handled = draw(st.lists(st.sampled_from(list(numbers)), unique=True))
    arriving = draw(st.permutations(list(numbers)))[: draw(st.integers(0, len(stretches)))]
    steps = [("arrive", number) for number in arriving]
    for number in draw(st.permutations([n for n in arriving if n in handled])):
        earliest = next(i for i, step in enumerate(steps) if step == ("arrive", number)) + 1
        steps.insert(draw(st.integers(earliest, len(steps))), ("end", number))
    ends = [step for step in steps if step[0] == "end"]
    for step in ends[: draw(st.integers(0, len(ends)))]:
        steps.remove(step)
    return stretches, handled, steps


@given(histories())
def test_nothing_below_the_mark_is_missing_or_open(
    history: tuple[list[tuple[int, int]], list[int], list[tuple[str, int]]],
) -> None:
    stretches, handled, steps = history
    watermark = Watermark(START)
    in_flight: dict[int, InFlight] = {}
    safe: set[int] = set()
    for what, number in steps:
        start, end = stretches[number]
        if what == "arrive":
            if number in handled:
                in_flight[number] = watermark.track(start)
            else:
                safe.add(number)
            watermark.cover(start, end)
        else:
            promised = watermark.mark(in_flight[number])
            in_flight[number].is_finished = True
            safe.add(number)
            assert promised == watermark.mark()
        unsafe = [stretches[n][0] for n in range(len(stretches)) if n not in safe]
        assert watermark.mark() == min(unsafe, default=stretches[-1][1])


@given(histories(), st.integers(0, 50))
def test_a_difference_fills_every_gap_below_its_end(
    history: tuple[list[tuple[int, int]], list[int], list[tuple[str, int]]], further: int
) -> None:
    stretches, _, steps = history
    watermark = Watermark(START)
    for what, number in steps:
        if what == "arrive":
            watermark.cover(*stretches[number])
    end = stretches[-1][1] + further
    watermark.jump(end)
    assert (watermark.has_gap, watermark.arrived, watermark.mark()) == (False, end, end)


def test_an_update_that_came_before_a_missing_one_is_not_passed_either() -> None:
    watermark = Watermark(10)
    second = watermark.track(11)
    watermark.cover(11, 12)
    assert (watermark.has_gap, watermark.gap_end) == (True, 12)
    second.is_finished = True
    assert watermark.mark() == 10
    watermark.cover(10, 11)
    assert (watermark.has_gap, watermark.mark()) == (False, 12)
