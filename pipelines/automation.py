"""Upkeep and standing checks on schedules: one run an hour, one a day, one a night."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import dagster as dg

from core.postgres import Connection
from pipelines.novelty import STATE_TAG, read_state, was_done
from pipelines.postgres import Postgres

HOURLY = "41 * * * *"
NIGHTLY = "11 2 * * *"  # UTC
# Past noon in UTC: the day before is over in every time zone.
DAILY = "32 12 * * *"
HOURLY_JOB = "upkeep_hourly"
NIGHTLY_JOB = "upkeep_nightly"
DAILY_JOB = "past_days_daily"


@dg.schedule(
    name=f"{HOURLY_JOB}_due",
    job_name=HOURLY_JOB,
    cron_schedule=HOURLY,
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="One run of all that is due, if anything is new, and every six hours.",
)
def hourly(
    context: dg.ScheduleEvaluationContext, postgres: dg.ResourceParam[Postgres]
) -> dg.RunRequest | dg.SkipReason:
    """A day that should be computed and is not must be reported even if no events arrive."""
    at = context.scheduled_execution_time
    state, waiting = postgres.run(partial(_read, now=at))
    tagged = f"{state} {at:%Y-%m-%d} {at.hour // 6}"
    if not waiting and was_done(context.instance, HOURLY_JOB, tagged):
        return dg.SkipReason("nothing is new, and nobody waits to be erased")
    return dg.RunRequest(f"{HOURLY_JOB} at {at.isoformat()}", tags={STATE_TAG: tagged})


@dg.schedule(
    name=f"{NIGHTLY_JOB}_due",
    job_name=NIGHTLY_JOB,
    cron_schedule=NIGHTLY,
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="One run of all that is due every night.",
)
def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Events expire as time passes."""
    return dg.RunRequest(f"{NIGHTLY_JOB} at {context.scheduled_execution_time.isoformat()}")


@dg.schedule(
    name=f"{DAILY_JOB}_due",
    job_name=DAILY_JOB,
    cron_schedule=DAILY,
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="One run of all days of which more is known today.",
)
def daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Days that earlier runs missed are caught up."""
    return dg.RunRequest(f"{DAILY_JOB} at {context.scheduled_execution_time.isoformat()}")


async def _read(connection: Connection, now: datetime) -> tuple[str, bool]:
    waiting: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM erasures WHERE done_at IS NULL) "
        "OR EXISTS (SELECT FROM shops WHERE delete_after <= $1) "
        "OR EXISTS (SELECT FROM deleted_shops WHERE cleared_at IS NULL)",
        now,
    )
    return await read_state(connection, now), waiting


SCHEDULES: Sequence[dg.ScheduleDefinition] = (hourly, daily, nightly)
