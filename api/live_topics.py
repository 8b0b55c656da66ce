"""What is viewed live: read once for all its viewers, those that follow and those that ask."""

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from fastapi.sse import format_sse_event

from api.figures import Overview
from api.followers import Follower, Snapshot
from api.periods import Period
from api.problems import STORE_ERRORS, Problem, store_problem

log = structlog.get_logger()

# A view is read at most once in this time, however often its shops have news. A second would be
# friendlier to the stores, and too late: what comes right after a reading waits for the next one.
REFRESH_SECONDS = 0.55
TICK_SECONDS = 15.0  # figures also change with time: hours begin, lags grow


@dataclass(frozen=True, slots=True)
class View:
    """What is viewed; viewers of equal views share one reading."""

    shops: tuple[int, ...]
    period: Period


Read = Callable[[View], Awaitable[Overview]]


def snapshot_of(overview: Overview) -> Snapshot:
    """The overview as it is sent."""
    said = overview.model_dump_json(exclude={"as_of"}).encode()
    return Snapshot.of(overview, hashlib.sha256(said).hexdigest()[:20])


class Topic:
    """A view that somebody follows or asks for.

    `turns` bounds how many views are read at once, so that the rest of the panel keeps its stores.
    """

    def __init__(self, view: View, read: Read, turns: asyncio.Semaphore) -> None:
        self.view = view
        self.followers: set[Follower] = set()
        self.stale = asyncio.Event()
        self.asked_at = float("-inf")
        self._read = read
        self._turns = turns
        self._newest: Snapshot | None = None
        self._failure: Exception | None = None
        self._trouble: bytes | None = None
        self._read_at = float("-inf")
        self._free_at = float("-inf")
        self._reading = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def join(self, follower: Follower) -> None:
        """The follower gets what is known at once, and then whatever is read."""
        self.followers.add(follower)
        is_old = self._task is None and self.stale.is_set()
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=f"live {self.view}")
        if self._trouble is not None:
            follower.fail(self._trouble, self.view)
        elif self._newest is not None and not is_old:
            follower.show(self._newest, self.view)

    def part(self, follower: Follower) -> None:
        """Nothing is read any more once the last one is gone."""
        self.followers.discard(follower)
        if not self.followers and self._task is not None:
            self._task.cancel()
            self._task = None

    async def current(self) -> Snapshot:
        """The view as it is now, read once for everybody who asks meanwhile; raises STORE_ERRORS
        and what else the reading raises."""
        clock = asyncio.get_running_loop().time
        self.asked_at = clock()
        async with self._reading:
            age = clock() - self._read_at
            is_due = self._newest is None or self.stale.is_set() or age >= TICK_SECONDS
            if is_due and clock() >= self._free_at:
                await self._refresh()
            if self._failure is not None:
                raise self._failure.with_traceback(None)
            assert self._newest is not None  # without a failure it has been read
            return self._newest

    async def _run(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            async with self._reading:
                await asyncio.sleep(max(0.0, self._free_at - clock()))
                await self._refresh()
            await asyncio.sleep(max(0.0, self._free_at - clock()))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_SECONDS):
                    await self.stale.wait()

    async def _refresh(self) -> None:
        async with self._turns:
            before = self._read_at, self._free_at
            self._read_at = asyncio.get_running_loop().time()
            # News need not wait for a reading that was due to time alone.
            is_tick = self._newest is not None and not self.stale.is_set()
            self._free_at = self._read_at + (0.0 if is_tick else REFRESH_SECONDS)
            self.stale.clear()
            try:
                self._newest = snapshot_of(await self._read(self.view))
            except asyncio.CancelledError:
                self.stale.set()  # nobody has seen what has changed
                self._read_at, self._free_at = before
                raise
            except STORE_ERRORS as error:
                log.warning("a live view could not be read", error=str(error), view=self.view)
                self._failure = error
                self.stale.set()
            except Exception as error:  # pylint: disable=broad-exception-caught  # followers wait
                # Not read again at once, as when a store is away, but at the next event or tick.
                log.exception("a live view failed", view=self.view)
                self._failure = error
            else:
                self._failure = None
        self._publish()

    def _publish(self) -> None:
        """Sends what was read; of a failure that lasts, only the first is told."""
        if self._failure is None:
            self._trouble = None
            assert self._newest is not None  # it has been read just now
            for follower in self.followers:
                follower.show(self._newest, self.view)
            return
        trouble = _trouble(self._failure)
        if trouble != self._trouble:
            self._trouble = trouble
            for follower in self.followers:
                follower.fail(trouble, self.view)


def _trouble(error: Exception) -> bytes:
    """The event `degraded`: a problem as the API answers it, until the next overview."""
    if isinstance(error, STORE_ERRORS):
        found = store_problem(error)
        problem = Problem(
            title="Service Unavailable",
            status=found.status,
            code=found.code,
            detail=found.explained.en,
            explained={"ru": found.explained.ru, "en": found.explained.en},
        )
    else:
        problem = Problem(
            title="Internal Server Error",
            status=500,
            code="internal",
            detail="something broke on our side; it has been logged",
        )
    return format_sse_event(event="degraded", data_str=problem.model_dump_json(exclude_none=True))
