"""One connection for what is done to whole databases of PostgreSQL, for all tests of a process.

Each test has an event loop of its own, and a connection belongs to its loop: this one has a loop
in a thread. To connect anew for each statement would cost more than the statements.
"""

import asyncio
import threading

from core import postgres


class Administrator:
    """Executes statements one after another; the connection is made for the first."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="administrator", daemon=True
        )
        self._thread.start()
        self._turn = asyncio.Lock()
        self._connection: postgres.Connection | None = None

    async def execute(self, statement: str) -> None:
        """From whatever loop; raises what PostgreSQL answers."""
        done = asyncio.run_coroutine_threadsafe(self._execute(statement), self._loop)
        await asyncio.wrap_future(done)

    async def _execute(self, statement: str) -> None:
        async with self._turn:
            if self._connection is None or self._connection.is_closed():
                self._connection = await postgres.connect(self._url)
            await self._connection.execute(statement)

    def close(self) -> None:
        """Without a word to the server, which is about to be ended."""
        asyncio.run_coroutine_threadsafe(self._leave(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _leave(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
