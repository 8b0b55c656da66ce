"""When a shop's day is computed: today all the time, yesterday until late events have come."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg

from core.shop.shops import all_shops
from pipelines.partitions import current_days
from pipelines.postgres import Postgres

JOB = dg.define_asset_job(
    "shop_day",
    selection=dg.AssetSelection.assets("shop_kpi_day", "shop_money_day"),
    description="Figures of one calendar day of every shop, with their checks.",
)


def _today_in_shops(postgres: Postgres, days_ago: int) -> list[str]:
    """Labels of the partitions that are that many days ago in some shop's time zone."""
    zones = {shop.timezone for shop in postgres.run(all_shops)}
    days = current_days(zones, datetime.now(UTC))
    return [(day - timedelta(days=days_ago)).isoformat() for day in days]


@dg.schedule(
    job=JOB,
    cron_schedule="*/5 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="The day that it is now in the shops' time zones, every five minutes.",
)
def shop_day_today(postgres: dg.ResourceParam[Postgres]) -> Iterator[dg.RunRequest]:
    for label in _today_in_shops(postgres, 0):
        yield dg.RunRequest(partition_key=label)


@dg.schedule(
    job=JOB,
    cron_schedule="7 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="The day before, every hour: events may come late.",
)
def shop_day_yesterday(postgres: dg.ResourceParam[Postgres]) -> Iterator[dg.RunRequest]:
    for label in _today_in_shops(postgres, 1):
        yield dg.RunRequest(partition_key=label)
