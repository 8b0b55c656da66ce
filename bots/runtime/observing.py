"""Observing: an observed bot's updates, or those that the guard holds off, counted many at a time
in one transaction.

Nothing is answered and nothing is sent, so nobody waits for one update's own commit.
"""

import asyncio
import time
from collections.abc import Callable, Sequence

import structlog

from bots.runtime import counting, leases
from bots.runtime.bot_config import BotConfig
from bots.runtime.leases import Lease, LeaseLost
from bots.runtime.metrics import Meter
from bots.runtime.outage import AWAY, while_away
from bots.runtime.storage import Position, save_position
from bots.runtime.update_stream import Arrival, UpdateStream
from bots.sdk import updates as sdk
from core.events import Emitted, emit_all
from core.postgres import Connection, Pool
from core.shop import customers
from core.shop.customers import Customer

log = structlog.get_logger()

GROUP_SECONDS = 0.005
_GROUP = 500  # updates
_AWAY_SECONDS = 0.5


class Observer:
    """Counts what it is given, in its order, as handled with this `outcome`. What PostgreSQL
    refuses as a group is handed back to `one_by_one`; `lost` is told of a lost lease."""

    def __init__(
        self,
        pool: Pool,
        slots: asyncio.Semaphore,
        lease: Lease,
        stream: UpdateStream,
        meter: Meter,
        *,
        one_by_one: Callable[[Arrival], None],
        lost: asyncio.Event,
        outcome: str = "ok",
    ) -> None:
        self._pool = pool
        self._slots = slots
        self._lease = lease
        self._stream = stream
        self._meter = meter
        self._one_by_one = one_by_one
        self._lost = lost
        self._outcome = outcome
        self._waiting: list[Arrival] = []
        self._under_way = 0

    @property
    def waiting(self) -> int:
        """Updates that have come and are not committed yet."""
        return len(self._waiting) + self._under_way

    def add(self, arrival: Arrival) -> bool:
        """Takes an update; True if `run` must be started for it."""
        self._waiting.append(arrival)
        return len(self._waiting) == 1 and not self._under_way

    async def run(self, config: Callable[[], BotConfig]) -> None:
        """Until nothing waits."""
        while self._waiting and not self._lost.is_set():
            await asyncio.sleep(GROUP_SECONDS)
            group, self._waiting = self._waiting[:_GROUP], self._waiting[_GROUP:]
            self._under_way = len(group)
            try:
                await self._until_committed(config(), group)
            except LeaseLost:
                self._lost.set()
            except Exception:  # pylint: disable=broad-exception-caught  # one of them
                log.exception("a group of updates is counted one by one", size=len(group))
                for arrival in group:
                    self._one_by_one(arrival)
            finally:
                self._under_way = 0

    async def _until_committed(self, config: BotConfig, group: Sequence[Arrival]) -> None:
        started = time.monotonic()
        async for attempt in while_away(_AWAY_SECONDS, _AWAY_SECONDS):
            with attempt:
                try:
                    async with self._slots, self._pool.acquire() as connection:
                        position = await self._commit(connection, config, group, started)
                except AWAY as error:
                    log.warning("updates wait for PostgreSQL", error=repr(error), size=len(group))
                    raise
        self._stream.stored(position)
        took = (time.monotonic() - started) / len(group)
        for arrival in group:
            self._stream.finish(arrival)
            queued = started - arrival.received
            self._meter.handled(kind_of(arrival), self._outcome, queued=queued, took=took)

    async def _commit(
        self, connection: Connection, config: BotConfig, group: Sequence[Arrival], started: float
    ) -> Position:
        async with connection.transaction():
            position = self._stream.position(*group)
            keys = [(each.translation.kind, each.translation.natural_key) for each in group]
            fresh = await leases.admit_all(connection, self._lease, keys)
            new = []
            for key, arrival in zip(keys, group, strict=True):
                if key in fresh:
                    fresh.discard(key)  # the same update may stand in the group twice
                    new.append(arrival)
            if new:
                await _count(connection, config, new, started, self._outcome)
            if not self._stream.is_stored(position):
                await save_position(connection, self._lease.bot_id, position)
        return position


def kind_of(arrival: Arrival) -> str:
    """What sort of update it is, as the events and the metrics name it."""
    return type(arrival.translation.update).__name__.lower()


async def _count(
    connection: Connection,
    config: BotConfig,
    group: Sequence[Arrival],
    started: float,
    outcome: str,
) -> None:
    people = await customers.touch_all(
        connection, config.shop.id, (each.translation.profile for each in group)
    )
    first = await _record_starts(connection, people, group)
    await _record_blocks(connection, people, group)
    took = (time.monotonic() - started) / len(group)
    emitted: list[Emitted] = []
    for arrival in group:
        actor = people[arrival.translation.profile.telegram_id].actor
        event = counting.event_of(
            arrival.translation.update, is_first=id(arrival) in first, is_observed=True
        )
        if event is not None:
            emitted.append(Emitted(actor, event))
        queued = started - arrival.received
        handled = counting.handled(kind_of(arrival), outcome, module="", queued=queued, took=took)
        emitted.append(Emitted(actor, handled))
    await emit_all(connection, config.origin, emitted)


async def _record_starts(
    connection: Connection, people: dict[int, Customer], group: Sequence[Arrival]
) -> set[int]:
    """Notes the presses of Start in `people`; gives the `id()` of those that were a first one."""
    left = [each for each in group if isinstance(each.translation.update, sdk.Start)]
    first: set[int] = set()
    while left:
        # Of each person the earliest; who has pressed again comes in the next round.
        batch: dict[int, Arrival] = {}
        for arrival in left:
            batch.setdefault(arrival.translation.profile.telegram_id, arrival)
        starts = [
            (people[telegram_id], arrival.translation.update.code)
            for telegram_id, arrival in batch.items()
            if isinstance(arrival.translation.update, sdk.Start)
        ]
        recorded = await customers.record_starts(connection, starts)
        for (telegram_id, arrival), (customer, is_first) in zip(
            batch.items(), recorded, strict=True
        ):
            people[telegram_id] = customer
            if is_first:
                first.add(id(arrival))
        left = [arrival for arrival in left if arrival not in batch.values()]
    return first


async def _record_blocks(
    connection: Connection, people: dict[int, Customer], group: Sequence[Arrival]
) -> None:
    """Who blocked the bot as the last that they did."""
    last = {each.translation.profile.telegram_id: each.translation.update for each in group}
    for telegram_id, update in last.items():
        if isinstance(update, sdk.Blocked):
            await customers.set_blocked(connection, people[telegram_id], True)
