import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.throttle import CALL, KeyThrottle, TooManyEvents


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_one_key_s_debt_is_not_another_s() -> None:
    throttle = KeyThrottle(rate=10, burst=50, clock=Clock())
    throttle.enter(1)
    throttle.charge(1, 100)
    with pytest.raises(TooManyEvents) as caught:
        throttle.enter(1)
    assert caught.value.retry_after == 6
    throttle.enter(2)


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(0, 100)), max_size=60))
def test_over_any_time_no_more_than_the_burst_the_rate_and_one_call(
    calls: list[tuple[float, int]],
) -> None:
    clock = Clock()
    throttle = KeyThrottle(rate=20, burst=50, clock=clock)
    taken = 0.0
    for pause, events in calls:
        clock.now += pause
        try:
            throttle.enter(1)
        except TooManyEvents as error:
            clock.now += error.retry_after + 0.001
            throttle.enter(1)  # what it was told is enough
        throttle.charge(1, events)
        taken += CALL + events
        assert taken <= 50 + 20 * clock.now + CALL + 100
