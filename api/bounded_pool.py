"""The API's connections to PostgreSQL: a limited number, and a limited wait for one."""

from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolAcquireContext

from api.lent_connections import borrowed
from api.slots import Slots
from core import postgres
from core.postgres import Pool

if TYPE_CHECKING:  # at runtime they are not generic
    _Pool = asyncpg.Pool[asyncpg.Record]
    _AcquireContext = PoolAcquireContext[asyncpg.Record]
else:
    _Pool = asyncpg.Pool
    _AcquireContext = PoolAcquireContext
_Proxy: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"

# As many wait as a pool of ten answers within the wait, if each holds its connection for 100 ms.
LINE = 400
WAIT_SECONDS = 4.0
# A statement that takes longer has lost its reader; one that waits for a lock, its turn.
SETTINGS = {
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
}


class BoundedPool(_Pool):
    """asyncpg's pool, whose `acquire` raises Busy instead of waiting without end."""

    def __init__(self, *arguments: Any, max_size: int, **options: Any) -> None:
        super().__init__(*arguments, max_size=max_size, **options)
        self.slots = Slots(max_size, line=LINE, seconds=WAIT_SECONDS)

    def acquire(self, *, timeout: float | None = None) -> "_AcquireContext":
        """For `async with`; `timeout` is that of opening a connection."""
        return _Acquiring(self, timeout)


class _Acquiring(_AcquireContext):
    def __init__(self, pool: BoundedPool, timeout: float | None) -> None:
        super().__init__(pool, timeout)
        self._slots = pool.slots
        self._is_borrowed = False

    async def __aenter__(self) -> _Proxy:
        if (connection := borrowed()) is not None:
            self._is_borrowed = True
            lent: _Proxy = connection
            return lent
        await self._slots.acquire()
        try:
            return await super().__aenter__()
        except BaseException:
            self._slots.release()
            raise

    async def __aexit__(self, *error: object) -> None:
        if self._is_borrowed:
            return
        try:
            await super().__aexit__(*error)
        finally:
            self._slots.release()


async def open_bounded_pool(url: str, *, size: int, application: str) -> Pool:
    """As `core.postgres.open_pool`, with bounds on waiting and on each statement."""
    return await postgres.open_pool(
        url, size=size, application=application, settings=SETTINGS, kind=BoundedPool
    )
