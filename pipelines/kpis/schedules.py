"""When a shop's day is computed: today every few minutes, yesterday until late events have come.

Earlier days are in `pipelines.following` and `pipelines.late`.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import partial

import dagster as dg

from core.shop.shops import all_shops
from pipelines.clickhouse import ClickHouse
from pipelines.days import JOB_NAME, Computing, figures_job, request, without_run
from pipelines.kpis.assets import KEPT
from pipelines.novelty import STATE_TAG, read_state, was_done
from pipelines.partitions import current_days
from pipelines.postgres import Postgres

# For one day, by hand and for backfills.
DAY_JOB_NAME = "figures_day"
SHOP_DAY = tuple(kept.name for kept in KEPT)


def _zones(postgres: Postgres) -> set[str]:
    return {shop.timezone for shop in postgres.run(all_shops)}


def _days(zones: Iterable[str], days_ago: Iterable[int], now: datetime) -> list[date]:
    """The calendar days that were so many days ago in some shop's time zone."""
    todays = current_days(zones, now)
    return sorted({today - timedelta(days=ago) for today in todays for ago in days_ago})


@dg.sensor(
    name="shop_day_today",
    minimum_interval_seconds=300,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="shop_kpi_day and shop_money_day of the day that it is now in the shops' time "
    "zones, every five minutes if anything has arrived: computed here, for a run would cost a "
    "hundred times as much.",
)
def shop_day_today(
    context: dg.SensorEvaluationContext,
    clickhouse: dg.ResourceParam[ClickHouse],
    postgres: dg.ResourceParam[Postgres],
) -> dg.SensorResult | dg.SkipReason:
    """A table that is refused keeps its rows, and its checks report why."""
    now = datetime.now(UTC)
    state = postgres.run(partial(read_state, now=now))
    if state == context.cursor:
        return dg.SkipReason("nothing has arrived since")
    computing = Computing(clickhouse, postgres, context.log)
    days = dict.fromkeys(_days(_zones(postgres), [0], now), SHOP_DAY)
    events = [without_run(event) for event in computing.compute(days, with_checks=False)]
    return dg.SensorResult(asset_events=events, cursor=state)


@dg.schedule(
    job=figures_job,
    cron_schedule="17 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="All figures of the day that it is now in the shops' time zones and of the day "
    "before, every hour if anything is new: one run.",
)
def figures_hourly(
    context: dg.ScheduleEvaluationContext, postgres: dg.ResourceParam[Postgres]
) -> dg.RunRequest | dg.SkipReason:
    now = datetime.now(UTC)
    days = _days(_zones(postgres), [1, 0], now)
    if not days:
        return dg.SkipReason("there is no shop yet")
    state = postgres.run(partial(read_state, now=now))
    if was_done(context.instance, JOB_NAME, state):
        return dg.SkipReason("nothing has arrived since")
    # A tick that is evaluated twice does not run twice.
    run_key = f"hourly at {context.scheduled_execution_time.isoformat()}"
    return request(run_key, dict.fromkeys(days, ()), {STATE_TAG: state})
