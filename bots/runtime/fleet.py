"""The bots of one worker: taken, kept, moved for balance, and handed over when it stops."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime

import structlog

from bots.runtime import balance, leases, roster, sending
from bots.runtime.balance import MOST_BOTS, Estimate, Steadiness
from bots.runtime.host import Host
from bots.runtime.hosted_bot import HostedBot, cpu_seconds, rss_bytes
from bots.runtime.leases import HEARTBEAT_SECONDS, TTL, Lease, LeaseDeadline, clock
from bots.runtime.lookups import Lookups
from bots.runtime.metrics import BOT_STATES
from bots.runtime.outage import AWAY
from bots.runtime.roster import Report, Survey
from bots.runtime.worker_resources import Worker
from core.events import NOBODY, Event, emit
from core.postgres import BOTS_CHANNEL, FRAUD_CHANNEL, LOOKUPS_CHANNEL, Connection, connect
from core.taxonomy import TAXONOMY

log = structlog.get_logger()

POLL_SECONDS = 1.0
_STOP_SECONDS = 4.0  # for bots that nobody waits for
_HANDOVER_SECONDS = 20.0  # for all of them; a container has 30 s to stop
_HANDED_AT_ONCE = 3  # each of them waits for the others' logins: fewer means a shorter silence
_HEIR_SECONDS = 2.0  # no longer than that does one wait for an heir
_HEIR_POLL = 0.02
_RELEASE_SECONDS = 1.0
_PENDING_EVERY = 5  # heartbeats
_PENDING_MOST = 100_000  # counting stops there
_HEARTBEAT_EVENT = TAXONOMY["worker_heartbeat"]


class Fleet:
    """Keeps the leases of a worker and hosts their bots."""

    def __init__(self, worker: Worker, database_url: str) -> None:
        self._worker = worker
        self._database_url = database_url
        self._hosted: dict[int, HostedBot] = {}
        self._lookups = Lookups(worker)
        self._look = asyncio.Event()  # there may be bots to take
        self._looked_at: float | None = None
        self._is_first_look = True
        self._is_leaving = False
        self._steadiness = Steadiness()
        self._started_at = datetime.now(UTC)
        self._measured_at = time.monotonic()
        self._cpu_seconds = cpu_seconds()
        self._cpu = 0.0  # cores, since the heartbeat before
        self._beats = 0
        self._moving: asyncio.Task[None] | None = None

    async def checks(self) -> dict[str, bool]:
        """Whether the worker reaches PostgreSQL and has looked for bots."""
        looked = self._looked_at
        fresh = looked is not None and time.monotonic() - looked < TTL.total_seconds()
        return {"bots": fresh}

    async def run(self) -> None:
        """Until cancelled; then every bot is handed over."""
        try:
            async with asyncio.TaskGroup() as group:
                for chore in (
                    self._keep_leases(),
                    self._keep_looking(),
                    self._wake_senders(),
                    self._listen(),
                    self._worker.fraud.run(),
                    self._worker.metrics.watch_loop(),
                ):
                    group.create_task(chore)
        finally:
            await self._leave()

    # The heartbeat.

    async def _keep_leases(self) -> None:
        """A lease that could not be renewed within its time may be another's."""
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await self._beat()
            except AWAY as error:
                log.warning("leases were not renewed", error=repr(error))
                await asyncio.sleep(HEARTBEAT_SECONDS / 6)
            else:
                await asyncio.sleep(HEARTBEAT_SECONDS)
            for hosted in list(self._hosted.values()):
                if hosted.deadline.has_passed:
                    self._lose(hosted)

    async def _beat(self) -> None:
        self._measure()
        all_hosted = list(self._hosted.values())
        async with self._worker.pool.acquire() as connection:
            await roster.report(connection, self._report())
            began = clock()
            kept = await leases.renew(
                connection,
                self._worker.name,
                [hosted.lease for hosted in all_hosted],
                {hosted.lease.bot_id: hosted.estimate for hosted in all_hosted},
            )
            for hosted in all_hosted:
                if hosted.lease.bot_id in kept:
                    hosted.deadline.extend(began)
                else:
                    self._lose(hosted)
            if not self._is_leaving:
                self._rebalance(await roster.survey(connection, self._worker.name))
            await self._emit_heartbeats(connection)
            if self._beats % _PENDING_EVERY == 0:
                await self._count_pending(connection)
        self._beats += 1

    def _measure(self) -> None:
        """Shares the processor time since the last heartbeat among the bots, by how long each
        was handling updates."""
        now, used = time.monotonic(), cpu_seconds()
        seconds = max(now - self._measured_at, 0.001)
        self._cpu = (used - self._cpu_seconds) / seconds
        self._measured_at, self._cpu_seconds = now, used
        every = list(self._hosted.values())
        worked = sum(hosted.estimate.busy_since(hosted.host.meter.busy) for hosted in every)
        # What idle bots cost is in their own least load already.
        shared = max(0.0, self._cpu - balance.IDLE * len(every))
        for hosted in every:
            meter, estimate = hosted.host.meter, hosted.estimate
            part = estimate.busy_since(meter.busy) / worked if worked else 0.0
            estimate.observe(meter.updates, meter.busy, cpu=shared * part, seconds=seconds)
        self._show(every)

    def _show(self, every: list[HostedBot]) -> None:
        metrics = self._worker.metrics
        states = Counter(hosted.state for hosted in every)
        for state in BOT_STATES:
            metrics.bots.labels(state).set(states[state])
        metrics.load.set(sum(hosted.estimate.load for hosted in every))
        metrics.waiting.set(sum(hosted.host.waiting for hosted in every))

    def _report(self) -> Report:
        return Report(
            self._worker.name,
            self._started_at,
            updates_rate=sum(hosted.estimate.rate for hosted in self._hosted.values()),
            cpu=self._cpu,
            rss_bytes=rss_bytes(),
            is_leaving=self._is_leaving,
        )

    def _rebalance(self, survey: Survey) -> None:
        """Gives bots away if this worker has carried too much for a while."""
        if self._moving is not None and not self._moving.done():
            return
        movable = {
            bot_id: hosted.estimate.load
            for bot_id, hosted in self._hosted.items()
            if not hosted.host.is_stopping and bot_id not in survey.settled
        }
        chosen = balance.moves(survey.loads, movable, self._worker.name)
        if self._steadiness.confirms(chosen):
            log.info("bots are moved for balance", heirs=chosen)
            self._moving = asyncio.create_task(self._hand_over(chosen, is_moved=True))

    async def _emit_heartbeats(self, connection: Connection) -> None:
        """One `worker_heartbeat` a minute for each running bot, all in one transaction."""
        minute = datetime.now(UTC).replace(second=0, microsecond=0)
        due = {
            bot_id: hosted
            for bot_id, hosted in self._hosted.items()
            if hosted.beaten != minute and hosted.host.origin is not None
        }
        if not due:
            return
        async with connection.transaction():
            beaten = await leases.beat(
                connection, self._worker.name, [hosted.lease for hosted in due.values()]
            )
            for bot_id in beaten:
                event = Event(_HEARTBEAT_EVENT, props={"worker": self._worker.name})
                origin = due[bot_id].host.origin
                if origin is not None:  # it may have stopped in the meantime
                    await emit(connection, origin, NOBODY, [event])
        for hosted in due.values():
            hosted.beaten = minute

    async def _count_pending(self, connection: Connection) -> None:
        pending = await connection.fetchval(
            "SELECT count(*) FROM (SELECT FROM outgoing WHERE state = 'pending' "
            "AND bot_id = ANY ($1::bigint[]) LIMIT $2) AS found",
            list(self._hosted),
            _PENDING_MOST,
        )
        self._worker.metrics.pending.set(pending)

    def _lose(self, hosted: HostedBot) -> None:
        """Stops writing and sending for the bot at once."""
        if hosted.is_lost:
            return
        hosted.is_lost = True
        hosted.deadline.end()
        hosted.host.lose()
        self._worker.metrics.leases.labels("lost").inc()

    # Taking.

    async def _keep_looking(self) -> None:
        while True:
            try:
                await self._take()
                self._looked_at = time.monotonic()
            except AWAY as error:
                log.warning("could not look for bots", error=repr(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._look.wait()
            self._look.clear()

    async def _take(self) -> None:
        """Takes those of the free bots that are best run here."""
        own_too = self._is_first_look
        async with self._worker.pool.acquire() as connection:
            if own_too:
                await roster.forget_lost(connection)
                await roster.report(connection, self._report())
            elif not await roster.has_free(connection):
                return
            survey = await roster.survey(connection, self._worker.name, own_too=own_too)
            # A lease of ours that has run out is for the heartbeat to save, not for a second host.
            free = [bot for bot in survey.free if bot.bot_id not in self._hosted]
            chosen = balance.choose(
                free,
                survey.loads,
                self._worker.name,
                room=MOST_BOTS - len(self._hosted),
            )
            began = clock()
            taken = (
                await leases.take(
                    connection,
                    self._worker.name,
                    limit=len(chosen),
                    own_too=own_too,
                    only=chosen,
                )
                if chosen
                else []
            )
        self._is_first_look = False
        loads = {bot.bot_id: bot.load for bot in free}
        for lease in taken:
            self._start_hosting(lease, began, loads.get(lease.bot_id, balance.IDLE))

    def _start_hosting(self, lease: Lease, began: float, load: float) -> None:
        deadline = LeaseDeadline(began)
        hosted = HostedBot(Host(self._worker, lease, deadline), deadline, Estimate(load=load))
        self._hosted[lease.bot_id] = hosted
        hosted.task = asyncio.create_task(self._host(hosted))
        self._worker.metrics.leases.labels("taken").inc()

    async def _host(self, hosted: HostedBot) -> None:
        lease = hosted.lease
        try:
            await hosted.host.run()
        except Exception:  # pylint: disable=broad-exception-caught  # the other bots go on
            log.exception("a bot's host failed", bot_id=lease.bot_id)
            await asyncio.sleep(POLL_SECONDS)  # not again at once, whoever takes it
        finally:
            with suppress(*AWAY):
                async with (
                    asyncio.timeout(_RELEASE_SECONDS),
                    self._worker.pool.acquire() as connection,
                ):
                    await leases.release(connection, lease, heir=hosted.heir, moved=hosted.is_moved)
            if self._hosted.get(lease.bot_id) is hosted:  # and not taken again in the meantime
                del self._hosted[lease.bot_id]
            self._worker.metrics.leases.labels("given" if hosted.heir else "left").inc()

    async def _wake_senders(self) -> None:
        """One look for all bots: each of its own would be most of what idle bots do."""
        while True:
            await asyncio.sleep(sending.LOOK_SECONDS)
            with suppress(*AWAY):
                for bot_id in await sending.due_bots(self._worker.pool, list(self._hosted)):
                    hosted = self._hosted.get(bot_id)
                    if hosted is not None and hosted.host.dispatcher is not None:
                        hosted.host.dispatcher.send_due()

    # Hearing.

    async def _listen(self) -> None:
        """Hears of new and changed bots; listens again whenever the connection is lost."""
        while True:
            with suppress(*AWAY):
                connection = await connect(self._database_url)
                try:
                    await self._hear(connection)
                finally:
                    self._worker.fraud.listening(False)
                    connection.terminate()
            await asyncio.sleep(0.5)

    async def _hear(self, connection: Connection) -> None:
        lost = asyncio.Event()
        connection.add_termination_listener(lambda *_: lost.set())
        await connection.add_listener(BOTS_CHANNEL, self._on_notice)
        await connection.add_listener(FRAUD_CHANNEL, self._worker.fraud.heard)
        await connection.add_listener(LOOKUPS_CHANNEL, self._lookups.heard)
        self._worker.fraud.listening(True)
        self._look.set()
        for hosted in self._hosted.values():
            hosted.host.changed()  # a notice may have been missed
        await lost.wait()

    def _on_notice(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        text = str(payload)
        hosted = self._hosted.get(int(text)) if text.isdigit() else None
        if hosted is not None:
            hosted.host.changed()
        else:
            self._look.set()

    # Leaving.

    async def _leave(self) -> None:
        """Hands the bots over, a few at a time so that the others go on meanwhile."""
        self._is_leaving = True
        self._lookups.close()
        if self._moving is not None:
            self._moving.cancel()
        heartbeat = asyncio.create_task(self._keep_leases())
        try:
            with suppress(*AWAY):
                async with asyncio.timeout(_HANDOVER_SECONDS):
                    await self._hand_over(await self._find_heirs())
            await asyncio.gather(self._stop_all(), self._lookups.end())
        finally:
            heartbeat.cancel()
            await asyncio.gather(heartbeat, return_exceptions=True)
        with suppress(*AWAY):
            async with asyncio.timeout(0.5), self._worker.pool.acquire() as connection:
                await roster.leave(connection, self._worker.name)
        with suppress(*AWAY):
            async with asyncio.timeout(0.5):
                await self._worker.fraud.flush()
        log.info("worker stopped", worker=self._worker.name)

    async def _find_heirs(self) -> dict[int, str]:
        async with self._worker.pool.acquire() as connection:
            await roster.report(connection, self._report())
            survey = await roster.survey(connection, self._worker.name)
        bots = {bot_id: hosted.estimate.load for bot_id, hosted in self._hosted.items()}
        return balance.spread(bots, survey.loads)

    async def _hand_over(self, heirs: Mapping[int, str], *, is_moved: bool = False) -> None:
        """Gives bots to their heirs, the next ones when those have begun to answer."""
        slots = asyncio.Semaphore(_HANDED_AT_ONCE)

        async def hand(bot_id: int, heir: str) -> None:
            async with slots:
                hosted = self._hosted.get(bot_id)
                if hosted is None or hosted.task is None or hosted.host.is_stopping:
                    return
                was_running = hosted.state == "running"
                hosted.give(heir, is_moved=is_moved)
                await asyncio.wait([hosted.task])
                if was_running:
                    await self._wait_for_heir(hosted.lease)

        await asyncio.gather(*(hand(bot_id, heir) for bot_id, heir in heirs.items()))

    async def _wait_for_heir(self, lease: Lease) -> None:
        with suppress(*AWAY):
            async with asyncio.timeout(_HEIR_SECONDS):
                while True:
                    async with self._worker.pool.acquire() as connection:
                        if await leases.is_open_since(connection, lease):
                            return
                    await asyncio.sleep(_HEIR_POLL)

    async def _stop_all(self) -> None:
        """Whatever is left: there is no heir, or it took too long."""
        every = list(self._hosted.values())
        for hosted in every:
            hosted.host.stop()
        tasks = [hosted.task for hosted in every if hosted.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=_STOP_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
