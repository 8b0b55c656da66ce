"""Who ships a shard: the holder of an advisory lock, on a connection of its own.

The lock lives as long as the connection, and everything that the leader does in PostgreSQL goes
over it. So one that has lost the lock cannot move the shard any more.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable

import asyncpg

from core import postgres
from core.postgres import Connection

_LOCK_CLASS = 0x73686970  # any number of ours, beside the shard's
_STANDBY_SECONDS = 1.0

# A leader whose machine has gone must not hold the shard for hours: the server drops it within
# some 15 seconds. The outbox is too young for statistics: its order index is always right.
_SESSION = """
SET tcp_keepalives_idle = 5;
SET tcp_keepalives_interval = 3;
SET tcp_keepalives_count = 3;
SET datestyle = 'ISO';
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET plan_cache_mode = force_custom_plan;
"""


@contextlib.asynccontextmanager
async def lead(
    url: str, shard: int, *, on_standby: Callable[[], None] = lambda: None
) -> AsyncIterator[Connection]:
    """Waits until nobody else leads the shard, and gives the connection that now does.

    Raises what asyncpg raises when PostgreSQL is away.
    """
    connection = await postgres.connect(url)
    try:
        await connection.execute(_SESSION)
        name = f"vitrina-shipper {socket.gethostname()}:{os.getpid()}"
        await connection.execute("SELECT set_config('application_name', $1, false)", name)
        # Asked again and again, and not waited for: a waiting statement holds back vacuum.
        while not await connection.fetchval(
            "SELECT pg_try_advisory_lock($1, $2)", _LOCK_CLASS, shard
        ):
            on_standby()
            await asyncio.sleep(_STANDBY_SECONDS)
        yield connection
    finally:
        await _drop(connection)


async def _drop(connection: Connection) -> None:
    try:
        await connection.close(timeout=1)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        connection.terminate()
