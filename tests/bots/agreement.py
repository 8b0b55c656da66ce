"""Whether PostgreSQL's orders and payments agree with ClickHouse's events."""

from dataclasses import dataclass

from core.clickhouse import open_async_client
from core.postgres import Pool
from tests.ingestion.rows import record, send


@dataclass(frozen=True, slots=True)
class Sold:
    """Paid orders and payments that were booked, with their sums in minor units."""

    orders: int
    ordered_minor: int
    payments: int
    paid_minor: int


async def sold(pool: Pool, clickhouse_url: str) -> Sold:
    """What was sold, by both stores once every event is shipped. Raises AssertionError where they
    differ, or where ClickHouse counts an order or a payment twice."""
    client = await open_async_client(clickhouse_url)
    async with pool.acquire() as connection:
        for shard in await connection.fetch("SELECT DISTINCT shard FROM outbox ORDER BY shard"):
            if batch := await record(connection, shard=shard["shard"]):
                await send(connection, client, batch)
        row = await connection.fetchrow(
            "SELECT (SELECT count(*) FROM orders WHERE status = 'paid'), "
            "(SELECT coalesce(sum(total_minor), 0)::bigint FROM orders WHERE status = 'paid'), "
            "(SELECT count(*) FROM payments WHERE status = 'succeeded'), "
            "(SELECT coalesce(sum(amount_minor), 0)::bigint FROM payments "
            " WHERE status = 'succeeded')"
        )
    found = await client.query(
        "SELECT countIf(event = 'order_paid'), sumIf(amount_minor, event = 'order_paid'), "
        "countIf(event = 'payment_succeeded'), sumIf(amount_minor, event = 'payment_succeeded'), "
        "uniqExactIf(order_id, event = 'order_paid') FROM events"
    )
    await client.close()
    assert row is not None
    *told, distinct = found.result_rows[0]
    booked = Sold(*row)
    assert Sold(*told) == booked
    assert distinct == booked.orders
    return booked
