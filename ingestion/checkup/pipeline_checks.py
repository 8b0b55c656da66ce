"""Whether the pipelines run: of Dagster's own tables, where its database lies beside ours."""

from dataclasses import dataclass

import asyncpg

from core import postgres
from core.postgres import Connection
from ingestion.checkup.findings import FAIL, OK, WARN, Judgement, Means
from ingestion.checkup.postgres_checks import connected

_SILENT_MINUTES = 30.0  # by which Dagster itself says that a daemon is gone
_LATE_MINUTES = 90.0  # schedules are asked every hour, sensors every few minutes
# Dagster writes the times of its daemons with a zone, and those of its runs in UTC without one.
_DAGSTER = """
SELECT (SELECT extract(epoch FROM now() - min(timestamp)::timestamptz)::float8 / 60
        FROM daemon_heartbeats WHERE daemon_type IN ('SCHEDULER', 'QUEUED_RUN_COORDINATOR')
    ) AS silent,
    (SELECT extract(epoch FROM now() - max(timestamp)::timestamptz)::float8 / 60
        FROM job_ticks WHERE status IN ('SUCCESS', 'SKIPPED')) AS unasked,
    count(*) FILTER (WHERE is_recent) AS runs,
    count(*) FILTER (WHERE is_recent AND status = 'FAILURE') AS failed,
    count(*) FILTER (WHERE status = 'FAILURE'
        AND update_timestamp > coalesce(last_good, '-infinity')) AS failed_since,
    extract(epoch FROM now() AT TIME ZONE 'UTC' - max(last_good))::float8 / 60 AS last_good
FROM (
    SELECT status, update_timestamp,
        update_timestamp > now() AT TIME ZONE 'UTC' - interval '1 day' AS is_recent,
        max(update_timestamp) FILTER (WHERE status = 'SUCCESS') OVER () AS last_good
    FROM runs
) AS each_run
"""


@dataclass(frozen=True, slots=True)
class Pipelines:
    """Minutes since the daemon's last sign of life, since a schedule or sensor was last asked, and
    since a run was good; None if never. Runs, and failed ones, of a day; those failed since."""

    silent: float | None = None
    unasked: float | None = None
    last_good: float | None = None
    runs: int = 0
    failed: int = 0
    failed_since: int = 0


def judge_pipelines(found: Pipelines, shops: int) -> Judgement:
    """When all is quiet schedules skip their runs, so that no run at all says nothing."""
    bad = FAIL if shops else WARN
    if found.silent is None:
        return WARN, "Dagster's daemon has never run", "start Dagster's daemon"
    if found.silent > _SILENT_MINUTES:
        text = f"Dagster's daemon has been silent for {found.silent:.0f} min"
        return bad, text, "start Dagster's daemon, and see its log"
    if found.unasked is not None and found.unasked > _LATE_MINUTES:
        text = f"no schedule could be asked for {found.unasked:.0f} min"
        return bad, text, "see that Dagster's code server runs, and its log"
    text = f"{found.failed} of {found.runs} runs failed within a day"
    if found.last_good is not None:
        text += f", the last good one {found.last_good:.0f} min ago"
    is_late = found.last_good is None or found.last_good > _LATE_MINUTES
    if found.failed_since and is_late:
        return bad, text, "see Dagster's daemon and its last runs"
    return (WARN if found.failed else OK), text, ("see Dagster's runs" if found.failed else "")


async def read(dagster: Connection) -> Pipelines:
    """From a connection to Dagster's database."""
    row = await dagster.fetchrow(_DAGSTER)
    assert row is not None  # an aggregate
    return Pipelines(**row)


async def pipelines(means: Means) -> Judgement:
    """Of Dagster's daemon, schedules and runs."""
    async with connected(means) as ours:
        shops = await ours.fetchval("SELECT count(*) FROM shops")
    url = means.settings.database_url.get_secret_value()
    try:
        connection = await postgres.connect(f"{url.rpartition('/')[0]}/dagster")
    except asyncpg.PostgresError:
        return OK, "not looked at: Dagster's database lies elsewhere", ""
    try:
        found = await read(connection)
    except asyncpg.UndefinedTableError:
        return WARN, "Dagster has never run", "start Dagster's daemon"
    finally:
        await connection.close()
    return judge_pipelines(found, shops)
