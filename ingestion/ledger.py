"""What was handed to ClickHouse, counted a shop and day: kept when the outbox is emptied."""

from core.postgres import Connection

# The rows of a slot that is emptied have all arrived; a row that ClickHouse refused is not in the
# outbox any more but in `dead_letters`.
_ENTER = """
INSERT INTO event_ledger AS l (shop_id, day, events)
SELECT shop_id, (occurred_at AT TIME ZONE 'UTC')::date, count(*) FROM {rows} GROUP BY 1, 2
ON CONFLICT (shop_id, day) DO UPDATE SET events = l.events + EXCLUDED.events
"""


async def enter(connection: Connection, rows: str, *values: object) -> None:
    """Enters the outbox's `rows` (a table, or a query in brackets with a name, with its values) in
    the transaction in which they go."""
    # The shipper's sessions are without (`leadership`); all of it is read, in whatever order.
    await connection.execute("SET LOCAL enable_seqscan = on")
    await connection.execute(_ENTER.format(rows=rows), *values)
