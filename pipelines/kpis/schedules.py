"""When a shop's day is computed: today all the time, yesterday until late events have come.

Days before are in `pipelines.following` and `pipelines.late`.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg

from core.shop.shops import all_shops
from pipelines.partitions import current_days
from pipelines.postgres import Postgres

JOB_NAME = "shop_day"
FIGURES_JOB_NAME = "figures_day"


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
