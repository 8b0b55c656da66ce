"""Whether anything has changed since a job last ran: otherwise nothing is computed."""

import hashlib
from datetime import UTC, datetime

import dagster as dg

from core.postgres import Connection
from core.shop.shops import all_shops
from core.zones import day_of

STATE_TAG = "vitrina/state"

# Events that arrived in ClickHouse, were erased or were corrected, and changed fraud verdicts.
_SEEN = """
SELECT (SELECT coalesce(sum(shipped_rows), 0) FROM shipments) AS arrived,
    (SELECT count(*) FROM erasures WHERE done_at IS NOT NULL) AS erased,
    (SELECT count(*) FROM order_corrections WHERE done_at IS NOT NULL) AS corrected,
    (SELECT count(*) FROM fraud_verdicts) AS judged,
    (SELECT max(published_at) FROM fraud_verdicts) AS judged_at,
    EXISTS (SELECT FROM bots WHERE state <> 'stopped') AS is_watched
"""


async def read_state(connection: Connection, now: datetime) -> str:
    """The state on which the figures depend, as a short text that changes only when they may.

    It changes with arriving events, with the shops and with each shop's calendar day. While a bot
    should be running it also changes every hour, because a silent bot's downtime grows.
    """
    seen = await connection.fetchrow(_SEEN)
    assert seen is not None
    shops = [
        (shop.id, shop.timezone, shop.currency, shop.retention_days, day_of(now, shop.timezone))
        for shop in await all_shops(connection)
    ]
    hour = f"{now.astimezone(UTC):%Y-%m-%d %H}" if seen["is_watched"] else ""
    everything = repr((*seen.values(), sorted(shops), hour))
    return hashlib.sha256(everything.encode()).hexdigest()[:16]


def was_done(instance: dg.DagsterInstance, job_name: str, state: str) -> bool:
    """Whether the job has succeeded since the last change."""
    done = dg.RunsFilter(
        job_name=job_name, tags={STATE_TAG: state}, statuses=[dg.DagsterRunStatus.SUCCESS]
    )
    return bool(instance.get_runs(done, limit=1))
