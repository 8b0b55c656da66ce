"""An export of millions of events through the API, and the same file from the engine itself.

    python -m bench.export [--rows 10000000] [--pairs 3]

The API runs as a process of its own. Each pair is one download through it and one of the same query
from ClickHouse's own HTTP interface by the same user, in turn; both must have as many bytes. It
prints the ratio of their speeds (goal: at least 0.9 of the engine's), the processor time of the API
for it, and the peak of the API's memory, which must not grow with the rows.

The engine uses all processors, so whatever stands between it and the reader takes time from it. A
third way through a process that does nothing but copy what it receives, uncounted and unchecked,
shows how much of the ratio any service costs.
"""

import argparse
import asyncio
import contextlib
import statistics
import sys
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import aiohttp

from api.exporting import catalogue, querying
from api.exporting.formats import Format, Layout
from api.exporting.querying import Asked
from api.exports import Exporter
from bench.api_process import ApiProcess, api_process, open_session
from bench.running import parser, quiet, stores
from core import postgres
from core.clickhouse import open_client
from core.shop import shops
from core.shop.shops import Shop, ShopDraft
from local.ports import free_port
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
_COPY = """
import socket, sys, threading

def copy(source, target):
    buffer = memoryview(bytearray(1 << 20))
    while size := source.recv_into(buffer):
        target.sendall(buffer[:size])
    target.shutdown(socket.SHUT_WR)

listening, engine = (int(each) for each in sys.argv[1:])
with socket.create_server(("127.0.0.1", listening)) as server:
    while True:
        reader, _ = server.accept()
        upstream = socket.create_connection(("127.0.0.1", engine))
        for pair in ((reader, upstream), (upstream, reader)):
            threading.Thread(target=copy, args=pair, daemon=True).start()
"""


class _Engine(Exporter):
    """The engine itself, read by the same client as the API."""

    response: aiohttp.ClientResponse

    async def _posted(
        self, parameters: Mapping[str, str], form: aiohttp.FormData, *, is_straight: bool
    ) -> aiohttp.ClientResponse:
        del is_straight
        answer = await super()._posted(parameters, form, is_straight=False)
        assert isinstance(answer, aiohttp.ClientResponse)
        self.response = answer
        return answer


@dataclass(frozen=True)
class _Stand:
    """A shop with events, the API's process with a visitor's cookies, and the engine."""

    shop: Shop
    api: aiohttp.ClientSession
    process: ApiProcess
    engine: _Engine
    copied: _Engine  # by the process that only copies
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
async def _copying(url: str) -> AsyncIterator[str]:
    """The address of the engine behind a process that only copies."""
    engine, port = urlsplit(url), free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _COPY, str(port), str(engine.port)
    )
    try:
        yield engine._replace(netloc=engine.netloc.replace(f":{engine.port}", f":{port}")).geturl()
    finally:
        process.terminate()
        await process.wait()


@contextlib.asynccontextmanager
async def _standing(fresh: Stores, shop: Shop) -> AsyncIterator[_Stand]:
    async with (
        api_process(fresh) as process,
        _copying(fresh.clickhouse_panel_url) as copied_url,
        await postgres.open_pool(fresh.database_url) as pool,
    ):
        async with pool.acquire() as connection:
            headers = {"Cookie": await open_session(connection, role="owner")}
        engine, copied = _Engine(fresh.clickhouse_panel_url), _Engine(copied_url)
        try:
            async with aiohttp.ClientSession(
                f"http://127.0.0.1:{process.port}",
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=None),
            ) as api:
                yield _Stand(shop, api, process, engine, copied, pool)
        finally:
            await engine.close()
            await copied.close()


async def _through_api(stand: _Stand, file_format: Format) -> tuple[float, int]:
    began, size = time.perf_counter(), 0
    async with stand.api.get(f"/api/v1/exports/events.{file_format}") as response:
        assert response.status == 200, await response.text()
        async for piece in response.content.iter_chunked(_PIECE):
            size += len(piece)
    return time.perf_counter() - began, size


async def _by_engine(stand: _Stand, file_format: Format) -> tuple[float, int]:
    return await _direct(stand, stand.engine, file_format)


async def _by_copy(stand: _Stand, file_format: Format) -> tuple[float, int]:
    return await _direct(stand, stand.copied, file_format)


async def _direct(stand: _Stand, engine: _Engine, file_format: Format) -> tuple[float, int]:
    table = catalogue.table("events")
    layout = Layout(file_format=file_format)
    last = datetime.now(UTC).date() + timedelta(days=1)
    asked = Asked(table, table.columns, [stand.shop], querying.EARLIEST, last, layout)
    began, size = time.perf_counter(), 0
    download = await querying.start(engine, stand.pool, asked)
    async for piece in engine.response.content.iter_chunked(_PIECE):
        size += len(piece)
    seconds = time.perf_counter() - began
    download.close()
    return seconds, size


async def _measure(stand: _Stand, file_format: Format, pairs: int) -> None:
    through_api, by_copy = [], []
    for number in range(pairs):
        ways = [_through_api, _by_engine, _by_copy]
        if number % 2:
            ways.reverse()
        before = stand.process.cpu_seconds()
        taken = {way: await way(stand, file_format) for way in ways}
        spent = stand.process.cpu_seconds() - before
        (api_seconds, size), (engine_seconds, engine_size), (copy_seconds, _) = (
            taken[way] for way in (_through_api, _by_engine, _by_copy)
        )
        # Parquet's row groups are cut by threads, so its size may differ by a few bytes.
        assert abs(size - engine_size) <= size / 1000, (size, engine_size)
        through_api.append(engine_seconds / api_seconds)
        by_copy.append(engine_seconds / copy_seconds)
        print(
            f"{file_format}: {size / 1e6:,.0f} MB, engine {engine_seconds:.1f} s, API "
            f"{api_seconds:.1f} s ({spent:.1f} s of processor): {through_api[-1]:.2f} of its speed,"
            f" a bare copy {by_copy[-1]:.2f}"
        )
    print(
        f"{file_format}: median {statistics.median(through_api):.2f} of the engine's speed, "
        f"a bare copy {statistics.median(by_copy):.2f}; the API's peak memory "
        f"{stand.process.peak_mib():.0f} MiB"
    )


async def _run(engines: Engines, arguments: argparse.Namespace) -> None:
    async with stores(engines) as fresh:
        connection = await postgres.connect(fresh.database_url)
        shop = await shops.create(connection, ShopDraft(name="Bench", timezone="UTC"))
        await connection.close()
        _fill(fresh, shop, arguments.rows // 100)
        async with _standing(fresh, shop) as stand:
            print(f"peak memory before: {stand.process.peak_mib():.0f} MiB")
            for file_format in _FORMATS:
                await _through_api(stand, file_format)
            print(
                f"peak memory after {arguments.rows // 100:,} rows in each format: "
                f"{stand.process.peak_mib():.0f} MiB"
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
