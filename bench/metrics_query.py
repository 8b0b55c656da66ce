"""The overview and metrics queries of 500 shops and millions of events, with closed days folded.

    python -m bench.metrics_query [--rows 10000000] [--shops 500] [--queries 40]
    python -m bench.metrics_query --against 100000000
    python -m bench.metrics_query --over-http

The events are those of `bench.history`, 63 days up to yesterday; the roll-up `people_day` is folded
by the same code as Dagster's runs; both are merged, as they are after some days. For a medium shop
and the largest one, over 30 days: what the API reads for the page and for each query; the same with
everything from the events; a bare query of ClickHouse for nothing but the distinct people by day;
and `SELECT 1` by the same way, which shows how busy the machine is. Beside the time, that of the
processor for one answer, in ClickHouse and in this process. Goal: p95 under 100 ms.

With `--against` a second database of so many events is asked in turn with the first one, each for
its largest shop; goal: at most 1.5 times as long with ten times as many events.

With `--over-http` the largest shop's visitor asks the API, which runs as a process of its own: each
range of 30 days once, so that nothing is cached, and then one of them over and over. That has what
the reading alone has not: the session, the version of the data, JSON and the connection.
"""

import argparse
import asyncio
import contextlib
import gc
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from unittest import mock

import aiohttp
from clickhouse_connect.driver.client import Client

from api.metric_catalogue import choose
from api.metric_reading import MetricsQuery
from api.metrics_query import answer
from api.overview import read_overview
from api.ranges import Compare, Days, QueryGrain, compared
from api.reader import Reader
from api.stretches import KeptDay, instant
from bench import history
from bench.api_process import api_process, open_session
from bench.running import parser, percentile, quiet, stores
from core import clickhouse, postgres
from core.events import ACTIVITY
from core.postgres import Pool
from core.settings import Settings
from core.shop import shops
from core.shop.shops import Shop, ShopDraft
from pipelines import following
from pipelines.clickhouse import ClickHouse
from pipelines.postgres import Postgres
from tests.engines import Engines, Stores

_DAYS = 63
_BARE = """
SELECT toDate(occurred_at) AS day, uniqExactIf(buyer_no, event IN {activity:Array(String)}) AS n
FROM events
WHERE shop_id = {shop:UInt32} AND occurred_at >= {begin:DateTime64(3, 'UTC')}
    AND NOT is_staff AND NOT is_test
GROUP BY day WITH ROLLUP
"""
_SALES = "net_sales_minor,aov_minor,paid_orders"
_QUERIES: Sequence[tuple[str, str, QueryGrain, Compare, str | None]] = (
    ("people by day", "active_users,new_users,buyers", "day", "none", None),
    ("money by day, compared", _SALES, "day", "previous", None),
    ("people at all, compared", "active_users,buyer_conversion", "whole", "previous", None),
    ("people by source and day", "active_users,new_users", "day", "none", "source"),
    ("money by language, compared", _SALES, "whole", "previous", "language"),
    ("people by hour", "active_users", "hour", "none", None),
)
# Milliseconds that the processor spent on the panel's queries.
_SPENT = """
SELECT sum(ProfileEvents['UserTimeMicroseconds'] + ProfileEvents['SystemTimeMicroseconds']) / 1000
FROM system.query_log
WHERE type = 'QueryFinish' AND user = 'panel' AND event_time_microseconds >= {begin:DateTime64(6)}
"""
_OVERVIEW = "/api/v1/overview"
Work = Callable[[], Awaitable[object]]


def _query(
    shop: Shop, metrics: str, grain: QueryGrain, compare: Compare, by: str | None
) -> MetricsQuery:
    last = datetime.now(UTC).date()
    days = Days(last - timedelta(days=29), last)
    return MetricsQuery(
        metrics=tuple(choose(key, by) for key in metrics.split(",")),
        shops=(shop,),
        days=days,
        grain=grain,
        zone=None,
        compare=compare,
        compared=compared(days, compare, None),
        breakdown=by,
        variant="raw",
        touch="first",
        language="en",
    )


@dataclass(frozen=True, slots=True)
class Taken:
    """Of each answer the milliseconds; of one on average the processor's, of ClickHouse and of this
    process."""

    milliseconds: Sequence[float]
    store_cpu: float
    own_cpu: float

    def __str__(self) -> str:
        p50, p95 = (percentile(self.milliseconds, share) for share in (0.5, 0.95))
        return (
            f"p50 {p50:>5.0f} ms, p95 {p95:>5.0f} ms, "
            f"processor {self.store_cpu:>4.0f} + {self.own_cpu:>3.0f} ms"
        )


async def _take(client: Client, work: Work, times: int) -> Taken:
    await work()  # opens the connections
    ((begin,),) = client.query("SELECT now64(6)").result_rows
    taken, own = [], time.process_time()
    for _ in range(times):
        began = time.perf_counter()
        await work()
        taken.append((time.perf_counter() - began) * 1000)
    own = time.process_time() - own
    client.command("SYSTEM FLUSH LOGS")
    ((spent,),) = client.query(_SPENT, parameters={"begin": begin}).result_rows
    return Taken(taken, spent / times, own * 1000 / times)


async def _unfolded(*_: object, **_more: object) -> list[KeptDay]:
    return []


@dataclass(frozen=True, slots=True)
class _Filled:
    """Databases with events, folded, and their shops."""

    stores: Stores
    pool: Pool
    reader: Reader
    shops: dict[int, Shop]
    events: Sequence[Sequence[int]]  # each shop and how many it has, the smallest first

    async def close(self) -> None:
        await self.reader.close()
        await self.pool.close()


def _works(filled: _Filled, shop_id: int) -> dict[str, Work]:
    shop, pool, reader = filled.shops[shop_id], filled.pool, filled.reader
    works: dict[str, Work] = {
        "overview": lambda: read_overview(pool, reader, [shop], "30d", datetime.now(UTC))
    }
    for name, metrics, grain, compare, by in _QUERIES:
        query = _query(shop, metrics, grain, compare, by)
        works[name] = lambda query=query: answer(  # type: ignore[misc]  # of this round
            pool, reader, query, {}, datetime.now(UTC)
        )
    return works


async def _measure(client: Client, filled: _Filled, shop_id: int, times: int) -> None:
    begin = instant(datetime.now(UTC) - timedelta(days=30))
    bare = {"shop": shop_id, "begin": begin, "activity": sorted(ACTIVITY)}
    nothing = await _take(client, filled.reader.ping, times)
    print(f"  {'SELECT 1':<28} {nothing}")
    print(
        f"  {'bare: people by day':<28} "
        f"{await _take(client, lambda: filled.reader.rows(_BARE, bare), times)}"
    )
    for name, work in _works(filled, shop_id).items():
        folded = await _take(client, work, times)
        with mock.patch("api.counting.kept_days", _unfolded):
            of_events = await _take(client, work, max(3, times // 4))
        print(f"  {name:<28} {folded}\n  {'  all of it of the events':<28} {of_events}")


async def _in_turn(work: Work, other: Work, times: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each; their first time, which opens connections, is not among them."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(times + 1):
        for which, each in zip(taken, (work, other), strict=True):
            began = time.perf_counter()
            await each()
            which.append((time.perf_counter() - began) * 1000)
    return taken[0][1:], taken[1][1:]


async def _compare(few: _Filled, many: _Filled, times: int) -> None:
    """The largest shop of each, in turn."""
    (few_id, few_events), (many_id, many_events) = few.events[-1], many.events[-1]
    print(f"largest shop: {few_events:,} events, and {many_events:,}, in turn, 30 days")
    larger = _works(many, many_id)
    for name, work in _works(few, few_id).items():
        taken = await _in_turn(work, larger[name], times)
        halves, tails = ([percentile(each, share) for each in taken] for share in (0.5, 0.95))
        print(
            f"  {name:<28} p50 {halves[0]:.0f} and {halves[1]:.0f} ms: {halves[1] / halves[0]:.2f}"
            f" times; p95 {tails[0]:.0f} and {tails[1]:.0f} ms: {tails[1] / tails[0]:.2f} times"
        )


async def _over_http(filled: _Filled, times: int) -> None:
    """The same questions to the API's process; each answer is checked to be one."""
    shop_id, events = filled.events[-1]
    async with filled.pool.acquire() as connection:
        cookie = await open_session(connection, [shop_id])
    print(f"shop {shop_id}: {events:,} events, 30 days, through the API")
    async with (
        api_process(filled.stores) as api,
        aiohttp.ClientSession(f"http://127.0.0.1:{api.port}", headers={"Cookie": cookie}) as asking,
    ):

        async def ask(path: str, **parameters: str) -> float:
            began = time.perf_counter()
            async with asking.get(path, params=parameters | {"shops": str(shop_id)}) as answered:
                assert answered.status == 200, await answered.text()
                await answered.read()
            return (time.perf_counter() - began) * 1000

        async def taken(path: str, asked: Sequence[dict[str, str]]) -> str:
            await ask(path, **asked[0])  # opens the connections
            found = [await ask(path, **each) for each in asked[1:]]
            halves, tail = (percentile(found, share) for share in (0.5, 0.95))
            return f"p50 {halves:>5.0f} ms, p95 {tail:>5.0f} ms, {1000 / halves:>4.0f}/s"

        for name, path, asked in _asked(times):
            print(f"  {name:<28} {await taken(path, asked)}")
            if path != _OVERVIEW:
                print(f"  {'  cached':<28} {await taken(path, asked[:1] * times)}")


def _asked(times: int) -> Iterator[tuple[str, str, list[dict[str, str]]]]:
    """Names, paths and parameters; no two queries of a path are of the same days."""
    yield "overview", _OVERVIEW, [{"period": "30d"}] * times
    today = datetime.now(UTC).date()
    ranges = [
        {"from": f"{today - timedelta(days=29 + back)}", "to": f"{today - timedelta(days=back)}"}
        for back in range(min(times, _DAYS - 29))
    ]
    for name, metrics, grain, compare, by in _QUERIES:
        asked = {"metrics": metrics, "grain": grain, "compare": compare}
        more = asked | ({"breakdown": by} if by else {})
        yield name, "/api/v1/metrics/query", [more | days for days in ranges]


def _fold(fresh: Stores, first: date) -> float:
    """Seconds that the roll-up of all days took."""
    settings = Settings(
        _env_file=None, database_url=fresh.database_url, clickhouse_url=fresh.clickhouse_url
    )
    planned = {first + timedelta(days=number): ["people_day"] for number in range(_DAYS)}
    began = time.perf_counter()
    kept = (ClickHouse(lambda: settings), Postgres(lambda: settings))
    refused = following.bring_up(planned, *kept, lambda *_: None)
    assert not refused, refused
    return time.perf_counter() - began


def _fill(fresh: Stores, shop_count: int, rows: int) -> float:
    """Events, folded and merged; the seconds that the folding took."""
    first = datetime.now(UTC).date() - timedelta(days=_DAYS)
    with clickhouse.open_client(fresh.clickhouse_url) as client:
        history.fill(client, history.History(first, _DAYS, shop_count), rows)
    seconds = _fold(fresh, first)
    with clickhouse.open_client(fresh.clickhouse_schema_url) as owner:
        for table in ("events", "people_day"):
            owner.command(f"OPTIMIZE TABLE {table} FINAL")
    return seconds


async def _filled(fresh: Stores, shop_count: int, rows: int) -> _Filled:
    pool = await postgres.open_pool(fresh.database_url)
    async with pool.acquire() as connection:
        drafts = (ShopDraft(name=f"Shop {n}", timezone="UTC") for n in range(shop_count))
        opened = {shop.id: shop for shop in [await shops.create(connection, d) for d in drafts]}
    seconds = await asyncio.to_thread(_fill, fresh, shop_count, rows)
    with clickhouse.open_client(fresh.clickhouse_url) as client:
        sizes = client.query("SELECT shop_id, count() AS n FROM events GROUP BY 1 ORDER BY n")
        folded, size = client.query(
            "SELECT sum(rows), sum(bytes_on_disk) FROM system.parts "
            "WHERE active AND database = currentDatabase() AND table = 'people_day'"
        ).result_rows[0]
    events = sum(count for _, count in sizes.result_rows)
    print(
        f"{events:,} events folded to {folded:,} rows in {seconds:.0f} s: {size / 2**20:.1f} MiB, "
        f"{size / events:.1f} bytes an event"
    )
    reader = Reader(fresh.clickhouse_panel_url)
    return _Filled(fresh, pool, reader, opened, sizes.result_rows)


async def _run(engines: Engines, arguments: argparse.Namespace) -> None:
    async with contextlib.AsyncExitStack() as stack:
        filled = []
        for rows in filter(None, (arguments.rows, arguments.against)):
            fresh = await stack.enter_async_context(stores(engines))
            filled.append(await _filled(fresh, arguments.shops, rows))
            stack.push_async_callback(filled[-1].close)
        gc.freeze()  # as a service does (`cli.service`)
        few = filled[0]
        if arguments.over_http:
            await _over_http(few, arguments.queries)
            return
        if arguments.against:
            await _compare(few, filled[-1], arguments.queries)
            return
        for shop_id, count in dict.fromkeys((few.events[len(few.events) // 2], few.events[-1])):
            print(f"shop {shop_id}: {count:,} events, 30 days")
            with clickhouse.open_client(few.stores.clickhouse_url) as client:
                await _measure(client, few, shop_id, arguments.queries)


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--rows", type=int, default=10_000_000)
    options.add_argument("--against", type=int, default=0)
    options.add_argument("--over-http", action="store_true")
    options.add_argument("--shops", type=int, default=500)
    options.add_argument("--queries", type=int, default=40)
    arguments = options.parse_args()
    quiet()
    with Engines.running() as engines:
        asyncio.run(_run(engines, arguments))


if __name__ == "__main__":
    main()
