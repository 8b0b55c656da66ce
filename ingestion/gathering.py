"""Few events are gathered before they are sent: each insert costs ClickHouse a part and its merges.

An event that comes when nothing was sent lately goes at once. What follows within `SECONDS` of it
waits for their end and goes together, unless it is much already.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

# Short enough for a purchase to be on the panel within a second of its payment.
SECONDS = 0.75
LARGE_ROWS = 1_000
_LOOK_SECONDS = 0.25


class Gathering:
    """How long what waits behind the last insert may go on waiting."""

    def __init__(self, seconds: float = SECONDS, large_rows: int = LARGE_ROWS) -> None:
        self._seconds = seconds
        self._large_rows = large_rows
        self._sent_at = float("-inf")

    def sent(self, now: float) -> None:
        """An insert was made at `now` (monotonic seconds)."""
        self._sent_at = now

    def left(self, now: float, waiting: int) -> float:
        """Seconds that so many rows are still to wait for more; 0: they go now."""
        if waiting >= self._large_rows:
            return 0.0
        return max(0.0, self._sent_at + self._seconds - now)

    async def wait(self, count: Callable[[int], Awaitable[int]]) -> None:
        """Returns when it is time to send; `count` counts what waits, up to the number given."""
        while (left := self.left(time.monotonic(), 0)) > 0:
            await asyncio.sleep(min(left, _LOOK_SECONDS))
            if left > _LOOK_SECONDS and await count(self._large_rows) >= self._large_rows:
                return
