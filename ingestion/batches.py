"""Batches of the outbox: which rows, in which order, and how far each shard has arrived.

A batch is on record in `shipments` before it is sent: where it ends, how many rows it has, whose
shops' they are, and the token that ClickHouse knows it by. Only rows below the horizon are taken:
every transaction under `pg_snapshot_xmin` has ended, so what lies between two positions there
never changes again, and a batch that is sent twice is twice the same.
"""

from dataclasses import dataclass
from typing import NamedTuple

import asyncpg

from core.errors import VitrinaError
from core.postgres import Connection


class Position(NamedTuple):
    """A row's place in commit-safe order: its transaction, then its number in the sequence."""

    xid: int
    pos: int


@dataclass(frozen=True, slots=True)
class Batch:
    """The rows of a shard after `start` up to and with `end`."""

    shard: int
    start: Position
    end: Position
    rows: int
    shop_ids: tuple[int, ...]
    token: str


class Overtaken(VitrinaError):
    """Another shipper has moved the shard on: this one no longer leads it."""

    code = "overtaken"
    status = 409


# The columns of ClickHouse's `events`, all of which the outbox has under the same names.
COLUMNS = (
    "shop_id",
    "bot_id",
    "event",
    "event_version",
    "occurred_at",
    "recorded_at",
    "mode",
    "buyer_no",
    "session_no",
    "first_source_id",
    "last_source_id",
    "lang",
    "is_premium",
    "is_staff",
    "is_test",
    "order_id",
    "product_id",
    "variant_id",
    "amount_minor",
    "currency",
    "quantity",
    "latency_us",
    "outcome",
    "props",
    "retention_days",
    "shard",
    "pos",
)
_TIMES = {"occurred_at", "recorded_at"}
# Without an offset, as ClickHouse's fast parser wants it; it cuts microseconds to milliseconds.
_EXPRESSIONS = ", ".join(
    f"{column} AT TIME ZONE 'UTC'" if column in _TIMES else column for column in COLUMNS
)

_UNDER_WAY = """
SELECT xid, pos, pending_xid, pending_pos, pending_rows, pending_shops, pending_token
FROM shipments WHERE shard = $1
"""

# A smaller limit under a new token replaces a batch that was refused whole.
_RECORD = """
WITH batch AS MATERIALIZED (
    SELECT xid, pos, shop_id FROM outbox
    WHERE shard = $1 AND (xid, pos) > ($2, $3)
        AND xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY xid, pos
    LIMIT $4
), last AS (
    SELECT xid, pos FROM batch ORDER BY xid DESC, pos DESC LIMIT 1
)
UPDATE shipments AS s
SET pending_xid = last.xid,
    pending_pos = last.pos,
    pending_rows = (SELECT count(*) FROM batch),
    pending_shops = ARRAY(SELECT DISTINCT shop_id FROM batch),
    pending_token = gen_random_uuid(),
    pending_since = now()
FROM last
WHERE s.shard = $1 AND (s.xid, s.pos) = ($2, $3) AND s.pending_token IS NOT DISTINCT FROM $5
RETURNING s.xid, s.pos, pending_xid, pending_pos, pending_rows, pending_shops, pending_token
"""

_CLOSE = """
UPDATE shipments
SET xid = pending_xid,
    pos = pending_pos,
    pending_xid = NULL,
    pending_pos = NULL,
    pending_rows = NULL,
    pending_shops = NULL,
    pending_token = NULL,
    pending_since = NULL,
    shipped_rows = shipped_rows + CASE WHEN $3 THEN pending_rows ELSE 0 END,
    shipped_at = now()
WHERE shard = $1 AND pending_token = $2::text::uuid
RETURNING xid, pos
"""

_BURY = """
INSERT INTO dead_letters (shard, pos, shop_id, event, envelope, error)
SELECT shard, pos, shop_id, event, to_jsonb(o), $6
FROM outbox AS o
WHERE shard = $1 AND (xid, pos) > ($2, $3) AND (xid, pos) <= ($4, $5)
ON CONFLICT DO NOTHING
"""


def _batch(shard: int, row: asyncpg.Record) -> Batch:
    return Batch(
        shard,
        Position(row["xid"], row["pos"]),
        Position(row["pending_xid"], row["pending_pos"]),
        row["pending_rows"],
        tuple(row["pending_shops"]),
        str(row["pending_token"]),
    )


async def shards(connection: Connection) -> list[int]:
    """The shards there are, from 0."""
    rows = await connection.fetch("SELECT shard FROM shipments ORDER BY shard")
    return [row["shard"] for row in rows]


async def under_way(connection: Connection, shard: int) -> tuple[Position, Batch | None]:
    """How far the shard has arrived, and the batch that was recorded but not closed."""
    row = await connection.fetchrow(_UNDER_WAY, shard)
    if row is None:
        raise Overtaken(f"there is no shard {shard} any more")
    batch = _batch(shard, row) if row["pending_token"] is not None else None
    return Position(row["xid"], row["pos"]), batch


async def record(
    connection: Connection,
    shard: int,
    start: Position,
    limit: int,
    *,
    instead_of: Batch | None = None,
) -> Batch | None:
    """Puts the next batch of up to `limit` rows on record; None if nothing waits.

    `instead_of` is the batch on record that the new one, its beginning, replaces. Raises Overtaken
    if the record is not as the caller knows it.
    """
    replaced = instead_of.token if instead_of else None
    row = await connection.fetchrow(_RECORD, shard, *start, limit, replaced)
    if row is not None:
        return _batch(shard, row)
    if await under_way(connection, shard) != (start, instead_of):
        raise Overtaken(f"shard {shard} has been moved on by another shipper")
    return None


async def close(connection: Connection, batch: Batch, *, shipped: bool = True) -> Position:
    """Moves the shard behind the batch and returns its place; raises Overtaken."""
    row = await connection.fetchrow(_CLOSE, batch.shard, batch.token, shipped)
    if row is None:
        raise Overtaken(f"shard {batch.shard} has been moved on by another shipper")
    return Position(row["xid"], row["pos"])


async def bury(connection: Connection, batch: Batch, error: str) -> Position:
    """Keeps the batch's rows as dead letters and moves the shard behind them."""
    async with connection.transaction():
        await connection.execute(_BURY, batch.shard, *batch.start, *batch.end, error)
        return await close(connection, batch, shipped=False)


def copy_query(batch: Batch) -> str:
    """What COPY reads: the batch's rows, in order, as COLUMNS."""
    return (
        f"SELECT {_EXPRESSIONS} FROM outbox WHERE shard = {batch.shard} "
        f"AND (xid, pos) > ('{batch.start.xid}', {batch.start.pos}) "
        f"AND (xid, pos) <= ('{batch.end.xid}', {batch.end.pos}) ORDER BY xid, pos"
    )
