"""Running a bot's jobs while its lease is held."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import aiohttp
import structlog

from bots.runtime import due, leases
from bots.runtime.bot_config import BotConfig
from bots.runtime.dispatch import Dispatcher
from bots.runtime.due import DueJob
from bots.runtime.leases import Lease, LeaseLost
from bots.runtime.metrics import Metrics
from bots.runtime.outage import AWAY, TRANSIENT
from bots.runtime.transaction_slots import BotSlots, Slots
from bots.sdk import later
from bots.sdk.context import Scope
from bots.sdk.errands import Errand
from bots.sdk.jobs import Job, TaskOf
from bots.sdk.loading import EnabledModule
from bots.sdk.outside import Attempt, Http
from bots.sdk.reacting import react, scope_of
from bots.sdk.stars import StarsAccount
from bots.sdk.transaction import Transaction, while_open
from core.events import Emitted
from core.postgres import Connection, Pool

log = structlog.get_logger()

LONGEST_LOOK = 60.0  # seconds; whoever puts a job off wakes the runner
JOB_SECONDS = 20.0
OUTSIDE_SECONDS = 180.0
_OUTSIDE_AT_ONCE = 4
_AWAY_SECONDS = 1.0
_ERROR_LENGTH = 500


class JobFailed(Exception):
    """A module's job raised; the cause is chained."""


class JobRunner:
    """Runs what is due: in transactions one after another, what calls others' servers beside."""

    def __init__(
        self,
        pool: Pool,
        slots: Slots,
        lease: Lease,
        dispatcher: Dispatcher,
        metrics: Metrics,
        fetch: Callable[[str], Awaitable[bytes]],
        stars: StarsAccount,
        wake_outbox: Callable[[], None],
    ) -> None:
        self._pool = pool
        self._slots = BotSlots(slots)
        self._lease = lease
        self._dispatcher = dispatcher
        self._metrics = metrics
        self._fetch = fetch
        self._stars = stars
        self._wake_outbox = wake_outbox
        self._wake = dispatcher.hear_jobs()
        self._entered: BotConfig | None = None
        self._errands: dict[int, asyncio.Task[None]] = {}
        self._session: aiohttp.ClientSession | None = None

    @property
    def _config(self) -> BotConfig:
        return self._dispatcher.config

    async def run(self) -> None:
        """Until cancelled; raises LeaseLost."""
        try:
            while True:
                self._wake.clear()
                try:
                    seconds = await self._run_due()
                except AWAY as error:
                    log.warning("jobs wait", bot_id=self._lease.bot_id, error=repr(error))
                    seconds = _AWAY_SECONDS
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(seconds, LONGEST_LOOK)):
                        await self._wake.wait()
        finally:
            for task in self._errands.values():
                task.cancel()
            await asyncio.gather(*self._errands.values(), return_exceptions=True)
            if self._session is not None:
                await self._session.close()

    async def _run_due(self) -> float:
        """All that is due; gives the seconds until something may be."""
        config = self._config
        names = due.names_of(config.enabled)
        if not names:
            return LONGEST_LOOK
        if self._entered is not config:
            async with self._pool.acquire() as connection, connection.transaction():
                await leases.check(connection, self._lease)
                await due.enter_periodic(connection, self._lease.bot_id, config.enabled)
            self._entered = config
        while len(self._errands) < _OUTSIDE_AT_ONCE:
            # Most looks find nothing due: one question, and no transaction, tells.
            left = await self._seconds_left(names)
            if left > 0 or not await self._run_next(config, names):
                return left
        return LONGEST_LOOK  # the end of an errand wakes us

    async def _seconds_left(self, names: list[str]) -> float:
        """Until the next job that is not under way is due; at most until the longest look."""
        async with self._pool.acquire() as connection:
            left = await due.seconds_left(
                connection, self._lease.bot_id, names, list(self._errands)
            )
        return LONGEST_LOOK if left is None else max(0.0, left)

    async def _run_next(self, config: BotConfig, names: list[str]) -> bool:
        """Runs one job, or begins it; False if none is due."""
        job: DueJob | None = None
        try:
            async with self._slots.take(), self._open(config) as transaction:
                job = await due.next_due(
                    transaction.connection, self._lease.bot_id, names, list(self._errands)
                )
                if job is None:
                    return False
                self._note_lag(job)
                item = next(each for each in config.enabled if each.key == job.module)
                task = item.module.jobs.tasks.get(job.task)
                rests = task is not None and task.rests_in_pause and config.bot.paused_at
                if task is None or not task.is_outside:
                    if not rests:
                        await self._run_inside(transaction, item, task, job)
                    await due.note_done(transaction.connection, self._lease.bot_id, job)
                    self._metrics.jobs.labels("ok").inc()
                    return True
            self._errands[job.id] = asyncio.create_task(self._run_errand(config, item, task, job))
        except JobFailed as failure:
            assert job is not None  # it is one that has failed
            await self._failed(job, failure.__cause__ or failure)
        return True

    def _note_lag(self, job: DueJob) -> None:
        if not job.attempts:
            lag = (datetime.now(UTC) - job.due_at).total_seconds()
            self._metrics.job_lag_seconds.observe(max(0.0, lag))

    async def _run_inside(
        self, transaction: Transaction, item: EnabledModule, task: TaskOf | None, job: DueJob
    ) -> None:
        """Raises JobFailed for what the module raises; nothing of the transaction may remain."""
        try:
            async with asyncio.timeout(JOB_SECONDS):
                with while_open():
                    await _run(transaction, item, task, job)
                    await react(transaction)
        except TRANSIENT:
            raise
        except Exception as error:
            if transaction.connection.is_closed():
                raise
            raise JobFailed from error

    async def _run_errand(
        self, config: BotConfig, item: EnabledModule, task: TaskOf, job: DueJob
    ) -> None:
        """A job outside of transactions, which opens its own."""
        errand: Errand[Any] = Errand(
            item=item,
            shop=config.shop,
            bot_id=self._lease.bot_id,
            http=self._http(item.key),
            opens=lambda: self._open(config, reacts=True),
            fetch=self._fetch,
            stars=self._stars,
            buyer_no=job.buyer_no or 0,
        )
        try:
            async with asyncio.timeout(OUTSIDE_SECONDS):
                await (task.run(errand) if task.every else task.run(errand, _as_job(job)))
            async with self._open(config) as transaction:
                await due.note_done(transaction.connection, self._lease.bot_id, job)
            self._metrics.jobs.labels("ok").inc()
        except LeaseLost:
            self._dispatcher.lost.set()
        except Exception as error:  # pylint: disable=broad-exception-caught  # a module's own
            with suppress(*AWAY, LeaseLost):
                await self._failed(job, error)
        finally:
            del self._errands[job.id]
            self._wake.set()

    async def _failed(self, job: DueJob, error: BaseException) -> None:
        log.error(
            "a job failed",
            exc_info=error,
            bot_id=self._lease.bot_id,
            module=job.module,
            task=job.task,
            attempts=job.attempts + 1,
        )
        self._metrics.jobs.labels("failed").inc()
        async with self._pool.acquire() as connection, connection.transaction():
            await leases.check(connection, self._lease)
            await due.note_failed(connection, self._lease.bot_id, job, repr(error)[:_ERROR_LENGTH])

    @asynccontextmanager
    async def _open(self, config: BotConfig, *, reacts: bool = False) -> AsyncIterator[Transaction]:
        """A transaction that only the lease's holder commits; with what the modules do about what
        happened in it, if it `reacts`."""
        async with self._pool.acquire() as connection:
            async with connection.transaction():
                await leases.check(connection, self._lease)
                transaction = _transaction(connection, config)
                yield transaction
                if reacts:
                    await react(transaction)
            if transaction.queued:
                self._wake_outbox()
            if transaction.jobs:
                self._wake.set()

    def _http(self, module: str) -> Http:
        if self._session is None:
            self._session = aiohttp.ClientSession()

        async def note(attempt: Attempt) -> None:
            await _note_attempt(self._pool, self._lease.bot_id, module, attempt)

        return Http(self._session, note)


def _transaction(connection: Connection, config: BotConfig) -> Transaction:
    return Transaction(
        connection,
        config.origin,
        config.shop,
        bot_username=config.bot.username or "",
        enabled=config.enabled,
    )


async def _run(
    transaction: Transaction, item: EnabledModule, task: TaskOf | None, job: DueJob
) -> None:
    """A job in a transaction; without a task, a reaction that had failed."""
    if task is None:
        await _react_again(transaction, item, job)
        return
    customer = await transaction.person(job.buyer_no or 0)
    scope: Scope[Any] = Scope(transaction, item, customer)
    await (task.run(scope) if task.every else task.run(scope, _as_job(job)))


def _as_job(job: DueJob) -> Job:
    return Job(job.natural_key, job.data, job.due_at, job.attempts + 1)


async def _react_again(transaction: Transaction, item: EnabledModule, job: DueJob) -> None:
    """A reaction that had failed; one that the module has no more counts as done."""
    reaction = item.module.reactions.named(job.data["reaction"])
    if reaction is None:
        return
    actor, event = later.unpacked(reaction.event_type, job.data)
    scope = await scope_of(transaction, item, Emitted(actor, event))
    await reaction.act(scope, event)


async def _note_attempt(pool: Pool, bot_id: int, module: str, attempt: Attempt) -> None:
    async with pool.acquire() as connection:
        await connection.execute(
            "INSERT INTO outside_calls (bot_id, module, method, host, path, attempt, status, "
            "error, took_ms, called_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            bot_id,
            module,
            attempt.method,
            attempt.host,
            attempt.path,
            attempt.attempt,
            attempt.status,
            attempt.error,
            attempt.took_ms,
            attempt.called_at,
        )
        await connection.execute(
            "DELETE FROM outside_calls WHERE bot_id = $1 AND module = $2 "
            "AND called_at < now() - interval '7 days'",
            bot_id,
            module,
        )
