"""How the hourly fraud job does on hard worlds: three seeds, each in stores of its own.

    nice -n 10 python -m bench.hard_worlds.measure --seeds 11,12,13 --at-once 2

Every hour of a world is scored, in their order, by what the job reads and computes; nothing else is
known of the job here. Everybody counts, by the highest score and the hardest outcome of all hours,
because that is what a verdict is; a kind of abuser is ranked against the innocent alone.
"""

import argparse
import asyncio
import contextlib
import dataclasses
import itertools
import statistics
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context

import polars as pl
from pydantic import SecretStr

from bench.hard_worlds.generate import DAYS, generate
from bench.hard_worlds.loading import load_events, load_facts
from bench.hard_worlds.records import World
from bench.hard_worlds.scoring import Caught, Judged, caught, harder, troubled
from bench.running import parser, quiet, stores
from core import postgres
from core.clickhouse import open_client
from core.settings import Settings
from pipelines.activity.tables import ORDER_DAY
from pipelines.clickhouse import ClickHouse
from pipelines.figures import asset
from pipelines.fraud.choices import Choices, read_choices
from pipelines.fraud.hourly import tables
from pipelines.fraud.links import SUSPECTED, suspected
from pipelines.fraud.newcomers import BASELINE_HOURS, described, source_hours
from pipelines.fraud.sources import Hour, read_hour
from pipelines.kpis.materialise import materialise_day
from pipelines.postgres import Postgres
from tests.engines import Engines, Stores

_AT_ONCE = 8  # hours that are read together: most of their time is waiting
_JUDGED = ("buyer_no", "abuse", "outcome", "score")


def _arguments() -> argparse.Namespace:
    asked = parser(__doc__)
    asked.add_argument("--seeds", default="11,12,13")
    asked.add_argument("--days", type=int, default=DAYS)
    asked.add_argument("--at-once", type=int, default=1, help="seeds, each with its own engines")
    return asked.parse_args()


@contextlib.contextmanager
def opened(engines: Engines, world: World) -> Iterator[Stores]:
    """Stores that hold the world; no event loop runs meanwhile, because runs start their own."""
    with asyncio.Runner() as runner:
        kept = contextlib.AsyncExitStack()
        fresh = runner.run(kept.enter_async_context(stores(engines)))
        runner.run(_load(fresh, world))
        try:
            yield fresh
        finally:
            runner.run(kept.aclose())


async def _load(fresh: Stores, world: World) -> None:
    connection = await postgres.connect(fresh.database_url)
    async with connection.transaction():
        await load_facts(connection, world)
    await connection.close()
    client = open_client(fresh.clickhouse_url)
    load_events(client, world)
    client.close()


def read_hours(fresh: Stores, hours: Sequence[datetime]) -> Iterator[tuple[Hour, Choices]]:
    """What the hourly job reads of each hour.

    Every day's orders are folded first: an hour is read as of its end, so that what is paid later
    is not seen. The hours of a day are read together; what only an earlier hour's results tell, the
    newcomers of links in the week before, is computed here in their order.
    """
    settings = Settings(
        database_url=SecretStr(fresh.database_url), clickhouse_url=SecretStr(fresh.clickhouse_url)
    )
    clickhouse, postgres_ = ClickHouse(lambda: settings), Postgres(lambda: settings)
    choices = postgres_.run(read_choices)
    past: deque[pl.DataFrame] = deque(maxlen=BASELINE_HOURS)
    _fold(settings, hours)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for _, of_day in itertools.groupby(hours, key=datetime.date):
            for hour in pool.map(lambda each: read_hour(clickhouse, postgres_, each), of_day):
                history = pl.concat([hour.history, *past])
                read = dataclasses.replace(hour, history=history)
                people = described(read.newcomers, read.moments, read.known_id)
                links = source_hours(people, history, read.begin)
                past.append(links.select(history.columns).cast(hour.history.schema))
                yield read, choices


def _fold(settings: Settings, hours: Sequence[datetime]) -> None:
    """The orders of their days."""
    for day in sorted({hour.date() for hour in hours}):
        if not materialise_day(settings, day, [asset(ORDER_DAY)]).succeeded:
            raise AssertionError(f"the orders of {day} were refused")


def _judged(hours: Iterator[tuple[Hour, Choices]]) -> Judged:
    """By everybody's worst hour. What spreads between people is what the hours before suspected."""
    scores: dict[tuple[int, str], float] = {}
    outcomes: dict[int, str] = {}
    known = pl.DataFrame(schema=SUSPECTED)
    for hour, choices in hours:
        rows = tables(dataclasses.replace(hour, suspected=known), choices)
        for who, abuse, outcome, score in rows["fraud_score"].select(_JUDGED).iter_rows():
            scores[who, abuse] = max(score, scores.get((who, abuse), 0.0))
            outcomes[who] = harder(outcome, outcomes.get(who, "allow"))
        known = pl.concat([known, suspected(rows["fraud_signal"])])
        known = known.group_by("shop_id", "buyer_no", "abuse").agg(pl.col("suspicion").max())
    return Judged(scores, outcomes)


def _measure(
    seed: int, days: int
) -> tuple[dict[str, Caught], dict[str, tuple[int, float, float, float]]]:
    quiet()
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    world = generate(seed, ends=midnight, days=days)
    hours = [world.begins + timedelta(hours=number) for number in range(24 * world.days)]
    with Engines.running() as engines, opened(engines, world) as fresh:
        began = time.perf_counter()
        judged = _judged(read_hours(fresh, hours))
        taken = time.perf_counter() - began
    kinds = {each.buyer_no: each.kind for each in world.people}
    found, troubles = caught(kinds, judged), troubled(kinds, judged)
    rows = [f"  {kind:16}{each}" for kind, each in [*found.items(), *troubles.items()]]
    print(
        f"seed {seed}: {sum(len(each.deeds) for each in world.people):,} events of "
        f"{len(kinds):,} people, {len(hours)} hours in {taken:.0f} s: "
        f"{Counter(kinds.values())}",
        *rows,
        sep="\n",
        flush=True,
    )
    return found, troubles


def _spread(values: Sequence[float], form: str) -> str:
    """The mean, and the lowest and highest."""
    mean, low, high = statistics.fmean(values), min(values), max(values)
    return f"{mean:{form}} ({low:{form}} to {high:{form}})"


def main() -> None:
    """Prints both tables."""
    given = _arguments()
    seeds = [int(seed) for seed in given.seeds.split(",")]
    with ProcessPoolExecutor(given.at_once, mp_context=get_context("spawn")) as pool:
        found = list(pool.map(partial(_measure, days=given.days), seeds))
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
