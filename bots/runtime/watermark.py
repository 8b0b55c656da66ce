"""How far Telegram's count of updates (pts, qts) is safely behind us.

Updates are handled concurrently, and Telegram can leave one out. A worker that starts again asks
for everything after the stored mark, so the mark must never pass an update that is missing or not
committed yet. See https://core.telegram.org/api/updates for pts and pts_count.
"""

from dataclasses import dataclass
from heapq import heappop, heappush


@dataclass(eq=False, slots=True)
class InFlight:
    """An update in flight: the mark stays at or below `start` until the update is finished."""

    start: int
    is_finished: bool = False


class Watermark:
    """One counter. An update of `pts` and `pts_count` covers `(pts - pts_count, pts]`."""

    def __init__(self, position: int) -> None:
        self._arrived = position
        self._beyond: list[tuple[int, int]] = []
        self._in_flight: list[tuple[int, int, InFlight]] = []
        self._serial = 0

    @property
    def arrived(self) -> int:
        """Everything up to here has reached us, handled or not."""
        return self._arrived

    @property
    def has_gap(self) -> bool:
        """Whether something later has arrived while something before it has not."""
        return bool(self._beyond)

    @property
    def gap_end(self) -> int:
        """Where what arrived beyond the gap ends."""
        return max((end for _, end in self._beyond), default=self._arrived)

    def cover(self, start: int, end: int) -> None:
        """`(start, end]` has arrived and needs no handling."""
        heappush(self._beyond, (start, end))
        self._absorb()

    def jump(self, end: int) -> None:
        """Everything up to `end` has arrived: a difference reached so far."""
        self._arrived = max(self._arrived, end)
        self._absorb()

    def track(self, start: int) -> InFlight:
        """An update in flight that begins after `start`: the mark waits for it."""
        update = InFlight(start)
        self._serial += 1
        heappush(self._in_flight, (start, self._serial, update))
        return update

    def mark(self, *done: InFlight) -> int:
        """The low-water mark, as it will be when `done` are committed as well."""
        self._drop_finished()
        if not self._in_flight or self._in_flight[0][2] not in done:
            return self._lowest()
        committed = frozenset(done)
        passed: list[tuple[int, int, InFlight]] = []
        while self._in_flight and (
            self._in_flight[0][2] in committed or self._in_flight[0][2].is_finished
        ):
            passed.append(heappop(self._in_flight))
        mark = self._lowest()
        for each in passed:
            heappush(self._in_flight, each)
        return mark

    def _absorb(self) -> None:
        while self._beyond and self._beyond[0][0] <= self._arrived:
            self._arrived = max(self._arrived, heappop(self._beyond)[1])

    def _drop_finished(self) -> None:
        while self._in_flight and self._in_flight[0][2].is_finished:
            heappop(self._in_flight)

    def _lowest(self) -> int:
        return min(self._arrived, self._in_flight[0][0]) if self._in_flight else self._arrived
