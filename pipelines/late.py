"""Late events reopen the days that they belong to, and the days that read those.

`health_day` has the number of events from which each day of a shop was folded, counted before the
fold begins. A day for which ClickHouse has another number has changed since, whenever its events
happened, were recorded or were shipped: no clock is involved. Weeks to which no part was written
lately are not even counted.

The changed days are folded first, oldest first; when all are, the tables that read them follow in
the same order, so that nothing is computed from a day that is about to change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import polars as pl
import structlog
from pydantic import BaseModel

from core.postgres import Connection
from core.shop.shops import Shop, all_shops
from core.zones import day_starts, last_edge, seconds
from pipelines.clickhouse import ClickHouse
from pipelines.partitions import DAYS, current_days
from pipelines.postgres import Postgres
from pipelines.reopening import FOLDS, reopened
from pipelines.upkeep import corrections, retention

log = structlog.get_logger()

JOB_NAME = "reopened_day"
SHOP_DAY = ("shop_kpi_day", "shop_money_day")
# Today and yesterday are computed every hour anyway.
_HOURLY_DAYS = 1
_AT_ONCE = 20
_CORRECTIONS_A_TICK = 5000  # a tick has a minute
_ATTEMPTS = 3
_UNDER_WAY = (dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED)
_OVERLAP = timedelta(minutes=10)
_TAG = "vitrina/reopened"
_EVER = datetime(2000, 1, 1, tzinfo=UTC)

_TOUCHED = """
SELECT DISTINCT partition_id FROM system.parts
WHERE database = currentDatabase() AND table = 'events' AND active
    AND modification_time >= {since:DateTime}
"""
# The days of one time zone, by the moments at which they begin: one query a zone.
_CHANGED = f"""
SELECT d.day AS day, groupUniqArray(d.shop_id) AS shops, toInt64(sum(d.events)) AS events
FROM (
    SELECT shop_id, day, sum(events) AS events, sum(folded_from) AS folded_from
    FROM (
        SELECT c.shop_id AS shop_id, s.day AS day, c.events AS events, 0 AS folded_from
        FROM (
            SELECT shop_id, {last_edge("occurred_at", "edges")} AS edge, count() AS events
            FROM events
            WHERE toMonday(occurred_at) IN {{weeks:Array(Date)}}
                AND occurred_at >= {{begin:DateTime64(3, 'UTC')}}
                AND occurred_at < {{end:DateTime64(3, 'UTC')}}
            GROUP BY shop_id, edge
        ) AS c
        INNER JOIN starts AS s ON s.edge = c.edge
        UNION ALL
        SELECT shop_id, day, 0, folded_from FROM health_day
    )
    GROUP BY shop_id, day
) AS d
INNER JOIN shops AS s ON s.shop_id = d.shop_id
WHERE d.events != d.folded_from AND d.day IN {{days:Array(Date)}} AND d.day >= s.kept_from
    AND d.day < {{before:Date}}
GROUP BY day
"""


@dataclass(frozen=True, slots=True)
class Changed:
    """A day whose figures were computed from another number of events: its shops, and their events
    now."""

    shops: list[int]
    events: int


def changed_days(
    clickhouse: ClickHouse, shops: list[Shop], since: datetime, now: datetime
) -> Mapping[date, Changed]:
    """Days older than yesterday with another number of events than they were folded from, oldest
    first.

    Counts weeks that were written to after `since`. A day is a calendar day in its shop's time
    zone, so it may lie in two weeks of UTC: it is counted completely.
    """
    days = _days_written_to(clickhouse, since)
    weeks = {_monday(day + timedelta(days=beside)) for day in days for beside in (-1, 1)}
    found: dict[date, Changed] = {}
    if not days:
        return found
    for zone in sorted({shop.timezone for shop in shops}):
        (today,) = current_days([zone], now)
        edges = day_starts(days[0], days[-1], zone)
        rows = clickhouse.read(
            _CHANGED,
            {
                "edges": seconds(edges),
                "begin": edges[0],
                "end": edges[-1],
                "weeks": sorted(weeks),
                "days": days,
                "before": today - timedelta(days=_HOURLY_DAYS),
            },
            {
                "shops": _kept([shop for shop in shops if shop.timezone == zone], today),
                "starts": _starts(days[0], edges[:-1]),
            },
        )
        for day, here, events in rows.iter_rows():
            other = found.get(day, Changed([], 0))
            found[day] = Changed(sorted(other.shops + here), other.events + events)
    return dict(sorted(found.items()))


def _starts(first: date, edges: Sequence[datetime]) -> pl.DataFrame:
    days = [first + timedelta(days=number) for number in range(len(edges))]
    columns = {"edge": pl.Series(seconds(edges), dtype=pl.Int64), "day": pl.Series(days)}
    return pl.DataFrame(columns)


def _days_written_to(clickhouse: ClickHouse, since: datetime) -> list[date]:
    """The calendar days, in any time zone, of the weeks that were written to."""
    touched = clickhouse.read(_TOUCHED, {"since": since})["partition_id"]
    # An id is the partition's retention class and Monday: 365-20261123.
    mondays = {datetime.strptime(each[-8:], "%Y%m%d").date() for each in touched}
    days = {monday + timedelta(days=number) for monday in mondays for number in range(-1, 8)}
    return sorted(days)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _kept(shops: list[Shop], today: date) -> pl.DataFrame:
    """From which day on the shops' events are all kept: none has expired, nor is its partition
    expiring."""
    first = date.fromisoformat(str(DAYS.get_first_partition_key()))
    return pl.DataFrame(
        [(shop.id, max(first, today - timedelta(days=shop.retention_days - 2))) for shop in shops],
        schema={"shop_id": pl.UInt32, "kept_from": pl.Date},
        orient="row",
    )


class Waiting(BaseModel):
    """A day whose tables are to be computed again; `round` distinguishes repeated requests for
    it."""

    tables: list[str]
    round: int


class State(BaseModel):
    """The sensor's memory, its cursor."""

    since: datetime = _EVER
    """Weeks that were not written to since are not counted."""
    changed: dict[date, list[int]] = {}
    """Days whose folds are being computed again, with the shops in which they changed."""
    waiting: dict[date, Waiting] = {}
    round: int = 0

    @classmethod
    def of(cls, cursor: str | None) -> "State":
        return cls.model_validate_json(cursor) if cursor and cursor[0] == "{" else cls()


@dg.sensor(
    job_name=JOB_NAME,
    minimum_interval_seconds=600,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Days older than yesterday that got events since their figures were computed, and "
    "then the days that read those: oldest first.",
)
def late_events(
    context: dg.SensorEvaluationContext,
    clickhouse: dg.ResourceParam[ClickHouse],
    postgres: dg.ResourceParam[Postgres],
) -> dg.SensorResult:
    """Requests runs, a few at a time; a day that fails is requested three times."""
    now = datetime.now(UTC)
    state = State.of(context.cursor)
    shops = postgres.run(all_shops)
    if not _under_way(context.instance):
        take_back(clickhouse, postgres)
    found = changed_days(clickhouse, shops, state.since, now)
    asked = _Asked(context)
    for day, changed in found.items():
        if asked.ask(day, f"{day}: {changed.events} events", (*SHOP_DAY, *FOLDS)):
            state.changed[day] = sorted({*changed.shops, *state.changed.get(day, [])})
        else:
            state.changed.pop(day, None)
    if not asked.is_busy:
        if state.changed:
            _reopen(clickhouse, state, shops, now)
        for day in sorted(state.waiting):
            wanted = state.waiting[day]
            key = f"{day}: round {wanted.round}"
            if asked.is_done(key) or not asked.ask(day, key, wanted.tables):
                del state.waiting[day]
    # Days that are left for the next tick lie in the same weeks.
    if not found:
        state.since = now - _OVERLAP
    return dg.SensorResult(run_requests=asked.requests, cursor=state.model_dump_json())


def _under_way(instance: dg.DagsterInstance) -> bool:
    """Whether a day is being folded just now: the fold would mix events that leave with events that
    come."""
    runs = dg.RunsFilter(job_name=JOB_NAME, statuses=list(_UNDER_WAY))
    return bool(instance.get_runs(runs, limit=1))


def take_back(clickhouse: ClickHouse, postgres: Postgres) -> int:
    """Carries out the due corrections of imported orders; returns how many.

    None while another upkeep is at work: the next tick does them.
    """

    async def finish(connection: Connection) -> int:
        done = 0
        found = await corrections.ready(connection)
        if not found:
            return done
        try:
            # A week that is being copied to another retention class would keep what is to be
            # removed.
            async with retention.alone(connection):
                with clickhouse.opened() as client:
                    while found and done < _CORRECTIONS_A_TICK:
                        await corrections.finish(connection, client, found)
                        done += len(found)
                        found = await corrections.ready(connection)
        except retention.Busy:
            log.info("corrections wait for another upkeep")
        return done

    return postgres.change(finish)


def _reopen(clickhouse: ClickHouse, state: State, shops: list[Shop], now: datetime) -> None:
    """All changed days are folded: the tables that read them are next."""
    today = max(current_days({shop.timezone for shop in shops}, now))
    state.round += 1
    until = today - timedelta(days=_HOURLY_DAYS + 1)
    for day, tables in reopened(clickhouse, state.changed, until).items():
        before = state.waiting[day].tables if day in state.waiting else []
        state.waiting[day] = Waiting(tables=sorted({*before, *tables}), round=state.round)
    state.changed = {}


class _Asked:
    """The requests of a tick, by the results of earlier ones."""

    def __init__(self, context: dg.SensorEvaluationContext) -> None:
        self._context = context
        self.requests: list[dg.RunRequest] = []
        self.is_busy = False
        """Whether something is running or requested, or still has to be."""

    def _runs(self, key: str) -> Sequence[dg.DagsterRun]:
        return self._context.instance.get_runs(dg.RunsFilter(tags={_TAG: key}))

    def is_done(self, key: str) -> bool:
        return any(run.status is dg.DagsterRunStatus.SUCCESS for run in self._runs(key))

    def ask(self, day: date, key: str, tables: Sequence[str]) -> bool:
        """Requests the day's tables unless they are running, or were requested three times before.

        False if there is nothing more to do for it.
        """
        runs = self._runs(key)
        if any(not run.is_finished for run in runs):
            self.is_busy = True
            return True
        if len(runs) >= _ATTEMPTS:
            self._context.log.error("%s was computed or refused %d times", key, len(runs))
            return False
        self.is_busy = True
        if len(self.requests) < _AT_ONCE:
            self.requests.append(
                dg.RunRequest(
                    f"{key}, attempt {len(runs) + 1}",
                    partition_key=day.isoformat(),
                    asset_selection=[dg.AssetKey(table) for table in tables],
                    tags={_TAG: key, "dagster/priority": "-1", "vitrina/reason": "late events"},
                )
            )
        return True
