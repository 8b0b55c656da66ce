"""Whose transaction comes next: a worker has so many connections, and one bot must not take all.

A bot whose handlers were slow lately shares a few slots with the others that were, so that any
number of bots with hanging modules leaves most of the worker to the rest.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress

SLOW_SECONDS = 0.5
SLOW_FOR = 30.0  # seconds after the last slow one
A_BOT = 4  # at once
_MOMENT = 1.0  # second
_SLOW_PART = 4  # of all slots, one in so many


class Slots:
    """A worker's."""

    def __init__(self, number: int) -> None:
        self.all = asyncio.Semaphore(number)
        self.slow = asyncio.Semaphore(max(1, number // _SLOW_PART))
        self._urgent = 0
        self._none_urgent = asyncio.Event()
        self._none_urgent.set()

    @contextmanager
    def urgent(self) -> Iterator[None]:
        """While the block runs, nothing else begins, for a moment: on a machine that is too busy,
        processor time is a queue as well."""
        self._urgent += 1
        self._none_urgent.clear()
        try:
            yield
        finally:
            self._urgent -= 1
            if not self._urgent:
                self._none_urgent.set()

    async def give_way(self) -> None:
        """Waits for what is urgent, but no longer than a moment: that may hang."""
        if self._urgent:
            with suppress(TimeoutError):
                async with asyncio.timeout(_MOMENT):
                    await self._none_urgent.wait()


class BotSlots:
    """One bot's share of its worker's slots."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._own = asyncio.Semaphore(A_BOT)
        self._slow_until = 0.0

    @property
    def is_slow(self) -> bool:
        return time.monotonic() < self._slow_until

    @asynccontextmanager
    async def take(self) -> AsyncIterator[None]:
        """A slot while the block runs; how long that is decides on the bot's next ones."""
        async with self._own, AsyncExitStack() as slots:
            if self.is_slow:
                await slots.enter_async_context(self._slots.slow)
            await slots.enter_async_context(self._slots.all)
            await self._slots.give_way()
            began = time.monotonic()
            try:
                yield
            finally:
                now = time.monotonic()
                if now - began > SLOW_SECONDS:
                    self._slow_until = now + SLOW_FOR
