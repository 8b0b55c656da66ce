"""The number of events handed to ClickHouse by shop and day, recorded when the outbox is
emptied."""

from core.postgres import Connection

# All rows of an emptied slot have been shipped; rows that ClickHouse refused are no longer in the
# outbox but in `dead_letters`.
_ENTER = """
INSERT INTO event_ledger AS l (shop_id, day, events)
SELECT shop_id, (occurred_at AT TIME ZONE 'UTC')::date, count(*) FROM {rows} GROUP BY 1, 2
ON CONFLICT (shop_id, day) DO UPDATE SET events = l.events + EXCLUDED.events
"""


async def enter(connection: Connection, rows: str, *values: object) -> None:
    """Adds the outbox's `rows` (a table, or a query in brackets with an alias, with its parameters)
    in the transaction that deletes them."""
    # The shipper's sessions disable it (`leadership`); here everything is read, in any order.
    await connection.execute("SET LOCAL enable_seqscan = on")
    await connection.execute(_ENTER.format(rows=rows), *values)
