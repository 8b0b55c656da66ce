"""Requests a second of the API, and what 200 exports at once leave of the panel's speed.

    python -m bench.api_load [--seconds 10] [--clients 16] [--exports 200]

The API runs as a process of its own over millions of events of 50 shops. Asked by some clients
without a pause: `/api/v1/health` (nothing is read: the limit), the list of shops, the overview of
another shop each time (cold), the same live overview with its ETag (cached). Then the p95 of the
panel's pages (shops, overview, live overview), asked by four visitors with pauses, quiet and while
exports of every order are all begun at once, each by a link of its own, for a link has only some;
goal: under twice. Who is told to come back later comes back then, until they have their file. The
clients run on this machine, too.
"""

import argparse
import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import aiohttp

from bench import history
from bench.api_process import ApiProcess, api_process, open_session
from bench.running import parser, percentile, quiet, stores
from core import clickhouse, postgres
from tests.engines import Engines
from tests.factories import create_shop

_SHOPS, _DAYS = 50, 30
_PAUSE_SECONDS = 0.05
_RETRY_SECONDS = 5.0  # the API says a minute; that would only make the crowd thinner
_PAGES = (
    "/api/v1/shops",
    "/api/v1/overview?period=7d&shops=1",
    "/api/v1/live/overview?shops=2&period=7d",
)


class Visitors:
    """One session's connections to the API; counts the answers by their status."""

    def __init__(self, api: ApiProcess, cookie: str, session: aiohttp.ClientSession) -> None:
        self._root = f"http://127.0.0.1:{api.port}"
        self._headers = {"Cookie": cookie}
        self._session = session
        self.statuses: Counter[int] = Counter()

    async def ask(self, path: str, tag: str = "") -> tuple[float, str]:
        """Milliseconds to the whole answer, and its ETag."""
        began = time.perf_counter()
        headers = self._headers | ({"If-None-Match": tag} if tag else {})
        async with self._session.get(self._root + path, headers=headers) as answer:
            async for _ in answer.content.iter_any():
                pass
            self.statuses[answer.status] += 1
            return (time.perf_counter() - began) * 1000, answer.headers.get("ETag", "")


async def _rate(visitors: Visitors, paths: Sequence[str], clients: int, seconds: float) -> str:
    """Every client asks for one path after the other, with the ETag that it got for it."""
    until = time.perf_counter() + seconds
    taken: list[float] = []

    async def client(number: int) -> None:
        tags: dict[str, str] = {}
        while time.perf_counter() < until:
            path = paths[number % len(paths)]
            number += 1
            milliseconds, tags[path] = await visitors.ask(path, tags.get(path, ""))
            taken.append(milliseconds)

    visitors.statuses.clear()
    began = time.perf_counter()
    await asyncio.gather(*(client(number * 7) for number in range(clients)))
    rate = len(taken) / (time.perf_counter() - began)
    return f"{rate:>6.0f}/s, p95 {percentile(taken, 0.95):>5.0f} ms, {dict(visitors.statuses)}"


async def _pages(visitors: Visitors, done: asyncio.Event) -> list[float]:
    """What four visitors wait for their pages until it is done."""
    taken: list[float] = []

    async def visitor(number: int) -> None:
        while not done.is_set():
            taken.append((await visitors.ask(_PAGES[number % len(_PAGES)]))[0])
            number += 1
            await asyncio.sleep(_PAUSE_SECONDS)

    await asyncio.gather(*(visitor(number) for number in range(4)))
    return taken


async def _fetch(exporting: Visitors, path: str) -> None:
    """Asks until the file is there."""
    await exporting.ask(path)
    while not exporting.statuses[200]:
        await asyncio.sleep(_RETRY_SECONDS)
        await exporting.ask(path)


async def _beside_exports(visitors: Visitors, exporting: Sequence[Visitors]) -> None:
    done = asyncio.Event()
    asyncio.get_running_loop().call_later(5, done.set)
    visitors.statuses.clear()
    calm = percentile(await _pages(visitors, done), 0.95)
    done = asyncio.Event()
    asking = asyncio.create_task(_pages(visitors, done))
    today = datetime.now(UTC).date()
    orders = f"/api/v1/exports/sales.csv?from={today - timedelta(days=_DAYS)}&to={today}"
    began = time.perf_counter()
    await asyncio.gather(*(_fetch(each, orders) for each in exporting))
    taken = time.perf_counter() - began
    done.set()
    busy = percentile(await asking, 0.95)
    statuses = sum((each.statuses for each in exporting), Counter[int]())
    print(
        f"{len(exporting)} exports at once: {taken:.1f} s, {dict(statuses)}; the panel's p95 "
        f"{calm:.0f} ms before, {busy:.0f} ms meanwhile: {busy / calm:.1f} times (goal: under 2), "
        f"{dict(visitors.statuses)}"
    )


async def _measure(api: ApiProcess, cookies: Sequence[str], arguments: argparse.Namespace) -> None:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        visitors = Visitors(api, cookies[0], session)
        every = [f"/api/v1/overview?period=30d&shops={shop}" for shop in range(1, _SHOPS + 1)]
        for name, paths in (
            ("health", ["/api/v1/health"]),
            ("shops", ["/api/v1/shops"]),
            ("overviews, cold", every),
            ("live overview, cached", ["/api/v1/live/overview?period=30d&shops=1"]),
        ):
            cpu = api.cpu_seconds()
            line = await _rate(visitors, paths, arguments.clients, arguments.seconds)
            used = (api.cpu_seconds() - cpu) / arguments.seconds
            print(f"{name:<22} {line}, API {used:.0%} of a core")
        await _beside_exports(visitors, [Visitors(api, each, session) for each in cookies[1:]])
        print(f"memory of the API: {api.resident_mib():.0f} MiB")


async def _run(engines: Engines, arguments: argparse.Namespace) -> None:
    async with stores(engines) as fresh:
        connection = await postgres.connect(fresh.database_url)
        for number in range(_SHOPS):
            await create_shop(connection, name=f"Shop {number}")
        cookies = [await open_session(connection) for _ in range(1 + arguments.exports)]
        await connection.close()
        first = datetime.now(UTC).date() - timedelta(days=_DAYS)
        with clickhouse.open_client(fresh.clickhouse_url) as client:
            history.fill(client, history.History(first, _DAYS, _SHOPS), arguments.rows)
        async with api_process(fresh) as api:
            await _measure(api, cookies, arguments)


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--rows", type=int, default=2_000_000)
    options.add_argument("--seconds", type=float, default=10.0)
    options.add_argument("--clients", type=int, default=16)
    options.add_argument("--exports", type=int, default=200)
    arguments = options.parse_args()
    quiet()
    with Engines.running() as engines:
        asyncio.run(_run(engines, arguments))


if __name__ == "__main__":
    main()
