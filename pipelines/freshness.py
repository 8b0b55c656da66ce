"""Freshness by partition: whether the days that must be kept up now were computed lately.

A freshness policy looks at the latest run of any partition, so a backfill of an old day hides that
today is refused every hour. Dagster's `build_time_partition_freshness_checks` asks whether a
partition was ever materialised, which today's is a few minutes after midnight whatever becomes of
it later, and is superseded.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import polars as pl

from core.postgres import Connection
from core.zones import day_of, day_start
from pipelines.catalogue import TABLES
from pipelines.clickhouse import ClickHouse
from pipelines.postgres import Postgres
from pipelines.resources import POOL
from pipelines.soundness import table

NAME = "today_and_yesterday_are_fresh"
# The schedules keep up these days by each shop's clock: today, and yesterday for late events.
_KEPT_UP = ("today", "yesterday")


@dataclass(frozen=True, slots=True)
class Window:
    """How long ago a day may have been computed: after `warn` it is a warning, after `fail` a
    failure."""

    warn: timedelta
    fail: timedelta


_HOURLY = Window(timedelta(hours=2), timedelta(hours=6))
_MINUTES = Window(timedelta(minutes=15), timedelta(hours=1))
# Yesterday has begun in every time zone.
_LOOKED_BACK = timedelta(days=3)
_ALL_HOURLY = dict.fromkeys(_KEPT_UP, _HOURLY)

# As often as `pipelines.kpis.schedules` computes them.
WINDOWS: Mapping[str, Mapping[str, Window]] = {
    **dict.fromkeys(("shop_kpi_day", "shop_money_day"), _ALL_HOURLY | {"today": _MINUTES}),
    **{each.name: _ALL_HOURLY for each in TABLES},
}


@dataclass(frozen=True, slots=True)
class Expected:
    """A day that must be up to date: `which` day it is for some shop, and since when it must be
    there."""

    day: date
    which: str
    since: datetime


def expected_days(shops: Iterable[tuple[str, datetime]], now: datetime) -> list[Expected]:
    """Today and yesterday in the shops' time zones, given each shop's zone and when it was opened.

    A day is due from its first moment in such a zone, but not before the shop was opened.
    """
    found: dict[tuple[date, str], datetime] = {}
    for zone, opened in shops:
        today = day_of(now, zone)
        for ago, which in enumerate(_KEPT_UP):
            day = today - timedelta(days=ago)
            since = max(day_start(day, zone), opened)
            found[day, which] = min(since, found.get((day, which), since))
    return [Expected(day, which, since) for (day, which), since in sorted(found.items())]


def overdue(
    expected: Sequence[Expected],
    computed: Mapping[date, datetime],
    windows: Mapping[str, Window],
    now: datetime,
) -> pl.DataFrame:
    """The days that were computed too long ago, or never: `is_failed`, or only a warning.

    `computed` is when each day was last computed successfully.
    """
    rows = []
    for each in expected:
        last = computed.get(each.day)
        late = now - max(each.since, last or each.since)
        window = windows[each.which]
        if late > window.warn:
            rows.append(
                (each.day, each.which, last, round(late / timedelta(minutes=1)), late > window.fail)
            )
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "day": pl.Date,
        "which": pl.String,
        "last_computed": pl.Datetime("ms", "UTC"),
        "minutes_without": pl.Int64,
        "is_failed": pl.Boolean,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


async def _opened_shops(connection: Connection) -> list[tuple[str, datetime]]:
    rows = await connection.fetch(
        "SELECT timezone, min(created_at) AS opened FROM shops GROUP BY timezone"
    )
    return [(row["timezone"], row["opened"]) for row in rows]


_ARRIVALS = """
SELECT DISTINCT toDateTime64(toStartOfMinute(recorded_at), 3, 'UTC') AS minute FROM events
WHERE occurred_at >= {since:DateTime64(3, 'UTC')} ORDER BY minute
"""


def read_arrivals(clickhouse: ClickHouse, since: datetime) -> list[datetime]:
    """The minutes, in order, in which something arrived that happened after `since`."""
    return clickhouse.read(_ARRIVALS, {"since": since})["minute"].to_list()


def up_to_date(
    computed: Mapping[date, datetime], arrivals: Sequence[datetime], now: datetime
) -> dict[date, datetime]:
    """Until when each day is up to date: a day for which nothing has arrived need not be computed
    again, and counts as fresh until something does."""
    found = {}
    for day, at in computed.items():
        following = bisect_right(arrivals, at)
        found[day] = max(at, arrivals[following]) if following < len(arrivals) else now
    return found


def _computed(
    instance: dg.DagsterInstance, asset: dg.AssetKey, days: Iterable[date]
) -> dict[date, datetime]:
    found = {}
    for day in days:
        of_day = dg.AssetRecordsFilter(asset_key=asset, asset_partitions=[day.isoformat()])
        for record in instance.fetch_materializations(of_day, limit=1).records:
            found[day] = datetime.fromtimestamp(record.timestamp, UTC)
    return found


def _result(
    key: dg.AssetCheckKey,
    expected: Sequence[Expected],
    computed: Mapping[date, datetime],
    now: datetime,
) -> dg.AssetCheckResult:
    late = overdue(expected, computed, WINDOWS[key.asset_key.path[-1]], now)
    is_failed = bool(late["is_failed"].any())
    metadata: dict[str, dg.MetadataValue] = {
        "days": dg.MetadataValue.text(", ".join(sorted({str(e.day) for e in expected})))
    }
    if late.height:
        metadata["offending"] = table(late)
    return dg.AssetCheckResult(
        check_name=key.name,
        asset_key=key.asset_key,
        passed=late.is_empty(),
        severity=dg.AssetCheckSeverity.ERROR if is_failed else dg.AssetCheckSeverity.WARN,
        description=_description(expected, computed, late),
        metadata=metadata,
    )


def _description(
    expected: Sequence[Expected], computed: Mapping[date, datetime], late: pl.DataFrame
) -> str:
    if not expected:
        return "there is no shop yet, and nothing to compute"
    if late.height:
        days = ", ".join(f"{row['day']} ({row['which']})" for row in late.to_dicts())
        return f"not computed in time: {days}; look at the day's last runs and their checks"
    missing = sorted({str(each.day) for each in expected if each.day not in computed})
    return f"waiting for the first run of {', '.join(missing)}" if missing else "all in time"


@dg.multi_asset_check(
    name="days_are_fresh",
    specs=[
        dg.AssetCheckSpec(
            NAME,
            asset=name,
            description="Today and yesterday, by every shop's clock, were computed lately: within "
            f"{windows['today'].fail} and {windows['yesterday'].fail}. Runs of other days do not "
            "count, nor does the time in which nothing arrived. WARN: later than usual. A day that "
            "has just begun, or whose first shop has just been opened, has as long to be computed.",
        )
        for name, windows in WINDOWS.items()
    ],
    can_subset=True,
    retry_policy=dg.RetryPolicy(max_retries=2, delay=5),
    pool=POOL,
)
def days_are_fresh(
    context: dg.AssetCheckExecutionContext,
    clickhouse: dg.ResourceParam[ClickHouse],
    postgres: dg.ResourceParam[Postgres],
) -> Iterator[dg.AssetCheckResult]:
    """Asks Dagster's own records when each of those days was last computed successfully."""
    now = datetime.now(UTC)
    expected = expected_days(postgres.run(_opened_shops), now)
    days = {each.day for each in expected}
    arrivals = read_arrivals(clickhouse, now - _LOOKED_BACK)
    for key in sorted(context.selected_asset_check_keys):
        computed = _computed(context.instance, key.asset_key, days)
        yield _result(key, expected, up_to_date(computed, arrivals, now), now)


# It has a schedule of its own, and is not part of a day's run.
SELECTION = dg.AssetSelection.checks(days_are_fresh)
