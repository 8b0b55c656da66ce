"""Deleting shops for good: what PostgreSQL and ClickHouse have of them, when their grace is over.

PostgreSQL is done in one transaction a shop, which also records the deletion; ClickHouse follows,
for all recorded ones at once, repeated until it has succeeded; and once more in a later run, for
events that were written while the shop was deleted arrive after it.
"""

from datetime import datetime

from clickhouse_connect.driver.client import Client

from core import people_day, shop_rows
from core.postgres import Connection
from core.shop import archives, export_jobs
from pipelines import departed

_TABLES = """
SELECT c.table FROM system.columns AS c
INNER JOIN system.tables AS t ON t.database = c.database AND t.name = c.table
WHERE c.database = currentDatabase() AND c.name = 'shop_id' AND t.engine LIKE '%MergeTree'
    AND t.name NOT LIKE 'staging%'
ORDER BY c.table
"""
_THEIRS = "shop_id IN {shops:Array(UInt32)}"
_UNCLEARED = "SELECT shop_id FROM deleted_shops WHERE cleared_at IS NULL ORDER BY shop_id"
# Of those that an earlier run has deleted: no event of theirs is on its way any more.
_ARRIVED = """
SELECT shop_id FROM unnest($1::int[]) AS d (shop_id) WHERE NOT EXISTS (
    SELECT FROM outbox AS o JOIN shipments AS p ON p.shard = o.shard
    WHERE o.shop_id = d.shop_id AND (o.xid, o.pos) > (p.xid, p.pos)) ORDER BY shop_id
"""


async def delete_due(connection: Connection, client: Client, now: datetime) -> list[int]:
    """Deletes the shops that are due; returns those of which nothing is left, which an earlier run
    has deleted. Safe to repeat."""
    earlier = [row["shop_id"] for row in await connection.fetch(_UNCLEARED)]
    for shop_id in await archives.due(connection, now):
        async with connection.transaction():
            if not await archives.is_due(connection, shop_id, now):
                continue  # restored meanwhile, or something happened in it
            await export_jobs.withdraw(connection, shop_id, with_events=True)
            await shop_rows.delete(connection, shop_id)
            await connection.execute("INSERT INTO deleted_shops (shop_id) VALUES ($1)", shop_id)
    shops = [row["shop_id"] for row in await connection.fetch(_UNCLEARED)]
    if not shops:
        return []
    arrived = [row["shop_id"] for row in await connection.fetch(_ARRIVED, earlier)]
    async with departed.removing(connection), people_day.in_turn(connection):
        _clear(client, shops)
    await connection.execute(
        "UPDATE deleted_shops SET cleared_at = now() WHERE shop_id = ANY($1::int[])", arrived
    )
    return arrived


def _clear(client: Client, shops: list[int]) -> None:
    for (table,) in client.query(_TABLES).result_rows:
        client.command(
            f"DELETE FROM {table} WHERE {_THEIRS}",
            parameters={"shops": shops},
            settings={"lightweight_deletes_sync": 2},
        )


def remaining(client: Client, shop_id: int) -> dict[str, int]:
    """ClickHouse's rows of the shop, by table."""
    found: dict[str, int] = {}
    for (table,) in client.query(_TABLES).result_rows:
        rows = client.query(
            f"SELECT count() FROM {table} WHERE {_THEIRS}", parameters={"shops": [shop_id]}
        )
        found[table] = rows.result_rows[0][0]
    return found
