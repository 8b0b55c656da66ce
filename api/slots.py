"""Slots for work that takes a store's time: who finds none free waits in a short line, or is told
to come again, instead of piling up."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from api.problems import Busy


class Slots:
    """`total` at once; at most `line` wait, each at most `seconds`."""

    def __init__(self, total: int, *, line: int, seconds: float) -> None:
        self._free = asyncio.Semaphore(total)
        self._line = line
        self._seconds = seconds
        self._waiting = 0

    @property
    def waiting(self) -> int:
        """How many stand in the line."""
        return self._waiting

    @property
    def is_full(self) -> bool:
        """Whether who comes now must wait."""
        return self._free.locked()

    async def acquire(self) -> None:
        """Raises Busy if the line is too long, or nothing became free in time."""
        if not self._free.locked():
            await self._free.acquire()
            return
        if self._waiting >= self._line:
            raise Busy
        self._waiting += 1
        try:
            async with asyncio.timeout(self._seconds):
                await self._free.acquire()
        except TimeoutError as error:
            raise Busy from error
        finally:
            self._waiting -= 1

    def release(self) -> None:
        self._free.release()

    @contextlib.asynccontextmanager
    async def take(self) -> AsyncIterator[None]:
        """Holds a slot during the block; raises Busy."""
        await self.acquire()
        try:
            yield
        finally:
            self.release()
