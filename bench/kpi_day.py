"""The KPI day side by side: our Polars, the same in pandas, one ClickHouse query.

    python -m bench.kpi_day [--events 1000000] [--shops 500] [--rounds 5]

A day of every shop (UTC): new users, starts, active, buyers, orders, units, payments and
money. Each way is a process of its own that opens its client, reads the day and ends
with a frame of a row a shop; all of them must give the same numbers. "ours" folds the events in
ClickHouse and computes from the folded rows, as the pipelines do; "Polars" and "pandas" bring the
events themselves. Time is the median round after a first one; memory is the process's peak above
what its imports take; ClickHouse's own is the greatest of a query.
"""

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import polars as pl
from clickhouse_connect.driver.client import Client

from bench.history import History, fill
from bench.running import parser, quiet, stores
from core.clickhouse import open_client
from core.events import ACTIVITY
from core.settings import Settings
from pipelines.clickhouse import ClickHouse
from pipelines.kpis import sources
from pipelines.kpis.shop_day import EVENTS, MERE_ACTIVITY, shop_kpi_day
from pipelines.shops import day_windows
from tests.engines import Engines, Stores

_DAY = date(2026, 3, 10)
_FIGURES = (
    "new_users starts active_users buyers paid_orders units payments_succeeded payments_failed "
    "gross_sales_minor discounts_minor returns_minor net_sales_minor"
).split()
_READ = tuple(sorted(EVENTS | MERE_ACTIVITY))
_IN_DAY = """
occurred_at >= toDateTime64({day:Date}, 3, 'UTC')
    AND occurred_at < toDateTime64({day:Date} + 1, 3, 'UTC') AND NOT is_staff AND NOT is_test
"""
_EVENTS = f"""
SELECT shop_id, buyer_no, toString(event) AS event, amount_minor, toInt64(quantity) AS quantity,
    JSONExtractBool(props, 'is_first') AS is_first,
    JSONExtractInt(props, 'discount_minor') AS discount_minor
FROM events WHERE {_IN_DAY} AND event IN {_READ}
"""
_QUERY = f"""
SELECT shop_id,
    uniqExactIf(buyer_no, event = 'bot_started' AND JSONExtractBool(props, 'is_first'))
        AS new_users,
    countIf(event = 'bot_started') AS starts,
    uniqExactIf(buyer_no, event IN {tuple(sorted(ACTIVITY))} AND buyer_no > 0) AS active_users,
    uniqExactIf(buyer_no, event = 'order_paid' AND buyer_no > 0) AS buyers,
    countIf(event = 'order_paid') AS paid_orders,
    sumIf(toInt64(quantity), event = 'order_paid') AS units,
    countIf(event = 'payment_succeeded') AS payments_succeeded,
    countIf(event = 'payment_failed') AS payments_failed,
    sumIf(amount_minor, event = 'order_line') AS gross_sales_minor,
    sumIf(JSONExtractInt(props, 'discount_minor'), event = 'order_paid') AS discounts_minor,
    sumIf(amount_minor, event = 'refund_completed') AS returns_minor,
    gross_sales_minor - discounts_minor - returns_minor AS net_sales_minor
FROM events WHERE {_IN_DAY} AND event IN {_READ}
GROUP BY shop_id ORDER BY shop_id
"""


def _ours(settings: Settings, shops: int) -> pl.DataFrame:
    known = pl.DataFrame(
        {"shop_id": range(1, shops + 1), "timezone": "UTC", "currency": "XTR"},
        schema_overrides={"shop_id": pl.UInt32},
    )
    windows = day_windows(known, _DAY)
    activity = sources.read_activity(ClickHouse(lambda: settings), windows)
    figures = shop_kpi_day(windows.lazy(), activity.lazy(), _DAY).collect()
    return figures.filter(pl.col("active_users") + pl.col("payments_failed") > 0)


def _polars(settings: Settings, _shops: int) -> pl.DataFrame:
    events = ClickHouse(lambda: settings).read(_EVENTS, {"day": _DAY})

    def users(*names: str) -> pl.Expr:
        return pl.col("buyer_no").filter(pl.col("event").is_in(names), pl.col("buyer_no") > 0)

    def total(column: str, name: str) -> pl.Expr:
        return pl.col(column).filter(pl.col("event") == name).sum()

    def times(name: str) -> pl.Expr:
        return (pl.col("event") == name).sum()

    return (
        events.lazy()
        .group_by("shop_id")
        .agg(
            new_users=pl.col("buyer_no")
            .filter(pl.col("event") == "bot_started", pl.col("is_first"))
            .n_unique(),
            starts=times("bot_started"),
            active_users=users(*ACTIVITY).n_unique(),
            buyers=users("order_paid").n_unique(),
            paid_orders=times("order_paid"),
            units=total("quantity", "order_paid"),
            payments_succeeded=times("payment_succeeded"),
            payments_failed=times("payment_failed"),
            gross_sales_minor=total("amount_minor", "order_line"),
            discounts_minor=total("discount_minor", "order_paid"),
            returns_minor=total("amount_minor", "refund_completed"),
        )
        .with_columns(
            net_sales_minor=pl.col("gross_sales_minor")
            - pl.col("discounts_minor")
            - pl.col("returns_minor")
        )
        .sort("shop_id")
        .collect()
    )


def _pandas(settings: Settings, _shops: int) -> pl.DataFrame:
    client = open_client(settings.clickhouse_url.get_secret_value())
    events = client.query_df(_EVENTS, parameters={"day": _DAY})
    client.close()
    event = events["event"]

    def users(chosen: "pd.Series[bool]") -> "pd.Series[int]":
        return events[chosen].groupby("shop_id")["buyer_no"].nunique()

    def total(column: str, name: str) -> "pd.Series[int]":
        return events[event == name].groupby("shop_id")[column].sum()

    def times(name: str) -> "pd.Series[int]":
        return events[event == name].groupby("shop_id").size()

    figures = pd.DataFrame(
        {
            "new_users": users((event == "bot_started") & (events["is_first"] > 0)),
            "starts": times("bot_started"),
            "active_users": users(event.isin(ACTIVITY) & (events["buyer_no"] > 0)),
            "buyers": users((event == "order_paid") & (events["buyer_no"] > 0)),
            "paid_orders": times("order_paid"),
            "units": total("quantity", "order_paid"),
            "payments_succeeded": times("payment_succeeded"),
            "payments_failed": times("payment_failed"),
            "gross_sales_minor": total("amount_minor", "order_line"),
            "discounts_minor": total("discount_minor", "order_paid"),
            "returns_minor": total("amount_minor", "refund_completed"),
        },
        index=pd.Index(sorted(events["shop_id"].unique()), name="shop_id"),
    ).fillna(0)
    money = figures["gross_sales_minor"] - figures["discounts_minor"] - figures["returns_minor"]
    figures["net_sales_minor"] = money
    rows = figures.astype("int64").reset_index()
    return pl.DataFrame({str(name): rows[name].to_numpy() for name in rows.columns})


def _clickhouse(settings: Settings, _shops: int) -> pl.DataFrame:
    return ClickHouse(lambda: settings).read(_QUERY, {"day": _DAY})


_WAYS: Mapping[str, Callable[[Settings, int], pl.DataFrame]] = {
    "ours": _ours,
    "Polars": _polars,
    "pandas": _pandas,
    "ClickHouse": _clickhouse,
}


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _measure(way: str, url: str, shops: int, rounds: int) -> None:
    """In the child: prints what it took, and a hash of the figures."""
    settings = Settings(_env_file=None, clickhouse_url=url)
    imports = _peak_mib()
    taken, cpu = [], []
    for _ in range(rounds + 1):
        began, busy = time.perf_counter(), time.process_time()
        figures = _WAYS[way](settings, shops)
        taken.append(time.perf_counter() - began)
        cpu.append(time.process_time() - busy)
    rows = figures.select("shop_id", *_FIGURES).cast(pl.Int64).sort("shop_id")
    print(
        json.dumps(
            {
                "seconds": statistics.median(taken[1:]),
                "cpu": statistics.median(cpu[1:]),
                "mib": _peak_mib() - imports,
                "rows": rows.rows(),
            }
        )
    )


def _child(way: str, url: str, arguments: argparse.Namespace) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.kpi_day", "--way", way]
    command += ["--shops", str(arguments.shops), "--rounds", str(arguments.rounds)]
    done = subprocess.run(
        command, env=os.environ | {"BENCH_URL": url}, check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _query_mib(client: Client, since: datetime) -> float:
    client.command("SYSTEM FLUSH LOGS")
    found = client.query(
        "SELECT max(memory_usage) FROM system.query_log WHERE type = 'QueryFinish' "
        "AND query_kind = 'Select' AND event_time >= {since:DateTime} "
        "AND current_database = currentDatabase()",
        parameters={"since": since},
    )
    return float(found.result_rows[0][0]) / 2**20


def _compare(fresh: Stores, arguments: argparse.Namespace) -> None:
    client = open_client(fresh.clickhouse_url)
    fill(client, History(_DAY, 1, arguments.shops), arguments.events)
    client.command("OPTIMIZE TABLE events FINAL")
    ((events,),) = client.query("SELECT count() FROM events").result_rows
    print(f"a day of {events:,} events of {arguments.shops} shops; of {arguments.rounds} rounds")
    results: dict[str, dict[str, Any]] = {}
    for way in _WAYS:
        since = datetime.now(UTC)
        results[way] = _child(way, fresh.clickhouse_url, arguments)
        results[way]["query_mib"] = _query_mib(client, since)
    ours = results["ours"]
    assert all(found["rows"] == ours["rows"] for found in results.values()), "figures differ"
    print(f"{len(ours['rows'])} shops, the same figures four times; in brackets: of ours")
    for way, found in results.items():
        print(
            f"{way:11} {found['seconds'] * 1000:>8.0f} ms "
            f"({found['seconds'] / ours['seconds']:.2f}×)"
            f"  CPU here {found['cpu'] * 1000:>7.0f} ms"
            f"  memory here {found['mib']:>6.0f} MiB ({found['mib'] / max(ours['mib'], 1):.2f}×)"
            f"  a query of ClickHouse {found['query_mib']:>5.0f} MiB"
        )
    client.close()


async def _with_stores(engines: Engines, arguments: argparse.Namespace) -> None:
    async with stores(engines) as fresh:
        _compare(fresh, arguments)


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--events", type=int, default=500_000)
    options.add_argument("--shops", type=int, default=500)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--way", choices=list(_WAYS), help=argparse.SUPPRESS)
    arguments = options.parse_args()
    quiet()
    if arguments.way:
        _measure(arguments.way, os.environ["BENCH_URL"], arguments.shops, arguments.rounds)
        return
    with Engines.running() as engines:
        asyncio.run(_with_stores(engines, arguments))


if __name__ == "__main__":
    main()
