"""The roster: which workers are alive and their loads, as all of them see it in PostgreSQL."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bots.runtime.balance import IDLE, STAY_SECONDS, Free
from bots.runtime.leases import TTL
from core.postgres import BOTS_CHANNEL, Connection

_FREE_AT_ONCE = 1000
_KEPT = timedelta(days=1)  # what was lost is told for two hours: ingestion.checkup


@dataclass(frozen=True, slots=True)
class Report:
    """A worker's report about itself: cores, updates a second, bytes."""

    worker: str
    started_at: datetime
    updates_rate: float = 0.0
    cpu: float = 0.0
    rss_bytes: int = 0
    is_leaving: bool = False


async def report(connection: Connection, state: Report) -> None:
    """Records that the worker is alive, and its load."""
    await connection.execute(
        "INSERT INTO workers (name, seen_at, updates_rate, cpu, rss_bytes, is_leaving, "
        "started_at) VALUES ($1, now(), $2, $3, $4, $5, $6) "
        "ON CONFLICT (name) DO UPDATE SET seen_at = now(), updates_rate = $2, cpu = $3, "
        "rss_bytes = $4, is_leaving = $5, started_at = $6",
        state.worker,
        state.updates_rate,
        state.cpu,
        state.rss_bytes,
        state.is_leaving,
        state.started_at,
    )


async def forget_lost(connection: Connection) -> None:
    """Drops workers that were killed long ago: a new container has a new name each time."""
    await connection.execute("DELETE FROM workers WHERE seen_at < now() - $1::interval", _KEPT)


@dataclass(frozen=True, slots=True)
class Survey:
    """The fleet at one moment: the loads of the workers that take bots, and the free bots.

    `settled` are bots moved for balance a short while ago.
    """

    loads: dict[str, float]
    free: list[Free]
    settled: set[int]


async def has_free(connection: Connection) -> bool:
    """Whether a bot should run and nobody holds it; much cheaper than a survey."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM bots AS b LEFT JOIN bot_leases AS l ON l.bot_id = b.id "
        "WHERE b.state <> 'stopped' AND (l.bot_id IS NULL OR l.expires_at <= now()))"
    )
    return found


async def survey(connection: Connection, worker: str, *, own_too: bool = False) -> Survey:
    """Looks at the fleet. With `own_too`, what this worker's name holds counts as free."""
    loads = await connection.fetch(
        "SELECT w.name, coalesce(sum(l.load), 0)::float AS load FROM workers AS w "
        "LEFT JOIN bot_leases AS l ON l.worker = w.name AND l.expires_at > now() "
        "    AND NOT ($2 AND w.name = $3) "
        "WHERE w.seen_at > now() - $1::interval AND NOT w.is_leaving GROUP BY w.name",
        TTL,
        own_too,
        worker,
    )
    free = await connection.fetch(
        "SELECT b.id AS bot_id, coalesce(l.load, $1)::float AS load, "
        "CASE WHEN $2 AND l.worker = $3 THEN $3 ELSE l.heir END AS heir, "
        "greatest(0, extract(epoch FROM now() - coalesce(l.expires_at, b.created_at)))::float "
        "    AS seconds "
        "FROM bots AS b LEFT JOIN bot_leases AS l ON l.bot_id = b.id "
        "WHERE b.state <> 'stopped' "
        "AND (l.bot_id IS NULL OR l.expires_at <= now() OR ($2 AND l.worker = $3)) "
        "ORDER BY seconds DESC LIMIT $4",
        IDLE,
        own_too,
        worker,
        _FREE_AT_ONCE,
    )
    settled = await connection.fetch(
        "SELECT bot_id FROM bot_leases WHERE worker = $1 AND moved_at > now() - $2::interval",
        worker,
        timedelta(seconds=STAY_SECONDS),
    )
    return Survey(
        {row["name"]: row["load"] for row in loads},
        [Free(**row) for row in free],
        {row["bot_id"] for row in settled},
    )


async def leave(connection: Connection, worker: str) -> None:
    """The worker has ended; bots that it did not release are free."""
    await connection.execute(
        "WITH gone AS (UPDATE bot_leases SET worker = '', expires_at = now() "
        "    WHERE worker = $1 AND expires_at > now() RETURNING bot_id) "
        "SELECT pg_notify($2, bot_id::text) FROM gone",
        worker,
        BOTS_CHANNEL,
    )
    await connection.execute("DELETE FROM workers WHERE name = $1", worker)


@dataclass(frozen=True, slots=True)
class Entry:
    """A worker as the roster shows it; `load` and `cpu` in cores."""

    name: str
    started_at: datetime
    seen_at: datetime
    is_leaving: bool
    bots: int
    load: float
    updates_rate: float
    cpu: float
    rss_bytes: int


async def entries(connection: Connection) -> list[Entry]:
    """The workers alive, by name."""
    rows = await connection.fetch(
        "SELECT w.name, w.started_at, w.seen_at, w.is_leaving, count(l.bot_id) AS bots, "
        "coalesce(sum(l.load), 0)::float AS load, w.updates_rate, w.cpu, w.rss_bytes "
        "FROM workers AS w "
        "LEFT JOIN bot_leases AS l ON l.worker = w.name AND l.expires_at > now() "
        "WHERE w.seen_at > now() - $1::interval GROUP BY w.name ORDER BY w.name",
        TTL,
    )
    return [Entry(**row) for row in rows]
