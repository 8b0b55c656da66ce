"""Dispatch: a bot's updates, each person's in order, different people's in parallel."""

import asyncio
import random
from collections import deque

import structlog

from bots.runtime.client import BotClient
from bots.runtime.handling import HandlerFailed, Handling, Result
from bots.runtime.intake import Arrival, Intake
from bots.runtime.leases import Lease, LeaseLost
from bots.runtime.outage import AWAY
from bots.runtime.sending import Outbox, send_replies
from bots.runtime.tenancy import Tenancy
from bots.sdk.updates import PaymentReceived
from core.postgres import Pool

log = structlog.get_logger()

_TRANSACTIONS_A_BOT = 6  # so that a busy bot leaves connections to the others
_TRIES = 6
_SHORTEST_WAIT, _LONGEST_WAIT = 0.05, 1.0  # seconds


class Dispatcher:
    """Handles what an intake hands over. `tenancy` may be replaced while it runs."""

    def __init__(
        self,
        pool: Pool,
        slots: asyncio.Semaphore,
        lease: Lease,
        tenancy: Tenancy,
        client: BotClient,
        outbox: Outbox,
    ) -> None:
        self.tenancy = tenancy
        self.lost = asyncio.Event()  # the lease is another worker's
        self.intake = Intake(client.call, self.accept)
        self._pool = pool
        self._slots = slots
        self._own_slots = asyncio.Semaphore(_TRANSACTIONS_A_BOT)
        self._lease = lease
        self._client = client
        self._outbox = outbox
        self._lanes: dict[int, deque[Arrival]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """Updates that have come and are not handled yet."""
        return sum(map(len, self._lanes.values())) + len(self._tasks)

    def accept(self, arrival: Arrival) -> None:
        """Puts an update behind the others of the same person."""
        chat_id = arrival.translation.update.chat_id
        lane = self._lanes.get(chat_id)
        if lane is None:
            lane = self._lanes[chat_id] = deque()
            task = asyncio.create_task(self._run_lane(chat_id, lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        lane.append(arrival)

    async def drain(self, seconds: float) -> bool:
        """Waits until everything accepted is handled; what is not by then is dropped here and
        fetched again by the bot's next holder. Says whether all was handled."""
        while self._tasks:
            done, _ = await asyncio.wait(self._tasks, timeout=seconds)
            if not done:
                break
        left = list(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        return not left

    async def _run_lane(self, chat_id: int, lane: deque[Arrival]) -> None:
        try:
            while lane and not self.lost.is_set():
                await self._handle(lane.popleft())
        finally:
            del self._lanes[chat_id]

    async def _handle(self, arrival: Arrival) -> None:
        handling = Handling(self.tenancy, self._lease, self.intake, arrival)
        try:
            result = await self._until_committed(handling)
        except LeaseLost:
            self.lost.set()
            return
        except HandlerFailed:
            self._give_up(handling)
            return
        self.intake.stored(result.position)
        self.intake.release(arrival)
        if result.queued:
            self._outbox.wake()
        if not self.tenancy.is_observed:
            await send_replies(self._client, handling.update.chat_id, result.replies)

    def _give_up(self, handling: Handling) -> None:
        bot_id = self._lease.bot_id
        if isinstance(handling.update, PaymentReceived):
            # Money was taken. The mark stays below it, so the bot's next session (a restart, a
            # corrected module) is given it again.
            log.error("a payment is not booked", bot_id=bot_id, payload=handling.update.payload)
        else:
            # Not even its counting works: tried again, it would fail again.
            log.error("an update was given up", bot_id=bot_id)
            self.intake.release(handling.arrival)

    async def _until_committed(self, handling: Handling) -> Result:
        """Tries until the transaction is committed, however long PostgreSQL is away.

        Where a module fails, the update is counted without it; but a payment is tried again.
        Raises LeaseLost, or HandlerFailed when all tries are used up.
        """
        is_payment = isinstance(handling.update, PaymentReceived)
        failures = 0
        wait = _SHORTEST_WAIT
        while True:
            try:
                async with self._own_slots, self._slots, self._pool.acquire() as connection:
                    return await handling.once(connection, failed=failures > 0 and not is_payment)
            except AWAY as error:
                log.warning("an update waits for PostgreSQL", error=repr(error))
            except HandlerFailed as error:
                failures += 1
                log.error(
                    "handling failed",
                    exc_info=error.__cause__,
                    bot_id=self._lease.bot_id,
                    update=type(handling.update).__name__,
                )
                if failures >= _TRIES:
                    raise
                if failures == 1 and not is_payment:
                    continue  # at once: this time without the modules
            await asyncio.sleep(wait * random.uniform(0.5, 1.5))
            wait = min(2 * wait, _LONGEST_WAIT)
