"""The assets of a shop's day: validated, then replaced as one partition."""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import polars as pl

from pipelines.clickhouse import ClickHouse
from pipelines.figures import Computed, only_these, unsound
from pipelines.kpis import raw, schemas, shop_day, sources
from pipelines.metrics import Kept, columns
from pipelines.partitions import DAYS
from pipelines.postgres import Postgres
from pipelines.resources import POOL
from pipelines.shops import SHOPS as SHOP_ROWS
from pipelines.shops import read_shops, still_kept, with_stored
from pipelines.soundness import check_result, no_violations, violations, without

OWNERS = ["team:analytics"]
_FRESH = dg.FreshnessPolicy.time_window(
    warn_window=timedelta(minutes=15), fail_window=timedelta(minutes=60)
)

EVENTS = dg.AssetSpec(
    "events",
    description="Metric events of every shop, written by the shipper; each is there exactly once.",
    owners=OWNERS,
    group_name="stores",
    kinds={"clickhouse"},
    metadata={"dagster/column_schema": raw.EVENT_COLUMNS, "dagster/table_name": "events"},
)
SHOPS = dg.AssetSpec(
    "shops",
    description="Shops with their currency and time zone.",
    owners=OWNERS,
    group_name="stores",
    kinds={"postgres"},
    metadata={"dagster/column_schema": raw.SHOP_COLUMNS, "dagster/table_name": "shops"},
)


_SOURCE = "events, shops"
_FRESHNESS = "5 min"

KEPT = (
    Kept(
        "shop_kpi_day",
        "Figures of a shop's calendar day (its own time zone): one row a shop, also without "
        "activity. "
        "Staff and test are left out. Distinct users must not be summed over days or shops; "
        "a ratio of several days is the ratio of their sums.",
        "shop · day",
        schemas.SHOP_KPI_DAY,
        _SOURCE,
        _FRESHNESS,
    ),
    Kept(
        "shop_money_day",
        "Money of a shop's calendar day (its own time zone) as it was paid: one row a shop and "
        "currency. Staff and test orders are left out. Refunds count on the refund's day.",
        "shop · day · currency",
        schemas.SHOP_MONEY_DAY,
        _SOURCE,
        _FRESHNESS,
    ),
)
_SCHEMAS = {kept.name: kept.schema for kept in KEPT}


def _spec(kept: Kept) -> dg.AssetSpec:
    return dg.AssetSpec(
        kept.name,
        description=kept.description,
        metadata={
            "dagster/column_schema": columns(kept.schema),
            "dagster/table_name": kept.name,
        },
        owners=OWNERS,
        group_name="kpis",
        kinds={"polars", "clickhouse"},
        freshness_policy=_FRESH,
    )


def _check_spec(asset: str, name: str, description: str) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(name, asset=asset, description=description, blocking=True)


@dg.multi_asset(
    outs={
        kept.name: dg.AssetOut.from_spec(
            _spec(kept), io_manager_key="clickhouse_tables", is_required=False
        )
        for kept in KEPT
    },
    check_specs=[
        _check_spec(
            "shop_kpi_day", "input_is_sound", "Shops and folded events, before they are used."
        ),
        *(
            _check_spec(name, "figures_are_sound", "The day's rows, before they are swapped in.")
            for name in _SCHEMAS
        ),
    ],
    deps=[EVENTS, SHOPS],
    partitions_def=DAYS,
    retry_policy=dg.RetryPolicy(max_retries=2, delay=1, backoff=dg.Backoff.EXPONENTIAL),
    pool=POOL,
)
def shop_figures(
    context: dg.AssetExecutionContext,
    clickhouse: dg.ResourceParam[ClickHouse],
    postgres: dg.ResourceParam[Postgres],
) -> Iterator[dg.Output[object] | dg.AssetCheckResult]:
    """Both tables of the day from one reading of the events, so that they agree."""
    day = date.fromisoformat(context.partition_key)
    computed = compute_shop_day(day, clickhouse, postgres)
    for each in computed.values():
        yield from each.checks
    if any(each.is_refused for each in computed.values()):
        raise unsound(day)
    for name, each in computed.items():
        if each.rows is None:
            context.log.info("no shop has events of %s: %s is not changed", day, name)
        else:
            yield dg.Output(each.rows, output_name=name)


def compute_shop_day(
    day: date, clickhouse: ClickHouse, postgres: Postgres, only: Collection[int] | None = None
) -> Mapping[str, Computed]:
    """Both tables, as `pipelines.figures.compute_day` does one; they are refused together."""
    everyone = read_shops(postgres, day)
    shops = only_these(still_kept(everyone, datetime.now(UTC)), only)
    checks: dict[str, list[dg.AssetCheckResult]] = {name: [] for name in _SCHEMAS}
    if shops.is_empty():
        for check in _nothing_to_check():
            checks[str(check.asset_key and check.asset_key.path[-1])].append(check)
        return {name: Computed(made, None) for name, made in checks.items()}
    activity = sources.read_activity(clickhouse, shops)
    found = pl.concat([violations(SHOP_ROWS, shops), violations(schemas.ACTIVITY, activity)])
    shops, goes_on = without(shops, [found])
    checks["shop_kpi_day"].append(
        check_result(
            "input_is_sound", "shop_kpi_day", found, rows=activity.height, is_partial=goes_on
        )
    )
    if not goes_on:
        return {name: Computed(made, None, is_refused=True) for name, made in checks.items()}
    figures = compute(shops, activity.join(shops, on="shop_id", how="semi"), day)
    checked = {name: violations(_SCHEMAS[name], frame) for name, frame in figures.items()}
    shops, goes_on = without(shops, checked.values())
    for name, found in checked.items():
        checks[name].append(
            check_result(
                "figures_are_sound",
                name,
                found,
                rows=figures[name].height,
                is_partial=goes_on,
            )
        )
    if not goes_on:
        return {name: Computed(made, None, is_refused=True) for name, made in checks.items()}
    others = everyone.join(shops, on="shop_id", how="anti")
    return {
        name: Computed(checks[name], with_stored(clickhouse, name, frame, others, day))
        for name, frame in figures.items()
    }


def compute(shops: pl.DataFrame, activity: pl.DataFrame, day: date) -> dict[str, pl.DataFrame]:
    """The frames of both tables, by table."""
    money = shop_day.shop_money_day(activity.lazy(), day).collect()
    kpis = shop_day.shop_kpi_day(shops.lazy(), activity.lazy(), day).collect()
    return {"shop_money_day": money, "shop_kpi_day": kpis}


def _nothing_to_check() -> Iterator[dg.AssetCheckResult]:
    yield check_result("input_is_sound", "shop_kpi_day", no_violations(), rows=0)
    for name in _SCHEMAS:
        yield check_result("figures_are_sound", name, no_violations(), rows=0)
