"""Hours that were scored too early, or never: scored again when their events have arrived.

`fraud_hour_events` has the number of events from which each hour was scored. An hour that has more
by now has received some since, however late they happened or were shipped; an hour that is missing
there was never scored. The schedule scores an hour twice within two hours, so only older hours are
checked.
"""

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

import dagster as dg

from pipelines.clickhouse import ClickHouse
from pipelines.fraud.assets import JOB_NAME
from pipelines.fraud.sources import unscored

LOOKED_BACK = timedelta(days=7)
# The schedule's last turn is 2:13 after the hour's beginning.
_SCHEDULED = timedelta(hours=3)
AT_ONCE = 6
_LABEL = "%Y-%m-%d-%H:00"
_UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


def grown_hours(clickhouse: ClickHouse, now: datetime) -> list[str]:
    """Partitions of the last 7 days with more events than they were scored from, the oldest first.

    An hour without activity has nobody to score.
    """
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    first, last = this_hour - LOOKED_BACK, this_hour - _SCHEDULED
    return [f"{hour:{_LABEL}}" for hour in unscored(clickhouse, first, last)]


def chosen(
    grown: Collection[str], asked: Mapping[str, str], under_way: Collection[str], clock: str
) -> list[str]:
    """Which of the grown hours to request now; `asked` has when each was last requested.

    The oldest first, because later ones are compared with them. An hour that was requested and is
    still there was refused or failed: it comes after those that were not, and once in a clock hour,
    so that it does not starve the others.
    """
    free = AT_ONCE - len(under_way)
    waiting = [hour for hour in grown if hour not in under_way and asked.get(hour) != clock]
    return sorted(waiting, key=lambda hour: (asked.get(hour, ""), hour))[: max(0, free)]


@dg.sensor(
    job_name=JOB_NAME,
    minimum_interval_seconds=600,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Hours of the last 7 days that hold more events than their fraud was scored from.",
)
def late_fraud(
    context: dg.SensorEvaluationContext, clickhouse: dg.ResourceParam[ClickHouse]
) -> dg.SensorResult:
    """Asks for a run for each hour that has grown, some at a time."""
    now = datetime.now(UTC)
    clock = f"{now:{_LABEL}}"
    grown = grown_hours(clickhouse, now)
    asked: dict[str, str] = json.loads(context.cursor) if context.cursor else {}
    runs = context.instance.get_runs(dg.RunsFilter(job_name=JOB_NAME, statuses=_UNDER_WAY))
    under_way = {run.tags.get("dagster/partition", "") for run in runs}
    hours = chosen(grown, asked, under_way, clock)
    kept = {hour: at for hour, at in asked.items() if hour in grown}
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(
                # An hour whose run failed is requested again in the next clock hour.
                f"{hour} at {clock}",
                partition_key=hour,
                tags={"dagster/priority": "-1", "vitrina/reason": "late events"},
            )
            for hour in hours
        ],
        cursor=json.dumps(kept | dict.fromkeys(hours, clock)),
    )
