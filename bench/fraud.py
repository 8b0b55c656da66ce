"""What fraud scores cost: a million transactions, and an hour of five hundred shops.

    python -m bench.fraud [--rows 1000000] [--entities 50000] [--events 0]
    python -m bench.fraud --rows 0 --events 10000000 --shops 500 [--hours 3]

Transactions: the command `fraud score` reads a .csv, scores it by rules or by models of late labels
and writes one. Beside it scikit-learn alone, in the same run: one fit of the command's own trees on
as many rows as it learns from at most, and one prediction for all rows, of as many columns as it
has. Each is a process of its own; memory is the peak of the process.

Hours: the job `fraud_hour` by its name, of hours of the last day of thirty with so many events in
all (`bench.history`), verdicts and models included. Time is that of the whole run; the processor's
is this process's and that of its queries in ClickHouse.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import numpy as np
import polars as pl
from clickhouse_connect.driver.client import Client

from bench.history import History, fill
from bench.pipelines import opened
from bench.running import parser, quiet
from core.settings import Settings
from pipelines.definitions import defs
from pipelines.fraud.assets import JOB_NAME
from pipelines.fraud.transaction_features import NAMES
from tests.engines import Engines

_BEGIN = 1_790_000_000
_DAYS = 30
_FRAUDS = 0.01
_BUSY_HOUR = 18
_PEER = f"""
import sys
import time
import numpy as np
from pipelines.fraud import gradient, late_labels
chance = np.random.default_rng(1)
rows = int(sys.argv[1])
table = chance.standard_normal((rows, {len(NAMES)}), dtype=np.float32)
truth = (table[:, 0] + chance.standard_normal(rows) > 3.3).astype(float)
most = late_labels.MOST_ROWS
began, before = time.perf_counter(), time.process_time()
grown = gradient.grown(table[:most], truth[:most])
grown.predict_proba(table)
print(time.perf_counter() - began, time.process_time() - before)
"""


def _arguments() -> argparse.Namespace:
    asked = parser(__doc__)
    asked.add_argument("--rows", type=int, default=1_000_000, help="transactions; 0 for none")
    asked.add_argument("--entities", type=int, default=50_000)
    asked.add_argument("--events", type=int, default=0, help="of all shops, over thirty days")
    asked.add_argument("--shops", type=int, default=500)
    asked.add_argument("--hours", type=int, default=3)
    return asked.parse_args()


def _write(file: Path, rows: int, entities: int) -> None:
    chance = np.random.default_rng(1)
    shop = chance.integers(0, 2000, rows)
    frame = {
        "card": chance.integers(0, entities, rows),
        "at": chance.integers(_BEGIN, _BEGIN + _DAYS * 86_400, rows),
        "sum": np.round(chance.lognormal(3, 1, rows), 2),
        "shop": shop,
        # A few shops have most of the frauds, so that there is something to learn.
        "fraud": (chance.random(rows) < np.where(shop < 40, 20, 0.6) * _FRAUDS).astype(int),
    }
    pl.DataFrame(frame).write_csv(file)


def _measured(command: list[str]) -> tuple[float, float, float, str]:
    """Elapsed seconds, processor seconds, peak memory in MiB, and what it printed."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - began, cpu, after.ru_maxrss / 1024, done.stdout


def _transactions(rows: int, entities: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder) / "in.csv", Path(folder) / "out.csv"
        _write(source, rows, entities)
        ours = [sys.executable, "-m", "cli", "fraud", "score", "--input", str(source)]
        ours += ["--map", "entity=card,time=at,amount=sum,counterparty=shop"]
        ours += ["--output", str(output)]
        labels = ["--labels", "fraud", "--label-delay", "7d"]
        # The peak of child processes is the largest so far, so the smallest runs first.
        *_, printed = _measured([sys.executable, "-c", _PEER, str(rows)])
        wall, cpu = (float(each) for each in printed.split())
        print(f"{'scikit-learn alone':20} {wall:7.1f} s {cpu:7.1f} s of processor time")
        for name, more in (("rules", []), ("late labels", labels)):
            own = _measured([*ours, *more])
            print(
                f"{name:20} {own[0]:7.1f} s {own[1]:7.1f} s of processor time, "
                f"{own[2]:6.0f} MiB at most; ratio of time {own[0] / wall:.2f}, "
                f"of processor time {own[1] / cpu:.2f}",
                flush=True,
            )


def _clickhouse_cost(client: Client, since: datetime) -> str:
    """Of this database's queries that began since then: their processor seconds, how many they
    are, and the MiB of the largest."""
    client.command("SYSTEM FLUSH LOGS")
    found = client.query(
        "SELECT count(), "
        "sum(ProfileEvents['UserTimeMicroseconds'] + ProfileEvents['SystemTimeMicroseconds']) "
        "/ 1e6, max(memory_usage) / 1048576 FROM system.query_log "
        "WHERE type = 'QueryFinish' AND current_database = currentDatabase() "
        "AND query_start_time_microseconds >= {since:DateTime64(6, 'UTC')}",
        {"since": since},
    )
    queries, seconds, memory = found.result_rows[0]
    return f"{seconds:5.1f} s in {queries} queries of ClickHouse, the largest {memory:.0f} MiB"


def _hours(settings: Settings, client: Client, given: argparse.Namespace) -> None:
    last = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    fill(
        client, History((last - timedelta(days=_DAYS - 1)).date(), _DAYS, given.shops), given.events
    )
    # As the code server does, whose settings are in the environment.
    os.environ["VITRINA_DATABASE_URL"] = settings.database_url.get_secret_value()
    os.environ["VITRINA_CLICKHOUSE_URL"] = settings.clickhouse_url.get_secret_value()
    job = defs().resolve_job_def(JOB_NAME)
    with dg.DagsterInstance.ephemeral(settings={"telemetry": {"enabled": False}}) as instance:
        for number in range(given.hours):
            hour = last + timedelta(hours=_BUSY_HOUR + number)
            since, before, began = datetime.now(UTC), time.process_time(), time.perf_counter()
            job.execute_in_process(
                partition_key=hour.strftime("%Y-%m-%d-%H:%M"),
                run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}},
                instance=instance,
            )
            taken, worked = time.perf_counter() - began, time.process_time() - before
            asked = _clickhouse_cost(client, since)
            print(
                f"hour {hour:%H}: {taken:6.1f} s; {worked:5.1f} s of processor time here, "
                f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB at most; "
                f"{asked}",
                flush=True,
            )


def main() -> None:
    """Prints a line for each way, and for each hour."""
    given = _arguments()
    quiet()
    if given.rows:
        _transactions(given.rows, given.entities)
    if given.events:
        with Engines.running() as engines, opened(engines, given.shops) as (settings, client):
            _hours(settings, client, given)


if __name__ == "__main__":
    main()
