"""Deletes expired rows from tables that would otherwise grow for ever.

A little at a time: the shipper's leader does it between batches, which must not wait for it.
"""

import structlog

from core.postgres import Connection

log = structlog.get_logger()

BATCH_ROWS = 10_000  # deleting them takes some 20 ms; finding that none is left in a million, 200

# The conditions for deleting, each with the reason for its period. All by the server's own clock.
EXPIRED = {
    # Telegram repeats an update for days at most, after a worker's long absence.
    "inbox": "received_at < now() - interval '30 days'",
    # A message is recognised by its random_id while its cause may be repeated: as long as above.
    # Failed messages are also kept for operators to read. Counted from the last attempt.
    "outgoing": (
        "state IN ('sent', 'failed') "
        "AND coalesce(sent_at, greatest(created_at, not_before)) < now() - interval '30 days'"
    ),
    # An event older than 30 days is refused (`incoming`): with one day more, no repetition is
    # missed.
    "intake_events": "received_at < now() - interval '31 days'",
    # Refunds of charges that were never booked here; a payment that late is not expected any more.
    "unbooked_refunds": "created_at < now() - interval '90 days'",
    # A session ends after 7 days however often it is used (core.shop.access); owners may look for a
    # quarter at who was in.
    "panel_sessions": "created_at < now() - interval '90 days'",
    # What alerts about access compare with, and questions that owners were asked: as the sessions.
    "link_places": "last_at < now() - interval '90 days'",
    "export_runs": "started_at < now() - interval '90 days'",
    "confirmations": "asked_at < now() - interval '90 days'",
    # What shops' own systems were told, and what they answered: for a replay after a long outage.
    # What an endpoint that is off never got is of no use after twice that time.
    "webhook_deliveries": (
        "coalesce(settled_at, created_at + interval '30 days') < now() - interval '30 days'"
    ),
    # A change is repeated within minutes, by a program that restarts within a day.
    "idempotency_keys": "created_at < now() - interval '24 hours'",
    # So long they are counted (core.shop.bot_lookups); nobody reads any more what was found.
    "bot_lookups": "asked_at < now() - interval '10 minutes'",
    # They bind for half an hour.
    "owner_codes": "expires_at < now() - interval '1 day'",
    # For days whose events ClickHouse no longer keeps, there is nothing to check (data health).
    "event_ledger": (
        "day < (now() AT TIME ZONE 'UTC')::date "
        "- (SELECT s.retention_days FROM shops AS s WHERE s.id = shop_id)"
    ),
    # A live worker is seen every few seconds; for a day, the names of crashed ones can be read.
    "workers": "seen_at < now() - interval '1 day'",
}

# Checked twice: a row that changes meanwhile, as that of a worker that is back, is checked again.
_DELETE = """
DELETE FROM {table} WHERE {expired}
AND ctid = ANY (ARRAY(SELECT ctid FROM {table} WHERE {expired} LIMIT $1))
"""


async def sweep(connection: Connection, *, limit: int = BATCH_ROWS) -> bool:
    """Deletes up to `limit` expired rows of each table; returns whether there may be more."""
    more = False
    for table, expired in EXPIRED.items():
        async with connection.transaction():
            # The shipper's sessions disable it (`leadership`), and a BRIN index needs it.
            await connection.execute("SET LOCAL enable_bitmapscan = on")
            status = await connection.execute(_DELETE.format(table=table, expired=expired), limit)
        if deleted := int(status.split()[-1]):
            log.info("expired rows deleted", table=table, rows=deleted)
        more = more or deleted >= limit
    return more
