"""Rows of the outbox for these tests, and their state in ClickHouse."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from clickhouse_connect.driver.asyncclient import AsyncClient

from core.events import MESSAGE_RECEIVED, NOBODY, Event, Origin, emit
from core.postgres import Connection
from ingestion import batches, contents, delivery
from ingestion.batches import Batch, Range


async def write_events(
    connection: Connection,
    count: int,
    *,
    shop_id: int = 1,
    retention_days: int = 365,
    age: timedelta = timedelta(0),
    shard: int | None = None,
) -> None:
    """One transaction's events, unless the caller has one open; each of 10 minor units.

    They go to the shop's shard, or to the one that is given.
    """
    origin = Origin(shop_id, 7_000_000_000 + shop_id, "hosted", retention_days)
    event = Event(
        MESSAGE_RECEIVED, datetime.now(UTC) - age, amount_minor=10, currency="XTR", quantity=1
    )
    if shard is None:
        await emit(connection, origin, NOBODY, [event] * count)
        return
    async with connection.transaction():
        await emit(connection, origin, NOBODY, [event] * count)
        await connection.execute(
            "UPDATE outbox SET shard = $1 WHERE xid = pg_current_xact_id()", shard
        )


async def record(
    connection: Connection,
    limit: int = 100_000,
    *,
    shard: int = 0,
    instead_of: Batch | None = None,
) -> Batch | None:
    """Puts the shard's next rows on record, behind where it has arrived."""
    place, _ = await batches.under_way(connection, shard)
    found = await contents.read_next(connection, shard, place, limit)
    if found is None:
        return None
    return await batches.record(connection, found.range, instead_of=instead_of)


async def recorded(connection: Connection, limit: int = 100_000, *, shard: int = 0) -> Batch:
    batch = await record(connection, limit, shard=shard)
    assert batch is not None
    return batch


async def send(connection: Connection, client: AsyncClient, batch: Batch) -> None:
    """Delivers the batch, read again."""
    again = await contents.read_again(connection, batch)
    await delivery.deliver(client, batch, again.native())


async def positions(connection: Connection, rows: Range) -> list[int]:
    """The numbers of a range's rows, in the order in which they are sent."""
    found = await connection.fetch(
        "SELECT pos FROM outbox WHERE shard = $1 AND (xid, pos) > ($2, $3) "
        "AND (xid, pos) <= ($4, $5) ORDER BY xid, pos",
        rows.shard,
        *rows.start,
        *rows.end,
    )
    return [row["pos"] for row in found]


@dataclass(frozen=True, slots=True)
class Counted:
    """Rows of `events`, different ones among them, and what the live view has made of them."""

    rows: int
    different: int
    live_events: int
    live_amount: int


def once(rows: int) -> Counted:
    """Each of so many rows counted once, everywhere."""
    return Counted(rows, rows, rows, 10 * rows)


async def counted(client: AsyncClient) -> Counted:
    events = await client.query("SELECT count(), uniqExact(shard, pos) FROM events")
    live = await client.query("SELECT sum(events), sum(amount_minor) FROM live_minute")
    return Counted(*events.result_rows[0], *live.result_rows[0])


async def outbox_is_shipped(connection: Connection) -> bool:
    """Whether nothing of any shard is before its reader or on record."""
    shipped: bool = await connection.fetchval(
        "SELECT NOT EXISTS (SELECT FROM shipments WHERE pending_token IS NOT NULL) "
        "AND NOT EXISTS (SELECT FROM outbox AS o JOIN shipments AS s USING (shard) "
        "                WHERE (o.xid, o.pos) > (s.xid, s.pos))"
    )
    return shipped


async def until(condition: Callable[[], Awaitable[bool]], *, seconds: float = 60) -> None:
    """Returns when the condition holds; TimeoutError if it never does."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)
