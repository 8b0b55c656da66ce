"""`vitrina fraud score` over a million transactions, side by side with pandas.

    python -m bench.fraud_score [--rows 1000000] [--entities 50000]

Each way is a process of its own that reads the .csv, works and writes one. "ours" is the command:
seven rules, score and reasons. "pandas" does but two of the counts (transactions of ten minutes and
of a day by entity, rolling), as an analyst would write them. Time is the wall clock's, memory the
peak of the whole process.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

_PANDAS = """
import sys
import pandas as pd
rows = pd.read_csv(sys.argv[1], dtype={"card": str, "shop": str})
rows["at"] = pd.to_datetime(rows["at"], unit="s")
rows = rows.sort_values(["card", "at"]).set_index("at")
ones = rows.assign(one=1).groupby("card")["one"]
for name, period in (("burst", "10min"), ("velocity", "1D")):
    rows[name] = ones.rolling(period).sum().to_numpy()
rows.to_csv(sys.argv[2])
"""


def _write(file: Path, rows: int, entities: int) -> None:
    chance = np.random.default_rng(1)
    frame = {
        "card": chance.integers(0, entities, rows),
        "at": chance.integers(1_790_000_000, 1_792_592_000, rows),  # thirty days
        "sum": np.round(chance.lognormal(3, 1, rows), 2),
        "shop": chance.integers(0, 2000, rows),
    }
    pl.DataFrame(frame).write_csv(file)


def _measured(command: list[str]) -> tuple[float, float, float]:
    """Elapsed seconds, processor seconds, peak memory in MiB."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - began, cpu, after.ru_maxrss / 1024


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.fraud_score")
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--entities", type=int, default=50_000)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder) / "in.csv", Path(folder) / "out.csv"
        _write(source, chosen.rows, chosen.entities)
        ours = [sys.executable, "-m", "cli", "fraud", "score", "--input", str(source)]
        ours += ["--map", "entity=card,time=at,amount=sum,counterparty=shop"]
        # The peak of child processes is the largest so far, so the smaller one runs first.
        peer = _measured([sys.executable, "-c", _PANDAS, str(source), str(output)])
        own = _measured([*ours, "--output", str(output)])
    for name, (wall, cpu, peak) in (("pandas, 2 counts", peer), ("ours, 7 rules", own)):
        print(f"{name:18} {wall:7.1f} s {cpu:7.1f} s CPU {peak:8.0f} MiB at most")
    print(f"ratio of time {own[0] / peer[0]:.2f}, of CPU {own[1] / peer[1]:.2f}")


if __name__ == "__main__":
    main()
