"""Live viewers: what they cost by number, and how soon a sale is on their screens.

    python -m bench.viewers [--viewers 1000] [--shops 50] [--seconds 30] [--rate 10]

The API and a shipper run as they do in production, the API as a process of its own. Sales are
committed at `--rate` a second over all shops, at random; each viewer has a session and a stream of
one shop. Measured with one viewer a shop and with all of them: queries of ClickHouse a second
(they must go by the shops, not by the viewers), from a commit to each screen that shows it (goal:
p99 under a second), and the API's processor time. The viewers themselves run on this machine, too.
"""

import argparse
import asyncio
import random
import re
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from clickhouse_connect.driver.asyncclient import AsyncClient

from bench import history
from bench.api_process import ApiProcess, api_process, open_session
from bench.running import parser, percentile, quiet, shipping, stores
from core import clickhouse, postgres
from core.events import ORDER_PAID, Actor, Event, Origin, emit
from core.postgres import Connection
from tests.engines import Engines, Stores
from tests.factories import create_origin, create_shop

_ROWS = 1_000_000
_DAYS = 30
_FIRST_SALE = 10**9  # no sale of the history is as large
_SALE = re.compile(rb'"feed":\[\{.*?"amount_minor":(\d+)')
_SELECTS = "SELECT value FROM system.events WHERE event = 'SelectQuery'"
_SETTLING_SECONDS = 5.0
_BEGINNING_SECONDS = 60.0  # a stream that is refused never begins


@dataclass(slots=True)
class Screens:
    """When each sale was committed, and how long each viewer waited for it."""

    committed: dict[int, list[tuple[int, float]]] = field(default_factory=dict)
    lags: list[float] = field(default_factory=list)
    messages: int = 0

    def commit(self, shop_id: int, number: int) -> None:
        self.committed.setdefault(shop_id, []).append((number, time.perf_counter()))


class Viewer(asyncio.Protocol):
    """A stream that notes which sales it shows; it keeps no text."""

    def __init__(self, screens: Screens, shop_id: int, cookie: str) -> None:
        self._screens = screens
        self._shop_id = shop_id
        self._cookie = cookie
        self._pending = b""
        self._shown = 0
        self.begun = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(
            f"GET /api/v1/live?shops={self._shop_id} HTTP/1.1\r\nHost: bench\r\n"
            f"Cookie: {self._cookie}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        self._pending += data
        while b"\n\n" in self._pending:
            message, _, self._pending = self._pending.partition(b"\n\n")
            if b"event: overview" in message:
                self.begun.set()
                self._screens.messages += 1
                self._see(message, now)

    def _see(self, message: bytes, now: float) -> None:
        found = _SALE.search(message)
        newest = int(found[1]) if found else 0
        sales = self._screens.committed.get(self._shop_id, [])
        while self._shown < len(sales) and sales[self._shown][0] <= newest:
            self._screens.lags.append(now - sales[self._shown][1])
            self._shown += 1


def _same(viewer: Viewer) -> Viewer:
    return viewer


async def _sell(
    connection: Connection, origins: Sequence[Origin], screens: Screens, rate: float, seconds: float
) -> int:
    """A sale at a time, as often as the rate says; how many."""
    luck, number, began = random.Random(7), 0, time.perf_counter()
    due = 0.0
    while due < seconds:
        await asyncio.sleep(max(0.0, began + due - time.perf_counter()))
        origin = luck.choice(origins)
        number += 1
        sale = Event(
            ORDER_PAID,
            order_id=_FIRST_SALE + number,
            amount_minor=_FIRST_SALE + number,
            currency="XTR",
            quantity=1,
        )
        async with connection.transaction():
            await emit(connection, origin, Actor(buyer_no=luck.randrange(1, 500)), [sale])
        screens.commit(origin.shop_id, _FIRST_SALE + number)
        due += luck.expovariate(rate)
    return number


# pylint: disable-next=too-many-locals  # all that is measured
async def _watch(
    fresh: Stores,
    api: ApiProcess,
    origins: Sequence[Origin],
    viewers: int,
    wanted: tuple[float, float],
) -> None:
    """Opens the streams, sells, and prints what it cost."""
    rate, seconds = wanted
    screens = Screens()
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        connection = await postgres.connect(fresh.database_url)
        stack.push_async_callback(connection.close)
        client = await clickhouse.open_async_client(fresh.clickhouse_url)
        stack.push_async_callback(client.close)
        for number in range(viewers):
            shop_id = origins[number % len(origins)].shop_id
            cookie = await open_session(connection, [shop_id])
            viewer = Viewer(screens, shop_id, cookie)
            transport, _ = await loop.create_connection(
                partial(_same, viewer), "127.0.0.1", api.port
            )
            stack.callback(transport.close)
            async with asyncio.timeout(_BEGINNING_SECONDS):
                await viewer.begun.wait()
        queries, cpu, messages = await _selects(client), api.cpu_seconds(), screens.messages
        began = time.perf_counter()
        sales = await _sell(connection, origins, screens, rate, seconds)
        taken = time.perf_counter() - began
        asked = (await _selects(client) - queries) / taken
        used = (api.cpu_seconds() - cpu) / taken
        sent = (screens.messages - messages) / taken
        await asyncio.sleep(_SETTLING_SECONDS)
        print(
            f"{viewers:>5} viewers of {len(origins)} shops, {sales / taken:.1f} sales/s: "
            f"{asked:.0f} queries/s, {sent:.0f} messages/s; on screen after p50 "
            f"{percentile(screens.lags, 0.5):.2f} s, p99 {percentile(screens.lags, 0.99):.2f} s, "
            f"at most {max(screens.lags):.2f} s ({len(screens.lags)} times); API {used:.0%} of a "
            f"core, {api.resident_mib():.0f} MiB"
        )


async def _selects(client: AsyncClient) -> int:
    result = await client.query(_SELECTS)
    found: int = result.result_rows[0][0]
    return found


async def _run(engines: Engines, arguments: argparse.Namespace) -> None:
    async with stores(engines) as fresh:
        connection = await postgres.connect(fresh.database_url)
        origins = [
            await create_origin(connection, await create_shop(connection, name=f"Shop {number}"))
            for number in range(arguments.shops)
        ]
        await connection.close()
        first = datetime.now(UTC).date() - timedelta(days=_DAYS)
        with clickhouse.open_client(fresh.clickhouse_url) as client:
            history.fill(client, history.History(first, _DAYS, arguments.shops), arguments.rows)
        wanted = (arguments.rate, arguments.seconds)
        async with shipping(fresh), api_process(fresh) as api:
            for viewers in (arguments.shops, arguments.viewers):
                await _watch(fresh, api, origins, viewers, wanted)


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--viewers", type=int, default=1000)
    options.add_argument("--shops", type=int, default=50)
    options.add_argument("--rows", type=int, default=_ROWS)
    options.add_argument("--seconds", type=float, default=30.0)
    options.add_argument("--rate", type=float, default=10.0)
    arguments = options.parse_args()
    quiet()
    with Engines.running() as engines:
        asyncio.run(_run(engines, arguments))


if __name__ == "__main__":
    main()
