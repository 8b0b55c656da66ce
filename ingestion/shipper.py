"""The shipper: events from PostgreSQL's outbox into ClickHouse, each counted exactly once.

One leader a shard. It records the next batch, sends it until ClickHouse has it, and closes it; a
batch on record is sent again as it was, by whoever leads next. Nothing that is killed in between,
here or in either store, loses or doubles a row (`batches`, `delivery`).
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Iterator
from typing import Literal, TypeAlias

import asyncpg
import structlog
from clickhouse_connect.driver.asyncclient import AsyncClient
from clickhouse_connect.driver.exceptions import Error as ClickHouseError

from core import clickhouse, health, postgres
from core.postgres import Connection
from core.settings import Settings
from ingestion import batches, clusters, delivery, leadership, retention, slots
from ingestion.announcements import Announcements
from ingestion.batches import Batch, Overtaken, Position

log = structlog.get_logger()

BATCH_ROWS = 50_000
_BUSY_SECONDS = 0.2  # after a batch that was not full: leaves ClickHouse few and larger parts
_IDLE_SECONDS = 0.5
_UPKEEP_SECONDS = 5.0
_SWEEP_SECONDS = 3600.0  # what expires has waited for days
_PING_SECONDS = 2

Role: TypeAlias = Literal["waiting", "standby", "leader"]
_POSTGRES_ERRORS = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


def backoff(first: float = 0.1, most: float = 5.0) -> Iterator[float]:
    """Seconds to wait before each next attempt: doubling, with jitter, without end."""
    seconds = first
    while True:
        yield seconds * random.uniform(0.5, 1.0)
        seconds = min(most, seconds * 2)


class Store:
    """ClickHouse's client, opened when it is first needed: the server may come later than we."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: AsyncClient | None = None
        self._opening = asyncio.Lock()

    async def client(self) -> AsyncClient:
        """Raises Undelivered while the server cannot be reached."""
        async with self._opening:
            if self._client is None:
                try:
                    self._client = await clickhouse.open_async_client(self._url)
                except (ClickHouseError, OSError, TimeoutError) as error:
                    raise delivery.Undelivered(str(error).splitlines()[0]) from error
            return self._client

    async def answers(self) -> bool:
        try:
            async with asyncio.timeout(_PING_SECONDS):
                return await (await self.client()).ping()
        except (delivery.Undelivered, TimeoutError):
            return False

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()


class Trouble:
    """Says once that something went wrong, and once that it is over, however many attempts."""

    def __init__(self, shard: int) -> None:
        self._log = log.bind(shard=shard)
        self._reason = ""

    def report(self, store: str, error: BaseException) -> None:
        reason = f"{store}: {str(error).strip() or type(error).__name__}"
        if reason != self._reason:
            self._log.warning("shipping is held up, trying again", reason=reason)
        self._reason = reason

    def over(self) -> None:
        if self._reason:
            self._log.info("shipping goes on")
        self._reason = ""


class ShardShipper:
    """Ships one shard for as long as it runs, or stands by for the one who does."""

    def __init__(
        self, database_url: str, store: Store, shard: int, *, batch_rows: int = BATCH_ROWS
    ) -> None:
        self.role: Role = "waiting"
        self._database_url = database_url
        self._store = store
        self._shard = shard
        self._batch_rows = batch_rows
        self._limit = batch_rows
        self._trouble = Trouble(shard)
        self._announcements = Announcements()
        self._next_upkeep = 0.0
        self._next_sweep = 0.0
        self._log = log.bind(shard=shard)

    async def run(self) -> None:
        """Leads whenever it can; ends only when it is cancelled."""
        delays = backoff()
        while True:
            try:
                async with leadership.lead(
                    self._database_url, self._shard, on_standby=self._stand_by
                ) as connection:
                    self._take_over()
                    delays = backoff()
                    await self._lead(connection)
            except (*_POSTGRES_ERRORS, Overtaken) as error:
                self._trouble.report("PostgreSQL", error)
            finally:
                self.role = "waiting"
            await asyncio.sleep(next(delays))

    def _stand_by(self) -> None:
        if self.role != "standby":
            self._log.info("another shipper leads the shard, standing by")
        self.role = "standby"
        self._trouble.over()

    def _take_over(self) -> None:
        self.role = "leader"
        self._log.info("leading the shard")
        self._trouble.over()

    async def _lead(self, connection: Connection) -> None:
        await clusters.adopt(connection, self._shard)
        position, batch = await batches.under_way(connection, self._shard)
        pause = 0.0
        while True:
            if batch is None:
                batch = await batches.record(connection, self._shard, position, self._limit)
            if batch is None:
                pause = min(_IDLE_SECONDS, pause + 0.1)
            else:
                pause = 0 if batch.rows == self._limit else _BUSY_SECONDS
                position, batch = await self._ship(connection, batch)
                if batch is not None:  # what is left of one that was refused
                    continue
            await self._announcements.send(connection)
            await self._keep_up(connection)
            if pause:
                await asyncio.sleep(pause)

    async def _ship(self, connection: Connection, batch: Batch) -> tuple[Position, Batch | None]:
        """Brings the batch on its way; returns the shard's place and what is now on record."""
        try:
            await self._deliver(connection, batch)
        except delivery.Rejected as rejection:
            return await self._narrow(connection, batch, rejection)
        position = await batches.close(connection, batch)
        self._announcements.add(batch.shop_ids)
        self._limit = min(self._batch_rows, self._limit * 2)
        return position, None

    async def _deliver(self, connection: Connection, batch: Batch) -> None:
        """Sends it, again and again while ClickHouse is away; raises Rejected."""
        for delay in backoff():
            try:
                await delivery.deliver(connection, await self._store.client(), batch)
            except delivery.Undelivered as error:
                self._trouble.report("ClickHouse", error)
                await asyncio.sleep(delay)
            except delivery.BatchChanged as error:
                self._trouble.report("the outbox", error)
                await asyncio.sleep(delay)
            else:
                self._trouble.over()
                return

    async def _narrow(
        self, connection: Connection, batch: Batch, rejection: delivery.Rejected
    ) -> tuple[Position, Batch | None]:
        """Goes on with the first half, under its own token; of one row makes a dead letter."""
        if batch.rows > 1:
            self._limit = batch.rows // 2
            half = await batches.record(
                connection, self._shard, batch.start, self._limit, instead_of=batch
            )
            return batch.start, half
        self._log.error("a dead letter", pos=batch.end.pos, error=rejection.detail)
        return await batches.bury(connection, batch, rejection.detail), None

    async def _keep_up(self, connection: Connection) -> None:
        """The outbox's slots and expired rows are the first shard's leader's to clear away."""
        now = time.monotonic()
        if self._shard != 0 or now < self._next_upkeep:
            return
        self._next_upkeep = now + _UPKEEP_SECONDS
        await slots.upkeep(connection)
        # While more is left, it goes on with the next upkeep.
        if now >= self._next_sweep and not await retention.sweep(connection):
            self._next_sweep = now + _SWEEP_SECONDS


async def _find_shards(url: str) -> list[int]:
    """Tries until PostgreSQL is there and migrated."""
    trouble = Trouble(shard=0)
    for delay in backoff():
        try:
            connection = await postgres.connect(url)
            try:
                return await batches.shards(connection)
            finally:
                await connection.close()
        except _POSTGRES_ERRORS as error:
            trouble.report("PostgreSQL", error)
            await asyncio.sleep(delay)
    raise AssertionError("backoff has no end")


async def _answers(url: str) -> bool:
    try:
        async with asyncio.timeout(_PING_SECONDS):
            connection = await postgres.connect(url)
            await connection.close()
    except _POSTGRES_ERRORS:
        return False
    return True


async def run(settings: Settings) -> None:
    """Ships every shard until it is cancelled; survives either store going away."""
    url = settings.database_url.get_secret_value()
    store = Store(settings.clickhouse_url.get_secret_value())
    shippers: list[ShardShipper] = []

    async def checks() -> dict[str, bool]:
        found, stored = await asyncio.gather(_answers(url), store.answers())
        at_work = bool(shippers) and all(shipper.role != "waiting" for shipper in shippers)
        return {"postgres": found, "clickhouse": stored, "shipper": at_work}

    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(store.close)
        await stack.enter_async_context(
            health.serve(settings.health_host, settings.health_port, checks)
        )
        shippers += [ShardShipper(url, store, shard) for shard in await _find_shards(url)]
        async with asyncio.TaskGroup() as group:
            for shipper in shippers:
                group.create_task(shipper.run())
