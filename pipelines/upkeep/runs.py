"""Dagster keeps runs and their events for ever; here the old ones are deleted.

A day's last successful run is kept, because without it Dagster would forget that the day was
computed.
"""

from datetime import UTC, datetime, timedelta

import dagster as dg

KEPT = timedelta(days=14)
_AT_ONCE = 500
_PARTITION = "dagster/partition"
_DAYS = "vitrina/days"  # the tag of a run of several days (`pipelines.days`)
_ENDED = [
    dg.DagsterRunStatus.SUCCESS,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
]

# A job, a partition, and the assets of a run that was started by hand.
_Work = tuple[str, str, frozenset[dg.AssetKey]]


def purge(instance: dg.DagsterInstance, now: datetime) -> int:
    """Deletes runs that ended before `now - KEPT`, the oldest first, a limited number at a time;
    returns how many."""
    old = instance.get_runs(
        filters=dg.RunsFilter(statuses=_ENDED, created_before=now.astimezone(UTC) - KEPT),
        limit=_AT_ONCE,
        ascending=True,
    )
    last: dict[_Work, str | None] = {}
    purged = 0
    for run in old:
        work = _work(run)
        if work[1] and work not in last:
            last[work] = _last_success(instance, work)
        if last.get(work) != run.run_id:
            instance.delete_run(run.run_id)
            purged += 1
    return purged


def _work(run: dg.DagsterRun) -> _Work:
    label = run.tags.get(_PARTITION) or run.tags.get(_DAYS, "")
    return run.job_name, label, frozenset(run.asset_selection or ())


def _last_success(instance: dg.DagsterInstance, work: _Work) -> str | None:
    job_name, label, _ = work
    for tag in (_PARTITION, _DAYS):
        found = instance.get_runs(
            filters=dg.RunsFilter(
                job_name=job_name, tags={tag: label}, statuses=[dg.DagsterRunStatus.SUCCESS]
            )
        )
        if last := next((run.run_id for run in found if _work(run) == work), None):
            return last
    return None
