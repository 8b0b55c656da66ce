"""Ships one shard from the outbox to ClickHouse, batch after batch.

While ClickHouse takes a batch, the next one is read; it is recorded in the statement that closes
the one before, and only then sent. A recorded batch is sent again as it was, by whichever shipper
leads next. No row is lost or doubled, whatever is killed in between (`batches`, `delivery`).
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import structlog

from core.postgres import Connection
from ingestion import batches, clusters, contents, delivery, leadership, outbox_slots, retention
from ingestion.announcements import Announcements
from ingestion.attempts import POSTGRES_ERRORS, Trouble, backoff, retrying
from ingestion.batches import Batch, Overtaken, Position
from ingestion.contents import BatchChanged, Contents, Rejected
from ingestion.gathering import LARGE_ROWS, Gathering, Waiting
from ingestion.leadership import Share
from ingestion.meters import Meters
from ingestion.store import Store

log = structlog.get_logger()

BATCH_ROWS = 50_000
_IDLE_SECONDS = 0.5
_UPKEEP_SECONDS = 5.0
_SWEEP_SECONDS = 3600.0  # expired rows may wait: they have waited for days
_LEAVE_SECONDS = 3.0  # time for another shipper to take a shard that was left to it


@dataclass(frozen=True, slots=True)
class _Load:
    """A recorded batch, and its rows."""

    batch: Batch
    contents: Contents


Role: TypeAlias = Literal["waiting", "standby", "leader"]


class ShardShipper:
    """Ships one shard for as long as it runs, or stands by for its leader."""

    def __init__(
        self,
        database_url: str,
        store: Store,
        shard: int,
        *,
        batch_rows: int = BATCH_ROWS,
        share: Share | None = None,
        meters: Meters | None = None,
        gathering: Gathering | None = None,
    ) -> None:
        self.role: Role = "waiting"
        self.shard = shard
        self._database_url = database_url
        self._store = store
        self._share = share or Share()
        self._meters = meters or Meters()
        self._batch_rows = batch_rows
        self._limit = batch_rows
        self._trouble = Trouble(shard)
        self._announcements = Announcements()
        self._gathering = gathering or Gathering(large_rows=min(LARGE_ROWS, batch_rows))
        self._next_upkeep = 0.0
        self._next_sweep = 0.0
        self._log = log.bind(shard=shard)

    async def run(self) -> None:
        """Leads whenever it can; ends only when it is cancelled."""
        delays = backoff()
        while True:
            pause = None
            try:
                async with (
                    leadership.lead(
                        self._database_url, self.shard, self._share, on_standby=self._stand_by
                    ) as connection,
                    leadership.session(self._database_url) as reader,
                ):
                    self._take_over()
                    delays = backoff()
                    await self._lead(connection, reader)
                self._log.info("the shard is left to another shipper")
                self.role, pause = "standby", _LEAVE_SECONDS
            except (*POSTGRES_ERRORS, Overtaken) as error:
                self._trouble.report("PostgreSQL", error)
                self.role = "waiting"
            finally:
                self._meters.leads(self.shard, False)
            await asyncio.sleep(pause or next(delays))

    def _stand_by(self) -> None:
        if self.role != "standby":
            self._log.info("another shipper leads the shard, standing by")
        self.role = "standby"
        self._trouble.over()

    def _take_over(self) -> None:
        self.role = "leader"
        self._meters.leads(self.shard, True)
        self._log.info("leading the shard")
        self._trouble.over()

    async def _lead(self, connection: Connection, reader: Connection) -> None:
        """Ships until the shard should be another shipper's."""
        await clusters.adopt(connection, self.shard)
        position, batch = await batches.under_way(connection, self.shard)
        load = await self._recall(connection, reader, batch) if batch else None
        pause = 0.0
        while True:
            load = load or await self._load(connection, reader, position)
            if load is None:
                pause = min(_IDLE_SECONDS, pause + 0.1)
            else:
                pause, is_full = 0.0, load.batch.rows >= self._limit
                position, load = await self._ship(connection, reader, load)
                if not is_full:
                    await self._announcements.send(connection)
                    # Around a row that was refused, what may go has waited long enough.
                    if self._limit == self._batch_rows:
                        await self._gather(reader, position)
            await self._announcements.send(connection)
            if await self._keep_up(connection) and self._share.is_beyond(self.shard):
                return
            if pause:
                await asyncio.sleep(pause)

    async def _gather(self, reader: Connection, position: Position) -> None:
        """Waits for more rows after a small batch: fewer and larger parts."""

        async def look(limit: int) -> Waiting:
            return await contents.look(reader, self.shard, position, limit)

        await self._gathering.wait(look)

    async def _load(
        self, connection: Connection, reader: Connection, position: Position
    ) -> _Load | None:
        """Reads the next batch and records it.

        Counted first, because reading packs thirty columns, which costs the same without any row.
        """
        if not await contents.count_next(reader, self.shard, position, 1):
            return None
        found = await contents.read_next(reader, self.shard, position, self._limit)
        return _Load(await batches.record(connection, found.range), found) if found else None

    async def _recall(self, connection: Connection, reader: Connection, batch: Batch) -> _Load:
        """Reads the batch that was recorded before; tries again while the outbox has other rows."""
        async for attempt in retrying(BatchChanged):
            with attempt:
                try:
                    return _Load(batch, await contents.read_again(reader, batch))
                except BatchChanged as error:
                    await self._fail(connection, "the outbox", error)
                    raise
        raise AssertionError("the attempts have no end")

    async def _ship(
        self, connection: Connection, reader: Connection, load: _Load
    ) -> tuple[Position, _Load | None]:
        """Sends the batch; returns the shard's position and the batch that is recorded now."""
        batch = load.batch
        async with self._reading_ahead(reader, batch) as ahead:
            try:
                size = await self._deliver(connection, load)
            except Rejected as rejection:
                refused = rejection
            else:
                found = await ahead if ahead else None
                following = await batches.close(
                    connection, batch, following=found.range if found else None, size=size
                )
                self._announcements.add(batch.shop_ids)
                self._limit = min(self._batch_rows, self._limit * 2)
                return batch.end, _Load(following, found) if following and found else None
            if ahead:
                await ahead  # the connection for reading is free again
        return await self._narrow(connection, reader, batch, refused)

    @contextlib.asynccontextmanager
    async def _reading_ahead(
        self, reader: Connection, batch: Batch
    ) -> AsyncIterator[asyncio.Task[Contents | None] | None]:
        """Reads the next batch while a full one is sent; after a smaller one nothing waits yet."""
        if batch.rows < self._limit:
            yield None
            return
        task = asyncio.create_task(
            contents.read_next(reader, self.shard, batch.end, self._batch_rows)
        )
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _deliver(self, connection: Connection, load: _Load) -> int:
        """Sends it, again and again while ClickHouse is away, and returns its size in bytes.

        Raises Rejected.
        """
        body = load.contents.native()
        async for attempt in retrying(delivery.Undelivered):
            with attempt:
                try:
                    await delivery.deliver(await self._store.client(), load.batch, body)
                except delivery.Undelivered as error:
                    await self._fail(connection, "ClickHouse", error)
                    raise
        self._trouble.over()
        self._gathering.sent(time.monotonic())
        self._meters.shipped(self.shard, load.batch.rows, len(body))
        return len(body)

    async def _fail(self, connection: Connection, store: str, error: Exception) -> None:
        self._meters.failed(self.shard)
        reason = self._trouble.report(store, error)
        await batches.note_failure(connection, self.shard, reason)

    async def _narrow(
        self, connection: Connection, reader: Connection, batch: Batch, rejection: Rejected
    ) -> tuple[Position, _Load | None]:
        """Continues with the first half of a rejected batch, under its own token; a single row
        becomes a dead letter."""
        if batch.rows > 1:
            self._limit = batch.rows // 2
            half = await contents.read_next(reader, self.shard, batch.start, self._limit)
            if half is None:
                raise Overtaken(f"shard {self.shard}: its rows have gone while it was shipped")
            recorded = await batches.record(connection, half.range, instead_of=batch)
            return batch.start, _Load(recorded, half)
        self._log.error("a dead letter", pos=batch.end.pos, error=rejection.detail)
        await batches.bury(connection, batch, rejection.detail)
        return batch.end, None

    async def _keep_up(self, connection: Connection) -> bool:
        """Does what is not done with every batch, when it is time again.

        The leader of the first shard clears the outbox's slots and deletes expired rows.
        """
        now = time.monotonic()
        if now < self._next_upkeep:
            return False
        self._next_upkeep = now + _UPKEEP_SECONDS
        if self.shard == 0:
            await outbox_slots.upkeep(connection)
            # While more is left, it continues with the next upkeep.
            if now >= self._next_sweep and not await retention.sweep(connection):
                self._next_sweep = now + _SWEEP_SECONDS
        return True
