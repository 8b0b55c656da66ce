"""The shipper: events from PostgreSQL's outbox into ClickHouse, each counted exactly once.

One leader a shard (`shards`, `leadership`); several shippers share the shards.
"""

import asyncio
import contextlib

import structlog
from prometheus_client import CollectorRegistry

from core import health, postgres, shipments
from core.postgres import Connection
from core.settings import Settings
from ingestion import batches, leadership
from ingestion.attempts import POSTGRES_ERRORS, Trouble, backoff
from ingestion.checkup import watch
from ingestion.leadership import Share
from ingestion.meters import Meters
from ingestion.shards import ShardShipper
from ingestion.store import Store
from ingestion.webhook_sender import WebhookSender

log = structlog.get_logger()

_WATCH_SECONDS = 2.0
_PING_SECONDS = 2


async def _answers(url: str) -> bool:
    try:
        async with asyncio.timeout(_PING_SECONDS):
            connection = await postgres.connect(url)
            await connection.close()
    except POSTGRES_ERRORS:
        return False
    return True


class Shipper:
    """Ships all shards, including those that are added while it runs."""

    def __init__(self, settings: Settings, meters: Meters) -> None:
        self._url = settings.database_url.get_secret_value()
        self._store = Store(settings.clickhouse_url.get_secret_value())
        self._meters = meters
        self._share = Share()
        self._shippers: dict[int, ShardShipper] = {}

    async def run(self) -> None:
        """Ships until it is cancelled; survives either store going away."""
        try:
            async with asyncio.TaskGroup() as group:
                await self._watch(group)
        finally:
            await self._store.close()

    async def checks(self) -> dict[str, bool]:
        """What `/ready` checks: both stores, and that each shard has this process as leader or on
        standby."""
        found, stored = await asyncio.gather(_answers(self._url), self._store.answers())
        shippers = self._shippers.values()
        at_work = bool(shippers) and all(each.role != "waiting" for each in shippers)
        return {"postgres": found, "clickhouse": stored, "shipper": at_work}

    async def measure(self) -> None:
        """Sets the gauges of what waits; they keep their values while PostgreSQL is away."""
        with contextlib.suppress(*POSTGRES_ERRORS):
            async with leadership.session(self._url) as connection:
                self._meters.show(
                    await shipments.status(connection), await shipments.held_horizon(connection)
                )

    async def _watch(self, group: asyncio.TaskGroup) -> None:
        """Watches for new shards, and for other shippers."""
        trouble = Trouble(shard=0)
        delays = backoff()
        while True:
            try:
                async with leadership.session(self._url) as connection:
                    while True:
                        await self._look(connection, group)
                        trouble.over()
                        delays = backoff()
                        await asyncio.sleep(_WATCH_SECONDS)
            except POSTGRES_ERRORS as error:
                trouble.report("PostgreSQL", error)
            await asyncio.sleep(next(delays))

    async def _look(self, connection: Connection, group: asyncio.TaskGroup) -> None:
        found = await batches.shards(connection)
        await self._share.count(connection, len(found))
        for shard in found:
            if shard not in self._shippers:
                self._shippers[shard] = ShardShipper(
                    self._url, self._store, shard, share=self._share, meters=self._meters
                )
                group.create_task(self._shippers[shard].run())


async def run(settings: Settings) -> None:
    """Ships every shard, sends web hooks and looks after the installation until it is cancelled;
    answers on the health port."""
    registry = CollectorRegistry()
    shipper = Shipper(settings, Meters(registry))
    async with contextlib.AsyncExitStack() as stack:
        host, port = settings.health_host, settings.health_port
        page = health.serve(host, port, shipper.checks, registry, shipper.measure)
        await stack.enter_async_context(page)
        group = await stack.enter_async_context(asyncio.TaskGroup())
        group.create_task(WebhookSender(settings).run())
        group.create_task(watch.Watch(settings, registry, watch.sender(settings)).run())
        await shipper.run()
