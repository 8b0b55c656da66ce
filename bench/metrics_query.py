"""The overview and metrics queries of 500 shops and millions of events, with closed days folded.

    python -m bench.metrics_query [--rows 10000000] [--shops 500] [--queries 40]

The events are those of `bench.history`, 63 days up to yesterday; the roll-up `people_day` is folded
by the same code as Dagster's runs. For a medium shop and the largest one, over 30 days: what the
API reads for the page and for each query; the same with everything from the events; and a bare
query of ClickHouse for nothing but the distinct people by day. Goal: p95 under 100 ms.
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from unittest import mock

from api.metric_catalogue import choose
from api.metric_reading import MetricsQuery
from api.metrics_query import answer
from api.overview import read_overview
from api.ranges import Compare, Days, QueryGrain, compared
from api.reader import Reader
from api.stretches import KeptDay, instant
from bench import history
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
    ("starts by source (events)", "starts,new_users", "whole", "none", "source"),
)
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


async def _milliseconds(work: Work, times: int) -> list[float]:
    await work()  # opens the connections
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        await work()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


async def _unfolded(*_: object) -> list[KeptDay]:
    return []


# pylint: disable-next=too-many-locals  # what is measured
async def _measure(pool: Pool, reader: Reader, shop: Shop, times: int) -> None:
    begin = instant(datetime.now(UTC) - timedelta(days=30))
    bare = {"shop": shop.id, "begin": begin, "activity": sorted(ACTIVITY)}
    taken = await _milliseconds(lambda: reader.rows(_BARE, bare), times)
    print(f"  {'bare: people by day':<28} {_told(taken)}")
    works: dict[str, Work] = {
        "overview": lambda: read_overview(pool, reader, [shop], "30d", datetime.now(UTC))
    }
    for name, metrics, grain, compare, by in _QUERIES:
        query = _query(shop, metrics, grain, compare, by)
        works[name] = lambda query=query: answer(  # type: ignore[misc]  # of this round
            pool, reader, query, {}, datetime.now(UTC)
        )
    for name, work in works.items():
        folded = await _milliseconds(work, times)
        with mock.patch("api.counting.kept_days", _unfolded):
            of_events = await _milliseconds(work, times)
        ratio = percentile(folded, 0.5) / percentile(of_events, 0.5)
        print(f"  {name:<28} {_told(folded)}   of events {_told(of_events)}   ratio {ratio:.2f}")


def _told(taken: Sequence[float]) -> str:
    return f"p50 {percentile(taken, 0.5):>5.0f} ms, p95 {percentile(taken, 0.95):>5.0f} ms"


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


# pylint: disable-next=too-many-locals  # all stages of the benchmark
async def _run(engines: Engines, arguments: argparse.Namespace) -> None:
    async with stores(engines) as fresh:
        pool = await postgres.open_pool(fresh.database_url)
        async with pool.acquire() as connection:
            drafts = (ShopDraft(name=f"Shop {n}", timezone="UTC") for n in range(arguments.shops))
            opened = {shop.id: shop for shop in [await shops.create(connection, d) for d in drafts]}
        first = datetime.now(UTC).date() - timedelta(days=_DAYS)
        with clickhouse.open_client(fresh.clickhouse_url) as client:
            history.fill(client, history.History(first, _DAYS, arguments.shops), arguments.rows)
            seconds = await asyncio.to_thread(_fold, fresh, first)
            sizes = client.query("SELECT shop_id, count() AS n FROM events GROUP BY 1 ORDER BY n")
            rows, size = client.query(
                "SELECT sum(rows), sum(bytes_on_disk) FROM system.parts "
                "WHERE active AND database = currentDatabase() AND table = 'people_day'"
            ).result_rows[0]
        events = sum(count for _, count in sizes.result_rows)
        print(
            f"{events:,} events folded to {rows:,} rows in {seconds:.0f} s: {size / 2**20:.1f} MiB,"
            f" {size / events:.1f} bytes an event"
        )
        reader = Reader(fresh.clickhouse_panel_url)
        ordered = sizes.result_rows
        for shop_id, count in (ordered[len(ordered) // 2], ordered[-1]):
            print(f"shop {shop_id}: {count:,} events, 30 days")
            await _measure(pool, reader, opened[shop_id], arguments.queries)
        await reader.close()
        await pool.close()


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--rows", type=int, default=10_000_000)
    options.add_argument("--shops", type=int, default=500)
    options.add_argument("--queries", type=int, default=40)
    arguments = options.parse_args()
    quiet()
    with Engines.running() as engines:
        asyncio.run(_run(engines, arguments))


if __name__ == "__main__":
    main()
