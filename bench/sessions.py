"""A day's audience in memory: what it takes when the same shoppers do more.

    python -m bench.sessions [--events 1000000,5000000] [--shops 50] [--shoppers 20000]

Every event is an activity of one of the same shoppers, and all are of one day (UTC). Each run is a
process of its own that reads and computes `audience_day`, once as the pipelines do, in pieces of
whole shoppers, and once with all moments at once; its memory is the peak above what it had after
its imports. In pieces it must not grow as the events do; both ways must give the same rows.
"""

import argparse
import asyncio
import hashlib
import json
import resource
import subprocess
import sys
import time
from datetime import UTC, date, datetime

import polars as pl
from clickhouse_connect.driver.client import Client

from bench.running import parser, quiet, resident_bytes, stores
from core.clickhouse import open_client
from core.settings import Settings
from pipelines import pieces
from pipelines.activity.tables import BUYER_EVENT_DAY
from pipelines.audience.tables import AUDIENCE_DAY
from pipelines.clickhouse import ClickHouse
from pipelines.figures import Day, figures
from pipelines.postgres import Postgres
from pipelines.shops import day_windows, with_known
from pipelines.variants import FLAGGED
from tests.engines import Engines, Stores

_DAY = date(2026, 3, 10)
_WAYS = ("in pieces", "at once")
_CHUNK = 1_000_000
_FILL = """
INSERT INTO events (shop_id, bot_id, event, event_version, occurred_at, mode, buyer_no, lang,
    retention_days, shard, pos)
WITH arrayMap(salt -> cityHash64(number, salt), range(3)) AS luck
SELECT 1 + buyer_no % {shops:UInt32}, 1, 'message_received', 1,
    addMilliseconds(toDateTime64({day:Date}, 3, 'UTC'), toInt64(luck[1] % 86400000)), 'hosted',
    1 + luck[2] % {shoppers:UInt32} AS buyer_no, 'ru', 730, 0, number
FROM numbers({begin:UInt64}, {rows:UInt64})
"""


def _work(settings: Settings, shops: int) -> Day:
    known = pl.DataFrame(
        {"shop_id": range(1, shops + 1), "timezone": "UTC", "currency": "XTR"},
        schema_overrides={"shop_id": pl.UInt32},
    )
    return Day(
        _DAY,
        with_known(day_windows(known, _DAY), datetime.now(UTC)),
        pl.DataFrame(schema=FLAGGED),
        ClickHouse(lambda: settings),
        Postgres(lambda: settings),
    )


def _child(way: str, clickhouse_url: str, shops: int) -> None:
    if way == "at once":
        pieces.ROWS = 2**62
    settings = Settings(_env_file=None, clickhouse_url=clickhouse_url)
    work = _work(settings, shops)
    before, began = resident_bytes(), time.perf_counter()
    rows = figures(AUDIENCE_DAY, {each.name: each.read(work) for each in AUDIENCE_DAY.inputs}, work)
    taken = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    digest = hashlib.sha256(rows.write_csv().encode()).hexdigest()
    print(json.dumps({"mib": peak / 2**20, "seconds": taken, "rows": digest}))


def _measured(way: str, fresh: Stores, shops: int) -> dict[str, float | str]:
    command = [sys.executable, "-m", "bench.sessions", "--child", way, "--shops", str(shops)]
    completed = subprocess.run(
        [*command, "--url", fresh.clickhouse_url], check=True, capture_output=True, text=True
    )
    found: dict[str, float | str] = json.loads(completed.stdout.splitlines()[-1])
    return found


def _fill(client: Client, arguments: argparse.Namespace, begin: int, end: int) -> None:
    for start in range(begin, end, _CHUNK):
        client.command(
            _FILL,
            parameters={
                "shops": arguments.shops,
                "shoppers": arguments.shoppers,
                "day": _DAY,
                "begin": start,
                "rows": min(_CHUNK, end - start),
            },
        )


def _fold(settings: Settings, shops: int) -> None:
    """The day's own fold, which the audience reads beside the events."""
    work = _work(settings, shops)
    inputs = {each.name: each.read(work) for each in BUYER_EVENT_DAY.inputs}
    rows = figures(BUYER_EVENT_DAY, inputs, work)
    work.clickhouse.replace_partition(BUYER_EVENT_DAY.name, _DAY.isoformat(), rows)


def _compare(fresh: Stores, arguments: argparse.Namespace) -> None:
    settings = Settings(_env_file=None, clickhouse_url=fresh.clickhouse_url)
    client = open_client(fresh.clickhouse_url)
    print(
        f"one day of {arguments.shoppers:,} shoppers of {arguments.shops} shops; "
        f"pieces of {pieces.ROWS:,} moments"
    )
    peaks: dict[str, list[float]] = {way: [] for way in _WAYS}
    there = 0
    for events in arguments.events:
        _fill(client, arguments, there, events)
        there = events
        _fold(settings, arguments.shops)
        results = {way: _measured(way, fresh, arguments.shops) for way in _WAYS}
        assert len({found["rows"] for found in results.values()}) == 1, "the rows differ"
        for way, found in results.items():
            peaks[way].append(float(found["mib"]))
            print(
                f"{events:>11,} events {way:10} {found['mib']:6,.0f} MiB {found['seconds']:6.2f} s"
            )
    client.close()
    times = arguments.events[-1] / arguments.events[0]
    for way, grown in peaks.items():
        print(f"{times:.0f} times the events, {way}: {grown[-1] / grown[0]:.2f} times the memory")


async def _with_stores(engines: Engines, arguments: argparse.Namespace) -> None:
    async with stores(engines) as fresh:
        await asyncio.to_thread(_compare, fresh, arguments)


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--events", default="1000000,5000000")
    options.add_argument("--shops", type=int, default=50)
    options.add_argument("--shoppers", type=int, default=20_000)
    options.add_argument("--child", choices=_WAYS, help=argparse.SUPPRESS)
    options.add_argument("--url", default="", help=argparse.SUPPRESS)
    arguments = options.parse_args()
    if arguments.child:
        _child(arguments.child, arguments.url, arguments.shops)
        return
    arguments.events = [int(size) for size in arguments.events.split(",")]
    quiet()
    with Engines.running() as engines:
        asyncio.run(_with_stores(engines, arguments))


if __name__ == "__main__":
    main()
