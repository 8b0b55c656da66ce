"""Late events re-open the days that they touch.

`health_day` holds how many events each day of a shop was computed from. A day of which ClickHouse
holds more has got events since, however late they happened, were recorded or were shipped: no clock
is asked. Weeks that no part was written to lately are not even counted.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import polars as pl

from core.shop.shops import Shop, all_shops
from pipelines.clickhouse import ClickHouse
from pipelines.partitions import DAYS, current_days
from pipelines.postgres import Postgres

# Today and yesterday are computed every hour anyway.
_HOURLY_DAYS = 1
_AT_ONCE = 10
_OVERLAP = timedelta(minutes=10)

_TOUCHED = """
SELECT DISTINCT partition_id FROM system.parts
WHERE database = currentDatabase() AND table = 'events' AND active
    AND modification_time >= {since:DateTime}
"""
# ClickHouse takes a zone as a constant only: one query a zone.
_GROWN = """
SELECT e.day AS day, sum(e.events) AS events
FROM (
    SELECT shop_id, toDate(occurred_at, {zone:String}) AS day, count() AS events
    FROM events
    WHERE shop_id IN {shops:Array(UInt32)} AND _partition_id IN {partitions:Array(String)}
        AND occurred_at >= {begin:DateTime64(3, 'UTC')}
        AND occurred_at < {end:DateTime64(3, 'UTC')}
        AND retention_days > dateDiff('day', occurred_at, now())
    GROUP BY shop_id, day
) AS e
LEFT JOIN (
    SELECT shop_id, day, events FROM health_day WHERE shop_id IN {shops:Array(UInt32)}
) AS h ON h.shop_id = e.shop_id AND h.day = e.day
WHERE e.events > h.events AND e.day >= {first:Date} AND e.day < {before:Date}
GROUP BY day
"""


def grown_days(
    clickhouse: ClickHouse, shops: list[Shop], since: datetime, now: datetime
) -> Mapping[date, int]:
    """Days older than yesterday that hold more events than their figures were computed from.

    Looks at weeks that were written to after `since`. A day is a calendar day in its shop's time
    zone; the value is how many events its grown shops have, so that it changes when more come.
    """
    touched = clickhouse.read(_TOUCHED, {"since": since})["partition_id"].to_list()
    found: dict[date, int] = {}
    if not touched:
        return found
    first = date.fromisoformat(str(DAYS.get_first_partition_key()))
    for zone in sorted({shop.timezone for shop in shops}):
        here = [shop.id for shop in shops if shop.timezone == zone]
        (today,) = current_days([zone], now)
        rows = clickhouse.read(
            _GROWN,
            {
                "zone": zone,
                "shops": here,
                "partitions": touched,
                "begin": datetime.combine(first - timedelta(days=1), datetime.min.time(), UTC),
                "end": now,
                "first": first,
                "before": today - timedelta(days=_HOURLY_DAYS),
            },
        )
        for day, events in rows.select("day", pl.col("events").cast(pl.Int64)).iter_rows():
            found[day] = found.get(day, 0) + events
    return found


JOB_NAME = "reopened_day"


@dg.sensor(
    job_name=JOB_NAME,
    minimum_interval_seconds=1800,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Days older than yesterday that got events since their figures were computed.",
)
def late_events(
    context: dg.SensorEvaluationContext,
    clickhouse: dg.ResourceParam[ClickHouse],
    postgres: dg.ResourceParam[Postgres],
) -> dg.SensorResult:
    """Asks for a run for each day that has grown, some days at a time."""
    now = datetime.now(UTC)
    since = datetime.fromisoformat(context.cursor) if context.cursor else datetime(2000, 1, 1)
    grown = grown_days(clickhouse, postgres.run(all_shops), since, now)
    days = sorted(grown, reverse=True)[:_AT_ONCE]
    return dg.SensorResult(
        # A day whose run was refused is not asked for again until more events have come.
        run_requests=[
            dg.RunRequest(
                f"{day}: {grown[day]} events",
                partition_key=day.isoformat(),
                tags={"dagster/priority": "-1", "vitrina/reason": "late events"},
            )
            for day in days
        ],
        # Days that are left over for the next time lie in the same weeks.
        cursor=context.cursor if len(grown) > len(days) else (now - _OVERLAP).isoformat(),
    )
