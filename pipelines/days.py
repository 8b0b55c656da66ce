"""Several days of figures in one step of one run.

A run is a process that imports everything, and a step writes some forty rows of log: for a small
shop a hundred times the cost of the figures themselves. So all days of a tick are one run. Dagster
still shows a materialisation and its checks for each table and day.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from graphlib import TopologicalSorter
from logging import Logger
from typing import TypeAlias

import dagster as dg
import polars as pl

from pipelines.catalogue import TABLES
from pipelines.clickhouse import ClickHouse
from pipelines.figures import Computed, Table, compute_day
from pipelines.kpis import assets, checks
from pipelines.postgres import Postgres
from pipelines.reopening import FOLDS
from pipelines.resources import POOL
from pipelines.standing import AGREEMENTS, result

JOB_NAME = "figures"
OP_NAME = "compute_days"
DAYS_TAG = "vitrina/days"

Compute: TypeAlias = Callable[[date, ClickHouse, Postgres], Mapping[str, Computed]]
Event: TypeAlias = dg.AssetMaterialization | dg.AssetCheckEvaluation


@dataclass(frozen=True, slots=True)
class Work:
    """What is computed together: the tables that it produces, and those that it reads."""

    tables: tuple[str, ...]
    reads: frozenset[str]
    compute: Compute


def _only(table: Table) -> Compute:
    def compute(day: date, clickhouse: ClickHouse, postgres: Postgres) -> Mapping[str, Computed]:
        return {table.name: compute_day(table, day, clickhouse, postgres)}

    return compute


def _all_work() -> list[Work]:
    """All work of a day, each after the tables that it reads."""
    shop_day = Work(tuple(kept.name for kept in assets.KEPT), frozenset(), assets.compute_shop_day)
    named = {
        table.name: Work(
            (table.name,),
            frozenset(read.asset for read in table.reads) - {table.name},
            _only(table),
        )
        for table in TABLES
    }
    graph = {name: sorted(work.reads & named.keys()) for name, work in named.items()}
    return [shop_day, *(named[name] for name in TopologicalSorter(graph).static_order())]


def evaluation(
    found: dg.AssetCheckResult, day: date, name: str = "", asset: str = ""
) -> dg.AssetCheckEvaluation:
    """The check's result as Dagster stores it; `name` and `asset` are for results that do not name
    them."""
    key = found.asset_key if found.asset_key is not None else dg.AssetKey(asset)
    return dg.AssetCheckEvaluation(
        asset_key=key,
        check_name=found.check_name or name,
        passed=found.passed,
        severity=found.severity,
        description=found.description,
        metadata=found.metadata,
        partition=day.isoformat(),
    )


def without_run(event: Event) -> Event:
    """The event as a sensor reports it: without partition.

    For a partition, Dagster's storage accepts one evaluation of a check made outside of a run and
    refuses every later one.
    """
    if not isinstance(event, dg.AssetCheckEvaluation):
        return event
    return dg.AssetCheckEvaluation(
        asset_key=event.asset_key,
        check_name=event.check_name,
        passed=event.passed,
        severity=event.severity,
        description=event.description,
        metadata={**event.metadata, "day": dg.MetadataValue.text(str(event.partition))},
    )


def swap_in(
    clickhouse: ClickHouse, table: str, rows: pl.DataFrame, day: date
) -> dg.AssetMaterialization:
    """Replaces everything that the table has of the day by the rows."""
    label = day.isoformat()
    clickhouse.replace_partition(table, label, rows)
    return dg.AssetMaterialization(
        table, partition=label, metadata={"dagster/row_count": rows.height}
    )


@dataclass(slots=True)
class Computing:
    """A run's stores and log, and the tables that were refused, by day."""

    clickhouse: ClickHouse
    postgres: Postgres
    log: Logger
    refused: dict[date, set[str]] = field(default_factory=dict)

    def compute(
        self, days: Mapping[date, Collection[str]], *, with_checks: bool = True
    ) -> Iterator[Event]:
        """Computes and swaps in the tables of each day; all tables for a day without a list.

        All days are folded before any is read, the oldest first. A table that is refused by its
        checks keeps its former rows, and so do the tables that read it for that day; the others are
        computed.
        """
        work = _all_work()
        is_fold = [bool({*each.tables} & {*FOLDS, *work[0].tables}) for each in work]
        for chosen in (True, False):
            for day in sorted(days):
                for each in (w for w, fold in zip(work, is_fold, strict=True) if fold is chosen):
                    if not days[day] or {*each.tables} & {*days[day]}:
                        yield from self._compute_one(each, day)
        for day in sorted(days) if with_checks else ():
            yield from self._check(day, days[day])

    def tell_refused(self) -> None:
        """Raises Dagster's Failure if anything was refused."""
        if named := {str(day): sorted(self.refused[day]) for day in sorted(self.refused)}:
            # The same rows would be refused again, so there is nothing to retry.
            raise dg.Failure(
                f"refused, their figures stay as they were (see the checks): {named}",
                allow_retries=False,
            )

    def _compute_one(self, work: Work, day: date) -> Iterator[Event]:
        if work.reads & self.refused.get(day, set()):
            self.log.warning(
                "%s of %s: not computed, because a table that it reads was refused",
                work.tables,
                day,
            )
            self.refused[day].update(work.tables)
            return
        computed = work.compute(day, self.clickhouse, self.postgres)
        for each in computed.values():
            for found in each.checks:
                yield evaluation(found, day)
        if any(each.is_refused for each in computed.values()):
            self.log.error("%s of %s: refused by its checks", ", ".join(work.tables), day)
            self.refused.setdefault(day, set()).update(work.tables)
            return
        for name, each in computed.items():
            if each.rows is not None:
                yield swap_in(self.clickhouse, name, each.rows, day)

    def _check(self, day: date, tables: Collection[str]) -> Iterator[Event]:
        if not tables or "shop_money_day" in tables:
            found = checks.paid_totals(day, self.clickhouse, self.postgres)
            yield evaluation(found, day, "paid_totals_agree", "shop_money_day")
        for agreement in AGREEMENTS:
            if not tables or agreement.asset in tables:
                found = result(agreement, day, self.clickhouse)
                yield evaluation(found, day, agreement.name, agreement.asset)


class ChosenDays(dg.Config):
    """The days (YYYY-MM-DD), each with the tables to compute; all tables if none are named."""

    days: dict[str, list[str]]


@dg.op(
    name=OP_NAME,
    description="Computes tables of several days, each after what it reads, with their checks.",
    out=dg.Out(dg.Nothing),
    retry_policy=dg.RetryPolicy(max_retries=2, delay=1, backoff=dg.Backoff.EXPONENTIAL),
    pool=POOL,
)
def compute_days(
    context: dg.OpExecutionContext,
    config: ChosenDays,
    clickhouse: dg.ResourceParam[ClickHouse],
    postgres: dg.ResourceParam[Postgres],
) -> Iterator[dg.AssetMaterialization | dg.Output[None]]:
    computing = Computing(clickhouse, postgres, context.log)
    days = {date.fromisoformat(day): tables for day, tables in config.days.items()}
    for event in computing.compute(days):
        if isinstance(event, dg.AssetMaterialization):
            yield event
        else:
            context.log_event(event)  # type: ignore[arg-type]  # accepts checks, too
    yield dg.Output(None)  # the last checks are written together with it
    computing.tell_refused()


figures_job = dg.GraphDefinition(name=JOB_NAME, node_defs=[compute_days]).to_job(
    description="All metrics of several days of every shop, with their checks."
)


def request(
    run_key: str, days: Mapping[date, Sequence[str]], tags: Mapping[str, str]
) -> dg.RunRequest:
    """One run for all these days, ahead of backfills and late days, which may be many."""
    chosen = {day.isoformat(): list(days[day]) for day in sorted(days)}
    return dg.RunRequest(
        run_key,
        run_config={"ops": {OP_NAME: {"config": {"days": chosen}}}},
        tags={"dagster/priority": "1", DAYS_TAG: " ".join(chosen), **tags},
    )
