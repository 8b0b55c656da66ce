"""Small batches are gathered before they are sent: each insert costs ClickHouse a part and its
merges.

An event that comes when nothing was sent lately goes at once. Events that follow wait until the
time is over and go together, unless there are many. The time is short while somebody looks at live
figures, and longer while nobody does.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

# Short enough for a purchase to be on the panel within a second after its payment.
WATCHED_SECONDS = 0.6
UNWATCHED_SECONDS = 10.0
LARGE_ROWS = 1_000
_LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Waiting:
    """Rows that are not sent yet, and whether somebody looks at live figures."""

    rows: int
    is_watched: bool


class Gathering:
    """How long rows may wait after the last insert."""

    def __init__(
        self,
        watched_seconds: float = WATCHED_SECONDS,
        unwatched_seconds: float = UNWATCHED_SECONDS,
        large_rows: int = LARGE_ROWS,
    ) -> None:
        self._watched_seconds = watched_seconds
        self._unwatched_seconds = unwatched_seconds
        self._large_rows = large_rows
        self._sent_at = float("-inf")

    def sent(self, now: float) -> None:
        """Records an insert at `now` (monotonic seconds)."""
        self._sent_at = now

    def left(self, now: float, waiting: Waiting) -> float:
        """How many seconds these rows must still wait for more; 0: they go now."""
        if waiting.rows >= self._large_rows:
            return 0.0
        seconds = self._watched_seconds if waiting.is_watched else self._unwatched_seconds
        return max(0.0, self._sent_at + seconds - now)

    async def wait(self, look: Callable[[int], Awaitable[Waiting]]) -> None:
        """Returns when it is time to send; `look` counts the waiting rows, up to the given
        number."""
        while (now := time.monotonic()) < self._sent_at + self._unwatched_seconds:
            left = self.left(now, await look(self._large_rows))
            if not left:
                return
            await asyncio.sleep(min(left, _LOOK_SECONDS))
