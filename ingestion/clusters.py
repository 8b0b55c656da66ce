"""After a restore into another PostgreSQL cluster: gives the outbox's old rows numbers of this
cluster.

A dump contains rows and a shard's position with transaction numbers of the cluster they come from.
The new cluster counts from its own beginning, so its own rows would lie before that position and
count as shipped. So rows and positions name the cluster that numbered them (`outbox_cluster()`).
"""

import structlog

from core.postgres import Connection
from ingestion import ledger

log = structlog.get_logger()

# The second condition finds what the first cannot: a dump from before the identity was recorded,
# and pg_resetwal. A number of this cluster is never above the last one given out.
FOREIGN = "(cluster <> outbox_cluster() OR xid >= pg_snapshot_xmax(pg_current_snapshot()))"

_PLACE = f"""
SELECT xid, pos, pending_xid, pending_pos FROM shipments
WHERE shard = $1 AND {FOREIGN}
FOR UPDATE
"""

_SHIPPED = f"FROM outbox WHERE shard = $1 AND {FOREIGN} AND (xid, pos) <= ($2, $3)"

_NOTE_EMPTIED = f"""
UPDATE outbox_slot
SET emptied_pos = greatest(emptied_pos, (SELECT coalesce(max(pos), 0) {_SHIPPED}))
"""

# 3 is the first number that a transaction can have, and a cluster has used hundreds when it is
# created, so none of its own rows are below. First the recorded batch, then the rest, each by
# number.
_RENUMBER = f"""
UPDATE outbox
SET xid = CASE WHEN (xid, pos) <= ($2::xid8, $3::bigint) THEN '3'::xid8 ELSE '4'::xid8 END,
    cluster = outbox_cluster()
WHERE shard = $1 AND {FOREIGN}
"""

# The batch keeps its token and its count, because ClickHouse may know it already.
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
    """Converts the shard to this cluster's numbers if it was restored from another one; returns
    whether it was.

    For the shard's leader, before anything else. Needs no lock against writers: rows that they add
    meanwhile name this cluster.
    """
    async with connection.transaction():
        place = await connection.fetchrow(_PLACE, shard)
        if place is None:
            return False
        arrived = (shard, place["xid"], place["pos"])
        await ledger.enter(connection, f"(SELECT * {_SHIPPED}) AS shipped", *arrived)
        await connection.execute(_NOTE_EMPTIED, *arrived)
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
