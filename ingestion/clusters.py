"""After a restore into another cluster of PostgreSQL: the outbox's old rows in its new numbers.

A dump brings rows and a shard's place with the transaction numbers of the cluster that they are
from. The new one counts from its own beginning: whatever it writes would lie before that place,
and pass for shipped. So rows and places say which cluster numbered them (`outbox_cluster()`).
"""

import structlog

from core.postgres import Connection
from ingestion import ledger

log = structlog.get_logger()

# The second sign is for what the first cannot see: a dump from before there was an identity on
# record, and pg_resetwal. A number of this cluster's own is never above what has been given out.
FOREIGN = "(cluster <> outbox_cluster() OR xid >= pg_snapshot_xmax(pg_current_snapshot()))"

_PLACE = f"""
SELECT xid, pos, pending_xid, pending_pos FROM shipments
WHERE shard = $1 AND {FOREIGN}
FOR UPDATE
"""

_SHIPPED = f"FROM outbox WHERE shard = $1 AND {FOREIGN} AND (xid, pos) <= ($2, $3)"

# 3 is the first number that a transaction can have, and a cluster has used up hundreds when it is
# born: nothing of its own is below. First the batch on record, then the rest; among each by number.
_RENUMBER = f"""
UPDATE outbox
SET xid = CASE WHEN (xid, pos) <= ($2::xid8, $3::bigint) THEN '3'::xid8 ELSE '4'::xid8 END,
    cluster = outbox_cluster()
WHERE shard = $1 AND {FOREIGN}
"""

# The batch keeps its token and its count: ClickHouse may know it already.
_REPLACE = """
UPDATE shipments
SET xid = '0',
    pos = 0,
    cluster = outbox_cluster(),
    pending_xid = CASE WHEN pending_token IS NOT NULL THEN '3'::xid8 END,
    pending_pos = CASE WHEN pending_token IS NOT NULL THEN
        (SELECT coalesce(max(pos), 0) FROM outbox WHERE shard = $1 AND xid = '3') END
WHERE shard = $1
"""


async def adopt(connection: Connection, shard: int) -> bool:
    """Makes the shard this cluster's own, if it was restored from another; says whether it was.

    For the shard's leader, before anything else. Needs no lock against writers: what they add
    meanwhile bears this cluster's name.
    """
    async with connection.transaction():
        place = await connection.fetchrow(_PLACE, shard)
        if place is None:
            return False
        arrived = (shard, place["xid"], place["pos"])
        await ledger.enter(connection, f"(SELECT * {_SHIPPED}) AS shipped", *arrived)
        shipped = await connection.execute(f"DELETE {_SHIPPED}", *arrived)
        end = (place["pending_xid"], place["pending_pos"])
        waiting = await connection.execute(_RENUMBER, shard, *end)
        await connection.execute(_REPLACE, shard)
    log.warning(
        "the outbox was restored from another cluster of PostgreSQL and goes on from where it was",
        shard=shard,
        shipped_before=int(shipped.split()[-1]),
        waiting=int(waiting.split()[-1]),
    )
    return True
