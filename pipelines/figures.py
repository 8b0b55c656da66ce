"""A daily table of figures as a Dagster asset: read, checked, computed, checked, swapped in.

A domain declares a `Table` for each of its tables; everything that they share is here: the shops'
own days, the raw and the clean variant, Pandera's checks of every frame that goes in or out, and
days whose events have expired.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg
import pandera.polars as pa
import polars as pl

from core.exchange import exponents
from pipelines.clickhouse import ClickHouse
from pipelines.metrics import Kept, columns, shape
from pipelines.partitions import DAYS
from pipelines.postgres import Postgres
from pipelines.resources import POOL
from pipelines.shops import (
    SHOPS,
    bounds,
    read_shops,
    still_kept,
    windows,
    with_known,
    with_stored,
)
from pipelines.soundness import check_result, no_violations, violations, without
from pipelines.variants import by_variant, read_flagged

OWNERS = ["team:analytics"]
# As long as ClickHouse keeps the folded days, whatever a shop's retention class.
FOLDED_DAYS = 730
_FRESH = dg.FreshnessPolicy.time_window(
    warn_window=timedelta(hours=2), fail_window=timedelta(hours=6)
)


@dataclass(frozen=True, slots=True)
class Day:
    """What a run works on: a calendar day, and the shops whose events of that day are still kept.

    `shops` is the frame of `pipelines.shops.SHOPS` with `last_day`; `flagged` are the shoppers that
    the clean variant leaves out.
    """

    date: date
    shops: pl.DataFrame
    flagged: pl.DataFrame
    clickhouse: ClickHouse
    postgres: Postgres

    def query(self, sql: str, first: int = 0, last: int = 0, **more: Any) -> pl.DataFrame:
        """The result of a query over the days from `day + first` to `day + last`.

        It may use the parameters `day`, `since` and `until` (dates, inclusive), `begin` and `end`
        (moments that hold those days of every shop), and the tables `windows`, each shop's day, and
        `flagged`, the shoppers whom the clean variant leaves out.
        """
        span = bounds(self.shops)
        parameters = exponents() | {
            "day": self.date,
            "since": self.date + timedelta(days=first),
            "until": self.date + timedelta(days=last),
            "begin": span["begin"] + timedelta(days=first),
            "end": span["end"] + timedelta(days=last),
        }
        frames = windows(self.shops) | {"flagged": self.flagged}
        return self.clickhouse.read(sql, parameters | more, frames)


class UnsoundInput(Exception):
    """What was read violates its schema: `found` are the violations, `rows` how many rows were
    read."""

    def __init__(self, found: pl.DataFrame, rows: int) -> None:
        super().__init__(f"{found.height} violations in {rows} rows")
        self.found = found
        self.rows = rows


@dataclass(frozen=True, slots=True)
class Input:
    """A frame that a table is computed from: how it is read, and its schema.

    Inputs that are read in pieces (`pipelines.pieces`) may raise UnsoundInput.
    """

    name: str
    schema: pa.DataFrameSchema
    read: Callable[[Day], pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Reads:
    """An asset that a table reads, and which of its days: from `first` to `last` after the day.

    `first` is None where every earlier day counts. When a day changes late, the days that read it
    are computed again. Where that would be a year of days, `reopens` is SQL of the few (`day`) that
    the change affects, such as the day of a refund's order. It may use {day:Date}, the changed day,
    and {shops:Array(UInt32)}, the shops in which it changed.
    """

    asset: str
    first: int | None = 0
    last: int = 0
    reopens: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A daily table. `compute` is pure: it takes `shops`, `day` and each input by its name."""

    name: str
    group: str
    description: str
    grain: str
    schema: pa.DataFrameSchema
    reads: Sequence[Reads]
    inputs: Sequence[Input]
    compute: Callable[..., pl.DataFrame]
    has_variants: bool = True
    freshness: str = "1 h"
    ripens: Sequence[int] = ()
    """After how many days more is known about a day although nothing new has happened."""
    tags: Mapping[str, str] = field(default_factory=dict)

    def kept(self) -> Kept:
        """The table's description."""
        source = ", ".join(each.asset for each in self.reads)
        return Kept(self.name, self.description, self.grain, self.schema, source, self.freshness)


def figures(table: Table, inputs: Mapping[str, pl.DataFrame], day: Day) -> pl.DataFrame:
    """The table's rows from its inputs, for both variants."""

    def compute(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
        return table.compute(shops=day.shops, day=day.date, **frames)

    rows = by_variant(compute, inputs, day.flagged) if table.has_variants else compute(inputs)
    keys = [name for name in table.schema.columns if name in (table.schema.unique or ())]
    return shape(rows, table.schema).sort(keys)


def asset(table: Table) -> dg.AssetsDefinition:
    """The Dagster asset that stores the table, one partition a day."""

    @dg.multi_asset(
        name=table.name,
        outs={
            table.name: dg.AssetOut.from_spec(
                _spec(table), io_manager_key="clickhouse_tables", is_required=False
            )
        },
        check_specs=[
            _check_spec(table, "input_is_sound", "What the figures are made of, before its use."),
            _check_spec(table, "figures_are_sound", "The day's rows, before they are swapped in."),
        ],
        deps=[_dependency(table, read) for read in table.reads],
        partitions_def=DAYS,
        retry_policy=dg.RetryPolicy(max_retries=2, delay=1, backoff=dg.Backoff.EXPONENTIAL),
        pool=POOL,
    )
    def compute_figures(
        context: dg.AssetExecutionContext,
        clickhouse: dg.ResourceParam[ClickHouse],
        postgres: dg.ResourceParam[Postgres],
    ) -> Iterator[dg.Output[object] | dg.AssetCheckResult]:
        yield from _materialise(table, context, clickhouse, postgres)

    return compute_figures


def _spec(table: Table) -> dg.AssetSpec:
    return dg.AssetSpec(
        table.name,
        description=f"{table.description}\n\nGrain: {table.grain}. Reads {_readings(table)}.",
        metadata={
            "dagster/column_schema": columns(table.schema),
            "dagster/table_name": table.name,
        },
        owners=OWNERS,
        group_name=table.group,
        kinds={"polars", "clickhouse"},
        tags=table.tags,
        freshness_policy=_FRESH,
    )


def _check_spec(table: Table, name: str, description: str) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(name, asset=table.name, description=description, blocking=True)


def _dependency(table: Table, read: Reads) -> dg.AssetDep:
    """The edge of the graph: the same day, or the day before for the table itself.

    Other days are read as they are. As an edge they would make a day wait for days that no longer
    have events, or are in the future.
    """
    if read.asset == table.name:
        yesterday = dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)
        return dg.AssetDep(read.asset, partition_mapping=yesterday)
    return dg.AssetDep(read.asset)


def _readings(table: Table) -> str:
    return ", ".join(f"{read.asset}{_span(read)}" for read in table.reads)


def _span(read: Reads) -> str:
    if read.first is None:
        return f" (every day before, to {read.last:+d})"
    return f" (days {read.first:+d} to {read.last:+d})" if read.first or read.last else ""


def _materialise(
    table: Table, context: dg.AssetExecutionContext, clickhouse: ClickHouse, postgres: Postgres
) -> Iterator[dg.Output[object] | dg.AssetCheckResult]:
    day = date.fromisoformat(context.partition_key)
    computed = compute_day(table, day, clickhouse, postgres)
    yield from computed.checks
    if computed.is_refused:
        raise unsound(day)
    if computed.rows is None:
        context.log.info("nothing that %s reads of %s is kept: nothing changes", table.name, day)
        return
    yield dg.Output(computed.rows, output_name=table.name)


@dataclass(frozen=True, slots=True)
class Computed:
    """A table's day, not stored yet.

    `rows` are everything that the table will have of the day; None if nothing that it reads is kept
    any more, or if a check refused it.
    """

    checks: Sequence[dg.AssetCheckResult]
    rows: pl.DataFrame | None
    is_refused: bool = False


def only_these(shops: pl.DataFrame, only: Collection[int] | None) -> pl.DataFrame:
    """The shops with those ids; all shops if no ids are given."""
    return shops if only is None else shops.filter(pl.col("shop_id").is_in(list(only)))


def compute_day(
    table: Table,
    day: date,
    clickhouse: ClickHouse,
    postgres: Postgres,
    only: Collection[int] | None = None,
) -> Computed:
    """Reads, checks, computes and checks again; with `only`, for these shops: the rows of others
    stay as they are stored."""
    now = datetime.now(UTC)
    everyone = read_shops(postgres, day)
    shops = only_these(_still_kept(table, everyone, now), only)
    if shops.is_empty():
        return Computed(
            [
                check_result("input_is_sound", table.name, no_violations(), rows=0),
                check_result("figures_are_sound", table.name, no_violations(), rows=0),
            ],
            None,
        )
    work = Day(day, with_known(shops, now), read_flagged(clickhouse), clickhouse, postgres)
    work, inputs, found = _sound_inputs(table, work)
    goes_on = not work.shops.is_empty()
    checks = [
        check_result("input_is_sound", table.name, found, rows=_height(inputs), is_partial=goes_on)
    ]
    if not goes_on:
        return Computed(checks, None, is_refused=True)
    rows = figures(table, inputs, work)
    found = violations(table.schema, rows)
    shops, goes_on = without(work.shops, [found])
    checks.append(
        check_result("figures_are_sound", table.name, found, rows=rows.height, is_partial=goes_on)
    )
    if not goes_on:
        return Computed(checks, None, is_refused=True)
    stay = everyone.join(shops, on="shop_id", how="anti")
    return Computed(checks, with_stored(clickhouse, table.name, rows, stay, day))


def _height(inputs: Mapping[str, pl.DataFrame]) -> int:
    return sum(frame.height for frame in inputs.values())


def _sound_inputs(table: Table, day: Day) -> tuple[Day, dict[str, pl.DataFrame], pl.DataFrame]:
    """The inputs of the shops whose rows are sound, a day with those shops, and the violations of
    the others.

    A shop that runs its own code sends arbitrary data; that must not stop the figures of all shops.
    The day has no shops left if all of them have violations, or if these belong to no shop in
    particular.
    """
    everything = no_violations()
    while True:
        inputs: dict[str, pl.DataFrame] = {}
        try:
            inputs = {each.name: each.read(day) for each in table.inputs}
            found = _unsound_inputs(table, day.shops.select(list(SHOPS.columns)), inputs)
        except UnsoundInput as broken:
            found = broken.found
        everything = pl.concat([everything, found])
        if found.is_empty():
            return day, inputs, everything
        sound, goes_on = without(day.shops, [found])
        day = replace(day, shops=sound if goes_on else sound.clear())
        if not goes_on:
            return day, inputs, everything


def _still_kept(table: Table, shops: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """The shops for which everything that the table reads for the day is still there: events for
    the shop's retention class, the folded days for two years."""
    reads_events = any(read.asset == "events" for read in table.reads)
    return still_kept(shops, now, None if reads_events else FOLDED_DAYS)


def _unsound_inputs(
    table: Table, shops: pl.DataFrame, inputs: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    return pl.concat(
        [violations(SHOPS, shops)]
        + [violations(each.schema, inputs[each.name]) for each in table.inputs]
    )


def unsound(day: date) -> dg.Failure:
    """The failure of a run whose rows a blocking check refused."""
    # The same rows would be refused again, so there is nothing to retry.
    return dg.Failure(
        f"{day} is refused, its figures stay as they were: see the checks", allow_retries=False
    )
