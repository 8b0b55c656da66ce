"""A bot's jobs in PostgreSQL: which are due, and their results."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict

from bots.sdk.later import FIRST_PAUSE_SECONDS, REACTION
from bots.sdk.loading import EnabledModule
from core.postgres import Connection
from core.shop import bots

_LONGEST_PAUSE = timedelta(hours=1)
_MOST_DOUBLINGS = 9


# The first of its times after now, counted from when it was due.
_NEXT_TIME = """
UPDATE module_jobs SET attempts = 0, error = NULL, failed_at = NULL,
    due_at = n.next, not_before = n.next
FROM (
    SELECT $2::timestamptz + make_interval(secs => every_seconds * (
        1 + floor(greatest(0, extract(epoch FROM now() - $2::timestamptz)) / every_seconds)
    )) AS next FROM module_jobs WHERE id = $1
) AS n WHERE id = $1
"""


class DueJob(BaseModel):
    """A row of `module_jobs` whose time has come."""

    model_config = ConfigDict(frozen=True)

    id: int
    module: str
    task: str
    natural_key: str
    every_seconds: int | None
    due_at: datetime
    buyer_no: int | None
    data: dict[str, Any]
    attempts: int


def names_of(enabled: Sequence[EnabledModule]) -> list[str]:
    """The jobs that a bot's modules can do: `<module>/<task>`."""
    return [
        f"{item.key}/{task}" for item in enabled for task in (*item.module.jobs.tasks, REACTION)
    ]


async def enter_periodic(
    connection: Connection, bot_id: int, enabled: Sequence[EnabledModule]
) -> None:
    """Gives each periodic job of a bot's modules its row; the first run is at once."""
    periodic = [
        (item.key, task.name, round(task.every.total_seconds()))
        for item in enabled
        for task in item.module.jobs.tasks.values()
        if task.every is not None
    ]
    if not periodic:
        return
    await connection.execute(
        "INSERT INTO module_jobs (bot_id, module, task, every_seconds, due_at, not_before) "
        "SELECT $1, p.module, p.task, p.every_seconds, now(), now() "
        "FROM unnest($2::text[], $3::text[], $4::int[]) AS p (module, task, every_seconds) "
        "ON CONFLICT (bot_id, module, task, natural_key) DO UPDATE "
        "SET every_seconds = EXCLUDED.every_seconds "
        "WHERE module_jobs.every_seconds IS DISTINCT FROM EXCLUDED.every_seconds",
        bot_id,
        [module for module, _, _ in periodic],
        [task for _, task, _ in periodic],
        [every for _, _, every in periodic],
    )


async def next_due(
    connection: Connection, bot_id: int, names: Sequence[str], but: Sequence[int]
) -> DueJob | None:
    """The job that has waited longest, locked until the transaction ends; `but` are under way."""
    row = await connection.fetchrow(
        "SELECT id, module, task, natural_key, every_seconds, due_at, buyer_no, data, attempts "
        "FROM module_jobs WHERE bot_id = $1 AND not_before <= now() "
        "AND module || '/' || task = ANY($2::text[]) AND id <> ALL($3::bigint[]) "
        "ORDER BY not_before, id LIMIT 1 FOR UPDATE",
        bot_id,
        list(names),
        list(but),
    )
    return DueJob(**row) if row is not None else None


async def seconds_left(
    connection: Connection, bot_id: int, names: Sequence[str], but: Sequence[int]
) -> float | None:
    """Until the next job is due; None if there is none, below zero if it is late."""
    left: float | None = await connection.fetchval(
        "SELECT extract(epoch FROM min(not_before) - now())::float8 FROM module_jobs "
        "WHERE bot_id = $1 AND module || '/' || task = ANY($2::text[]) "
        "AND id <> ALL($3::bigint[])",
        bot_id,
        list(names),
        list(but),
    )
    return left


async def note_done(connection: Connection, bot_id: int, job: DueJob) -> None:
    """It went well: a periodic one is due again, once however often it was missed; unless it was
    put off anew meanwhile, another one goes with its row."""
    if job.every_seconds is None:
        await connection.execute(
            "DELETE FROM module_jobs WHERE id = $1 AND due_at = $2", job.id, job.due_at
        )
    else:
        await connection.execute(
            _NEXT_TIME,
            job.id,
            job.due_at,
        )
    if job.attempts:
        await bots.announce_state(connection, bot_id)


async def note_failed(connection: Connection, bot_id: int, job: DueJob, error: str) -> None:
    """It is tried again, after pauses that grow from ten seconds to an hour."""
    pause = min(
        timedelta(seconds=FIRST_PAUSE_SECONDS * 2 ** min(job.attempts, _MOST_DOUBLINGS)),
        _LONGEST_PAUSE,
    )
    await connection.execute(
        "UPDATE module_jobs SET attempts = attempts + 1, error = $3, failed_at = now(), "
        "not_before = now() + $4 WHERE id = $1 AND due_at = $2",
        job.id,
        job.due_at,
        error,
        pause,
    )
    await bots.announce_state(connection, bot_id)
