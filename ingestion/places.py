"""Slots for work that takes memory or processor time: a limited number, of which one key gets only
some."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator


class Places:
    """`total` slots at once, `a_key` of them for one key, so that one shop's calls never take all
    of them."""

    def __init__(self, total: int, a_key: int) -> None:
        self._all = asyncio.Semaphore(total)
        self._a_key = a_key
        self._of_key: dict[int, asyncio.Semaphore] = {}
        self._present: Counter[int] = Counter()  # waiting or running

    @contextlib.asynccontextmanager
    async def take(self, key_id: int) -> AsyncIterator[None]:
        """Waits for a slot, the key's own first, and holds it until the end."""
        self._present[key_id] += 1
        own = self._of_key.setdefault(key_id, asyncio.Semaphore(self._a_key))
        try:
            async with own, self._all:
                yield
        finally:
            self._present[key_id] -= 1
            if not self._present[key_id]:
                del self._present[key_id], self._of_key[key_id]

    def is_taken_by(self, key_id: int) -> bool:
        """Whether the key holds a slot, or waits for one."""
        return self._present[key_id] > 0
