"""Recipients are kept for a month after a broadcast's end, its figures for good."""

import json

from pydantic import BaseModel

from bots.modules.broadcasts.store import SELECT, Broadcast, broadcast_of
from core.postgres import Connection

KEPT_DAYS = 30  # recipients, after the end
_SWEPT = 20_000  # rows at once


async def over_long_ago(connection: Connection, bot_id: int) -> list[Broadcast]:
    """Those whose recipients are kept longer than need be."""
    rows = await connection.fetch(
        f"{SELECT} WHERE b.bot_id = $1 AND b.ended_at < now() - make_interval(days => $2) "
        "AND (b.result IS NULL OR EXISTS (SELECT FROM broadcast_recipients AS r "
        "WHERE r.broadcast_id = b.id)) ORDER BY b.id LIMIT 5",
        bot_id,
        KEPT_DAYS,
    )
    return [broadcast_of(row) for row in rows]


async def sweep(connection: Connection, broadcast_id: int) -> bool:
    """Removes recipients, some at a time; whether that was all."""
    status: str = await connection.execute(
        "DELETE FROM broadcast_recipients WHERE (broadcast_id, buyer_no) IN ("
        "SELECT broadcast_id, buyer_no FROM broadcast_recipients WHERE broadcast_id = $1 LIMIT $2)",
        broadcast_id,
        _SWEPT,
    )
    return int(status.rpartition(" ")[2]) < _SWEPT


async def keep_result(connection: Connection, broadcast_id: int, result: BaseModel) -> None:
    await connection.execute(
        "UPDATE broadcasts SET result = $2 WHERE id = $1",
        broadcast_id,
        json.loads(result.model_dump_json()),
    )
