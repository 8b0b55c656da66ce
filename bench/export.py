"""An export of millions of events through the API, and the same file from the engine itself.

    python -m bench.export [--rows 10000000] [--pairs 3]

The API runs as a process of its own. Each pair is one download through it and one of the same query
from ClickHouse's own HTTP interface by the same user, in turn; both must have as many bytes. It
prints the ratio of their speeds (goal: at least 0.9 of the engine's) and the peak of the API's
memory, which must not grow with the rows.
"""

import argparse
import asyncio
import contextlib
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp

from api.exporting import catalogue, querying
from api.exporting.formats import Format, Layout
from api.exporting.querying import Asked
from api.exports import Exporter
from bench.running import parser, quiet, stores
from core import postgres
from core.clickhouse import open_client
from core.shop import access, shops
from core.shop.shops import Shop, ShopDraft
from local.ports import free_port
from tests.conftest import SECRET_KEYS
from tests.engines import Engines, Stores

_FILL = """
INSERT INTO events (shop_id, bot_id, event, occurred_at, mode, buyer_no, session_no, lang, order_id,
    product_id, amount_minor, currency, quantity, latency_us, outcome, retention_days, pos)
SELECT {shop:UInt32}, 7000000001,
    ['screen_shown', 'product_viewed', 'button_pressed', 'order_paid'][number % 4 + 1],
    {since:DateTime64(3, 'UTC')} + toIntervalMillisecond(number * {step:UInt64}), 'hosted',
    cityHash64(number) % 100000, number % 7, ['ru', 'en'][number % 2 + 1], number, number % 500,
    number % 977, 'RUB', 1, cityHash64(number) % 1000000, 'ok', 730, number
FROM numbers({first:UInt64}, {rows:UInt64})
"""
_DAYS = 28
_FORMATS: tuple[Format, ...] = ("csv", "parquet")
_PIECE = 1 << 20


@dataclass(frozen=True)
class _Stand:
    """A shop with events, the API's process with a visitor's cookies, and the engine."""

    shop: Shop
    api: aiohttp.ClientSession
    process_id: int
    exporter: Exporter
    pool: postgres.Pool


def _fill(fresh: Stores, shop: Shop, rows: int) -> None:
    client = open_client(fresh.clickhouse_url)
    since = datetime.now(UTC) - timedelta(days=_DAYS)
    step = int(_DAYS * 86_400_000 // rows) or 1
    block = 1_000_000
    for first in range(0, rows, block):
        values = {"shop": shop.id, "since": f"{since:%Y-%m-%d %H:%M:%S}", "step": step}
        values |= {"first": first, "rows": min(block, rows - first)}
        client.command(_FILL, parameters=values)
    client.command("OPTIMIZE TABLE events FINAL")
    client.close()


@contextlib.asynccontextmanager
async def _standing(fresh: Stores, shop: Shop) -> AsyncIterator[_Stand]:
    port = free_port()
    environment = os.environ | {
        "VITRINA_DATABASE_URL": fresh.database_url,
        "VITRINA_CLICKHOUSE_URL": fresh.clickhouse_url,
        "VITRINA_CLICKHOUSE_PANEL_URL": fresh.clickhouse_panel_url,
        "VITRINA_SECRET_KEYS": SECRET_KEYS,
        "VITRINA_API_PORT": str(port),
        "VITRINA_LOG_LEVEL": "error",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli", "api", env=environment
    )
    pool = await postgres.open_pool(fresh.database_url)
    async with pool.acquire() as connection:
        token = await access.create_link(connection, label="bench", role="owner")
    exporter = Exporter(fresh.clickhouse_panel_url)
    timeout = aiohttp.ClientTimeout(total=None)
    jar = aiohttp.CookieJar(unsafe=True)
    try:
        async with aiohttp.ClientSession(
            f"http://127.0.0.1:{port}", cookie_jar=jar, timeout=timeout
        ) as api:
            await _enter(api, token)
            yield _Stand(shop, api, process.pid, exporter, pool)
    finally:
        await exporter.close()
        await pool.close()
        process.terminate()
        await process.wait()


async def _enter(api: aiohttp.ClientSession, token: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            async with api.post("/api/enter", json={"token": token}) as response:
                assert response.status == 204, await response.text()
                return
        except aiohttp.ClientConnectionError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.2)


async def _through_api(stand: _Stand, file_format: Format) -> tuple[float, int]:
    began, size = time.perf_counter(), 0
    async with stand.api.get(f"/api/v1/exports/events.{file_format}") as response:
        assert response.status == 200, await response.text()
        async for piece in response.content.iter_chunked(_PIECE):
            size += len(piece)
    return time.perf_counter() - began, size


async def _by_engine(stand: _Stand, file_format: Format) -> tuple[float, int]:
    table = catalogue.table("events")
    layout = Layout(file_format=file_format)
    last = datetime.now(UTC).date() + timedelta(days=1)
    asked = Asked(table, table.columns, [stand.shop], querying.EARLIEST, last, layout)
    began, size = time.perf_counter(), 0
    download = await querying.start(stand.exporter, stand.pool, asked)
    async for piece in download.response.content.iter_chunked(_PIECE):
        size += len(piece)
    seconds = time.perf_counter() - began
    download.close()
    return seconds, size


def _peak_mebibytes(process_id: int) -> int:
    for line in Path(f"/proc/{process_id}/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    raise ValueError("no VmHWM")


async def _measure(stand: _Stand, file_format: Format, pairs: int) -> None:
    ratios = []
    for number in range(pairs):
        ways = [_through_api, _by_engine]
        if number % 2:
            ways.reverse()
        taken = {way: await way(stand, file_format) for way in ways}
        (api_seconds, size), (engine_seconds, engine_size) = (
            taken[_through_api],
            taken[_by_engine],
        )
        # Parquet's row groups are cut by threads, so its size may differ by a few bytes.
        assert abs(size - engine_size) <= size / 1000, (size, engine_size)
        ratios.append(engine_seconds / api_seconds)
        print(
            f"{file_format}: {size / 1e6:,.0f} MB, API {api_seconds:.1f} s, engine "
            f"{engine_seconds:.1f} s: {ratios[-1]:.2f} of its speed"
        )
    print(
        f"{file_format}: median {statistics.median(ratios):.2f} of the engine's speed; the API's "
        f"peak memory {_peak_mebibytes(stand.process_id)} MiB"
    )


async def _run(engines: Engines, arguments: argparse.Namespace) -> None:
    async with stores(engines) as fresh:
        connection = await postgres.connect(fresh.database_url)
        shop = await shops.create(connection, ShopDraft(name="Bench", timezone="UTC"))
        await connection.close()
        _fill(fresh, shop, arguments.rows // 100)
        async with _standing(fresh, shop) as stand:
            print(f"peak memory before: {_peak_mebibytes(stand.process_id)} MiB")
            for file_format in _FORMATS:
                await _through_api(stand, file_format)
            print(
                f"peak memory after {arguments.rows // 100:,} rows in each format: "
                f"{_peak_mebibytes(stand.process_id)} MiB"
            )
            _fill(fresh, shop, arguments.rows)
            for file_format in _FORMATS:
                await _measure(stand, file_format, arguments.pairs)


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--rows", type=int, default=10_000_000)
    options.add_argument("--pairs", type=int, default=3)
    arguments = options.parse_args()
    quiet()
    with Engines.running() as engines:
        asyncio.run(_run(engines, arguments))


if __name__ == "__main__":
    main()
