"""What so many shops cost in the stores and the pipelines of one machine.

    python -m bench.shops [--shops 10,100,1000] [--a-day 3000] [--days 7] [--most 60000000]

For each number of shops, in fresh stores: events of the last days, as many a day from each shop on
average (a few shops have most of them), at most `--most` in all: many shops have fewer days then.
How far it is goes to stderr. Measured are the bytes of an event, the run of all daily tables for
one whole day of all shops with its checks (an hourly run computes the day so far, which is less),
and the panel's overview of a medium shop and of the largest one over those days. Of the run,
processor time is this process's and ClickHouse's together; memory is the most that either took.
"""

import argparse
import asyncio
import contextlib
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from clickhouse_connect.driver.client import Client

from api.overview import read_overview
from api.reader import Reader
from bench.history import History, fill
from bench.pipelines import opened
from bench.running import parser, percentile, quiet
from core import postgres
from core.settings import Settings
from core.shop import shops
from pipelines import following
from pipelines.catalogue import TABLES
from pipelines.clickhouse import ClickHouse
from pipelines.figures import asset
from pipelines.kpis.assets import shop_figures
from pipelines.kpis.materialise import materialise_day
from pipelines.postgres import Postgres
from tests.engines import Engines

_QUESTIONS = 20
_SIZES = """
SELECT sum(rows), sum(bytes_on_disk) FROM system.parts
WHERE active AND database = currentDatabase() AND table = 'events'
"""
_BY_SIZE = "SELECT shop_id FROM events GROUP BY shop_id ORDER BY count()"
_SPENT = """
SELECT sum(ProfileEvents['UserTimeMicroseconds'] + ProfileEvents['SystemTimeMicroseconds']) / 1e6,
    max(memory_usage) / 1048576
FROM system.query_log WHERE type = 'QueryFinish' AND current_database = currentDatabase()
    AND event_time_microseconds >= {begin:DateTime64(6)}
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of so many shops over so many days; milliseconds are at the 95th of a hundred."""

    shops: int
    days: int
    events: int
    bytes_each: float
    run_seconds: float
    run_cpu_seconds: float
    query_mib: float
    memory_mib: float
    medium_ms: float
    largest_ms: float

    def line(self) -> str:
        return (
            f"{self.shops:>6,} shops: {self.events:>11,} events of {self.days} days at "
            f"{self.bytes_each:.1f} bytes; a day's run {self.run_seconds:.1f} s, of processor "
            f"{self.run_cpu_seconds:.1f} s, {self.memory_mib:,.0f} MiB here and "
            f"{self.query_mib:,.0f} MiB a query; overview p95 {self.medium_ms:.0f} ms of a medium "
            f"shop, {self.largest_ms:.0f} ms of the largest"
        )


def _fold(settings: Settings, first: date, days: int) -> None:
    planned = {first + timedelta(days=number): ["people_day"] for number in range(days)}
    kept = (ClickHouse(lambda: settings), Postgres(lambda: settings))
    refused = following.bring_up(planned, *kept, lambda *_: None)
    assert not refused, refused


def _run(settings: Settings, client: Client, day: date) -> tuple[float, float, float]:
    """Seconds, processor seconds and the most MiB of a query, of a day of every table."""
    ((begin,),) = client.query("SELECT now64(6)").result_rows
    began, own = time.perf_counter(), time.process_time()
    everything = [shop_figures, *(asset(table) for table in TABLES)]
    outcome = materialise_day(settings, day, everything)
    assert outcome.succeeded, [check for check in outcome.checks if not check.passed]
    seconds, own = time.perf_counter() - began, time.process_time() - own
    client.command("SYSTEM FLUSH LOGS")
    ((spent, memory),) = client.query(_SPENT, parameters={"begin": begin}).result_rows
    return seconds, own + spent, memory


def _medium_and_largest(client: Client) -> tuple[int, int]:
    by_size = [row[0] for row in client.query(_BY_SIZE).result_rows]
    return by_size[len(by_size) // 2], by_size[-1]


async def _overviews(settings: Settings, chosen: Sequence[int]) -> list[float]:
    """The 95th of a hundred, in milliseconds, for each shop."""
    pool = await postgres.open_pool(settings.database_url.get_secret_value())
    reader = Reader(settings.clickhouse_url.get_secret_value())
    found = []
    try:
        for shop_id in chosen:
            async with pool.acquire() as connection:
                shop = await shops.get(connection, shop_id)
            taken = []
            for _ in range(_QUESTIONS + 1):
                began = time.perf_counter()
                await read_overview(pool, reader, [shop], "7d", datetime.now(UTC))
                taken.append((time.perf_counter() - began) * 1000)
            found.append(percentile(taken[1:], 0.95))  # the first opens the connections
    finally:
        await reader.close()
        await pool.close()
    return found


@contextlib.contextmanager
def _told(count: int, what: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    print(f"{count:,} shops: {what}, {time.perf_counter() - began:.0f} s", file=sys.stderr)


def measure(engines: Engines, count: int, arguments: argparse.Namespace) -> Cost:
    a_day = count * arguments.a_day
    days = max(1, min(arguments.days, arguments.most // a_day))
    last = datetime.now(UTC).date() - timedelta(days=1)
    first = last - timedelta(days=days - 1)
    with opened(engines, count) as (settings, client):
        with _told(count, f"{days} days of events made"):
            fill(client, History(first, days, count), a_day * days)
        ((events, size),) = client.query(_SIZES).result_rows
        with _told(count, "people folded"):
            _fold(settings, first, days)
        with _told(count, "a day computed"):
            run = _run(settings, client, last)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        overviews = asyncio.run(_overviews(settings, _medium_and_largest(client)))
    return Cost(count, days, events, size / events, *run, memory, *overviews)


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",") if number]


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--shops", type=_numbers, default=[10, 100, 1000])
    options.add_argument("--a-day", type=int, default=3000, help="events of a shop, on average")
    options.add_argument("--days", type=int, default=7)
    options.add_argument("--most", type=int, default=60_000_000, help="events in all")
    arguments = options.parse_args()
    quiet()
    with Engines.running() as engines:
        for count in arguments.shops:
            print(measure(engines, count, arguments).line(), flush=True)


if __name__ == "__main__":
    main()
