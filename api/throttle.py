"""Failed attempts counted by source address, and calls counted by key, in this process."""

import math
import time
from collections import deque
from collections.abc import Callable, Hashable

from api.problems import TooManyAttempts
from core.errors import VitrinaError


class FailureWindow:
    """At most `limit` failures of one address within `seconds`; a sliding window.

    `clock` gives seconds that never run backwards.
    """

    def __init__(
        self,
        limit: int = 10,
        seconds: float = 300,
        *,
        addresses: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = limit
        self._seconds = seconds
        self._addresses = addresses
        self._clock = clock
        self._failures: dict[str, deque[float]] = {}

    def check(self, address: str) -> None:
        """Raises TooManyAttempts if the address has used up its failures."""
        failures = self._recent(address)
        if len(failures) >= self._limit:
            wait = failures[0] + self._seconds - self._clock()
            raise TooManyAttempts(max(1, math.ceil(wait)))

    def record(self, address: str) -> bool:
        """Notes a failure; whether it was the last that the address had left."""
        if len(self._failures) >= self._addresses:
            self._forget_old()
        failures = self._recent(address)
        failures.append(self._clock())
        self._failures[address] = failures
        return len(failures) >= self._limit

    def _recent(self, address: str) -> deque[float]:
        failures = self._failures.get(address) or deque(maxlen=self._limit)
        while failures and failures[0] <= self._clock() - self._seconds:
            failures.popleft()
        return failures

    def _forget_old(self) -> None:
        self._failures = {
            address: recent for address in self._failures if (recent := self._recent(address))
        }
        while len(self._failures) >= self._addresses:  # in a flood the oldest are dropped
            del self._failures[next(iter(self._failures))]


class TooManyCalls(VitrinaError):
    """The caller may try again after `retry_after` seconds."""

    code = "too_many_calls"
    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too many calls: wait {retry_after} s")
        self.retry_after = retry_after


class CallBucket:
    """At most `rate` calls a second for each key, `burst` at once."""

    def __init__(
        self,
        rate: float = 20,
        burst: float = 200,
        *,
        kinds: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate, self._burst, self._kinds, self._clock = rate, burst, kinds, clock
        self._levels: dict[Hashable, tuple[float, float]] = {}

    def enter(self, kind: Hashable) -> None:
        """Counts a call; raises TooManyCalls if there were too many."""
        now = self._clock()
        level, at = self._levels.pop(kind, (self._burst, now))
        level = min(self._burst, level + (now - at) * self._rate)
        self._levels[kind] = (
            max(0.0, level - 1),
            now,
        )  # the oldest are dropped first
        if len(self._levels) > self._kinds:
            del self._levels[next(iter(self._levels))]
        if level < 1:
            raise TooManyCalls(max(1, math.ceil((1 - level) / self._rate)))
