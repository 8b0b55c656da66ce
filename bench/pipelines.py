"""What the figures cost: a month of every table, again, and one day on a growing history.

    python -m bench.pipelines                                  # short: minutes
    python -m bench.pipelines --month 10000000 --days 30 --curve ""
    python -m bench.pipelines --month 0 --curve 1000000,10000000,50000000 --past 180 --day 300000
    python -m bench.pipelines --month 0 --curve "" --recompress 5000000

The month: each of its days of every table, as Dagster runs them, with the checks on their rows;
then the last days again, whose rows must hash the same. Memory is this process's, Dagster, Polars
and Pandera included, and the greatest of one ClickHouse query.

The curve: the last day has the same events each time, the days before it more and more. What
a day costs must not grow with it as the history does.

Recompression: bytes an event of a cold week, merged, by codec.
"""

import argparse
import asyncio
import contextlib
import resource
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import polars as pl
from clickhouse_connect.driver.client import Client

from bench.history import History, fill
from bench.running import parser, quiet, stores
from core import postgres
from core.clickhouse import open_client
from core.settings import Settings
from core.shop import shops
from core.shop.shops import ShopDraft
from pipelines.activity.tables import TABLES as ACTIVITY
from pipelines.catalogue import TABLES
from pipelines.clickhouse import ClickHouse
from pipelines.figures import Day, asset, figures
from pipelines.kpis.assets import shop_figures
from pipelines.kpis.materialise import materialise_day
from pipelines.postgres import Postgres
from pipelines.shops import read_shops, with_known
from pipelines.variants import FLAGGED
from tests.engines import Engines, Stores

_AGAIN_DAYS = 3
_PARTS = 20  # parts of a week, as the shipper and the merges leave it
_CODECS = {
    "as it is": None,
    "ZSTD(3)": "ZSTD(3)",
    "ZSTD(9)": "ZSTD(9)",
}


@contextlib.contextmanager
def opened(engines: Engines, count: int) -> Iterator[tuple[Settings, Client]]:
    """New stores with so many shops; no event loop runs meanwhile, because runs start their own."""
    with asyncio.Runner() as runner:
        kept = contextlib.AsyncExitStack()
        fresh = runner.run(kept.enter_async_context(stores(engines)))
        runner.run(_open_shops(fresh, count))
        settings = Settings(
            _env_file=None, database_url=fresh.database_url, clickhouse_url=fresh.clickhouse_url
        )
        client = open_client(fresh.clickhouse_url)
        try:
            yield settings, client
        finally:
            client.close()
            runner.run(kept.aclose())


async def _open_shops(fresh: Stores, count: int) -> None:
    connection = await postgres.connect(fresh.database_url)
    for number in range(count):
        await shops.create(connection, ShopDraft(name=f"Shop {number + 1}", timezone="UTC"))
    await connection.close()


def _run(settings: Settings, day: date, assets: Sequence[dg.AssetsDefinition]) -> float:
    """Seconds of a day's run; fails if it was refused."""
    began = time.perf_counter()
    outcome = materialise_day(settings, day, assets)
    assert outcome.succeeded, [check for check in outcome.checks if not check.passed]
    return time.perf_counter() - began


def _resident_mib() -> float:
    """The peak memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _query_mib(client: Client) -> float:
    """The peak memory of one of our queries in ClickHouse."""
    client.command("SYSTEM FLUSH LOGS")
    found = client.query(
        "SELECT max(memory_usage) FROM system.query_log WHERE type = 'QueryFinish' "
        "AND current_database = currentDatabase() AND query_kind = 'Select'"
    )
    return float(found.result_rows[0][0]) / 2**20


def _hashes(client: Client, day: date) -> dict[str, tuple[int, int]]:
    """Rows and their hash, of each table's day."""
    found = {}
    for table in TABLES:
        ((rows, digest),) = client.query(
            # As text: the hash of a row with a NULL would be NULL, and left out of the sum.
            f"SELECT count(), sum(cityHash64(formatRow('TSV', *))) FROM {table.name} "
            "WHERE day = {day:Date}",
            parameters={"day": day},
        ).result_rows
        found[table.name] = (int(rows), int(digest))
    return found


def _month(settings: Settings, client: Client, arguments: argparse.Namespace) -> None:
    last = datetime.now(UTC).date() - timedelta(days=1)
    history = History(last - timedelta(days=arguments.days - 1), arguments.days, arguments.shops)
    began = time.perf_counter()
    fill(client, history, arguments.month)
    ((events,),) = client.query("SELECT count() FROM events").result_rows
    print(
        f"{events:,} events of {arguments.shops} shops over {arguments.days} days "
        f"(made in {time.perf_counter() - began:.0f} s), {len(TABLES) + 2} tables"
    )
    everything = [shop_figures, *(asset(table) for table in TABLES)]
    days = [history.first + timedelta(days=number) for number in range(arguments.days)]
    began = time.perf_counter()
    taken = [_run(settings, day, everything) for day in days]
    print(
        f"the month: {time.perf_counter() - began:.0f} s, a day {min(taken):.1f} to "
        f"{max(taken):.1f} s; {events / sum(taken):,.0f} events a second"
    )
    print(
        f"peak memory: {_resident_mib():,.0f} MiB here, "
        f"{_query_mib(client):,.0f} MiB a query of ClickHouse"
    )
    _idempotent(settings, client, days[-_AGAIN_DAYS:], everything)


def _idempotent(
    settings: Settings, client: Client, days: Sequence[date], assets: Sequence[dg.AssetsDefinition]
) -> None:
    """Runs the last days twice more: the same rows each time."""
    at_first = _hashes(client, days[-1])
    seen = []
    for _ in range(2):
        for day in days:
            _run(settings, day, assets)
        seen.append({day: _hashes(client, day) for day in days})
    # More is known about days before the last than at first: their later steps.
    same = seen[0] == seen[1] and seen[0][days[-1]] == at_first
    rows = sum(count for tables in seen[0].values() for count, _ in tables.values())
    print(
        f"{len(days)} days again, and again: {rows:,} rows, hashes {'equal' if same else 'DIFFER'}"
    )
    if not same:
        _tell_differences(seen, days, at_first)
    assert same


def _tell_differences(
    seen: Sequence[dict[date, dict[str, tuple[int, int]]]],
    days: Sequence[date],
    at_first: dict[str, tuple[int, int]],
) -> None:
    for day in days:
        tables = [name for name, found in seen[0][day].items() if found != seen[1][day][name]]
        print(f"    {day}: {', '.join(tables) or 'equal'}")
    later = [name for name, found in at_first.items() if found != seen[0][days[-1]][name]]
    print(f"    {days[-1]}, since the first time: {', '.join(later) or 'equal'}")


def _fold(settings: Settings, day: date) -> None:
    """The folded day, on which the history is based, without Dagster."""
    clickhouse, postgres_ = ClickHouse(lambda: settings), Postgres(lambda: settings)
    known = with_known(read_shops(postgres_, day), datetime.now(UTC))
    work = Day(day, known, pl.DataFrame(schema=FLAGGED), clickhouse, postgres_)
    for table in ACTIVITY:
        inputs = {each.name: each.read(work) for each in table.inputs}
        clickhouse.replace_partition(table.name, day.isoformat(), figures(table, inputs, work))


def _curve(settings: Settings, client: Client, arguments: argparse.Namespace) -> None:
    day = datetime.now(UTC).date() - timedelta(days=1)
    first = day - timedelta(days=arguments.past)
    past = History(first, arguments.past, arguments.shops, begin=1_000_000_000)
    fill(client, History(day, 1, arguments.shops), arguments.day)
    everything = [shop_figures, *(asset(table) for table in TABLES)]
    there = 0
    print(f"one day of {arguments.day:,} events, every table, on a history of")
    for size in arguments.curve:
        fill(client, replace(past, begin=past.begin + there), size - there)
        there = size
        began = time.perf_counter()
        for number in range(arguments.past):
            _fold(settings, first + timedelta(days=number))
        folded = time.perf_counter() - began
        taken = sorted(_run(settings, day, everything) for _ in range(3))
        print(
            f"{size:>12,} events {taken[1]:>8.2f} s (of 3: {taken[0]:.2f} to {taken[2]:.2f}); "
            f"peak memory {_resident_mib():,.0f} MiB; folding the history took {folded:.0f} s",
            flush=True,
        )


def _recompress(settings: Settings, client: Client, arguments: argparse.Namespace) -> None:
    del settings
    monday = date(2026, 3, 2)
    fill(client, History(monday, 7, arguments.shops, begin=5_000_000_000), arguments.recompress)
    columns = client.query("DESCRIBE events").result_rows
    plain = [row[0] for row in columns if row[2] != "ALIAS"]
    for name, codec in _CODECS.items():
        table = "recompressed"
        client.command(f"CREATE TABLE {table} AS events")
        if codec is not None:
            for column in plain:
                client.command(
                    f"ALTER TABLE {table} MODIFY COLUMN {column} {_typed(columns, column, codec)}"
                )
        began = time.perf_counter()
        client.command(f"SYSTEM STOP MERGES {table}")
        for piece in range(_PARTS):
            client.command(
                f"INSERT INTO {table} ({', '.join(plain)}) SELECT {', '.join(plain)} FROM events "
                f"WHERE toMonday(occurred_at) = '{monday}' AND intDiv(pos, 8) % {_PARTS} = {piece}"
            )
        client.command(f"SYSTEM START MERGES {table}")
        before = _bytes(client, table)
        client.command(f"OPTIMIZE TABLE {table} FINAL")
        print(
            f"{name:10} {before:>6.2f} bytes an event in {_PARTS} parts, "
            f"{_bytes(client, table):>6.2f} merged, {time.perf_counter() - began:.0f} s"
        )
        client.command(f"DROP TABLE {table}")


def _typed(columns: Sequence[Sequence[str]], column: str, codec: str) -> str:
    """The column with the last of its codecs, ZSTD(1), replaced."""
    (row,) = [row for row in columns if row[0] == column]
    return f"{row[1]} CODEC({row[5].replace('ZSTD(1)', codec)})"


def _bytes(client: Client, table: str) -> float:
    found = client.query(
        "SELECT sum(bytes_on_disk) / sum(rows) FROM system.parts WHERE active "
        "AND database = currentDatabase() AND table = {table:String}",
        parameters={"table": table},
    )
    return float(found.result_rows[0][0])


def _sizes(text: str) -> list[int]:
    return [int(size) for size in text.split(",") if size]


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--shops", type=int, default=500)
    options.add_argument("--month", type=int, default=300_000, help="events of the month; 0: skip")
    options.add_argument("--days", type=int, default=5, help="days of the month")
    options.add_argument("--curve", type=_sizes, default=[100_000, 1_000_000])
    options.add_argument("--day", type=int, default=100_000, help="events of the curve's day")
    options.add_argument("--past", type=int, default=30, help="days of the curve's history")
    options.add_argument("--recompress", type=int, default=0, help="events of a cold week")
    arguments = options.parse_args()
    quiet()
    with Engines.running() as engines:
        parts = {
            _month: arguments.month,
            _curve: arguments.curve,
            _recompress: arguments.recompress,
        }
        for part in [part for part, wanted in parts.items() if wanted]:
            with opened(engines, arguments.shops) as (settings, client):
                part(settings, client, arguments)


if __name__ == "__main__":
    main()
