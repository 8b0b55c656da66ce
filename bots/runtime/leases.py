"""Leases: which worker runs a bot, fenced by an epoch that rises with every change of holder.

A transaction of a holder locks its lease's row `FOR KEY SHARE`: that lets the heartbeat through,
but a taker (`FOR UPDATE SKIP LOCKED`) passes over a bot until its old holder's last transaction
has ended. So nothing of an old epoch can commit once a new one exists.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from core.postgres import BOTS_CHANNEL, Connection

TTL = timedelta(seconds=10)
HEARTBEAT_SECONDS = 3.0


class LeaseLost(Exception):
    """Another worker holds the bot, or may hold it: stop at once and write nothing."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run a bot: to use its session, to write for it, to send as it."""

    bot_id: int
    worker: str
    epoch: int


_TAKE = """
WITH free AS (
    SELECT l.bot_id FROM bot_leases AS l JOIN bots AS b ON b.id = l.bot_id
    WHERE b.state <> 'stopped' AND (l.expires_at <= now() OR ($3 AND l.worker = $1))
    ORDER BY l.expires_at, l.bot_id
    LIMIT $2
    FOR UPDATE OF l SKIP LOCKED
)
UPDATE bot_leases AS l SET worker = $1, epoch = l.epoch + 1, expires_at = now() + $4::interval
FROM free WHERE l.bot_id = free.bot_id
RETURNING l.bot_id, l.worker, l.epoch
"""


async def take(
    connection: Connection, worker: str, *, limit: int, own_too: bool = False
) -> list[Lease]:
    """Takes up to `limit` bots that nobody holds.

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
        rows = await connection.fetch(_TAKE, worker, limit, own_too, TTL)
    return [Lease(**row) for row in rows]


async def renew(connection: Connection, worker: str, leases: Iterable[Lease]) -> set[int]:
    """Prolongs the leases; gives the bots that are still this worker's."""
    held = list(leases)
    rows = await connection.fetch(
        "UPDATE bot_leases AS l SET expires_at = now() + $4::interval "
        "FROM unnest($2::bigint[], $3::bigint[]) AS held (bot_id, epoch) "
        "WHERE l.worker = $1 AND l.bot_id = held.bot_id AND l.epoch = held.epoch "
        "RETURNING l.bot_id",
        worker,
        [lease.bot_id for lease in held],
        [lease.epoch for lease in held],
        TTL,
    )
    return {row["bot_id"] for row in rows}


async def release(connection: Connection, lease: Lease) -> None:
    """Lets the bot go, and tells the other workers. The row stays: its epoch must keep rising."""
    await connection.execute(
        "WITH gone AS (UPDATE bot_leases SET expires_at = now() "
        "    WHERE bot_id = $1 AND worker = $2 AND epoch = $3 RETURNING bot_id) "
        "SELECT pg_notify($4, bot_id::text) FROM gone",
        lease.bot_id,
        lease.worker,
        lease.epoch,
        BOTS_CHANNEL,
    )


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


_ADMIT = """
WITH lease AS MATERIALIZED (
    SELECT bot_id FROM bot_leases
    WHERE bot_id = $1 AND worker = $2 AND epoch = $3 AND expires_at > now() FOR KEY SHARE
), entry AS (
    INSERT INTO inbox (bot_id, kind, natural_key) SELECT bot_id, $4, $5 FROM lease
    ON CONFLICT DO NOTHING RETURNING bot_id
)
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


async def fair_share(connection: Connection, worker: str) -> int:
    """Says that this worker is alive, and how many bots it should hold: their number divided by
    that of the workers alive, rounded up."""
    await connection.execute(
        "INSERT INTO workers (name, seen_at) VALUES ($1, now()) "
        "ON CONFLICT (name) DO UPDATE SET seen_at = now()",
        worker,
    )
    row = await connection.fetchrow(
        "SELECT (SELECT count(*) FROM bots WHERE state <> 'stopped') AS bots, "
        "(SELECT count(*) FROM workers WHERE seen_at > now() - $1::interval) AS workers",
        TTL,
    )
    assert row is not None  # a SELECT without FROM always gives a row
    return -(-int(row["bots"]) // max(1, int(row["workers"])))


async def leave(connection: Connection, worker: str) -> None:
    """The worker ends: the others' share grows at once."""
    await connection.execute("DELETE FROM workers WHERE name = $1", worker)
