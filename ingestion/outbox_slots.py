"""The outbox's three tables take turns: a full one is emptied as a whole when all of it has been
shipped.

`outbox_slot` says which one is written to. A writer that read it just before the turn still writes
to the former table: harmless, because rows are shipped from any of them.
"""

import asyncio
from datetime import timedelta

import asyncpg
import structlog

from core.postgres import Connection
from ingestion import clusters, ledger

log = structlog.get_logger()

SLOTS = (0, 1, 2)
MAX_BYTES = 256 * 1024 * 1024
MAX_AGE = timedelta(hours=1)
_LOCK_TIMEOUT = "200ms"  # writers never wait longer than this
_SETTLES_WITHIN = 1.0  # seconds; few transactions take as long

_TURN = """
UPDATE outbox_slot SET slot = $2, turned_at = now()
WHERE slot = $1 AND (turned_at < now() - $3::interval OR pg_table_size($4::text::regclass) > $5)
RETURNING slot
"""

# A row still has to be shipped if its shard has not been shipped that far, or if nobody ships its
# shard. Shards are numbered from 0 without a gap. While a shard's position has numbers of another
# cluster (`clusters`), nothing is known: then every row counts as not shipped.
_ON_THE_WAY = f"""
SELECT EXISTS (
    SELECT FROM shipments AS s WHERE EXISTS (
        SELECT FROM {{table}} AS o WHERE o.shard = s.shard AND (o.xid, o.pos) > (s.xid, s.pos)
    )
) OR EXISTS (
    SELECT FROM {{table}} WHERE shard > (SELECT max(shard) FROM shipments)
) OR EXISTS (
    SELECT FROM {{table}} WHERE shard < 0
) OR EXISTS (
    SELECT FROM shipments WHERE {clusters.FOREIGN}
)
"""


# After a restore, an event beyond it that the outbox does not have is of a time that is gone
# (`reconciling`).
_NOTE_EMPTIED = """
UPDATE outbox_slot
SET emptied_pos = greatest(emptied_pos, (SELECT coalesce(max(pos), 0) FROM {table}))
"""


async def upkeep(
    connection: Connection, *, max_bytes: int = MAX_BYTES, max_age: timedelta = MAX_AGE
) -> None:
    """Empties the slots that have been shipped, then turns to the next one if the current one is
    full."""
    current: int = await connection.fetchval("SELECT slot FROM outbox_slot")
    for slot in SLOTS:
        if slot != current and await _has_rows(connection, slot):
            await empty(connection, slot)
    following = (current + 1) % len(SLOTS)
    if await _has_rows(connection, following) or not await _has_rows(connection, current):
        return
    table = f"outbox_{current}"
    if await connection.fetchval(_TURN, current, following, max_age, table, max_bytes) is not None:
        log.debug("outbox turned", slot=following)


async def empty(connection: Connection, slot: int) -> bool:
    """Truncates a slot's table if every row in it has been shipped; returns whether it did.

    The lock waits for its writers' transactions to end, so no row can be overlooked. Counting a
    full slot takes a second (`ledger`).
    """
    table = f"outbox_{slot}"
    on_the_way = _ON_THE_WAY.format(table=table)
    if await connection.fetchval(on_the_way):
        return False
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
            # Nothing is added while it is counted; readers wait only for the truncation.
            await connection.execute(f"LOCK TABLE {table} IN SHARE MODE")
            if await connection.fetchval(on_the_way) or not await _settled(connection):
                return False
            await ledger.enter(connection, table)
            await connection.execute(_NOTE_EMPTIED.format(table=table))
            await connection.execute(f"TRUNCATE {table}")
    except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
        return False  # in use: tried again at the next upkeep
    log.debug("outbox slot emptied", slot=slot)
    return True


async def _settled(connection: Connection) -> bool:
    """Whether all transactions of this moment end soon.

    One that goes on might have a smaller number than the slot's last: nobody could tell its event
    from one of the emptied slot.
    """
    last = await connection.fetchval("SELECT pg_snapshot_xmax(pg_current_snapshot())")
    try:
        async with asyncio.timeout(_SETTLES_WITHIN):
            while not await connection.fetchval(
                "SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1", last
            ):
                await asyncio.sleep(0.02)
    except TimeoutError:
        return False
    return True


async def _has_rows(connection: Connection, slot: int) -> bool:
    found: bool = await connection.fetchval(f"SELECT EXISTS (SELECT FROM outbox_{slot})")
    return found
