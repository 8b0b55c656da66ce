"""Leases: which worker runs a bot, fenced by an epoch that rises with every change of holder.

A transaction of a holder locks its lease's row `FOR KEY SHARE`: that lets the heartbeat through,
but a taker (`FOR UPDATE SKIP LOCKED`) passes over a bot until its old holder's last transaction
has ended. So nothing of an old epoch can commit once a new one exists.

What is sent is fenced by time: see `LeaseDeadline`.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bots.runtime.balance import Estimate
from core.postgres import BOTS_CHANNEL, Connection

TTL = timedelta(seconds=10)
HEARTBEAT_SECONDS = 3.0
_MARGIN_SECONDS = 0.5  # between the deadline and the end of the lease
# It goes on while the machine sleeps, and nobody can set it.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class LeaseLost(Exception):
    """Another worker holds the bot, or may hold it: stop at once and write nothing."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run a bot: to use its session, to write for it, to send as it."""

    bot_id: int
    worker: str
    epoch: int


def clock() -> float:
    """Seconds of the clock that deadlines are measured by."""
    return time.clock_gettime(_CLOCK)


class LeaseDeadline:
    """Until when this process may act for a bot, by its own clock.

    PostgreSQL counts the time to live from when it handles the heartbeat; here it is counted from
    when the heartbeat was sent, which is earlier. So the deadline comes before the lease ends,
    whatever the two clocks show, and a process that was frozen finds it passed first of all.
    """

    def __init__(self, began: float) -> None:
        self._until = 0.0
        self.extend(began)

    @property
    def has_passed(self) -> bool:
        return clock() >= self._until

    def extend(self, began: float) -> None:
        """A renewal that was sent at `began` (by `clock`) has succeeded."""
        self._until = began + TTL.total_seconds() - _MARGIN_SECONDS

    def end(self) -> None:
        """The lease is known to be lost."""
        self._until = 0.0


_TAKE = """
WITH free AS (
    SELECT l.bot_id FROM bot_leases AS l JOIN bots AS b ON b.id = l.bot_id
    WHERE b.state <> 'stopped' AND (l.expires_at <= now() OR ($3 AND l.worker = $1))
        AND ($5::bigint[] IS NULL OR l.bot_id = ANY ($5))
    ORDER BY l.expires_at, l.bot_id
    LIMIT $2
    FOR UPDATE OF l SKIP LOCKED
)
UPDATE bot_leases AS l
SET worker = $1, epoch = l.epoch + 1, expires_at = now() + $4::interval, heir = NULL,
    is_open = false
FROM free WHERE l.bot_id = free.bot_id
RETURNING l.bot_id, l.worker, l.epoch
"""


async def take(
    connection: Connection,
    worker: str,
    *,
    limit: int,
    own_too: bool = False,
    only: Sequence[int] | None = None,
) -> list[Lease]:
    """Takes up to `limit` bots that nobody holds, of all or of some.

    With `own_too`, also those that an earlier process of the same name left behind: for a worker's
    start, so that a restart need not wait for the time to live.
    """
    async with connection.transaction():
        await connection.execute(
            "INSERT INTO bot_leases (bot_id, worker, epoch, expires_at) "
            "SELECT b.id, '', 0, b.created_at FROM bots AS b "
            "WHERE NOT EXISTS (SELECT 1 FROM bot_leases AS l WHERE l.bot_id = b.id) "
            "ON CONFLICT DO NOTHING"
        )
        rows = await connection.fetch(_TAKE, worker, limit, own_too, TTL, only)
    return [Lease(**row) for row in rows]


async def renew(
    connection: Connection,
    worker: str,
    leases: Iterable[Lease],
    estimates: Mapping[int, Estimate] | None = None,
) -> set[int]:
    """Prolongs the leases and notes the bots' measured work; gives the bots that are still this
    worker's."""
    held = list(leases)
    known = estimates or {}
    found = [known.get(lease.bot_id) for lease in held]
    rows = await connection.fetch(
        "UPDATE bot_leases AS l SET expires_at = now() + $4::interval, "
        "load = coalesce(held.load, l.load), updates_rate = coalesce(held.rate, l.updates_rate) "
        "FROM unnest($2::bigint[], $3::bigint[], $5::real[], $6::real[]) "
        "    AS held (bot_id, epoch, load, rate) "
        "WHERE l.worker = $1 AND l.bot_id = held.bot_id AND l.epoch = held.epoch "
        "RETURNING l.bot_id",
        worker,
        [lease.bot_id for lease in held],
        [lease.epoch for lease in held],
        TTL,
        [each.load if each else None for each in found],
        [each.rate if each else None for each in found],
    )
    return {row["bot_id"] for row in rows}


async def release(
    connection: Connection, lease: Lease, *, heir: str | None = None, moved: bool = False
) -> None:
    """Lets the bot go, perhaps to an heir (`moved`: for balance), and tells the other workers. The
    row stays, as its epoch must keep rising; without a worker, so that a heartbeat that is on its
    way does not prolong it."""
    await connection.execute(
        "WITH gone AS (UPDATE bot_leases SET worker = '', expires_at = now(), heir = $5, "
        "        moved_at = CASE WHEN $6 THEN now() ELSE moved_at END "
        "    WHERE bot_id = $1 AND worker = $2 AND epoch = $3 RETURNING bot_id) "
        "SELECT pg_notify($4, bot_id::text) FROM gone",
        lease.bot_id,
        lease.worker,
        lease.epoch,
        BOTS_CHANNEL,
        heir,
        moved,
    )


async def note_open(connection: Connection, lease: Lease) -> None:
    """The holder handles the bot's updates: whoever handed it over may hand over the next."""
    await connection.execute(
        "UPDATE bot_leases SET is_open = true WHERE bot_id = $1 AND worker = $2 AND epoch = $3",
        lease.bot_id,
        lease.worker,
        lease.epoch,
    )


async def is_open_since(connection: Connection, lease: Lease) -> bool:
    """Whether a later holder than that of `lease` handles the bot's updates."""
    found: bool | None = await connection.fetchval(
        "SELECT is_open AND epoch > $2 FROM bot_leases WHERE bot_id = $1",
        lease.bot_id,
        lease.epoch,
    )
    return bool(found)


async def check(connection: Connection, lease: Lease) -> None:
    """Raises LeaseLost, or keeps the bot from changing hands until the transaction ends."""
    held = await connection.fetchval(
        "SELECT true FROM bot_leases WHERE bot_id = $1 AND worker = $2 AND epoch = $3 "
        "AND expires_at > now() FOR KEY SHARE",
        lease.bot_id,
        lease.worker,
        lease.epoch,
    )
    if not held:
        raise LeaseLost(f"bot {lease.bot_id}, epoch {lease.epoch}")


# Of the lease and an update's kind and natural key: the beginning of a statement.
ADMIT = """
WITH lease AS MATERIALIZED (
    SELECT bot_id FROM bot_leases
    WHERE bot_id = $1 AND worker = $2 AND epoch = $3 AND expires_at > now() FOR KEY SHARE
), entry AS (
    INSERT INTO inbox (bot_id, kind, natural_key) SELECT bot_id, $4, $5 FROM lease
    ON CONFLICT DO NOTHING RETURNING bot_id
)
"""
_ADMIT = f"""
{ADMIT}
SELECT EXISTS (SELECT 1 FROM lease) AS held, EXISTS (SELECT 1 FROM entry) AS is_new
"""


async def admit(connection: Connection, lease: Lease, kind: str, natural_key: str) -> bool:
    """Checks the lease and enters an update in the inbox, in one statement.

    False if it was handled before. Raises LeaseLost.
    """
    row = await connection.fetchrow(
        _ADMIT, lease.bot_id, lease.worker, lease.epoch, kind, natural_key
    )
    assert row is not None  # a SELECT of two EXISTS always gives a row
    if not row["held"]:
        raise LeaseLost(f"bot {lease.bot_id}, epoch {lease.epoch}")
    return bool(row["is_new"])


_ADMIT_ALL = """
WITH lease AS MATERIALIZED (
    SELECT bot_id FROM bot_leases
    WHERE bot_id = $1 AND worker = $2 AND epoch = $3 AND expires_at > now() FOR KEY SHARE
), entries AS (
    INSERT INTO inbox (bot_id, kind, natural_key)
    SELECT lease.bot_id, u.kind, u.natural_key
    FROM lease, unnest($4::text[], $5::text[]) AS u (kind, natural_key)
    ON CONFLICT DO NOTHING RETURNING kind, natural_key
)
SELECT EXISTS (SELECT 1 FROM lease) AS held,
    (SELECT array_agg(kind) FROM entries) AS kinds,
    (SELECT array_agg(natural_key) FROM entries) AS natural_keys
"""


async def admit_all(
    connection: Connection, lease: Lease, entries: Sequence[tuple[str, str]]
) -> set[tuple[str, str]]:
    """`admit` for several (kind, natural key) at once; gives those that are new."""
    row = await connection.fetchrow(
        _ADMIT_ALL,
        lease.bot_id,
        lease.worker,
        lease.epoch,
        [kind for kind, _ in entries],
        [natural_key for _, natural_key in entries],
    )
    assert row is not None  # a SELECT without FROM always gives a row
    if not row["held"]:
        raise LeaseLost(f"bot {lease.bot_id}, epoch {lease.epoch}")
    return set(zip(row["kinds"] or (), row["natural_keys"] or (), strict=True))


async def beat(connection: Connection, worker: str, leases: Iterable[Lease]) -> set[int]:
    """The bots whose heartbeat of this minute is still to be emitted, in the same transaction:
    whoever holds a bot, each minute gives it out once."""
    held = list(leases)
    rows = await connection.fetch(
        "UPDATE bot_leases AS l SET beaten_at = date_trunc('minute', now()) "
        "FROM unnest($2::bigint[], $3::bigint[]) AS held (bot_id, epoch) "
        "WHERE l.worker = $1 AND l.bot_id = held.bot_id AND l.epoch = held.epoch "
        "AND l.expires_at > now() "
        "AND (l.beaten_at IS NULL OR l.beaten_at < date_trunc('minute', now())) "
        "RETURNING l.bot_id",
        worker,
        [lease.bot_id for lease in held],
        [lease.epoch for lease in held],
    )
    return {row["bot_id"] for row in rows}


async def note_login(
    connection: Connection, lease: Lease, *, most: int, within: timedelta
) -> datetime | None:
    """Notes that the bot is about to log in from its token, or gives the time before which it must
    not: after `most` logins with one token `within` that time. In a transaction that has checked
    the lease."""
    row = await connection.fetchrow(
        "SELECT b.token_tail, now() AS now, "
        "CASE WHEN l.logins_tail = b.token_tail THEN l.logins ELSE '{}' END AS logins "
        "FROM bot_leases AS l JOIN bots AS b ON b.id = l.bot_id WHERE l.bot_id = $1",
        lease.bot_id,
    )
    assert row is not None  # the lease has been checked
    recent = [moment for moment in row["logins"] if moment + within > row["now"]]
    if len(recent) >= most:
        earliest: datetime = recent[-most]
        return earliest + within
    await connection.execute(
        "UPDATE bot_leases SET logins = $2, logins_tail = $3 WHERE bot_id = $1",
        lease.bot_id,
        [*recent, row["now"]],
        row["token_tail"],
    )
    return None
