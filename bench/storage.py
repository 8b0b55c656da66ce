"""Bytes an event in ClickHouse, and what the live view costs an insert.

    python -m bench.storage [--rows 5000000] [--shops 500] [--days 30] [--inserts 20] [--columns]

The events go the whole way, through outbox and shipper, and are then merged. The goal is 12 bytes.
Insert cost is that of one batch of 50,000 events of a minute, alternately with `live_minute_view`
and without. What the view is worth: the counts and sums of the largest shop's last day by hour,
asked of `live_minute` and of the events.
"""

import argparse
import asyncio
import statistics
import time
from datetime import timedelta

from clickhouse_connect.driver.asyncclient import AsyncClient

from bench import outbox
from bench.running import parser, quiet, shipping, stores, until_shipped
from core import clickhouse, postgres
from core.postgres import Connection
from ingestion import contents, delivery
from ingestion.batches import Position
from ingestion.contents import STORED
from tests.engines import Engines, Stores

_BYTES = """
SELECT sum(rows), sum(bytes_on_disk), count() FROM system.parts
WHERE database = currentDatabase() AND table = {table:String} AND active
"""
_COLUMN_BYTES = """
SELECT column, sum(column_data_compressed_bytes) AS bytes FROM system.parts_columns
WHERE database = currentDatabase() AND table = 'events' AND active
GROUP BY column ORDER BY bytes DESC
"""
_INSERT_ROWS = 50_000
_READ_TIMES = 30
_READS = {
    "of live_minute": """
SELECT toStartOfHour(minute) AS hour, event, currency, sum(events), sum(amount_minor), sum(quantity)
FROM live_minute WHERE shop_id = {shop:UInt32} AND minute >= now() - INTERVAL 1 DAY
GROUP BY ALL""",
    "of the events": """
SELECT toStartOfHour(occurred_at) AS hour, event, currency, count(), sum(amount_minor),
    sum(quantity)
FROM events WHERE shop_id = {shop:UInt32} AND occurred_at >= now() - INTERVAL 1 DAY
    AND NOT is_staff AND NOT is_test
GROUP BY ALL""",
}


async def _size(client: AsyncClient, table: str) -> tuple[int, int, int]:
    """Rows, bytes on disk, parts."""
    result = await client.query(_BYTES, parameters={"table": table})
    rows, size, parts = result.result_rows[0]
    return rows, size, parts


async def _tell_sizes(client: AsyncClient, arguments: argparse.Namespace) -> None:
    rows, size, parts = await _size(client, "events")
    print(f"{rows:,} events of {arguments.shops} shops over {arguments.days} days")
    print(f"as they came in   {size / rows:>8.2f} bytes an event, {parts} parts")
    await client.command("OPTIMIZE TABLE events FINAL")
    rows, size, parts = await _size(client, "events")
    print(f"merged            {size / rows:>8.2f} bytes an event, {parts} parts   (goal 12)")
    await client.command("OPTIMIZE TABLE live_minute FINAL")
    live_rows, live_size, _ = await _size(client, "live_minute")
    print(f"live_minute       {live_size / rows:>8.2f} bytes an event, {live_rows:,} rows")
    if arguments.columns:
        for column, column_size in (await client.query(_COLUMN_BYTES)).result_rows:
            print(f"    {column:16} {column_size / rows:>7.3f}")


async def _insert(client: AsyncClient, body: bytes) -> float:
    began = time.perf_counter()
    settings = delivery.SETTINGS | {"insert_deduplication_token": str(time.monotonic_ns())}
    await client.raw_insert("events", STORED, body, settings=settings, fmt="Native")
    return time.perf_counter() - began


async def _compare_inserts(connection: Connection, client: AsyncClient, inserts: int) -> None:
    """The same batch of the last minute, twice a round: with the view and without it."""
    place = await connection.fetchrow("SELECT xid, pos FROM shipments")
    assert place is not None
    await outbox.fill(connection, _INSERT_ROWS, span=timedelta(minutes=1))
    found = await contents.read_next(connection, 0, Position(*place), _INSERT_ROWS)
    assert found is not None
    body = found.native()
    view = (await client.query("SHOW CREATE TABLE live_minute_view")).result_rows[0][0]
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(inserts):
        seconds[True].append(await _insert(client, body))
        await client.command("DROP VIEW live_minute_view SYNC")
        seconds[False].append(await _insert(client, body))
        await client.command(view)
    with_view, without = (statistics.median(seconds[has_view]) for has_view in (True, False))
    print(f"insert with view  {with_view * 1000:>8.1f} ms a batch of {_INSERT_ROWS:,}")
    print(f"without           {without * 1000:>8.1f} ms: the view costs {with_view / without:.2f}×")


async def _compare_reads(client: AsyncClient) -> None:
    query = "SELECT shop_id FROM events GROUP BY shop_id ORDER BY count() DESC LIMIT 1"
    shop = (await client.query(query)).result_rows[0][0]
    for name, sql in _READS.items():
        taken = []
        for _ in range(_READ_TIMES):
            began = time.perf_counter()
            await client.query(sql, parameters={"shop": shop})
            taken.append((time.perf_counter() - began) * 1000)
        print(f"{name:17} {statistics.median(taken):>8.1f} ms the largest shop's last day by hour")


async def _run(fresh: Stores, arguments: argparse.Namespace) -> None:
    connection = await postgres.connect(fresh.database_url)
    client = await clickhouse.open_async_client(fresh.clickhouse_url)
    try:
        async with shipping(fresh):
            span = timedelta(days=arguments.days)
            await outbox.fill(connection, arguments.rows, shops=arguments.shops, span=span)
            await until_shipped(connection, arguments.rows)
        await _tell_sizes(client, arguments)
        await _compare_reads(client)
        await _compare_inserts(connection, client, arguments.inserts)
    finally:
        await client.close()
        await connection.close()


async def _with_stores(engines: Engines, arguments: argparse.Namespace) -> None:
    async with stores(engines) as fresh:
        await _run(fresh, arguments)


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--rows", type=int, default=5_000_000)
    options.add_argument("--shops", type=int, default=500)
    options.add_argument("--days", type=int, default=30)
    options.add_argument("--inserts", type=int, default=20)
    options.add_argument("--columns", action="store_true", help="the bytes of each column")
    arguments = options.parse_args()
    quiet()
    with Engines.running() as engines:
        asyncio.run(_with_stores(engines, arguments))


if __name__ == "__main__":
    main()
