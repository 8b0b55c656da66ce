"""PostgreSQL as a Dagster resource."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from core.postgres import Connection, connect
from core.settings import Settings

Result = TypeVar("Result")


class Postgres:
    """The operational database; `settings` is called at each use, never before.

    Both methods start an event loop, so they must not be called from inside one.
    """

    def __init__(self, settings: Callable[[], Settings]) -> None:
        self._settings = settings

    def run(self, work: Callable[[Connection], Awaitable[Result]]) -> Result:
        """What `work` returns, done in one read-only transaction with a snapshot of one moment."""

        async def at_one_moment(connection: Connection) -> Result:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return await work(connection)

        return self.change(at_one_moment)

    def change(self, work: Callable[[Connection], Awaitable[Result]]) -> Result:
        """What `work` returns; it opens the transactions that it needs."""
        return asyncio.run(self._run(work))

    async def _run(self, work: Callable[[Connection], Awaitable[Result]]) -> Result:
        connection = await connect(self._settings().database_url.get_secret_value())
        try:
            return await work(connection)
        finally:
            await connection.close()
