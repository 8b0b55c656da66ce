"""How much a write key may send, counted in this process: a token bucket."""

import math
import time
from collections.abc import Callable

from core.errors import VitrinaError

EVENTS_A_SECOND = 2000.0
BURST = 50_000.0
# the base cost of a call besides its events: large calls are cheap, many single events are not
CALL = 10.0


class TooManyEvents(VitrinaError):
    """The key has used up its allowance; it may try again after `retry_after` seconds."""

    code = "too_many_events"
    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            f"this key sends too much: wait {retry_after} s, and send up to 1000 events a call"
        )
        self.retry_after = retry_after


class KeyThrottle:
    """A bucket for each key. `clock` gives seconds that never run backwards."""

    def __init__(
        self,
        rate: float = EVENTS_A_SECOND,
        burst: float = BURST,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._levels: dict[int, tuple[float, float]] = {}

    def enter(self, key_id: int) -> None:
        """Charges a call; raises TooManyEvents while the bucket is empty."""
        level = self._level(key_id)
        if level <= 0:
            raise TooManyEvents(max(1, math.ceil(-level / self._rate)))
        self.charge(key_id, CALL)

    def charge(self, key_id: int, cost: float) -> None:
        """Charges the actual contents of a call; the bucket may go below zero, and refills
        later."""
        self._levels[key_id] = (self._level(key_id) - cost, self._clock())

    def _level(self, key_id: int) -> float:
        now = self._clock()
        level, at = self._levels.get(key_id, (self._burst, now))
        return min(self._burst, level + (now - at) * self._rate)
