"""Batches of the outbox: which rows, in which order, and how far each shard has been shipped.

A batch is recorded in `shipments` before it is sent: its end, its number of rows, their shops, and
the token by which ClickHouse recognises it. Only rows below the horizon are taken (`contents`):
every transaction below `pg_snapshot_xmin` has ended, so the rows between two positions there never
change again, and a batch that is sent twice is the same both times.
"""

from dataclasses import dataclass
from typing import NamedTuple

from core.errors import VitrinaError
from core.postgres import Connection


class Position(NamedTuple):
    """A row's place in commit-safe order: its transaction, then its number in the sequence."""

    xid: int
    pos: int


@dataclass(frozen=True, slots=True)
class Range:
    """The rows of a shard after `start` up to and including `end`."""

    shard: int
    start: Position
    end: Position
    rows: int
    shop_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Batch(Range):
    """A recorded range, and the token by which ClickHouse recognises it."""

    token: str


class Overtaken(VitrinaError):
    """Another shipper has advanced the shard: this one no longer leads it."""

    code = "overtaken"
    status = 409


_UNDER_WAY = """
SELECT xid, pos, pending_xid, pending_pos, pending_rows, pending_shops, pending_token
FROM shipments WHERE shard = $1
"""

# A smaller range with a new token replaces a batch that was refused as a whole.
_RECORD = """
UPDATE shipments
SET pending_xid = $4,
    pending_pos = $5,
    pending_rows = $6,
    pending_shops = $7,
    pending_token = gen_random_uuid(),
    pending_since = now()
WHERE shard = $1 AND (xid, pos) = ($2, $3) AND pending_token IS NOT DISTINCT FROM $8::text::uuid
RETURNING pending_token
"""

# One statement closes a batch and records the next one, if it is known.
_CLOSE = """
UPDATE shipments
SET xid = pending_xid,
    pos = pending_pos,
    pending_xid = $5,
    pending_pos = $6,
    pending_rows = $7,
    pending_shops = $8,
    pending_token = CASE WHEN $5::xid8 IS NOT NULL THEN gen_random_uuid() END,
    pending_since = CASE WHEN $5::xid8 IS NOT NULL THEN now() END,
    shipped_rows = shipped_rows + CASE WHEN $3 THEN pending_rows ELSE 0 END,
    shipped_bytes = shipped_bytes + $4,
    batches = batches + 1,
    shipped_at = now()
WHERE shard = $1 AND pending_token = $2::text::uuid
RETURNING pending_token
"""

_NOTE = """
UPDATE shipments SET retries = retries + 1, last_error = $2, last_error_at = now() WHERE shard = $1
"""

# From the outbox: every row that is left there has been shipped if its shard has (`outbox_slots`).
_BURY = """
WITH refused AS (
    DELETE FROM outbox
    WHERE shard = $1 AND (xid, pos) > ($2, $3) AND (xid, pos) <= ($4, $5)
    RETURNING *
)
INSERT INTO dead_letters (shard, pos, shop_id, event, envelope, error)
SELECT shard, pos, shop_id, event, to_jsonb(refused), $6 FROM refused
ON CONFLICT (shard, pos) DO UPDATE
SET envelope = EXCLUDED.envelope, error = EXCLUDED.error, failed_at = now()
"""


async def shards(connection: Connection) -> list[int]:
    """The existing shards, from 0."""
    rows = await connection.fetch("SELECT shard FROM shipments ORDER BY shard")
    return [row["shard"] for row in rows]


async def under_way(connection: Connection, shard: int) -> tuple[Position, Batch | None]:
    """How far the shard has been shipped, and the batch that was recorded but not closed."""
    row = await connection.fetchrow(_UNDER_WAY, shard)
    if row is None:
        raise Overtaken(f"there is no shard {shard} any more")
    position = Position(row["xid"], row["pos"])
    if row["pending_token"] is None:
        return position, None
    end = Position(row["pending_xid"], row["pending_pos"])
    shops = tuple(row["pending_shops"])
    return position, Batch(
        shard, position, end, row["pending_rows"], shops, str(row["pending_token"])
    )


async def record(connection: Connection, rows: Range, *, instead_of: Batch | None = None) -> Batch:
    """Records the range, which begins where the shard has been shipped to.

    `instead_of` is the recorded batch of which the range is the beginning, and which it replaces.
    Raises Overtaken if the record is not what the caller expects.
    """
    token = await connection.fetchval(
        _RECORD,
        rows.shard,
        *rows.start,
        *rows.end,
        rows.rows,
        list(rows.shop_ids),
        instead_of.token if instead_of else None,
    )
    if token is None:
        raise Overtaken(f"shard {rows.shard} has been advanced by another shipper")
    return _batch(rows, token)


async def close(
    connection: Connection,
    batch: Batch,
    *,
    following: Range | None = None,
    shipped: bool = True,
    size: int = 0,
) -> Batch | None:
    """Advances the shard past the batch, of `size` bytes, and records the one that follows it.

    Raises Overtaken.
    """
    end = following.end if following else (None, None)
    row = await connection.fetchrow(
        _CLOSE,
        batch.shard,
        batch.token,
        shipped,
        size,
        *end,
        following.rows if following else None,
        list(following.shop_ids) if following else None,
    )
    if row is None:
        raise Overtaken(f"shard {batch.shard} has been advanced by another shipper")
    return _batch(following, row["pending_token"]) if following else None


def _batch(rows: Range, token: object) -> Batch:
    return Batch(rows.shard, rows.start, rows.end, rows.rows, rows.shop_ids, str(token))


async def note_failure(connection: Connection, shard: int, error: str) -> None:
    """Records for the operator that an attempt failed, and why."""
    await connection.execute(_NOTE, shard, error)


async def bury(connection: Connection, batch: Batch, error: str) -> None:
    """Turns the batch's rows into dead letters and advances the shard past them."""
    async with connection.transaction():
        await connection.execute(_BURY, batch.shard, *batch.start, *batch.end, error)
        await close(connection, batch, shipped=False)
