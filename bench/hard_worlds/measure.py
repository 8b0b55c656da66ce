"""How the hourly fraud job does on hard worlds: three seeds, each in stores of its own.

    nice -n 10 python -m bench.hard_worlds.measure --seeds 11,12,13

Hours of a world are run in their order as Dagster does, by the job's name, each day's orders folded
before; nothing else is known of the job here. All hours of three weeks take long: `--every 11` runs
each eleventh, from `--from-day` on, and the two in which most people started. Whoever was there in
one of them counts, by the highest score and the hardest outcome; a kind of abuser is ranked against
the innocent alone.
"""

import argparse
import asyncio
import contextlib
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg

from bench.hard_worlds.generate import DAYS, generate
from bench.hard_worlds.loading import load_events, load_facts
from bench.hard_worlds.records import HOUR, World
from bench.hard_worlds.scoring import Caught, Judged, caught, harder, troubled
from bench.running import parser, quiet, stores
from core import postgres
from core.clickhouse import open_client
from core.settings import Settings
from pipelines.activity.tables import ORDER_DAY
from pipelines.definitions import defs
from pipelines.figures import asset
from pipelines.kpis.materialise import materialise_day
from tests.engines import Engines, Stores

_JOB = "fraud_hour"
_BUSIEST = 2


def _arguments() -> argparse.Namespace:
    asked = parser(__doc__)
    asked.add_argument("--seeds", default="11,12,13")
    asked.add_argument("--days", type=int, default=DAYS)
    asked.add_argument("--every", type=int, default=11, help="run only each so many hours")
    asked.add_argument("--from-day", type=int, default=7)
    return asked.parse_args()


@contextlib.contextmanager
def _opened(engines: Engines, world: World) -> Iterator[Stores]:
    """Stores that hold the world; no event loop runs meanwhile, because runs start their own."""
    with asyncio.Runner() as runner:
        opened = contextlib.AsyncExitStack()
        fresh = runner.run(opened.enter_async_context(stores(engines)))
        runner.run(_load(fresh, world))
        try:
            yield fresh
        finally:
            runner.run(opened.aclose())


async def _load(fresh: Stores, world: World) -> None:
    connection = await postgres.connect(fresh.database_url)
    async with connection.transaction():
        await load_facts(connection, world)
    await connection.close()
    client = open_client(fresh.clickhouse_url)
    load_events(client, world)
    client.close()


def _run_hours(fresh: Stores, hours: Sequence[datetime]) -> None:
    """As the code server does, whose settings are in the environment."""
    os.environ["VITRINA_DATABASE_URL"] = fresh.database_url
    os.environ["VITRINA_CLICKHOUSE_URL"] = fresh.clickhouse_url
    os.environ["VITRINA_CLICKHOUSE_PANEL_URL"] = fresh.clickhouse_panel_url
    job = defs().resolve_job_def(_JOB)
    with dg.DagsterInstance.ephemeral(settings={"telemetry": {"enabled": False}}) as instance:
        folded = hours[0].date() - timedelta(days=7)
        for hour in hours:
            print(f"  {hour:%Y-%m-%d %H:%M}", file=sys.stderr)
            while folded < hour.date():
                materialise_day(Settings(), folded, [asset(ORDER_DAY)])
                folded += timedelta(days=1)
            job.execute_in_process(
                partition_key=hour.strftime("%Y-%m-%d-%H:%M"),
                run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}},
                instance=instance,
            )


def _judged(fresh: Stores) -> Judged:
    client = open_client(fresh.clickhouse_url)
    rows = client.query(
        "SELECT buyer_no, abuse, outcome, max(score) FROM fraud_score "
        "GROUP BY buyer_no, abuse, outcome"
    ).result_rows
    client.close()
    scores: dict[tuple[int, str], float] = {}
    outcomes: dict[int, str] = {}
    for who, abuse, outcome, score in rows:
        scores[who, abuse] = max(score, scores.get((who, abuse), 0.0))
        outcomes[who] = harder(outcome, outcomes.get(who, "allow"))
    return Judged(scores, outcomes)


def _hours(world: World, given: argparse.Namespace) -> list[int]:
    """Numbers of the hours to run."""
    starts = Counter(int(each.came_at // HOUR) for each in world.people if each.came_at >= 0)
    busiest = {hour for hour, _ in starts.most_common(_BUSIEST)}
    return sorted(busiest.union(range(24 * given.from_day, 24 * world.days, given.every)))


def _present(world: World, hours: Sequence[int]) -> dict[int, str]:
    """The kinds of those who were there in one of the hours."""
    run = set(hours)
    return {
        each.buyer_no: each.kind
        for each in world.people
        if any(int(deed.at // HOUR) in run for deed in each.deeds)
    }


def _measure(
    engines: Engines, seed: int, given: argparse.Namespace
) -> tuple[dict[str, Caught], dict[str, tuple[int, float, float, float]]]:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    world = generate(seed, ends=midnight, days=given.days)
    with _opened(engines, world) as fresh:
        began = time.perf_counter()
        hours = _hours(world, given)
        _run_hours(fresh, [world.begins + timedelta(hours=number) for number in hours])
        taken = time.perf_counter() - began
        judged = _judged(fresh)
    kinds = _present(world, hours)
    print(
        f"seed {seed}: {sum(len(each.deeds) for each in world.people):,} events of "
        f"{len(world.people):,} people, {len(kinds):,} of them in the {len(hours)} hours, which "
        f"took {taken:.0f} s: {Counter(kinds.values())}",
        flush=True,
    )
    for kind, each in caught(kinds, judged).items():
        print(f"  {kind:16}{each}", flush=True)
    for kind, shares in troubled(kinds, judged).items():
        print(f"  {kind:16}{shares}", flush=True)
    return caught(kinds, judged), troubled(kinds, judged)


def _spread(values: Sequence[float], form: str) -> str:
    """The mean, and the lowest and highest."""
    mean, low, high = statistics.fmean(values), min(values), max(values)
    return f"{mean:{form}} ({low:{form}} to {high:{form}})"


def main() -> None:
    """Prints both tables."""
    given = _arguments()
    quiet()
    with Engines.running() as engines:
        found = [_measure(engines, int(seed), given) for seed in given.seeds.split(",")]
    print("| hidden | average precision | recall at FPR 1 % | by any type | review | block |")
    print("|---|---|---|---|---|---|")
    for kind in found[0][0]:
        each = [hidden[kind] for hidden, _ in found]
        cells = (
            _spread([one.average_precision for one in each], ".2f"),
            _spread([one.recall for one in each], ".2f"),
            _spread([one.by_any for one in each], ".2f"),
            _spread([one.reviewed for one in each], ".1%"),
            _spread([one.blocked for one in each], ".1%"),
        )
        print(f"| {kind} | {' | '.join(cells)} |")
    print("| innocent | people | review | hold | block |")
    print("|---|---|---|---|---|")
    for kind in found[0][1]:
        shares = [innocent[kind] for _, innocent in found]
        trouble = [_spread([one[place] for one in shares], ".1%") for place in (1, 2, 3)]
        people = "/".join(str(one[0]) for one in shares)
        print(f"| {kind} | {people} | {' | '.join(trouble)} |")


if __name__ == "__main__":
    main()
