"""How far the outbox has been shipped, shard by shard: for the shipper's metrics and the panel.

Cheap however long the outbox is: the next row is found by the outbox's order, and at most `COUNTED`
rows are counted.
"""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from core.errors import Refused
from core.postgres import Connection

# The advisory lock of a shard's leader: this number and the shard's.
LOCK_CLASS = 0x73686970
# The application name of the shippers' connections, followed by host and process.
SHIPPER_NAME = "vitrina-shipper"
COUNTED = 10_000
MAX_SHARDS = 256

_BEHIND = """
SELECT {columns} FROM outbox AS o
WHERE o.shard = s.shard AND (o.xid, o.pos) > (s.xid, s.pos) ORDER BY o.xid, o.pos LIMIT {limit}
"""
_NEXT_ROW = _BEHIND.format(columns="o.recorded_at", limit=1)
_SOME_ROWS = _BEHIND.format(columns="o.shop_id, o.recorded_at", limit=COUNTED + 1)

# Beyond the counted rows, the sequence says how many rows were numbered since: an estimate, because
# numbers of rolled-back transactions are lost.
STATUS = f"""
SELECT s.shard, leader.name AS leader, s.pending_rows, s.pending_since, s.shipped_rows,
    s.shipped_bytes, s.batches, s.shipped_at, s.retries, s.last_error, s.last_error_at,
    coalesce(extract(epoch FROM clock_timestamp() - following.recorded_at), 0)::float8
        AS lag_seconds,
    counted.rows > {COUNTED} AS is_estimate,
    CASE WHEN counted.rows <= {COUNTED} THEN counted.rows ELSE greatest(counted.rows,
        (SELECT last_value FROM outbox_pos) - s.pos) / (SELECT shards FROM outbox_slot) END
        AS waiting,
    (SELECT count(*) FROM dead_letters AS d WHERE d.shard = s.shard) AS dead_letters
FROM shipments AS s
LEFT JOIN LATERAL ({_NEXT_ROW}) AS following ON true
CROSS JOIN LATERAL (SELECT count(*) AS rows FROM ({_SOME_ROWS}) AS few) AS counted
LEFT JOIN LATERAL (
    SELECT a.application_name AS name FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted AND l.classid = {LOCK_CLASS} AND l.objid = s.shard
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
) AS leader ON true
ORDER BY s.shard
"""

# Every writing transaction has a number, and rows from the oldest open one on are not shipped until
# it ends; transactions of other databases on the server count as well.
_HORIZON = """
SELECT pid, coalesce(application_name, '') AS application,
    extract(epoch FROM clock_timestamp() - xact_start)::float8 AS seconds
FROM pg_stat_activity
WHERE backend_xid IS NOT NULL AND xact_start IS NOT NULL AND pid <> pg_backend_pid()
ORDER BY age(backend_xid) DESC
LIMIT 1
"""

_BACKLOG = f"""
SELECT coalesce(sum(own.waiting), 0)::int AS waiting,
    extract(epoch FROM $2 - min(own.oldest))::float8 AS seconds
FROM shipments AS s
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE few.shop_id = ANY($1::int[])) AS waiting,
        coalesce(
            min(few.recorded_at) FILTER (WHERE few.shop_id = ANY($1::int[])),
            CASE WHEN count(*) > {COUNTED} THEN max(few.recorded_at) END
        ) AS oldest
    FROM ({_SOME_ROWS}) AS few
) AS own
WHERE s.shard >= (SELECT shards FROM outbox_slot)
    OR s.shard = ANY(SELECT shop_id % shards FROM outbox_slot, unnest($1::int[]) AS shop_id)
"""

_ADD_SHARDS = """
INSERT INTO shipments (shard, xid, pos)
SELECT shard, '0', 0 FROM generate_series($1::int, $2::int - 1) AS shard
ON CONFLICT DO NOTHING
"""


class ShardStatus(BaseModel):
    """One shard: who ships it, what waits, what was shipped so far and what went wrong last.

    `lag_seconds` is the age of the next row to ship, 0 if there is none; `waiting` is counted up to
    10000 rows and estimated beyond (`is_estimate`).
    """

    model_config = ConfigDict(frozen=True)

    shard: int
    leader: str | None
    lag_seconds: float
    waiting: int
    is_estimate: bool
    pending_rows: int | None
    pending_since: datetime | None
    shipped_rows: int
    shipped_bytes: int
    batches: int
    shipped_at: datetime | None
    retries: int
    last_error: str | None
    last_error_at: datetime | None
    dead_letters: int

    @property
    def is_held_up(self) -> bool:
        """Whether the current batch has failed and not arrived since."""
        began, failed = self.pending_since, self.last_error_at
        return began is not None and failed is not None and failed >= began


class HeldHorizon(BaseModel):
    """The writing transaction that has run the longest: later rows wait for its end."""

    model_config = ConfigDict(frozen=True)

    pid: int
    application: str
    seconds: float


class Backlog(BaseModel):
    """Events of some shops that wait to be shipped; see `backlog`."""

    model_config = ConfigDict(frozen=True)

    waiting: int
    seconds: float | None


async def status(connection: Connection) -> list[ShardStatus]:
    """Every shard, by number."""
    return [ShardStatus(**row) for row in await connection.fetch(STATUS)]


async def held_horizon(connection: Connection) -> HeldHorizon | None:
    """The transaction that holds back shipping, if there is one; of those that the role may see."""
    row = await connection.fetchrow(_HORIZON)
    return HeldHorizon(**row) if row else None


async def backlog(connection: Connection, shop_ids: Sequence[int], now: datetime) -> Backlog:
    """How many events of the shops are among the next 10000 of their shards, and the age of the
    oldest.

    If all of those belong to other shops, the age is that of the last of them, since the shops' own
    events are younger. None if nothing waits.
    """
    row = await connection.fetchrow(_BACKLOG, list(shop_ids), now)
    assert row is not None  # an aggregate always gives a row
    return Backlog(**row)


async def set_shards(connection: Connection, count: int) -> int:
    """Divides the shops among more shards; returns the former number.

    Safe while everything runs. Rows in the outbox are shipped by the shard that they were written
    for; a shop's new shard takes only later ones. In the caller's transaction, which makes the new
    shard and the writers' use of it visible together. Raises Refused if there would be fewer: a
    shard's number is part of its events' keys.
    """
    before: int = await connection.fetchval("SELECT shards FROM outbox_slot FOR UPDATE")
    if not before <= count <= MAX_SHARDS:
        raise Refused(f"there are {before} shards: name a number from {before} to {MAX_SHARDS}")
    await connection.execute(_ADD_SHARDS, before, count)
    await connection.execute("UPDATE outbox_slot SET shards = $1", count)
    return before
