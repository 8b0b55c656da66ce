"""The panel's overview of one shop of 500, after millions of events came the whole way.

    python -m bench.overview [--rows 2000000] [--shops 500] [--queries 60]

With --rows 10000000 it is the issue's figure. It measures what the API reads for the page, from
both stores at once; for a medium shop and the largest one, for 7 and for 30 days.
"""

import argparse
import asyncio
import time
from datetime import UTC, datetime, timedelta

from api.overview import read_overview
from api.periods import Period
from api.reader import Reader
from bench import outbox
from bench.running import parser, percentile, quiet, resident_bytes, shipping, stores, until_shipped
from core import clickhouse, postgres
from core.shop import shops
from core.shop.shops import Shop, ShopDraft
from tests.engines import Engines, Stores

_PERIODS: tuple[Period, ...] = ("7d", "30d")


async def _ship(fresh: Stores, rows: int, count: int) -> None:
    """Fills the outbox while a shipper empties it; measures its memory at every tenth."""
    connection = await postgres.connect(fresh.database_url)
    watcher = await postgres.connect(fresh.database_url)
    began = time.perf_counter()
    resident: list[float] = []

    async def watch() -> None:
        for tenth in range(1, 11):
            await until_shipped(watcher, rows * tenth // 10)
            resident.append(resident_bytes() / 2**20)

    try:
        async with shipping(fresh):
            watching = asyncio.create_task(watch())
            await outbox.fill(connection, rows, shops=count, span=timedelta(days=30))
            await watching
    finally:
        await connection.close()
        await watcher.close()
    seconds = time.perf_counter() - began
    print(f"{rows:,} events written and shipped in {seconds:.0f} s, {rows / seconds:,.0f} a second")
    print("memory of the shipper, at every tenth: " + ", ".join(f"{r:.0f}" for r in resident))


async def _ask(fresh: Stores, shop: Shop, queries: int) -> None:
    pool = await postgres.open_pool(fresh.database_url)
    reader = Reader(fresh.clickhouse_panel_url)
    try:
        for period in _PERIODS:
            now = datetime.now(UTC)
            await read_overview(pool, reader, [shop], period, now)  # opens the connections
            taken = []
            for _ in range(queries):
                began = time.perf_counter()
                await read_overview(pool, reader, [shop], period, now)
                taken.append((time.perf_counter() - began) * 1000)
            print(
                f"shop {shop.id:>3}, {period:>3}: p50 {percentile(taken, 0.5):>6.0f} ms, "
                f"p95 {percentile(taken, 0.95):>6.0f} ms"
            )
    finally:
        await reader.close()
        await pool.close()


async def _run(engines: Engines, arguments: argparse.Namespace) -> None:
    async with stores(engines) as fresh:
        connection = await postgres.connect(fresh.database_url)
        opened = [
            await shops.create(connection, ShopDraft(name=f"Shop {number + 1}"))
            for number in range(arguments.shops)
        ]
        await connection.close()
        await _ship(fresh, arguments.rows, arguments.shops)
        client = await clickhouse.open_async_client(fresh.clickhouse_url)
        result = await client.query("SELECT count(), uniqExact(pos) FROM events")
        assert result.result_rows == [(arguments.rows, arguments.rows)], result.result_rows
        by_size = await client.query(
            "SELECT shop_id, count() AS n FROM events GROUP BY 1 ORDER BY n"
        )
        await client.close()
        sizes = by_size.result_rows
        for shop_id, events in (sizes[len(sizes) // 2], sizes[-1]):
            print(f"shop {shop_id}: {events:,} events")
            await _ask(fresh, opened[shop_id - 1], arguments.queries)


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--rows", type=int, default=2_000_000)
    options.add_argument("--shops", type=int, default=500)
    options.add_argument("--queries", type=int, default=60)
    arguments = options.parse_args()
    quiet()
    with Engines.running() as engines:
        asyncio.run(_run(engines, arguments))


if __name__ == "__main__":
    main()
