"""A superuser's connection to one database of PostgreSQL, for all tests of a process.

Each test has an event loop of its own, and a connection belongs to its loop: this one has a loop
in a thread. To connect anew each time would cost more than what is asked: a session begins knowing
none of the tables.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import TypeAlias, TypeVar

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
T = TypeVar("T")

# What is asked of a connection that was cut, or of a server that ended.
CUT = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    OSError,
)
# Rows are emptied and restored table by table: nobody looks at what refers to them.
_UNCHECKED = {"session_replication_role": "replica"}


class Administrator:
    """Does one thing after another; the connection is made for the first, and again once it was
    cut."""

    def __init__(self, port: int, database: str) -> None:
        self._port = port
        self._database = database
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="administrator", daemon=True
        )
        self._thread.start()
        self._turn = asyncio.Lock()
        self._connection: Connection | None = None

    async def do(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """From whatever loop; raises what PostgreSQL answers, one of `CUT` if it does not."""
        done = asyncio.run_coroutine_threadsafe(self._do(work), self._loop)
        return await asyncio.wrap_future(done)

    async def execute(self, statement: str) -> None:
        await self.do(lambda connection: connection.execute(statement))

    async def rename(self, name: str) -> None:
        """The database, at once: ALTER DATABASE waits until nobody is connected, this one too."""
        await self.do(
            lambda connection: connection.execute(
                "UPDATE pg_database SET datname = $1 WHERE datname = current_database()", name
            )
        )
        self._database = name

    async def _do(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        async with self._turn:
            if self._connection is None or self._connection.is_closed():
                self._connection = await asyncpg.connect(
                    host="127.0.0.1",
                    port=self._port,
                    user="postgres",
                    database=self._database,
                    server_settings=_UNCHECKED,
                )
            return await work(self._connection)

    def close(self) -> None:
        """Without a word to the server."""
        asyncio.run_coroutine_threadsafe(self._leave(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _leave(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
