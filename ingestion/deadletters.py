"""Dead letters: rows that ClickHouse refused, to be inspected, and sent again once they can be
stored."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from core.errors import NotFound
from core.postgres import Connection
from ingestion.contents import COLUMNS


class DeadLetter(BaseModel):
    """One refused row: `pos`, its number in the outbox, identifies it; `envelope` is the whole
    row."""

    model_config = ConfigDict(frozen=True)

    pos: int
    shard: int
    shop_id: int
    event: str
    error: str
    failed_at: datetime
    envelope: dict[str, Any]


_SELECT = "SELECT pos, shard, shop_id, event, error, failed_at, envelope FROM dead_letters"
_LIST = (
    f"{_SELECT} WHERE $1::int IS NULL OR shop_id = $1 ORDER BY failed_at DESC, pos DESC LIMIT $2"
)
_COUNT = "SELECT count(*) FROM dead_letters WHERE $1::int IS NULL OR shop_id = $1"

# The row is put back as it was, with its number, but in the current slot and with the current
# transaction, so that it lies after the shard's position.
_ADDED = {"module": "coalesce(r.module, '')"}  # columns that letters from before do not have
_REPLAY = f"""
WITH taken AS (
    DELETE FROM dead_letters WHERE $1::bigint[] IS NULL OR pos = ANY($1) RETURNING envelope
)
INSERT INTO outbox (slot, {", ".join(COLUMNS)})
SELECT current.slot, {", ".join(_ADDED.get(column, f"r.{column}") for column in COLUMNS)}
FROM outbox_slot AS current, taken, jsonb_populate_record(NULL::outbox, taken.envelope) AS r
ORDER BY r.pos
RETURNING pos
"""


async def newest(
    connection: Connection, *, shop_id: int | None = None, limit: int = 20
) -> list[DeadLetter]:
    """Those of one shop or of all, the newest first."""
    rows = await connection.fetch(_LIST, shop_id, limit)
    return [DeadLetter(**row) for row in rows]


async def count(connection: Connection, *, shop_id: int | None = None) -> int:
    found: int = await connection.fetchval(_COUNT, shop_id)
    return found


async def get(connection: Connection, pos: int) -> DeadLetter:
    """Raises NotFound."""
    row = await connection.fetchrow(f"{_SELECT} WHERE pos = $1", pos)
    if row is None:
        raise NotFound(f"there is no dead letter {pos}: see `vitrina deadletter list`")
    return DeadLetter(**row)


async def replay(connection: Connection, places: Sequence[int] | None = None) -> list[int]:
    """Puts the letters with these numbers, or all, back into the outbox; returns their numbers.

    In the caller's transaction and in one statement: a row is a letter or on its way, never both. A
    row that is refused again becomes a letter again. Raises NotFound if one of the numbers is not a
    letter's; nothing is put back then, once the caller rolls back.
    """
    rows = await connection.fetch(_REPLAY, list(places) if places is not None else None)
    back = [row["pos"] for row in rows]
    if missing := sorted(set(places or ()) - set(back)):
        raise NotFound(f"not among the dead letters: {', '.join(map(str, missing))}")
    return back
