"""Which shipper leads a shard: the holder of an advisory lock, on a connection of its own.

The lock lives as long as the connection, and everything that the leader changes in PostgreSQL goes
through it, so a shipper that has lost the lock cannot advance the shard any more. Several shippers
share the shards: each leads its fair share, and those of shippers that are gone.
"""

import asyncio
import contextlib
import math
import os
import socket
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import asyncpg

from core import postgres
from core.postgres import Connection
from core.shipments import LOCK_CLASS, SHIPPER_NAME

_STANDBY_SECONDS = 1.0
# How long a shard is left to the shipper that is to lead it. A shipper that is alive and does not
# take it by then is stuck.
_LEFT_SECONDS = 10.0

# A leader whose machine has gone must not keep the shard for hours: the server drops it within some
# 15 seconds. The outbox is too young for statistics: its order index is always right.
_SESSION = """
SET tcp_keepalives_idle = 5;
SET tcp_keepalives_interval = 3;
SET tcp_keepalives_count = 3;
SET jit = off;
SET max_parallel_workers_per_gather = 0;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET plan_cache_mode = force_custom_plan;
"""


_PRESENT = f"""
SELECT count(DISTINCT application_name) FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE '{SHIPPER_NAME} %'
"""


@dataclass
class Share:
    """The shards that this process leads, and how many its fair share is; at first, all of them."""

    due: int = 256
    led: set[int] = field(default_factory=set)

    @property
    def has_room(self) -> bool:
        return len(self.led) < self.due

    def is_beyond(self, shard: int) -> bool:
        """Whether the shard should be left to another shipper: the highest ones are."""
        return shard in sorted(self.led)[self.due :]

    async def count(self, connection: Connection, shards: int) -> None:
        """Divides the shards among the connected shippers."""
        present: int = await connection.fetchval(_PRESENT)
        self.due = math.ceil(shards / max(1, present))


@contextlib.asynccontextmanager
async def session(url: str) -> AsyncIterator[Connection]:
    """A connection with the shipper's name and settings.

    Raises what asyncpg raises when PostgreSQL is away.
    """
    connection = await postgres.connect(url)
    try:
        await connection.execute(_SESSION)
        name = f"{SHIPPER_NAME} {socket.gethostname()}:{os.getpid()}"
        await connection.execute("SELECT set_config('application_name', $1, false)", name)
        yield connection
    finally:
        await _drop(connection)


@contextlib.asynccontextmanager
async def lead(
    url: str, shard: int, share: Share, *, on_standby: Callable[[], None] = lambda: None
) -> AsyncIterator[Connection]:
    """Waits until nobody else leads the shard, and yields the connection that now does.

    Raises what asyncpg raises when PostgreSQL is away.
    """
    async with session(url) as connection:
        since = time.monotonic()
        # Polled, because a waiting statement would hold back vacuum.
        while not (
            (share.has_room or time.monotonic() - since > _LEFT_SECONDS)
            and await connection.fetchval("SELECT pg_try_advisory_lock($1, $2)", LOCK_CLASS, shard)
        ):
            on_standby()
            await asyncio.sleep(_STANDBY_SECONDS)
        share.led.add(shard)
        try:
            yield connection
        finally:
            share.led.discard(shard)


async def _drop(connection: Connection) -> None:
    try:
        await connection.close(timeout=1)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        connection.terminate()
