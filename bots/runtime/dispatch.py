"""Dispatch: a bot's updates, each person's in order, different people's in parallel."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import stamina
import structlog

from bots.runtime import booking
from bots.runtime.announcing import announce
from bots.runtime.booking import reason_of
from bots.runtime.bot_config import BotConfig
from bots.runtime.client import BotClient
from bots.runtime.fraud_watch import FraudWatch
from bots.runtime.guarding import Door
from bots.runtime.handling import HandlerFailed, Handling, PaymentNotTaken, Result
from bots.runtime.leases import Lease, LeaseLost
from bots.runtime.memberships import answered, ask_telegram
from bots.runtime.metrics import Meter
from bots.runtime.observing import Observer
from bots.runtime.outage import AWAY, about, until_back
from bots.runtime.reply_queue import ReplyQueue
from bots.runtime.sending import OutgoingSender
from bots.runtime.transaction_slots import BotSlots, Slots
from bots.runtime.update_stream import Arrival, UpdateStream
from bots.sdk import staffing
from bots.sdk.updates import (
    OfGroup,
    PaymentReceived,
    PaymentRefunded,
    StaffCommand,
    StaffPress,
    StaffReply,
    Urgent,
)
from core.events import UPDATES_SKIPPED, Emitted, Event
from core.postgres import Connection, Pool
from core.shop.notices import Notice

log = structlog.get_logger()

TRIES = 6
PAYMENT_TRIES = 4  # after the first; then the payment is kept for later
_SHORTEST_WAIT, _LONGEST_WAIT = 0.05, 1.0  # seconds
_BOOK_SECONDS = 30.0
_CHECKOUTS_AT_ONCE = 2  # of one bot: a hanging module must not take the worker's all


class Dispatcher:
    """Handles what an stream hands over. `config` may be replaced while it runs."""

    def __init__(
        self,
        pool: Pool,
        slots: Slots,
        lease: Lease,
        config: BotConfig,
        client: BotClient,
        sender: OutgoingSender,
        meter: Meter,
        *,
        checkouts: "Pool | None" = None,
        fraud: FraudWatch | None = None,
    ) -> None:
        """Pre-checkouts have connections of their own, `checkouts`, where there are any. Without
        `fraud` nobody is guarded against."""
        self.lost = asyncio.Event()  # the lease is another worker's
        self.stream = UpdateStream(client.call, self.accept)
        self._config = config
        self._changed = asyncio.Event()
        self._heard: list[asyncio.Event] = []
        self._client = client
        self._pool = pool
        self._worker_slots = slots
        self._slots = BotSlots(slots)
        self._lease = lease
        self._sender = sender
        self._checkouts = checkouts or pool
        self._checkout_slots = asyncio.Semaphore(_CHECKOUTS_AT_ONCE)
        self.replies = ReplyQueue(client, sender, meter)
        sender.announce = self._announce
        self.stream.on_skipped = self._note_skipped
        self._meter = meter
        self._observer = self._counting("ok", self._enqueue)
        # Of a flood, what cannot be counted is let go.
        dropped = self._counting("dropped", self.stream.finish)
        self._door = Door(fraud, lease.bot_id, dropped, lambda step: _start(step, self._tasks))
        self._lanes: dict[int, deque[Arrival]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._late_payments: set[asyncio.Task[None]] = set()

    def _counting(self, outcome: str, one_by_one: Callable[[Arrival], None]) -> Observer:
        return Observer(
            self._pool,
            self._worker_slots.all,
            self._lease,
            self.stream,
            self._meter,
            one_by_one=one_by_one,
            lost=self.lost,
            outcome=outcome,
        )

    @property
    def config(self) -> BotConfig:
        return self._config

    @config.setter
    def config(self, config: BotConfig) -> None:
        if config.is_observed:  # other software speaks for the bot from now on
            self.stream.others.first_message = None
        self._config = config
        self._changed.set()
        self._tell()

    def provider_token(self, module: str) -> str:
        """As `BotConfig.provider_token`, by the modules as they are at this moment."""
        return self.config.provider_token(module)

    def send_due(self) -> None:
        """The bot has a durable message to send."""
        if not self.config.is_observed:
            self._sender.wake_unless_paused()

    def hear_jobs(self) -> asyncio.Event:
        """Set whenever the bot's modules change, or an update has put a job off."""
        heard = asyncio.Event()
        self._heard.append(heard)
        return heard

    def _tell(self) -> None:
        for heard in self._heard:
            heard.set()

    @property
    def waiting(self) -> int:
        """Updates that have come and are not handled yet."""
        return (
            sum(map(len, self._lanes.values()))
            + self._observer.waiting
            + self._door.waiting
            + len(self._tasks)
            + len(self._late_payments)
            + self.replies.waiting
        )

    def accept(self, arrival: Arrival) -> None:
        """Takes an update: of a bot that answers, behind the others of the same person. So, too, a
        refund of any bot, which may have been one that answers when it took the money. A
        pre-checkout stands behind nothing: Telegram waits ten seconds for its answer."""
        update = arrival.translation.update
        if isinstance(update, OfGroup) and not self._concerns_staff(update):
            self.stream.finish(arrival)
        elif isinstance(update, Urgent) and not self.config.is_observed:
            _start(self._handle(arrival), self._tasks)
        elif isinstance(update, PaymentRefunded) or not self.config.is_observed:
            if not self.config.is_observed:
                self.stream.others.came(arrival.translation)
            self._enqueue(arrival)
        elif self._observer.add(arrival):
            _start(self._observer.run(lambda: self.config), self._tasks)

    def _concerns_staff(self, update: OfGroup) -> bool:
        """Whether somebody here has to do with what happened in a group. A bot that answers nobody
        is told nothing by its staff, but goes on knowing where they are."""
        if isinstance(update, StaffCommand | StaffReply | StaffPress) and self.config.is_silent:
            return False
        return not self.config.is_observed and staffing.concerns(self.config.enabled, update)

    def _enqueue(self, arrival: Arrival) -> None:
        chat_id = arrival.translation.update.chat_id
        lane = self._lanes.get(chat_id)
        if lane is None:
            lane = self._lanes[chat_id] = deque()
            _start(self._run_lane(chat_id, lane), self._tasks)
        lane.append(arrival)

    async def drain(self, seconds: float) -> bool:
        """Waits until everything accepted is handled, at most `seconds`: updates may come without
        an end. What is not handled by then is dropped here and fetched again by the bot's next
        holder; a payment that has failed is not waited for. Says whether all was handled.
        """
        ends_at = time.monotonic() + seconds
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._tasks:
                    await asyncio.wait(self._tasks)
        left = [*self._tasks, *self._late_payments]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await self.replies.drain(ends_at - time.monotonic())
        return not left

    async def _run_lane(self, chat_id: int, lane: deque[Arrival]) -> None:
        try:
            while lane and not self.lost.is_set():
                arrival = lane.popleft()
                try:
                    if await self._door.let_in(arrival, lambda: self.config, behind=lane):
                        await self._handle(arrival)
                except Exception:  # pylint: disable=broad-exception-caught  # the next ones go on
                    log.exception("an update's handling ended early", bot_id=self._lease.bot_id)
        finally:
            del self._lanes[chat_id]

    async def _handle(self, arrival: Arrival) -> None:
        handling = Handling(self.config, self._lease, self.stream, arrival)
        is_payment = isinstance(handling.update, PaymentReceived | PaymentRefunded)
        try:
            if is_payment:
                result = await self._try(handling)
            else:
                result = await self._until_committed(handling)
        except LeaseLost:
            self.lost.set()
        except HandlerFailed as error:
            if is_payment:
                # Money was taken, or given back. The person's other updates go on meanwhile.
                _start(self._until_booked(handling, error), self._late_payments)
            else:
                # Not even its counting works: tried again, it would fail again.
                log.error("an update was given up", bot_id=self._lease.bot_id)
                self.stream.finish(arrival)
                self._measure(handling, "given_up")
        else:
            self._finish(handling, result)

    def _finish(self, handling: Handling, result: Result) -> None:
        """After the commit. The replies go out by themselves: however long Telegram takes or
        wants the bot to wait, the person's next update is handled meanwhile."""
        if result.position is not None:
            self.stream.stored(result.position)
        self.stream.finish(handling.arrival)
        self._measure(handling, result.outcome)
        self._door.handled(handling, result)
        if result.jobs:
            self._tell()
        if result.queued:
            self._sender.wake()
        if result.replies and not self.config.is_observed:
            self.replies.add(
                handling.update.chat_id,
                result.replies,
                received=handling.arrival.received,
                language=handling.language(),
            )

    async def _announce(self, connection: Connection, emitted: Sequence[Emitted]) -> int:
        return await announce(connection, self.config, emitted)

    def _note_skipped(self, code: str, missed: int) -> None:
        """Updates have been passed over: operators, figures and the owner are told."""
        log.warning("updates are skipped", bot_id=self._lease.bot_id, code=code, missed=missed)
        self._meter.metrics.updates_skipped.labels(code).inc()
        self._sender.note(Event(UPDATES_SKIPPED, quantity=missed, props={"code": code}))
        self._sender.tell_owner(Notice("updates_skipped", code, times=missed))

    def _measure(self, handling: Handling, outcome: str) -> None:
        self._meter.handled(
            handling.kind,
            outcome,
            queued=handling.started - handling.arrival.received,
            took=time.monotonic() - handling.started,
        )

    async def _until_booked(self, handling: Handling, error: HandlerFailed) -> None:
        """Tries a payment that has failed a few times more, with the modules as they are by then;
        after that it is kept as unbooked, and `book_late` goes on. A refund is then booked without
        the modules. Until it is committed the mark stays below it: should this end first, the next
        session is given it again.
        """
        is_refund = isinstance(handling.update, PaymentRefunded)
        wait = _SHORTEST_WAIT
        tries_left = PAYMENT_TRIES
        while not self.lost.is_set():
            cause = error.__cause__
            log.error(
                "a refund is not booked yet" if is_refund else "a payment is not booked yet",
                exc_info=cause if tries_left == PAYMENT_TRIES else None,
                error=repr(cause),
                bot_id=self._lease.bot_id,
                tries_left=tries_left,
            )
            gives_up = not tries_left or isinstance(cause, PaymentNotTaken)
            tries_left = max(0, tries_left - 1)
            if not gives_up:
                await about(wait)
                wait = min(2 * wait, _LONGEST_WAIT)
            handling.config = self.config
            try:
                result = await self._try(handling, failed=gives_up, reason=reason_of(cause))
            except LeaseLost:
                self.lost.set()
            except HandlerFailed as again:
                error = again
                if gives_up:  # not even that: PostgreSQL refuses it
                    await about(_LONGEST_WAIT)
            else:
                self._finish(handling, result)
                return

    async def book_late(self) -> None:
        """Books what modules did not take when it came, once they do: now and then, and whenever
        the modules change. Until cancelled; raises LeaseLost."""
        at_once = False
        while True:
            try:
                if not self.config.is_observed:
                    queued = await booking.book_due(
                        self._pool, self._lease, self.config, at_once=at_once
                    )
                    if queued:
                        self._sender.wake()
            except AWAY as error:
                log.warning("unbooked payments wait", error=repr(error))
            try:
                async with asyncio.timeout(_BOOK_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                at_once = False
            else:
                self._changed.clear()
                at_once = True

    async def _until_committed(self, handling: Handling) -> Result:
        """Where a module fails, the update is counted without it.

        Raises LeaseLost, or HandlerFailed when all tries are used up.
        """
        try:
            return await self._try(handling)
        except HandlerFailed as error:
            self._log_failure(handling, error)
        async for attempt in stamina.retry_context(
            on=HandlerFailed,
            attempts=TRIES - 1,
            timeout=None,
            wait_initial=_SHORTEST_WAIT,
            wait_max=_LONGEST_WAIT,
            wait_jitter=_SHORTEST_WAIT,
        ):
            with attempt:
                try:
                    return await self._try(handling, failed=True)
                except HandlerFailed as error:
                    self._log_failure(handling, error)
                    raise
        raise AssertionError("the last attempt returns or raises")

    def _log_failure(self, handling: Handling, error: HandlerFailed) -> None:
        log.error(
            "handling failed",
            exc_info=error.__cause__,
            bot_id=self._lease.bot_id,
            update=type(handling.update).__name__,
        )

    async def _try(self, handling: Handling, *, failed: bool = False, reason: str = "") -> Result:
        """One try, however long PostgreSQL is away. Raises LeaseLost or, for whatever else went
        wrong, HandlerFailed."""

        async def once() -> Result:
            try:
                async with self._place(handling) as connection:
                    return await handling.once(connection, failed=failed, reason=reason)
            except AWAY as error:
                log.warning("an update waits for PostgreSQL", error=repr(error))
                raise
            except (HandlerFailed, LeaseLost):
                raise
            except Exception as error:  # the person's next updates must not wait for ever
                raise HandlerFailed from error

        handled = partial(until_back, once, _SHORTEST_WAIT, _LONGEST_WAIT)
        ask = partial(ask_telegram, self._client, handling.update.chat_id)
        return await answered(handled, handling.memberships, ask)

    @asynccontextmanager
    async def _place(self, handling: Handling) -> AsyncIterator[Connection]:
        """A connection once it is the update's turn; pre-checkouts wait for each other alone."""
        if isinstance(handling.update, Urgent):
            with self._worker_slots.urgent():
                async with self._checkout_slots, self._checkouts.acquire() as connection:
                    yield connection
        else:
            async with self._slots.take(), self._pool.acquire() as connection:
                yield connection


def _start(step: Coroutine[Any, Any, None], tasks: set[asyncio.Task[None]]) -> None:
    """Runs a step in a task of its own, in the set while it runs."""
    task = asyncio.create_task(step)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
