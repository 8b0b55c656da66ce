"""Upkeep as assets: each shows on Dagster's page what it did, and runs on its own schedule."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg
import pandera.polars as pa
import polars as pl

from core.postgres import Connection
from core.shop import files, hooks
from core.shop.shops import all_shops
from pipelines.clickhouse import ClickHouse
from pipelines.figures import unsound
from pipelines.metrics import columns, part
from pipelines.postgres import Postgres
from pipelines.resources import POOL
from pipelines.soundness import check_result, table, violations
from pipelines.upkeep import compaction, erasure, retention, runs, shop_deletion, storage
from pipelines.upkeep.retention import Upkeep

OWNERS = ["team:operations"]
GROUP = "upkeep"
# Another upkeep may be running (`retention.alone`): it ends within minutes.
_PATIENT = dg.RetryPolicy(max_retries=3, delay=120)

# Rows and numbers that a run shows on Dagster's page; they are not stored elsewhere.
_KEPT_UP = pa.DataFrameSchema(
    {
        "shop_id": part(pl.Int64, "The shop"),
        "deleted": part(pl.Int64, "Events deleted: its class keeps them no longer"),
        "moved": part(pl.Int64, "Events moved to its longer class before they would run out"),
    }
)
_FORGOTTEN = pa.DataFrameSchema(
    {
        "erased": part(pl.Int64, "Erasures that this run finished"),
        "waiting": part(pl.Int64, "Erasures some of whose events are still on their way"),
    }
)
_DELETED = pa.DataFrameSchema({"shops_deleted": part(pl.Int64, "Shops of which nothing is left")})
_MERGED = pa.DataFrameSchema(
    {
        "partition": part(pl.String, "The week: retention class and Monday"),
        "parts": part(pl.Int64, "Parts that it was in"),
        "before": part(pl.Int64, "Bytes on disk before"),
        "after": part(pl.Int64, "Bytes on disk in one part"),
    }
)
_PURGED = pa.DataFrameSchema({"runs_purged": part(pl.Int64, "Runs deleted, with their logs")})
_SWEPT = pa.DataFrameSchema({"files_swept": part(pl.Int64, "Files that nothing used any more")})
_DAILY = dg.FreshnessPolicy.time_window(
    warn_window=timedelta(hours=26), fail_window=timedelta(hours=50)
)
_HOURLY = dg.FreshnessPolicy.time_window(
    warn_window=timedelta(hours=2), fail_window=timedelta(hours=6)
)


def _shown(schema: pa.DataFrameSchema) -> dict[str, object]:
    return {"dagster/column_schema": columns(schema)}


def _frame(schema: pa.DataFrameSchema, rows: Sequence[tuple[object, ...]]) -> pl.DataFrame:
    types = {name: column.dtype.type for name, column in schema.columns.items()}
    return pl.DataFrame(rows, schema=types, orient="row")


@dg.asset(
    group_name=GROUP,
    owners=OWNERS,
    kinds={"clickhouse", "postgres"},
    description="Events live as long as their shop's retention class says: what a shorter class "
    "does not allow any more is deleted, a week that would run out too early is moved to the "
    "longer class. Both stores' copies of nothing else change. The columns are of the rows that it "
    "shows.",
    metadata=_shown(_KEPT_UP),
    freshness_policy=_DAILY,
    retry_policy=_PATIENT,
    pool=POOL,
)
def event_retention(
    clickhouse: dg.ResourceParam[ClickHouse], postgres: dg.ResourceParam[Postgres]
) -> dg.MaterializeResult[None]:
    """Does what is due for every shop."""

    async def keep_up(connection: Connection) -> list[Upkeep]:
        async with retention.alone(connection):
            classes = {shop.id: shop.retention_days for shop in await all_shops(connection)}
            with clickhouse.opened() as client:
                return retention.keep_up(client, classes, datetime.now(UTC))

    done = postgres.change(keep_up)
    return dg.MaterializeResult(
        metadata={
            "events_deleted": sum(each.deleted for each in done),
            "events_moved": sum(each.moved for each in done),
            "shops": table(
                _frame(_KEPT_UP, [(each.shop_id, each.deleted, each.moved) for each in done])
            ),
        }
    )


_OPEN = "SELECT count(*) FROM erasures WHERE done_at IS NULL"


@dg.asset(
    group_name=GROUP,
    owners=OWNERS,
    kinds={"clickhouse", "postgres"},
    description="Shoppers who were erased from PostgreSQL are erased from ClickHouse when the last "
    "of their events has arrived: the free text of their events, or the events as well. "
    "`waiting`: erasures whose events are still on their way. The columns are the numbers that it "
    "shows.",
    metadata=_shown(_FORGOTTEN),
    freshness_policy=_HOURLY,
    retry_policy=_PATIENT,
    pool=POOL,
)
def erasures(
    clickhouse: dg.ResourceParam[ClickHouse], postgres: dg.ResourceParam[Postgres]
) -> dg.MaterializeResult[None]:
    """Finishes all that are ready, by one mutation a table."""

    async def finish(connection: Connection) -> tuple[int, int]:
        done = 0
        # Not while a week is being copied to another class: the copy would survive the erasure.
        async with retention.alone(connection):
            with clickhouse.opened() as client:
                while found := await erasure.ready(connection):
                    await erasure.finish(connection, client, found)
                    done += len(found)
        return done, await connection.fetchval(_OPEN)

    done, waiting = postgres.change(finish)
    return dg.MaterializeResult(metadata={"erased": done, "waiting": waiting})


@dg.asset(
    group_name=GROUP,
    owners=OWNERS,
    kinds={"clickhouse", "postgres"},
    description="Shops whose owner had them deleted, and whose time of grace is over, go from both "
    "stores with all that they have, when the last of their events has arrived. The column is the "
    "number that it shows.",
    metadata=_shown(_DELETED),
    freshness_policy=_HOURLY,
    retry_policy=_PATIENT,
    pool=POOL,
)
def deleted_shops(
    clickhouse: dg.ResourceParam[ClickHouse], postgres: dg.ResourceParam[Postgres]
) -> dg.MaterializeResult[None]:
    """Deletes those that are due."""

    async def delete(connection: Connection) -> list[int]:
        # Not while a week is being copied to another class: the copy would survive.
        async with retention.alone(connection):
            with clickhouse.opened() as client:
                return await shop_deletion.delete_due(connection, client, datetime.now(UTC))

    return dg.MaterializeResult(metadata={"shops_deleted": len(postgres.change(delete))})


@dg.asset(
    group_name=GROUP,
    owners=OWNERS,
    kinds={"clickhouse"},
    description="Weeks of events older than three weeks, merged into one part each: fewer bytes, "
    "and what was erased leaves the disk. A stronger codec was measured and gains 2 % only. The "
    "columns are of the rows it shows.",
    metadata=_shown(_MERGED),
    freshness_policy=_DAILY,
    retry_policy=_PATIENT,
    pool=POOL,
)
def cold_weeks(clickhouse: dg.ResourceParam[ClickHouse]) -> dg.MaterializeResult[None]:
    """Merges some of those that gain most."""
    with clickhouse.opened() as client:
        done = compaction.compact(client, datetime.now(UTC).date())
    frame = _frame(
        _MERGED, [(each.partition, each.parts, each.before, each.after) for each in done]
    )
    return dg.MaterializeResult(
        metadata={
            "weeks": len(done),
            "bytes_saved": sum(each.before - each.after for each in done),
            "merged": table(frame),
        }
    )


def _measured(schema: pa.DataFrameSchema, name: str) -> dict[str, object]:
    return {**_shown(schema), "dagster/table_name": name}


@dg.asset(
    group_name=GROUP,
    owners=OWNERS,
    kinds={"clickhouse"},
    description="Rows, bytes and parts of every partition in ClickHouse, a row a partition and "
    "day. Grain: day · table · partition.",
    metadata=_measured(storage.STORAGE_DAY, "storage_day"),
    freshness_policy=_DAILY,
    retry_policy=_PATIENT,
    pool=POOL,
    check_specs=[
        dg.AssetCheckSpec(
            "sizes_are_sound",
            asset="storage_day",
            description="The rows, before they are swapped in.",
            blocking=True,
        )
    ],
)
def storage_day(
    clickhouse: dg.ResourceParam[ClickHouse],
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[None]]:
    """Measures the partitions and stores the result as today's."""
    rows = storage.read_storage(clickhouse)
    found = violations(storage.STORAGE_DAY, rows)
    yield check_result("sizes_are_sound", "storage_day", found, rows=rows.height)
    if found.height:
        raise unsound(rows["day"][0])
    clickhouse.replace_partition("storage_day", str(rows["day"][0]), rows)
    yield dg.MaterializeResult(
        metadata={"dagster/row_count": rows.height, "bytes": int(rows["bytes"].sum())}
    )


@dg.asset(
    group_name=GROUP,
    owners=OWNERS,
    kinds={"polars"},
    deps=[storage_day],
    description="What each table will take in 30, 90 and 365 days at the rate of the last four "
    "weeks: what is there and will not have run out, and what is added, no more of it than its "
    "retention keeps.",
    metadata=_shown(storage.STORAGE_FORECAST),
    freshness_policy=_DAILY,
    retry_policy=_PATIENT,
    pool=POOL,
    check_specs=[
        dg.AssetCheckSpec(
            "forecast_is_sound",
            asset="storage_forecast",
            description="The rows, before they are shown: one a table, no bytes below zero.",
            blocking=True,
        )
    ],
)
def storage_forecast(
    clickhouse: dg.ResourceParam[ClickHouse],
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[None]]:
    """Stored as this asset's metadata: Dagster's page draws its history."""
    sizes = clickhouse.read(
        "SELECT * FROM storage_day WHERE day = (SELECT max(day) FROM storage_day)"
    )
    today = datetime.now(UTC).date()
    frame = storage.forecast(sizes, today)
    found = violations(storage.STORAGE_FORECAST, frame)
    yield check_result("forecast_is_sound", "storage_forecast", found, rows=frame.height)
    if found.height:
        raise unsound(today)
    total = frame.sum()
    yield dg.MaterializeResult(
        metadata={
            "forecast": table(frame),
            **{name: round(total[name][0]) for name in frame.columns if name != "table"},
        }
    )


@dg.asset(
    group_name=GROUP,
    owners=OWNERS,
    kinds={"dagster"},
    description=f"Runs that ended more than {runs.KEPT.days} days ago go, with their logs, but for "
    "the last good one of each partition: Dagster itself keeps them for ever. The column is the "
    "number it shows.",
    metadata=_shown(_PURGED),
    freshness_policy=_DAILY,
    retry_policy=_PATIENT,
)
def old_runs(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Deletes some hundreds at a time."""
    purged = runs.purge(context.instance, datetime.now(UTC))
    return dg.MaterializeResult(metadata={"runs_purged": purged})


@dg.asset(
    group_name=GROUP,
    owners=OWNERS,
    kinds={"postgres"},
    description="Files that nothing has used for a day go from PostgreSQL, and what web hooks were "
    "called with too long ago to be repeated. The column is the number that it shows.",
    metadata=_shown(_SWEPT),
    freshness_policy=_DAILY,
    retry_policy=_PATIENT,
    pool=POOL,
)
def unused_files(postgres: dg.ResourceParam[Postgres]) -> dg.MaterializeResult[None]:
    """Sweeps until nothing is left to sweep."""

    async def sweep(connection: Connection) -> int:
        async with connection.transaction():
            await hooks.forget_old(connection)
        swept = 0
        while True:
            async with connection.transaction():
                found = await files.sweep(connection)
            swept += found
            if not found:
                return swept

    return dg.MaterializeResult(metadata={"files_swept": postgres.change(sweep)})


ASSETS = (
    event_retention,
    erasures,
    deleted_shops,
    unused_files,
    cold_weeks,
    storage_day,
    storage_forecast,
    old_runs,
)
