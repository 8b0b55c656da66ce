"""When a shop's day is computed: today all the time, yesterday until late events have come."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg

from core.shop.shops import all_shops
from pipelines.audience.cohorts import AGES
from pipelines.clickhouse import ClickHouse
from pipelines.kpis.funnel import STEP_DAYS
from pipelines.kpis.tables import MONEY_DAY
from pipelines.partitions import current_days
from pipelines.postgres import Postgres
from pipelines.reopening import linked
from pipelines.sources.tables import SOURCE_DAY

JOB_NAME = "shop_day"
FIGURES_JOB_NAME = "figures_day"

# How many days ago the days were that come to know more today: a week after a step, 72 hours after
# a click, and each age at which a cohort is looked at.
RIPENING_DAYS = sorted({2, 3, STEP_DAYS, STEP_DAYS + 1, *(age + 1 for age in AGES)})
# Of an order's day is what was refunded of it, of a link's day what it cost: told on any later day.
_OF_OTHER_DAYS = (MONEY_DAY, SOURCE_DAY)


def _zones(postgres: Postgres) -> set[str]:
    return {shop.timezone for shop in postgres.run(all_shops)}


def _requests(
    context: dg.ScheduleEvaluationContext, zones: set[str], days_ago: Iterable[int]
) -> Iterator[dg.RunRequest]:
    """A run for each calendar day that is so many days ago in some shop's time zone."""
    todays = current_days(zones, datetime.now(UTC))
    days = {today - timedelta(days=ago) for today in todays for ago in days_ago}
    for day in sorted(days):
        label = day.isoformat()
        # A tick that is evaluated twice does not run twice.
        run_key = f"{label} at {context.scheduled_execution_time.isoformat()}"
        # Before backfills and late days, which may be many.
        yield dg.RunRequest(run_key, partition_key=label, tags={"dagster/priority": "1"})


@dg.schedule(
    job_name=JOB_NAME,
    cron_schedule="*/5 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="The day that it is now in the shops' time zones, every five minutes.",
)
def shop_day_today(
    context: dg.ScheduleEvaluationContext, postgres: dg.ResourceParam[Postgres]
) -> Iterator[dg.RunRequest]:
    yield from _requests(context, _zones(postgres), [0])


@dg.schedule(
    job_name=JOB_NAME,
    cron_schedule="7 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="The day before, every hour: events may come late.",
)
def shop_day_yesterday(
    context: dg.ScheduleEvaluationContext, postgres: dg.ResourceParam[Postgres]
) -> Iterator[dg.RunRequest]:
    yield from _requests(context, _zones(postgres), [1])


@dg.schedule(
    job_name=FIGURES_JOB_NAME,
    cron_schedule="17 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="All metrics of the day that it is now in the shops' time zones and of the day "
    "before, every hour.",
)
def figures_hourly(
    context: dg.ScheduleEvaluationContext, postgres: dg.ResourceParam[Postgres]
) -> Iterator[dg.RunRequest]:
    yield from _requests(context, _zones(postgres), [1, 0])


@dg.schedule(
    job_name=FIGURES_JOB_NAME,
    # Past noon in UTC: the day before is over in every time zone.
    cron_schedule="32 12 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Days of which more is known today: cohorts that came to an age, steps whose week "
    "is over, broadcasts whose effects are; and the days that yesterday's refunds and costs belong "
    "to.",
)
def figures_ripened(
    context: dg.ScheduleEvaluationContext,
    clickhouse: dg.ResourceParam[ClickHouse],
    postgres: dg.ResourceParam[Postgres],
) -> Iterator[dg.RunRequest]:
    shops = postgres.run(all_shops)
    zones = {shop.timezone for shop in shops}
    yield from _requests(context, zones, RIPENING_DAYS)
    yesterday = max(current_days(zones, datetime.now(UTC)), default=None)
    if yesterday is None:
        return
    yesterday -= timedelta(days=1)
    belonging = linked(clickhouse, _OF_OTHER_DAYS, yesterday, [shop.id for shop in shops])
    for day, tables in belonging.items():
        yield dg.RunRequest(
            f"{day} of {yesterday}",
            partition_key=day.isoformat(),
            asset_selection=[dg.AssetKey(table) for table in sorted(tables)],
            tags={"vitrina/reason": f"refunds and costs of {yesterday}"},
        )
