"""Large exports as jobs: ordered in the panel, written file by file, taken away in time.

A job belongs to the link that ordered it. Whoever works one holds a lease; when that runs out,
another takes it up after the last whole file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from core.errors import Conflict, NotFound, VitrinaError
from core.postgres import Connection
from core.shop.access import Visitor
from core.shop.access_links import MANAGED, scope

JobState = Literal["queued", "running", "done", "failed", "cancelled", "expired", "erased"]
ATTEMPTS = 5
LISTED = 200
FILES_OWNER = "exports"  # of files for chats, in `core.shop.files`
_REMEMBERED = timedelta(days=30)  # a job whose files are gone


class JobNotFound(NotFound):
    """There is no such job among those that the visitor may see."""

    code = "export_job_not_found"


class JobOver(Conflict):
    """The job has ended: there is nothing to cancel."""

    code = "export_job_over"


class FilesGone(VitrinaError):
    """The job's files were taken away; `state` says why."""

    code = "export_files_gone"
    status = 410


class LeaseLost(VitrinaError):
    """The job was cancelled, or another worker has it."""

    code = "export_lease_lost"
    status = 409


class JobFile(BaseModel):
    """A file of a job. `day` null: of a table without days; `name` null: there were no rows."""

    model_config = ConfigDict(frozen=True)

    part: int
    day: date | None
    name: str | None
    rows: int
    size_bytes: int
    sha256: str | None
    written_at: datetime


class ExportJob(BaseModel):
    """A job: what was ordered, and how far it is. `parts_done` of `parts` files are written (of a
    day each, or the only one); `rows` and `size_bytes` are theirs. `expires_at`: its files go then.
    `state` `erased`: they went because a shopper in them was erased."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    table_key: str
    layout: dict[str, Any]
    with_people: bool
    shop_ids: list[int]
    first_day: date
    last_day: date
    state: JobState
    error: str | None
    parts: int
    parts_done: int
    rows: int
    size_bytes: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class JobDraft:
    """What is ordered; `layout` is the API's own, `parts` the number of its files."""

    table_key: str
    layout: dict[str, Any]
    with_people: bool
    shop_ids: Sequence[int]
    first_day: date
    last_day: date
    parts: int
    run_id: int | None = None
    schedule_id: int | None = None


_JOBS = """
SELECT j.id, j.link_id, j.table_key, j.layout, j.with_people, j.shop_ids, j.first_day, j.last_day,
    j.state, j.error, j.parts, f.parts_done, f.rows, f.size_bytes, j.created_at, j.started_at,
    j.finished_at, j.expires_at
FROM export_jobs AS j JOIN access_links AS l ON l.id = j.link_id
CROSS JOIN LATERAL (SELECT count(*) AS parts_done, coalesce(sum(rows), 0)::bigint AS rows,
        coalesce(sum(size_bytes), 0)::bigint AS size_bytes
    FROM export_job_files WHERE job_id = j.id) AS f
"""
# Who sees a job: the link's own visitor and who manages it, if nothing in it is hidden from him.
_SEEN = f"""
{MANAGED} AND ($2::boolean OR NOT j.with_people)
    AND ($3::int[] IS NULL OR j.shop_ids <@ $3::int[])
"""
_CLAIM = f"""
UPDATE export_jobs SET state = 'running', worker = $1, lease_until = now() + $2::interval,
    attempts = attempts + (state = 'running')::int, started_at = coalesce(started_at, now())
WHERE id = (
    SELECT id FROM export_jobs
    WHERE state = 'queued' OR (state = 'running' AND lease_until < now() AND attempts < {ATTEMPTS})
    ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id
"""
_HELD = "id = $1 AND worker = $2 AND state = 'running'"
_LIVES = """
EXISTS (SELECT FROM access_links AS l WHERE l.id = export_jobs.link_id
    AND l.revoked_at IS NULL AND (l.expires_at IS NULL OR l.expires_at > now()))
"""


async def create(connection: Connection, visitor: Visitor, draft: JobDraft) -> UUID:
    """Orders a job; returns its id."""
    return await insert(connection, visitor.link_id, draft)


async def insert(connection: Connection, link_id: int, draft: JobDraft) -> UUID:
    """As `create`, for a link whose visitor is not here."""
    made: UUID = await connection.fetchval(
        "INSERT INTO export_jobs (link_id, table_key, layout, with_people, shop_ids, first_day, "
        "last_day, parts, run_id, schedule_id, deliver_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, "
        "$9, $10::bigint, CASE WHEN $10::bigint IS NOT NULL THEN now() END) RETURNING id",
        link_id,
        draft.table_key,
        draft.layout,
        draft.with_people,
        list(draft.shop_ids),
        draft.first_day,
        draft.last_day,
        draft.parts,
        draft.run_id,
        draft.schedule_id,
    )
    return made


async def listed(connection: Connection, visitor: Visitor) -> list[ExportJob]:
    """The jobs that the visitor may see, the newest first."""
    rows = await connection.fetch(
        f"{_JOBS} WHERE {_SEEN} ORDER BY j.created_at DESC LIMIT {LISTED}", *scope(visitor)
    )
    return [ExportJob(**row) for row in rows]


async def get(connection: Connection, visitor: Visitor, job_id: UUID) -> ExportJob:
    """Raises JobNotFound."""
    row = await connection.fetchrow(f"{_JOBS} WHERE {_SEEN} AND j.id = $4", *scope(visitor), job_id)
    if row is None:
        raise JobNotFound(f"there is no export {job_id} among those that you see")
    return ExportJob(**row)


async def cancel(connection: Connection, visitor: Visitor, job_id: UUID) -> None:
    """Ends a job and takes its files away; raises JobNotFound, JobOver."""
    await get(connection, visitor, job_id)
    ended = await connection.fetchval(
        "UPDATE export_jobs SET state = 'cancelled', finished_at = now() "
        "WHERE id = $1 AND state IN ('queued', 'running', 'done') RETURNING id",
        job_id,
    )
    if ended is None:
        raise JobOver("the export has ended already")


async def claim(connection: Connection, worker: str, lease: timedelta) -> ExportJob | None:
    """Takes the oldest job that nobody works on; None without one. One that was taken up too often
    fails: whatever it is, it ends its workers."""
    await connection.execute(
        "UPDATE export_jobs SET state = 'failed', error = 'worker_lost', finished_at = now() "
        "WHERE state = 'running' AND lease_until < now() AND attempts >= $1",
        ATTEMPTS,
    )
    claimed: UUID | None = await connection.fetchval(_CLAIM, worker, lease)
    if claimed is None:
        return None
    row = await connection.fetchrow(f"{_JOBS} WHERE j.id = $1", claimed)
    assert row is not None  # just claimed
    return ExportJob(**row)


async def renew(connection: Connection, job_id: UUID, worker: str, lease: timedelta) -> None:
    """Holds a job for longer; one whose link has ended is cancelled. Raises LeaseLost."""
    await connection.execute(
        "UPDATE export_jobs SET state = 'cancelled', error = 'link_ended', finished_at = now() "
        f"WHERE {_HELD} AND NOT {_LIVES}",
        job_id,
        worker,
    )
    held = await connection.fetchval(
        f"UPDATE export_jobs SET lease_until = now() + $3::interval WHERE {_HELD} RETURNING id",
        job_id,
        worker,
        lease,
    )
    if held is None:
        raise LeaseLost(f"export {job_id}: cancelled, or taken over")


async def add_file(connection: Connection, job_id: UUID, worker: str, file: JobFile) -> None:
    """Notes a whole file; raises LeaseLost."""
    held = await connection.fetchval(
        f"SELECT id FROM export_jobs WHERE {_HELD} FOR UPDATE", job_id, worker
    )
    if held is None:
        raise LeaseLost(f"export {job_id}: cancelled, or taken over")
    await connection.execute(
        "INSERT INTO export_job_files (job_id, part, day, name, rows, size_bytes, sha256) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (job_id, part) DO UPDATE "
        "SET name = $4, rows = $5, size_bytes = $6, sha256 = $7, written_at = now()",
        job_id,
        file.part,
        file.day,
        file.name,
        file.rows,
        file.size_bytes,
        bytes.fromhex(file.sha256) if file.sha256 else None,
    )


async def files(connection: Connection, job_id: UUID) -> list[JobFile]:
    """The files of a job that are written, in the order of their days."""
    rows = await connection.fetch(
        "SELECT part, day, name, rows, size_bytes, encode(sha256, 'hex') AS sha256, written_at "
        "FROM export_job_files WHERE job_id = $1 ORDER BY part",
        job_id,
    )
    return [JobFile(**row) for row in rows]


async def finish(connection: Connection, job_id: UUID, worker: str, kept: timedelta) -> int | None:
    """Closes a job whose files are all written, for so long; returns the export's note, if it has
    one. Raises LeaseLost."""
    row = await connection.fetchrow(
        "UPDATE export_jobs SET state = 'done', finished_at = now(), lease_until = NULL, "
        f"expires_at = now() + $3::interval WHERE {_HELD} RETURNING run_id",
        job_id,
        worker,
        kept,
    )
    if row is None:
        raise LeaseLost(f"export {job_id}: cancelled, or taken over")
    run_id: int | None = row["run_id"]
    return run_id


async def fail(connection: Connection, job_id: UUID, worker: str, error: str) -> None:
    """Closes a job that cannot be done; `error` is the code of why."""
    await connection.execute(
        "UPDATE export_jobs SET state = 'failed', error = $3, finished_at = now(), "
        f"lease_until = NULL WHERE {_HELD}",
        job_id,
        worker,
        error,
    )


async def release(connection: Connection, job_id: UUID, worker: str) -> None:
    """Gives a job back, for the store that it needs is away; that counts as no attempt."""
    await connection.execute(
        f"UPDATE export_jobs SET state = 'queued', worker = NULL, lease_until = NULL WHERE {_HELD}",
        job_id,
        worker,
    )


async def give_up(connection: Connection, job_id: UUID, worker: str) -> None:
    """Notes that the worker writes no more of a job that has ended: its files may be removed."""
    await connection.execute(
        "UPDATE export_jobs SET lease_until = NULL "
        "WHERE id = $1 AND worker = $2 AND state != 'running'",
        job_id,
        worker,
    )


async def withdraw(connection: Connection, shop_id: int, *, with_events: bool) -> None:
    """Takes away the files that may hold a shopper of the shop who is being erased: all with names
    and words of people; with their events, all. They are to be ordered again."""
    await connection.execute(
        "UPDATE export_jobs SET state = 'erased', finished_at = now() "
        "WHERE state IN ('queued', 'running', 'done', 'failed') AND $1 = ANY(shop_ids) "
        "AND (with_people OR $2)",
        shop_id,
        with_events,
    )


async def overdue(connection: Connection) -> list[UUID]:
    """The jobs whose files are to be removed now: expired, cancelled, failed, or of an erased
    person, once nobody writes any more. Forgets jobs that ended long ago."""
    await connection.execute(
        "UPDATE export_jobs SET state = 'expired' WHERE state = 'done' AND expires_at < now()"
    )
    await connection.execute(
        "DELETE FROM export_jobs WHERE files_removed_at < now() - $1::interval", _REMEMBERED
    )
    rows = await connection.fetch(
        "SELECT id FROM export_jobs WHERE files_removed_at IS NULL "
        "AND state IN ('failed', 'cancelled', 'expired', 'erased') "
        "AND coalesce(lease_until < now(), true) ORDER BY finished_at"
    )
    return [row["id"] for row in rows]


async def removed(connection: Connection, job_id: UUID) -> None:
    """Notes that the files of a job are gone, and lets go of what was sent to a chat."""
    await connection.execute(
        "DELETE FROM file_uses WHERE owner = $1 AND natural_key = $2", FILES_OWNER, str(job_id)
    )
    await connection.execute(
        "UPDATE export_jobs SET files_removed_at = now() WHERE id = $1", job_id
    )
