"""The worker: a process that runs a fleet of bots, and hands them over when it is stopped."""

import asyncio
import os
import socket
from contextlib import suppress
from datetime import timedelta

from prometheus_client import CollectorRegistry

from bots.runtime.fleet import Fleet
from bots.runtime.fraud_watch import FraudWatch
from bots.runtime.jobs import JOB_SECONDS
from bots.runtime.leases import TTL
from bots.runtime.metrics import Metrics
from bots.runtime.server import Server
from bots.runtime.transaction_slots import Slots
from bots.runtime.worker_resources import Worker
from bots.sdk.loading import load
from core import health
from core.modules import Modules
from core.postgres import open_pool
from core.secrets import KeyRing
from core.settings import Settings

_CONNECTIONS = 20
_CHECKOUTS = 3  # more of them, for pre-checkouts
_RESERVED = 4  # for leases, sessions and the outboxes, beside the updates' transactions
_OPENINGS = 12
_POOL_SECONDS = 0.3
_TRANSACTION = timedelta(seconds=JOB_SECONDS) + TTL  # no transaction of ours may take as long
# Bounds of PostgreSQL for open transactions: a worker that is frozen in the middle of one would
# keep its bots from changing hands. Frozen between a query's preparation and its execution, it is
# not idle in PostgreSQL's eyes.
ENDING_WHAT_HANGS = {
    name: f"{round(bound.total_seconds() * 1000)}ms"
    for name, bound in (
        ("idle_in_transaction_session_timeout", TTL),
        ("transaction_timeout", _TRANSACTION),
    )
}


async def run(settings: Settings, *, name: str) -> None:
    """Runs a worker until it is cancelled; then hands its bots over to the other workers, a few at
    a time, or lets them go if there are none: within 25 seconds.

    `name` must not be another running worker's: a process of the same name takes over its bots.
    Without one it is the host's name and the process's number.
    Raises ConfigurationError if a setting is missing.
    """
    name = name or f"{socket.gethostname()}-{os.getpid()}"
    server = Server.of(settings)
    secret_keys = settings.secret_keys
    keys = KeyRing.parse(secret_keys.get_secret_value() if secret_keys else None)
    modules = load(Modules.discover())
    url = settings.database_url.get_secret_value()
    pool = await open_pool(
        url, size=_CONNECTIONS, application=f"vitrina worker {name}", settings=ENDING_WHAT_HANGS
    )
    checkouts = await open_pool(
        url,
        size=_CHECKOUTS,
        idle=_CHECKOUTS,
        application=f"vitrina worker {name} checkouts",
        settings=ENDING_WHAT_HANGS,
    )
    slots = Slots(_CONNECTIONS - _RESERVED)
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    openings = asyncio.Semaphore(_OPENINGS)
    fraud = FraudWatch(pool, settings.online_fraud)
    fleet = Fleet(
        Worker(name, pool, checkouts, keys, server, modules, slots, metrics, openings, fraud), url
    )
    try:
        async with health.serve(settings.health_host, settings.health_port, fleet.checks, registry):
            await fleet.run()
    finally:
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(pool.close(), checkouts.close()), _POOL_SECONDS)
        pool.terminate()
        checkouts.terminate()
