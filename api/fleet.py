"""The fleet: which worker runs which bot, how busy both are, and what lags behind."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel

from core.postgres import Connection
from core.shop.bots import BotState

# A worker that was not seen for as long as a lease lives holds nothing.
_WORKERS = """
SELECT w.name, w.started_at, w.seen_at, w.is_leaving, w.updates_rate, w.cpu, w.rss_bytes,
    count(l.bot_id)::int AS bots, coalesce(sum(l.load), 0)::float AS load
FROM workers AS w LEFT JOIN bot_leases AS l ON l.worker = w.name AND l.expires_at > now()
GROUP BY w.name ORDER BY w.name
"""
_BOTS = """
SELECT b.id AS bot_id, b.shop_id, b.username, b.state, b.state_reason, b.paused_at,
    nullif(l.worker, '') AS worker, coalesce(l.is_open AND l.worker <> '', false) AS is_open,
    coalesce(l.load, 0)::float AS load, coalesce(l.updates_rate, 0)::float AS updates_rate,
    l.beaten_at AS heartbeat_at, to_timestamp(u.date) AS last_update_at,
    coalesce(o.waiting, 0)::int AS messages_waiting, o.oldest AS oldest_message_at,
    coalesce(j.overdue, 0)::int AS jobs_overdue, j.oldest AS oldest_job_at
FROM bots AS b
LEFT JOIN LATERAL (SELECT CASE WHEN expires_at > now() THEN worker ELSE '' END AS worker, is_open,
        load, updates_rate, beaten_at
    FROM bot_leases WHERE bot_id = b.id) AS l ON true
LEFT JOIN bot_update_states AS u ON u.bot_id = b.id AND u.state_id = 0
LEFT JOIN LATERAL (SELECT count(*) AS waiting, min(created_at) AS oldest FROM outgoing
    WHERE bot_id = b.id AND state = 'pending' AND not_before <= now()) AS o ON true
LEFT JOIN LATERAL (SELECT count(*) AS overdue, min(due_at) AS oldest FROM module_jobs
    WHERE bot_id = b.id AND not_before <= now()) AS j ON true
WHERE b.shop_id = ANY($1::int[]) AND b.removed_at IS NULL ORDER BY b.shop_id, b.id
"""


class WorkerOfFleet(BaseModel):
    """A worker, by its own last report: handled updates a second, cores, bytes; `load` is the
    measured work of its bots in cores."""

    name: str
    started_at: datetime
    seen_at: datetime
    is_leaving: bool
    updates_rate: float
    cpu: float
    rss_bytes: int
    bots: int
    load: float


class BotOfFleet(BaseModel):
    """A bot, and who runs it: `worker` null for nobody; `is_open`: it is connected and handles
    updates. `last_update_at` is Telegram's time of the last one that was handled. Messages and jobs
    that wait are due: how many, and since when."""

    bot_id: int
    shop_id: int
    username: str | None
    state: BotState
    state_reason: str | None
    paused_at: datetime | None
    worker: str | None
    is_open: bool
    load: float
    updates_rate: float
    heartbeat_at: datetime | None
    last_update_at: datetime | None
    messages_waiting: int
    oldest_message_at: datetime | None
    jobs_overdue: int
    oldest_job_at: datetime | None


class Fleet(BaseModel):
    """`workers` are the platform's: empty for those who do not see every shop."""

    bots: list[BotOfFleet]
    workers: list[WorkerOfFleet]


async def read_fleet(
    connection: Connection, shop_ids: Sequence[int], *, with_workers: bool
) -> Fleet:
    """The bots of these shops."""
    bots = await connection.fetch(_BOTS, list(shop_ids))
    workers = await connection.fetch(_WORKERS) if with_workers else []
    return Fleet(
        bots=[BotOfFleet(**row) for row in bots],
        workers=[WorkerOfFleet(**row) for row in workers],
    )
