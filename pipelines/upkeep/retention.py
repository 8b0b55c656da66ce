"""A shop's retention class is changed without rewriting what need not be.

New events carry the new class at once. Those that are there keep theirs, and are looked after as
they come near an end, a week at a time:

- a shorter class: what is older than it allows is deleted lightly (a mask, no rewriting);
- a longer class: a week that its old class is about to drop is moved to the new one. It is copied
  into a table of its own, that table's parts are attached to `events` (no materialized view sees
  them a second time), and then the old rows are masked. Each step may be repeated: a row that is in
  the new class already is not copied again, and only such rows are masked in the old one.
"""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from clickhouse_connect.driver.client import Client

from core.errors import Refused
from core.postgres import Connection

# A week is moved when its first event has so many days left, so that nothing is lost if the job is
# down for a week.
AHEAD_DAYS = 14
_STAGING = "staging_events_"

_WEEKS = """
SELECT shop_id, retention_days, toMonday(occurred_at) AS week, count() AS events
FROM events
WHERE shop_id IN {shops:Array(UInt32)}
GROUP BY shop_id, retention_days, week
ORDER BY shop_id, retention_days, week
"""
_EXPIRED = """
shop_id = {shop:UInt32} AND retention_days = {old:UInt16}
    AND occurred_at < {limit:DateTime64(3, 'UTC')}
"""
_WEEK = "shop_id = {shop:UInt32} AND toMonday(occurred_at) = {week:Date}"
_OLD = f"{_WEEK} AND retention_days = {{old:UInt16}}"
_ARRIVED = f"(SELECT shard, pos FROM events WHERE {_WEEK} AND retention_days = {{new:UInt16}})"


_LOCK = 0x7265746E  # any number of ours


class Busy(Refused):
    """Another upkeep of the stores is running."""

    code = "upkeep_busy"


@asynccontextmanager
async def alone(connection: Connection) -> AsyncIterator[None]:
    """While the block runs, no other upkeep does: two could both copy a week. Raises Busy if
    another is running."""
    if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
        raise Busy("another upkeep of the stores is at work: try again when it has ended")
    try:
        yield
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What was done for a shop: rows that expired and were deleted, rows that were moved to a
    longer class."""

    shop_id: int
    deleted: int
    moved: int


@dataclass(frozen=True, slots=True)
class Week:
    """Events of one shop, class and week (from its Monday)."""

    shop_id: int
    retention_days: int
    monday: date
    events: int


def weeks_of(client: Client, shop_ids: list[int]) -> list[Week]:
    """The weeks that these shops have."""
    found = client.query(_WEEKS, parameters={"shops": shop_ids})
    return [Week(*row) for row in found.result_rows]


def is_due(week: Week, retention_days: int, now: datetime) -> bool:
    """Whether the week needs upkeep, the shop's class being `retention_days`."""
    first = datetime.combine(week.monday, datetime.min.time(), UTC)
    if week.retention_days > retention_days:
        return first + timedelta(days=retention_days) < now
    runs_out = first + timedelta(days=week.retention_days)
    return week.retention_days < retention_days and runs_out < now + timedelta(days=AHEAD_DAYS)


def keep_up(client: Client, classes: dict[int, int], now: datetime) -> list[Upkeep]:
    """Does what is due for the shops, given each one's class in days; safe to repeat. Only one at a
    time may run (`alone`)."""
    _drop_abandoned(client)
    done: dict[int, Upkeep] = {}
    for week in weeks_of(client, sorted(classes)):
        target = classes[week.shop_id]
        if not is_due(week, target, now):
            continue
        known = done.get(week.shop_id, Upkeep(week.shop_id, 0, 0))
        if week.retention_days > target:
            deleted = _delete_expired(client, week, target, now)
            done[week.shop_id] = Upkeep(week.shop_id, known.deleted + deleted, known.moved)
        else:
            moved = _move(client, week, target)
            done[week.shop_id] = Upkeep(week.shop_id, known.deleted, known.moved + moved)
    return list(done.values())


def _delete_expired(client: Client, week: Week, target: int, now: datetime) -> int:
    where = f"{_EXPIRED} AND toMonday(occurred_at) = {{week:Date}}"
    values = {
        "shop": week.shop_id,
        "old": week.retention_days,
        "week": week.monday,
        "limit": now - timedelta(days=target),
    }
    found = client.query(f"SELECT count() FROM events WHERE {where}", parameters=values)
    count: int = found.result_rows[0][0]
    if count:
        client.command(
            f"DELETE FROM events WHERE {where}",
            parameters=values,
            settings={"lightweight_deletes_sync": 2},
        )
    return count


def _move(client: Client, week: Week, target: int) -> int:
    values = {
        "shop": week.shop_id,
        "old": week.retention_days,
        "new": target,
        "week": week.monday,
    }
    staging = f"{_STAGING}{uuid.uuid4().hex}"
    client.command(f"CREATE TABLE {staging} AS events")
    try:
        # From a subquery: next to the replaced column, its condition would refer to the new value.
        client.command(
            f"INSERT INTO {staging} SELECT * REPLACE ({{new:UInt16}} AS retention_days) FROM "
            f"(SELECT * FROM events WHERE {_OLD} AND (shard, pos) NOT IN {_ARRIVED})",
            parameters=values,
        )
        moved: int = client.query(f"SELECT count() FROM {staging}").result_rows[0][0]
        if moved:
            client.command(
                f"ALTER TABLE events ATTACH PARTITION ({target}, '{week.monday}') FROM {staging}"
            )
    finally:
        client.command(f"DROP TABLE {staging}")
    client.command(
        f"DELETE FROM events WHERE {_OLD} AND (shard, pos) IN {_ARRIVED}",
        parameters=values,
        settings={"lightweight_deletes_sync": 2, "allow_nondeterministic_mutations": 1},
    )
    return moved


def _drop_abandoned(client: Client) -> None:
    """Drops tables of a run that was killed; only one run works at a time."""
    found = client.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() "
        f"AND startsWith(name, '{_STAGING}')"
    )
    for (name,) in found.result_rows:
        client.command(f"DROP TABLE IF EXISTS {name}")
