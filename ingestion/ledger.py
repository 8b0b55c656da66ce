"""What was handed to ClickHouse, counted a shop and day: kept when the outbox is emptied."""

from core.postgres import Connection

# The rows of a slot that is emptied have all arrived; a row that ClickHouse refused is not in the
# outbox any more but in `dead_letters`.
_ENTER = """
INSERT INTO event_ledger AS l (shop_id, day, events)
SELECT shop_id, (occurred_at AT TIME ZONE 'UTC')::date, count(*) FROM {table} GROUP BY 1, 2
ON CONFLICT (shop_id, day) DO UPDATE SET events = l.events + EXCLUDED.events
"""


async def enter(connection: Connection, table: str) -> None:
    """Enters a slot's rows, in the transaction that empties it."""
    await connection.execute(_ENTER.format(table=table))
