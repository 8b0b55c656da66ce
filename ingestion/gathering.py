"""Small batches are gathered before they are sent: each insert costs ClickHouse a part and its
merges.

An event that comes when nothing was sent lately goes at once. Events that follow within `SECONDS`
wait until that time is over and go together, unless there are many.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

# Short enough for a purchase to be on the panel within a second after its payment.
SECONDS = 0.75
LARGE_ROWS = 1_000
_LOOK_SECONDS = 0.25


class Gathering:
    """How long rows may wait after the last insert."""

    def __init__(self, seconds: float = SECONDS, large_rows: int = LARGE_ROWS) -> None:
        self._seconds = seconds
        self._large_rows = large_rows
        self._sent_at = float("-inf")

    def sent(self, now: float) -> None:
        """Records an insert at `now` (monotonic seconds)."""
        self._sent_at = now

    def left(self, now: float, waiting: int) -> float:
        """How many seconds this many rows must still wait for more; 0: they go now."""
        if waiting >= self._large_rows:
            return 0.0
        return max(0.0, self._sent_at + self._seconds - now)

    async def wait(self, count: Callable[[int], Awaitable[int]]) -> None:
        """Returns when it is time to send; `count` counts the waiting rows, up to the given
        number."""
        while (left := self.left(time.monotonic(), 0)) > 0:
            await asyncio.sleep(min(left, _LOOK_SECONDS))
            if left > _LOOK_SECONDS and await count(self._large_rows) >= self._large_rows:
                return
