"""Exports that are made every day or week, and brought to an owner's chat or to an address of S3.

A schedule makes a job (`core.shop.export_jobs`) when it is due; the job's file is brought when it
is done, with ever longer pauses until it has arrived.
"""

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from uuid import UUID

import structlog
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from core import zones
from core.errors import NotFound
from core.postgres import Connection
from core.secrets import KeyRing
from core.shop import access
from core.shop.access import Visitor
from core.shop.access_links import MANAGED, scope

log = structlog.get_logger()

Every = Literal["day", "week"]
ATTEMPTS = 10
SCHEDULES_A_LINK = 50
_LISTED = 500
_DELIVERY_LEASE = timedelta(minutes=30)
_UNREADABLE = timedelta(days=1)
_PAUSE = timedelta(minutes=1)  # before the second attempt; it doubles


class ScheduleNotFound(NotFound):
    """There is no such schedule among those that the visitor may see."""

    code = "export_schedule_not_found"


class OwnersChat(BaseModel):
    """An owner's chat with a bot: `GET /api/v1/access/owner-chats`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bot_id: int = Field(gt=0, lt=2**63)
    telegram_id: int = Field(gt=0, lt=2**63)


class S3Target(BaseModel):
    """A bucket of an object store that speaks S3. Files are named below `prefix`, by table and
    days."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    endpoint: str = Field(max_length=300, examples=["https://storage.yandexcloud.net"])
    bucket: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", examples=["reports"])
    region: str = Field(default="us-east-1", pattern=r"^[a-z0-9-]{1,40}$")
    prefix: str = Field(default="", max_length=200, pattern=r"^([A-Za-z0-9_-]+/)*$")


class S3Keys(BaseModel):
    """The keys of an object store: sealed, and never shown again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    access_key_id: str = Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")
    secret_access_key: SecretStr = Field(min_length=1, max_length=200)


class Rhythm(BaseModel):
    """When: every day, or every week on `weekday` (1 is Monday), at that hour of `timezone`. The
    file is of the day before, or of the seven days before."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    every: Every = "week"
    weekday: int = Field(default=1, ge=1, le=7)
    hour: int = Field(default=9, ge=0, le=23)

    def next_after(self, moment: datetime, timezone: str) -> datetime:
        """When it is due for the first time after that moment."""
        day = zones.day_of(moment, timezone)
        while True:
            due = zones.moment_at(day, time(self.hour), timezone)
            if due > moment and (self.every == "day" or day.isoweekday() == self.weekday):
                return due
            day += timedelta(days=1)

    def last_until(self, moment: datetime, timezone: str) -> datetime:
        """When it was due for the last time, at that moment or before."""
        day = zones.day_of(moment, timezone)
        while True:
            due = zones.moment_at(day, time(self.hour), timezone)
            if due <= moment and (self.every == "day" or day.isoweekday() == self.weekday):
                return due
            day -= timedelta(days=1)

    def days_before(self, due: datetime, timezone: str) -> tuple[date, date]:
        """The days of the file that is due at that moment."""
        day = zones.day_of(due, timezone)
        return day - timedelta(days=1 if self.every == "day" else 7), day - timedelta(days=1)


class ExportSchedule(Rhythm):
    """A schedule; `delivered_at` is when a file arrived last, `error` why the last one did not."""

    id: int
    table_key: str
    layout: dict[str, Any]
    with_people: bool
    shop_ids: list[int]
    timezone: str
    chat: OwnersChat | None
    s3: S3Target | None
    due_at: datetime
    created_at: datetime
    delivered_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class ScheduleDraft:
    """What is to be made, when, and where it goes: to a chat, or to a store with its keys."""

    table_key: str
    layout: dict[str, Any]
    with_people: bool
    shop_ids: Sequence[int]
    rhythm: Rhythm
    timezone: str
    chat: OwnersChat | None = None
    s3: S3Target | None = None
    keys: S3Keys | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A schedule that is due, with the link that it belongs to. `since`: the newest moment for
    which it was due, whose days the file is of."""

    schedule: ExportSchedule
    link_id: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """A job whose files are to be brought now, for the so many-th time."""

    job_id: UUID
    schedule_id: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A job's files that are to be brought, and where to."""

    job_id: UUID
    schedule: ExportSchedule
    days: tuple[date, date]
    keys: S3Keys | None


_SHOWN = """
s.id, s.link_id, s.table_key, s.layout, s.with_people, s.shop_ids, s.every, s.weekday, s.hour,
s.timezone, s.chat_bot_id, s.chat_telegram_id, s.target, s.keys_sealed, s.due_at, s.created_at,
s.delivered_at, s.error
"""
_SEEN = f"{MANAGED} AND ($3::int[] IS NULL OR s.shop_ids <@ $3::int[])"
_LIVES = "l.role = 'owner' AND l.revoked_at IS NULL AND (l.expires_at IS NULL OR l.expires_at > $1)"


_OF_ROW = (
    *("id", "table_key", "layout", "with_people", "shop_ids", "every", "weekday", "hour"),
    *("timezone", "due_at", "created_at", "delivered_at", "error"),
)


def _row_name(schedule_id: int) -> str:
    return f"export_schedules|{schedule_id}|keys"


def _read(row: Any) -> ExportSchedule:
    values = {name: row[name] for name in _OF_ROW}
    chat = None
    if row["chat_bot_id"] is not None:
        chat = OwnersChat(bot_id=row["chat_bot_id"], telegram_id=row["chat_telegram_id"])
    return ExportSchedule(**values, chat=chat, s3=row["target"])


async def create(
    connection: Connection, visitor: Visitor, draft: ScheduleDraft, keys: KeyRing, now: datetime
) -> ExportSchedule:
    """Makes a schedule; its first file comes when it is due next."""
    made: int = await connection.fetchval(
        "INSERT INTO export_schedules (link_id, table_key, layout, with_people, shop_ids, every, "
        "weekday, hour, timezone, chat_bot_id, chat_telegram_id, target, due_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING id",
        await access.lasting_link(connection, visitor.link_id),
        draft.table_key,
        draft.layout,
        draft.with_people,
        list(draft.shop_ids),
        draft.rhythm.every,
        draft.rhythm.weekday,
        draft.rhythm.hour,
        draft.timezone,
        draft.chat.bot_id if draft.chat else None,
        draft.chat.telegram_id if draft.chat else None,
        draft.s3.model_dump() if draft.s3 else None,
        draft.rhythm.next_after(now, draft.timezone),
    )
    if draft.keys is not None:
        plain = {
            "access_key_id": draft.keys.access_key_id,
            "secret_access_key": draft.keys.secret_access_key.get_secret_value(),
        }
        await connection.execute(
            "UPDATE export_schedules SET keys_sealed = $2 WHERE id = $1",
            made,
            keys.seal(json.dumps(plain).encode(), _row_name(made)),
        )
    return await get(connection, visitor, made)


async def listed(connection: Connection, visitor: Visitor) -> list[ExportSchedule]:
    """The schedules of links that the visitor manages, oldest first; without those that cannot be
    read, which are logged when they are due."""
    rows = await connection.fetch(
        f"SELECT {_SHOWN} FROM export_schedules AS s JOIN access_links AS l ON l.id = s.link_id "
        f"WHERE {_SEEN} ORDER BY s.id LIMIT {_LISTED}",
        *scope(visitor),
    )
    found = []
    for row in rows:
        with contextlib.suppress(ValueError):
            found.append(_read(row))
    return found


async def count(connection: Connection, visitor: Visitor) -> int:
    """How many the visitor's own link has, without those of links that it manages."""
    link_id = await access.lasting_link(connection, visitor.link_id)
    found: int = await connection.fetchval(
        "SELECT count(*) FROM export_schedules WHERE link_id = $1", link_id
    )
    return found


async def get(connection: Connection, visitor: Visitor, schedule_id: int) -> ExportSchedule:
    """Raises ScheduleNotFound."""
    return _read(await _row(connection, visitor, schedule_id))


async def _row(connection: Connection, visitor: Visitor, schedule_id: int) -> Any:
    """Raises ScheduleNotFound."""
    row = await connection.fetchrow(
        f"SELECT {_SHOWN} FROM export_schedules AS s JOIN access_links AS l ON l.id = s.link_id "
        f"WHERE {_SEEN} AND s.id = $4",
        *scope(visitor),
        schedule_id,
    )
    if row is None:
        raise ScheduleNotFound(f"there is no schedule {schedule_id} among those that you see")
    return row


async def delete(connection: Connection, visitor: Visitor, schedule_id: int) -> None:
    """Raises ScheduleNotFound. Files of it that are done are removed with their jobs."""
    await _row(connection, visitor, schedule_id)
    await connection.execute(
        "UPDATE export_jobs SET schedule_id = NULL, deliver_at = NULL, state = 'cancelled', "
        "finished_at = now() WHERE schedule_id = $1",
        schedule_id,
    )
    await connection.execute("DELETE FROM export_schedules WHERE id = $1", schedule_id)


async def run_now(connection: Connection, visitor: Visitor, schedule_id: int) -> None:
    """Makes it due at once; raises ScheduleNotFound."""
    await _row(connection, visitor, schedule_id)
    await connection.execute(
        "UPDATE export_schedules SET due_at = now() WHERE id = $1", schedule_id
    )


async def take_due(connection: Connection, now: datetime) -> Due | None:
    """The schedule that has been due for longest, moved on to its next time; None without one.
    Times that were missed are not made up for: only the last file is.

    One that cannot be read is put off by a day, with the reason in it, and keeps no other back.
    """
    while True:
        row = await connection.fetchrow(
            f"SELECT {_SHOWN} FROM export_schedules AS s JOIN access_links AS l "
            f"ON l.id = s.link_id WHERE s.due_at <= $1 AND {_LIVES} "
            "ORDER BY s.due_at LIMIT 1 FOR UPDATE OF s SKIP LOCKED",
            now,
        )
        if row is None:
            return None
        try:
            schedule = _read(row)
            next_due = schedule.next_after(now, schedule.timezone)
            since = max(schedule.due_at, schedule.last_until(now, schedule.timezone))
        except ValueError as error:
            log.exception("a scheduled export cannot be read", schedule_id=row["id"])
            await put_off(connection, row["id"], now, f"this schedule cannot be read: {error}")
            continue
        await connection.execute(
            "UPDATE export_schedules SET due_at = $2 WHERE id = $1", schedule.id, next_due
        )
        return Due(schedule, row["link_id"], since)


async def put_off(connection: Connection, schedule_id: int, now: datetime, error: str) -> None:
    """Says why the schedule makes no file, and tries it again in a day."""
    await connection.execute(
        "UPDATE export_schedules SET due_at = $2, error = $3 WHERE id = $1",
        schedule_id,
        now + _UNREADABLE,
        error[:500],
    )


async def take_delivery(connection: Connection, now: datetime) -> Turn | None:
    """The job whose files are to be brought now; None without one. Unless `arrived` or `failed` is
    called, another takes it up when its lease has run out."""
    row = await connection.fetchrow(
        "UPDATE export_jobs SET delivery_attempts = delivery_attempts + 1, deliver_at = $2 "
        "WHERE id = (SELECT j.id FROM export_jobs AS j "
        "JOIN export_schedules AS s ON s.id = j.schedule_id "
        "JOIN access_links AS l ON l.id = s.link_id "
        f"WHERE j.state = 'done' AND j.deliver_at <= $1 AND {_LIVES} "
        "ORDER BY j.deliver_at LIMIT 1 FOR UPDATE OF j SKIP LOCKED) "
        "RETURNING id, schedule_id, delivery_attempts",
        now,
        now + _DELIVERY_LEASE,
    )
    return None if row is None else Turn(*row)


async def delivery(connection: Connection, turn: Turn, keys: KeyRing) -> Delivery:
    """What is to be brought where. Raises ScheduleNotFound if it was deleted meanwhile, and what
    opening the keys raises."""
    row = await connection.fetchrow(
        f"SELECT {_SHOWN}, j.first_day, j.last_day FROM export_jobs AS j "
        "JOIN export_schedules AS s ON s.id = j.schedule_id WHERE j.id = $1",
        turn.job_id,
    )
    if row is None:
        raise ScheduleNotFound(f"schedule {turn.schedule_id} was deleted")
    opened = None
    if row["keys_sealed"] is not None:
        opened = S3Keys(**json.loads(keys.open(row["keys_sealed"], _row_name(row["id"]))))
    return Delivery(turn.job_id, _read(row), (row["first_day"], row["last_day"]), opened)


async def arrived(connection: Connection, turn: Turn) -> None:
    """Notes that the files were brought."""
    await connection.execute("UPDATE export_jobs SET deliver_at = NULL WHERE id = $1", turn.job_id)
    await connection.execute(
        "UPDATE export_schedules SET delivered_at = now(), error = NULL WHERE id = $1",
        turn.schedule_id,
    )


async def failed(connection: Connection, turn: Turn, error: str) -> None:
    """Notes why the files were not brought; after the last attempt they are not brought any
    more."""
    await connection.execute(
        "UPDATE export_schedules SET error = $2 WHERE id = $1", turn.schedule_id, error[:500]
    )
    again = None
    if turn.attempts < ATTEMPTS:
        again = _PAUSE * 2 ** (turn.attempts - 1)
    await connection.execute(
        "UPDATE export_jobs SET deliver_at = now() + $2::interval WHERE id = $1",
        turn.job_id,
        again,
    )
