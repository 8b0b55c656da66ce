"""Views that wait to be read at the same time are read together: as many queries as for one."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

import structlog

from api.figures import Overview
from api.live_topics import View
from api.problems import STORE_ERRORS, Busy, is_too_large

log = structlog.get_logger()

# Readings at once: what comes meanwhile waits for the next, so the stores are asked less the more
# they have to do.
AT_ONCE = 3
MOST_TOGETHER = 100

ReadTogether: TypeAlias = Callable[[Sequence[View]], Awaitable[Mapping[View, Overview]]]
_Waiting: TypeAlias = tuple[View, "asyncio.Future[Overview]"]


class ViewBatches:
    """Reads views of one shop each together, if they are of the same period; others alone."""

    def __init__(self, read: ReadTogether) -> None:
        self._read = read
        self._waiting: deque[_Waiting] = deque()
        self._readings: set[asyncio.Task[None]] = set()

    async def read(self, view: View) -> Overview:
        """The view as it is now or later; raises what the reading raises. A reading that nobody
        waits for any more is stopped."""
        found: asyncio.Future[Overview] = asyncio.get_running_loop().create_future()
        self._waiting.append((view, found))
        # In the loop's next turn: views that were woken together are read together, not one by one.
        asyncio.get_running_loop().call_soon(self._begin)
        return await found

    def _begin(self) -> None:
        while self._waiting and len(self._readings) < AT_ONCE:
            batch = self._take()
            if batch:
                task = asyncio.create_task(self._answer(batch), name=f"{len(batch)} views")
                self._readings.add(task)
                task.add_done_callback(self._ended)
                for _, found in batch:
                    found.add_done_callback(partial(_stop, task, batch))

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._readings.discard(task)
        self._begin()

    def _take(self) -> list[_Waiting]:
        """Those that are read together with the one that has waited longest."""
        waiting = [each for each in self._waiting if not each[1].done()]
        batch = [
            each for each in waiting if each is waiting[0] or _are_together(each[0], waiting[0][0])
        ][:MOST_TOGETHER]
        taken = {id(found) for _, found in batch}
        self._waiting = deque(each for each in waiting if id(each[1]) not in taken)
        return batch

    async def _answer(self, batch: Sequence[_Waiting]) -> None:
        parts = deque([batch])
        # Enough to find two views that are too large by themselves; if more are, it is the store.
        halvings = 2 * len(batch).bit_length()
        while parts:
            part = [each for each in parts.popleft() if not each[1].done()]
            error = await self._try(part) if part else None
            if error is None:
                continue
            if len(part) == 1:
                _fail(part, error)
            elif is_too_large(error) and halvings:
                halvings -= 1
                middle = len(part) // 2
                parts += [part[:middle], part[middle:]]
            elif isinstance(error, (*STORE_ERRORS, Busy)):
                _fail(part, error)
            else:  # something is wrong with one of them: the others need not know
                log.error("views could not be read together", views=len(part), exc_info=error)
                parts += [[each] for each in part]

    async def _try(self, part: Sequence[_Waiting]) -> Exception | None:
        """Answers those who wait; the error if they cannot be answered."""
        try:
            overviews = await self._read([view for view, _ in part])
            answers = [overviews[view] for view, _ in part]
        except Exception as error:  # pylint: disable=broad-exception-caught  # passed on
            return error
        for (_, found), overview in zip(part, answers, strict=True):
            if not found.done():
                found.set_result(overview)
        return None


def _are_together(one: View, other: View) -> bool:
    return one.period == other.period and len(one.shops) == len(other.shops) == 1


def _fail(batch: Sequence[_Waiting], error: Exception) -> None:
    for _, found in batch:
        if not found.done():
            found.set_exception(error)


def _stop(
    task: "asyncio.Task[None]", batch: Sequence[_Waiting], _: "asyncio.Future[Overview]"
) -> None:
    if all(found.cancelled() for _, found in batch):
        task.cancel()
