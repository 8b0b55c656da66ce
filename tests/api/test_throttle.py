"""Failed attempts by address."""

import pytest

from api.problems import TooManyAttempts
from api.throttle import FailureWindow


class Clock:
    """Stands still unless moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_window_slides() -> None:
    clock = Clock()
    window = FailureWindow(2, 60, clock=clock)
    window.record("a")
    clock.now = 30
    window.check("a")
    window.record("a")
    with pytest.raises(TooManyAttempts) as refusal:
        window.check("a")
    assert refusal.value.retry_after == 30
    window.check("b")
    clock.now = 60
    window.check("a")
    window.record("a")
    with pytest.raises(TooManyAttempts):
        window.check("a")


def test_a_flood_of_addresses_takes_bounded_memory() -> None:
    clock = Clock()
    window = FailureWindow(1, 60, addresses=3, clock=clock)
    for address in "abcde":
        window.record(address)
    with pytest.raises(TooManyAttempts):
        window.check("e")
    window.check("a")  # forgotten, to make room
