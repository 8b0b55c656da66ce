"""Events a second from the outbox into ClickHouse, beside COPY alone and INSERT alone.

    python -m bench.shipper [--rows 200000] [--runs 3]

All three move the same batches. CPU is that of the shipper's own process: what it adds to the two
stores. The goal is 0.6 of the slower of COPY and INSERT.
"""

import argparse
import asyncio
import contextlib
import logging
import statistics
import time
from collections.abc import Awaitable, Callable

import structlog
from clickhouse_connect.driver.asyncclient import AsyncClient

from core import clickhouse, postgres
from core.migrations import core_scripts, migrate
from core.postgres import Connection
from ingestion import batches, delivery
from ingestion.batches import Batch, Position
from ingestion.shipper import BATCH_ROWS, ShardShipper, Store
from tests.engines import Engines

# Fifty shops, a thousand shoppers each, the last hour; most events are messages and buttons.
_FILL = """
INSERT INTO outbox (slot, shard, shop_id, bot_id, event, event_version, occurred_at, recorded_at,
    mode, buyer_no, session_no, first_source_id, last_source_id, lang, is_premium, is_staff,
    is_test, order_id, product_id, variant_id, amount_minor, currency, quantity, latency_us,
    outcome, props, retention_days)
SELECT 0, 0, 1 + n % 50, 7000000000 + n % 50,
    (ARRAY['message_received', 'button_pressed', 'update_handled', 'order_paid'])[1 + n % 4], 1,
    now() - make_interval(secs => 3600.0 * (1 - n::float / $1)), clock_timestamp(), 'hosted',
    hashint4(n) & 1023, 1 + n % 7, n % 20, n % 20, (ARRAY['ru', 'en', 'uz'])[1 + n % 3],
    n % 10 = 0, false, false, CASE n % 4 WHEN 3 THEN n ELSE 0 END, n % 100, 0,
    CASE n % 4 WHEN 3 THEN 100 + n % 900 ELSE 0 END, CASE n % 4 WHEN 3 THEN 'XTR' ELSE '' END,
    n % 4 / 3, 300 + (hashint4(n) & 8191), '', CASE n % 10 WHEN 0 THEN '{"is_first":true}' ELSE ''
    END, 365
FROM generate_series(1, $1::int) AS n
"""


async def _migrate(database_url: str, clickhouse_url: str) -> None:
    await migrate(database_url, clickhouse_url, core_scripts())


async def _batches(connection: Connection) -> list[Batch]:
    """All there are, recorded one after another; the shard is then set back to its start."""
    position, found = Position(0, 0), []
    while batch := await batches.record(connection, 0, position, BATCH_ROWS):
        found.append(batch)
        position = await batches.close(connection, batch)
    await connection.execute("UPDATE shipments SET xid = '0', pos = 0, shipped_rows = 0")
    return found


async def _copy(connection: Connection, todo: list[Batch]) -> list[list[bytes]]:
    copied: list[list[bytes]] = []

    async def keep(chunk: bytes) -> None:
        copied[-1].append(chunk)

    for batch in todo:
        copied.append([])
        await connection.copy_from_query(batches.copy_query(batch), output=keep)
    return copied


async def _insert(client: AsyncClient, copied: list[list[bytes]]) -> None:
    for chunks in copied:
        await client.raw_insert(
            "events",
            batches.COLUMNS,
            b"".join(chunks),
            settings=delivery.SETTINGS | {"insert_deduplication_token": str(time.monotonic_ns())},
            fmt="TabSeparated",
        )


async def _ship(connection: Connection, database_url: str, clickhouse_url: str, rows: int) -> None:
    store = Store(clickhouse_url)
    task = asyncio.create_task(ShardShipper(database_url, store, 0).run())
    while await connection.fetchval("SELECT shipped_rows FROM shipments") < rows:
        await asyncio.sleep(0.02)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await store.close()


async def _timed(work: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Seconds that passed, and this process's own CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    await work()
    return time.perf_counter() - wall, time.process_time() - cpu


async def _run(engines: Engines, rows: int) -> dict[str, float]:
    async with engines.stores(_migrate) as stores:
        connection = await postgres.connect(stores.database_url)
        client = await clickhouse.open_async_client(stores.clickhouse_url)
        try:
            await connection.execute("SET datestyle = 'ISO'")
            await connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
            await connection.execute(_FILL, rows)
            todo = await _batches(connection)
            copied: list[list[bytes]] = []

            async def copy() -> None:
                copied.extend(await _copy(connection, todo))

            copy_seconds, _ = await _timed(copy)
            insert_seconds, _ = await _timed(lambda: _insert(client, copied))
            copied.clear()
            await client.command("TRUNCATE TABLE events")
            ship_seconds, cpu_seconds = await _timed(
                lambda: _ship(connection, stores.database_url, stores.clickhouse_url, rows)
            )
            arrived = await client.query("SELECT uniqExact(pos), count() FROM events")
            assert arrived.result_rows == [(rows, rows)], arrived.result_rows
        finally:
            await client.close()
            await connection.close()
    return {
        "copy": rows / copy_seconds,
        "insert": rows / insert_seconds,
        "ship": rows / ship_seconds,
        "ratio": max(copy_seconds, insert_seconds) / ship_seconds,
        "cpu": cpu_seconds / rows * 1e6,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with Engines.running() as engines:

        async def all_runs() -> list[dict[str, float]]:
            return [await _run(engines, arguments.rows) for _ in range(arguments.runs)]

        results = asyncio.run(all_runs())

    def median(key: str) -> float:
        return statistics.median(result[key] for result in results)

    print(f"{arguments.rows:,} events, medians of {arguments.runs} runs")
    print(f"COPY alone      {median('copy'):>10,.0f} events/s")
    print(f"INSERT alone    {median('insert'):>10,.0f} events/s")
    print(f"shipper         {median('ship'):>10,.0f} events/s, start and leadership included")
    print(f"of the slower   {median('ratio'):>10.2f}   (goal 0.60)")
    print(f"its own CPU     {median('cpu'):>10.2f} s a million events")


if __name__ == "__main__":
    main()
