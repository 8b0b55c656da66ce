"""How far Telegram's count of updates (pts, qts) is safely behind us.

Updates are handled concurrently, and Telegram can leave one out. A worker that starts again asks
for everything after the stored mark, so the mark must never pass an update that is missing or not
committed yet. See https://core.telegram.org/api/updates for pts and pts_count.
"""

from dataclasses import dataclass
from heapq import heappop, heappush


@dataclass(eq=False, slots=True)
class Hold:
    """An update under way: the mark stays at or below `start` until it is released."""

    start: int
    released: bool = False


class Watermark:
    """One counter. An update of `pts` and `pts_count` covers `(pts - pts_count, pts]`."""

    def __init__(self, position: int) -> None:
        self._arrived = position
        self._beyond: list[tuple[int, int]] = []
        self._holds: list[tuple[int, int, Hold]] = []
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

    def hold(self, start: int) -> Hold:
        """An update that begins after `start` is under way."""
        hold = Hold(start)
        self._serial += 1
        heappush(self._holds, (start, self._serial, hold))
        return hold

    def mark(self, *done: Hold) -> int:
        """The low-water mark, as it will be when `done` are committed as well."""
        self._drop_released()
        if not self._holds or self._holds[0][2] not in done:
            return self._lowest()
        finished = frozenset(done)
        passed: list[tuple[int, int, Hold]] = []
        while self._holds and (self._holds[0][2] in finished or self._holds[0][2].released):
            passed.append(heappop(self._holds))
        mark = self._lowest()
        for each in passed:
            heappush(self._holds, each)
        return mark

    def _absorb(self) -> None:
        while self._beyond and self._beyond[0][0] <= self._arrived:
            self._arrived = max(self._arrived, heappop(self._beyond)[1])

    def _drop_released(self) -> None:
        while self._holds and self._holds[0][2].released:
            heappop(self._holds)

    def _lowest(self) -> int:
        return min(self._arrived, self._holds[0][0]) if self._holds else self._arrived
