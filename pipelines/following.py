"""Past days about which more is known today: planned once a day, and computed in one run.

Today and yesterday are computed every hour. Later events also change days long past: the cohort of
a shopper who came back, the day of a refunded order, the days of a funnel step whose week is over.
The plan consists of what `pipelines.reopening` finds, as for late events, for the days that ended
lately, and of what changes by the calendar alone. So a table that is kept day by day has the same
rows as after a backfill.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import polars as pl

from core import people_day
from core.shop.history import Recount, close_recounts, open_recounts
from core.shop.shops import Shop, all_shops
from pipelines.catalogue import KEPT, TABLES
from pipelines.clickhouse import ClickHouse, everything
from pipelines.figures import Computed, compute_day
from pipelines.kpis.assets import KEPT as SHOP_DAY
from pipelines.kpis.assets import compute_shop_day
from pipelines.metrics import Kept
from pipelines.partitions import DAYS, current_days
from pipelines.postgres import Postgres
from pipelines.reopening import FOLDS, Tables, reopened
from pipelines.resources import POOL

NAME = "past_days"
# Yesterday is folded again every hour; once it is two days ago, further events reopen it
# explicitly.
_SETTLED_DAYS = 2
_MOST_MISSED_DAYS = 400
_UNFOLDED_AT_ONCE = 60
_TAG = "vitrina/recounts"
_ATTEMPTS = 3
# In tables of the shop's own currency: what stays as it was paid.
_IN_OWN_CURRENCY = {"amount_minor", "paid_total_difference_minor"}


def plan(clickhouse: ClickHouse, shops: Sequence[Shop], now: datetime, missed: int = 0) -> Tables:
    """The tables to compute again by day, oldest first; all older than yesterday.

    `missed` is how many earlier days were not followed because the system was down.
    """
    todays = current_days({shop.timezone for shop in shops}, now)
    if not todays:
        return {}
    first, last = todays[0] - timedelta(days=missed), todays[-1]
    until = todays[0] - timedelta(days=_SETTLED_DAYS)
    changed = dict.fromkeys(
        _days(first - timedelta(days=_SETTLED_DAYS), last - timedelta(days=1)),
        [shop.id for shop in shops],
    )
    found: defaultdict[date, set[str]] = defaultdict(set)
    for planned in (
        reopened(clickhouse, changed, until),
        _ripe(first, last),
        _unfolded(clickhouse, shops, last, until),
    ):
        for day, tables in planned.items():
            found[day].update(tables)
    earliest = date.fromisoformat(str(DAYS.get_first_partition_key()))
    return {day: found[day] for day in sorted(found) if earliest <= day <= until}


_UNFOLDED = f"""
SELECT DISTINCT k.day AS day FROM shop_kpi_day AS k INNER JOIN kept AS s ON s.shop_id = k.shop_id
WHERE k.day <= {{until:Date}} AND k.day >= s.since AND (k.shop_id, k.day) NOT IN (
    SELECT shop_id, day FROM {people_day.TABLE}
    WHERE {people_day.IS_FOLDED} AND dimension != '{people_day.HOURS}'
    GROUP BY shop_id, day HAVING count() = {1 + len(people_day.FOLDED)}
)
ORDER BY day DESC LIMIT {{days:UInt32}}
"""


def _unfolded(clickhouse: ClickHouse, shops: Sequence[Shop], last: date, until: date) -> Tables:
    """The latest days that the panel's roll-up lacks, or a dimension of it, of those that have
    figures and whose events are kept: from before there was one, folded too early for the last
    time, or without somebody who was erased."""
    kept = pl.DataFrame(
        [(shop.id, last - timedelta(days=shop.retention_days)) for shop in shops],
        schema={"shop_id": pl.UInt32, "since": pl.Date},
        orient="row",
    )
    parameters = {"until": until, "days": _UNFOLDED_AT_ONCE}
    found = clickhouse.read(_UNFOLDED, parameters, {"kept": kept})
    return {day: {people_day.TABLE} for day in found["day"].to_list()}


def _ripe(first: date, last: date) -> Tables:
    """What changes on the days from `first` to `last` by the calendar alone."""
    found: defaultdict[date, set[str]] = defaultdict(set)
    for today in _days(first, last):
        for table in TABLES:
            for ago in table.ripens:
                found[today - timedelta(days=ago)].add(table.name)
    return found


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def compute(
    day: date,
    tables: Collection[str],
    clickhouse: ClickHouse,
    postgres: Postgres,
    only: Collection[int] | None = None,
) -> Iterator[tuple[str, Computed]]:
    """Tables of a day, each to be stored before the next one is computed: folds come first."""
    wanted = set(tables)
    if wanted & {kept.name for kept in SHOP_DAY}:
        yield from compute_shop_day(day, clickhouse, postgres, only).items()
    for table in TABLES:
        if table.name in wanted:
            yield table.name, compute_day(table, day, clickhouse, postgres, only)


Report = Callable[[str, date, int], None]


def bring_up(
    planned: Mapping[date, Collection[str]],
    clickhouse: ClickHouse,
    postgres: Postgres,
    report: Report,
    only: Collection[int] | None = None,
) -> list[str]:
    """Computes and stores what is planned, oldest first: all folds, and then the tables that read
    them.

    Reports each table and day with its rows. A table that a check refuses keeps its rows and is
    returned, one line each.
    """
    refused: list[str] = []
    first = {*(kept.name for kept in SHOP_DAY), *FOLDS}
    for are_folds in (True, False):
        for day in sorted(planned):
            tables = {name for name in planned[day] if (name in first) == are_folds}
            for name, computed in compute(day, tables, clickhouse, postgres, only):
                if computed.is_refused:
                    found = (check.description for check in computed.checks if not check.passed)
                    refused.append(f"{name} of {day}: {'; '.join(filter(None, found))}")
                elif computed.rows is not None:
                    clickhouse.replace_partition(name, day.isoformat(), computed.rows)
                    report(name, day, computed.rows.height)
    return refused


def as_materializations(context: dg.AssetExecutionContext) -> Report:
    """Reports each table's day to Dagster, as the table's own run does."""

    def report(table: str, day: date, rows: int) -> None:
        context.log_event(
            dg.AssetMaterialization(
                table, partition=day.isoformat(), metadata={"dagster/row_count": rows}
            )
        )

    return report


@dg.asset(
    name=NAME,
    group_name="kpis",
    owners=["team:analytics"],
    kinds={"polars", "clickhouse"},
    description="Days before yesterday of which more is known today, in every table that it "
    "touches: cohorts of those who came back, orders that were refunded, steps and broadcasts "
    "whose time is over. One run a day; days that it missed are made good.",
    metadata={
        "dagster/column_schema": dg.TableSchema(
            [
                dg.TableColumn("day", "date", "The day that was computed again"),
                dg.TableColumn("tables", "integer", "How many of its tables were"),
            ]
        )
    },
    freshness_policy=dg.FreshnessPolicy.time_window(
        warn_window=timedelta(hours=26), fail_window=timedelta(hours=50)
    ),
    retry_policy=dg.RetryPolicy(max_retries=2, delay=60),
    pool=POOL,
)
def past_days(
    context: dg.AssetExecutionContext,
    clickhouse: dg.ResourceParam[ClickHouse],
    postgres: dg.ResourceParam[Postgres],
) -> dg.MaterializeResult[None]:
    """Computes what is planned; raises Failure at the end if a check refused something."""
    now = datetime.now(UTC)
    shops = postgres.run(all_shops)
    planned = plan(clickhouse, shops, now, _missed(context, now))
    refused = bring_up(planned, clickhouse, postgres, as_materializations(context))
    if refused:
        raise dg.Failure("\n".join(refused), allow_retries=False)
    return dg.MaterializeResult(
        metadata={
            "days": len(planned),
            "tables": sum(len(tables) for tables in planned.values()),
        }
    )


def _void_money(clickhouse: ClickHouse, shop_id: int, before: date) -> int:
    """Sets the shop's money of earlier days to unknown: it is in the shop's former currency.

    Returns of how many days of tables; money in the events' own currencies stays.
    """
    done = 0
    for kept in KEPT:
        columns = base_money(kept)
        if not columns:
            continue
        days = clickhouse.read(
            f"SELECT DISTINCT day FROM {kept.name} "
            "WHERE shop_id = {shop:UInt32} AND day < {before:Date} ORDER BY day",
            {"shop": shop_id, "before": before},
        )
        is_mine = pl.col("shop_id") == shop_id
        for (day,) in days.iter_rows():
            rows = clickhouse.read(
                f"SELECT {everything(kept.name)} FROM {kept.name} WHERE day = {{day:Date}}",
                {"day": day},
            )
            void = rows.with_columns(pl.when(~is_mine).then(pl.col(*columns)))
            clickhouse.replace_partition(kept.name, day.isoformat(), void)
            done += 1
    return done


def base_money(kept: Kept) -> list[str]:
    """The columns of a table whose money is in the shop's own currency."""
    names = [name for name in kept.schema.columns if name.endswith("_minor")]
    if "currency" in (kept.schema.unique or ()):
        # Tables with a row a currency have money in that currency, but for these columns.
        return [name for name in names if name.startswith("base_")]
    return [name for name in names if name not in _IN_OWN_CURRENCY]


@dg.asset(
    name="recounted_days",
    group_name="kpis",
    owners=["team:analytics"],
    kinds={"polars", "clickhouse", "postgres"},
    description="Days of a shop that are computed again because what they are counted by changed: "
    "its time zone, its currency, or a rate that its owner set. Only that shop's rows change.",
    metadata={
        "dagster/column_schema": dg.TableSchema(
            [
                dg.TableColumn("shop_id", "integer", "The shop"),
                dg.TableColumn("first_day", "date", "From which day on it was computed again"),
            ]
        )
    },
    retry_policy=dg.RetryPolicy(max_retries=2, delay=60),
    pool=POOL,
)
def recounted_days(
    context: dg.AssetExecutionContext,
    clickhouse: dg.ResourceParam[ClickHouse],
    postgres: dg.ResourceParam[Postgres],
) -> dg.MaterializeResult[None]:
    """Computes what was requested, shop by shop; raises Failure if a check refused something."""
    now = datetime.now(UTC)
    report = as_materializations(context)
    refused: list[str] = []
    waiting = postgres.run(open_recounts)
    for shop_id in sorted({each.shop_id for each in waiting}):
        refused += recount(shop_id, waiting, clickhouse, postgres, report, now)
    if refused:
        raise dg.Failure("\n".join(refused), allow_retries=False)
    return dg.MaterializeResult(metadata={"recounts": len(waiting)})


def recount(  # pylint: disable=too-many-arguments,too-many-positional-arguments  # a run's parts
    shop_id: int,
    waiting: Sequence[Recount],
    clickhouse: ClickHouse,
    postgres: Postgres,
    report: Report,
    now: datetime,
) -> list[str]:
    """Computes everything that was requested for the shop, and records it in PostgreSQL; returns
    what was refused."""
    mine = [each for each in waiting if each.shop_id == shop_id]
    for each in mine:
        if each.money_before_is_void:
            _void_money(clickhouse, shop_id, each.first_day)
    zones = {shop.timezone for shop in postgres.run(all_shops)}
    earliest = date.fromisoformat(str(DAYS.get_first_partition_key()))
    first = max(min(each.first_day for each in mine), earliest)
    tables = [kept.name for kept in KEPT]
    planned = dict.fromkeys(_days(first, max(current_days(zones, now))), tables)
    refused = bring_up(planned, clickhouse, postgres, report, only=[shop_id])
    ids = [each.id for each in mine]
    postgres.change(lambda connection: close_recounts(connection, ids))
    return refused


@dg.sensor(
    name="asked_recounts",
    asset_selection=dg.AssetSelection.assets("recounted_days"),
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Shops whose time zone, currency or rates changed: their days are computed again.",
)
def asked_recounts(
    context: dg.SensorEvaluationContext, postgres: dg.ResourceParam[Postgres]
) -> dg.SensorResult:
    """One run for all waiting requests; at most three times if it fails."""
    waiting = postgres.run(open_recounts)
    if not waiting:
        return dg.SensorResult(cursor="")
    key = f"up to {waiting[-1].id}"
    runs = context.instance.get_runs(dg.RunsFilter(tags={_TAG: key}))
    if len(runs) >= _ATTEMPTS or any(not run.is_finished for run in runs):
        return dg.SensorResult()
    return dg.SensorResult(
        run_requests=[dg.RunRequest(f"{key}, attempt {len(runs) + 1}", tags={_TAG: key})]
    )


def _missed(context: dg.AssetExecutionContext, now: datetime) -> int:
    """How many days before yesterday were not followed."""
    last = context.instance.get_latest_materialization_event(dg.AssetKey(NAME))
    if last is None:
        return 0
    days = (now.date() - datetime.fromtimestamp(last.timestamp, UTC).date()).days
    return min(max(days - 1, 0), _MOST_MISSED_DAYS)
