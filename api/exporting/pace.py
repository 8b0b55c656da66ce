"""How many exports make the engine work at the same moment."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator

_LONGEST_SECONDS = 1.0  # one that is still working lets the next one begin


class Pace:
    """Turns to work, for half of the processors: the panel has the others.

    What nobody reads makes the engine wait, so exports that take turns to be read share its work,
    too. A turn is for one piece; one that lasts longer than a second is given to the next as well,
    so that a long sort does not hold up short files.
    """

    def __init__(self, turns: int = 0) -> None:
        """`turns` 0: by the machine's processors."""
        self._free = asyncio.Semaphore(turns or max(1, (os.cpu_count() or 1) // 2))

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Waits until there is one, and has it for as long as the block lasts or a second."""
        await self._free.acquire()
        is_over = False

        def end() -> None:
            nonlocal is_over
            if not is_over:
                is_over = True
                self._free.release()

        late = asyncio.get_running_loop().call_later(_LONGEST_SECONDS, end)
        try:
            yield
        finally:
            late.cancel()
            end()
