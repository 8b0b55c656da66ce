"""When a shop's day is computed: today all the time, yesterday until late events have come."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg

from core.shop.shops import all_shops
from pipelines.partitions import current_days
from pipelines.postgres import Postgres

JOB_NAME = "shop_day"


def _requests(
    context: dg.ScheduleEvaluationContext, postgres: Postgres, *, days_ago: int
) -> Iterator[dg.RunRequest]:
    """A run for each calendar day that is that many days ago in some shop's time zone."""
    zones = {shop.timezone for shop in postgres.run(all_shops)}
    for today in current_days(zones, datetime.now(UTC)):
        label = (today - timedelta(days=days_ago)).isoformat()
        # A tick that is evaluated twice does not run twice.
        run_key = f"{label} at {context.scheduled_execution_time.isoformat()}"
        yield dg.RunRequest(run_key, partition_key=label)


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
    yield from _requests(context, postgres, days_ago=0)


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
    yield from _requests(context, postgres, days_ago=1)
