"""Failed attempts counted by source address, in this process."""

import math
import time
from collections import deque
from collections.abc import Callable

from api.problems import TooManyAttempts


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
        """Raises TooManyAttempts if the address has used its failures up."""
        failures = self._recent(address)
        if len(failures) >= self._limit:
            wait = failures[0] + self._seconds - self._clock()
            raise TooManyAttempts(max(1, math.ceil(wait)))

    def record(self, address: str) -> None:
        """Notes a failure."""
        if len(self._failures) >= self._addresses:
            self._forget_old()
        failures = self._recent(address)
        failures.append(self._clock())
        self._failures[address] = failures

    def _recent(self, address: str) -> deque[float]:
        failures = self._failures.get(address) or deque(maxlen=self._limit)
        while failures and failures[0] <= self._clock() - self._seconds:
            failures.popleft()
        return failures

    def _forget_old(self) -> None:
        self._failures = {
            address: recent for address in self._failures if (recent := self._recent(address))
        }
        while len(self._failures) >= self._addresses:  # a flood from everywhere: the oldest go
            del self._failures[next(iter(self._failures))]
