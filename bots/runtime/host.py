"""Hosting one bot under its lease: connect, handle, watch over the session, and let go."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import structlog
from pyrogram.errors import AuthKeyDuplicated, RPCError, Unauthorized

from bots.runtime import chores, leases
from bots.runtime.bot_config import BotConfig, load_bot_config
from bots.runtime.cancelling import cancel_all
from bots.runtime.client import BotClient, SessionDead
from bots.runtime.dispatch import Dispatcher
from bots.runtime.jobs import JobRunner
from bots.runtime.leases import Lease, LeaseDeadline, LeaseLost
from bots.runtime.metrics import Meter
from bots.runtime.outage import AWAY
from bots.runtime.probe import probe
from bots.runtime.sending import OutgoingSender
from bots.runtime.star_account import StarAccount
from bots.runtime.storage import (
    BotStorage,
    Position,
    load_position,
    save_behind,
    save_position,
)
from bots.runtime.stored_files import StoredFiles
from bots.runtime.troubles import Trouble, reason_of_loss, refused, respect_flood_wait
from bots.runtime.worker_resources import Worker
from core.errors import ConfigurationError
from core.events import BOT_STATE_CHANGED, NOBODY, Event, Origin, emit
from core.postgres import Connection
from core.shop import bots
from core.shop.bots import BotState

log = structlog.get_logger()

_OPEN_SECONDS = 20.0
_DRAIN_SECONDS = 1.0
_FLUSH_SECONDS = 0.7
_FIRST_WAIT = 1.0
_LONGEST_WAIT = 60.0
# Telegram punishes logins: no more than so many in that time, whatever kills the sessions and
# whichever worker runs the bot. The second is the one that follows a lost session.
_LOGINS = 2
_LOGINS_LAST = timedelta(minutes=10)
_BANNED_WAIT = timedelta(hours=1)


class Host:
    """Runs a bot until it is stopped, its lease is lost, or the bot is taken out."""

    def __init__(self, worker: Worker, lease: Lease, deadline: LeaseDeadline) -> None:
        self.lease = lease
        self.state: Literal["starting", "running", "failed"] = "starting"
        self.meter = Meter(worker.metrics)
        self.dispatcher: Dispatcher | None = None
        self._worker = worker
        self._deadline = deadline
        self._changed = asyncio.Event()
        self._stopping = asyncio.Event()
        self._died_of: str | None = None
        self._wait = _FIRST_WAIT

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    @property
    def origin(self) -> Origin | None:
        """Of the bot, while it runs."""
        if self.state != "running" or self.dispatcher is None:
            return None
        return self.dispatcher.config.origin

    @property
    def waiting(self) -> int:
        """Updates that have come and are not handled yet."""
        return self.dispatcher.waiting if self.dispatcher is not None else 0

    def changed(self) -> None:
        """The bot or its modules changed."""
        self._changed.set()

    def stop(self) -> None:
        """Ends `run` after what is under way."""
        self._stopping.set()
        self._changed.set()

    def lose(self) -> None:
        """Ends `run` at once: the bot may be another worker's by now."""
        if self.dispatcher is not None:
            self.dispatcher.lost.set()
        self.stop()

    async def run(self) -> None:
        """Returns when there is nothing more to do under this lease."""
        while not self._stopping.is_set():
            self._changed.clear()
            try:
                try:
                    if not await self._run_session():
                        return
                except Trouble as trouble:
                    await self._rest(trouble)
            except LeaseLost:
                log.info("lease lost", bot_id=self.lease.bot_id, epoch=self.lease.epoch)
                return
            except AWAY as error:
                log.warning("bot interrupted", bot_id=self.lease.bot_id, error=repr(error))
                await self._pause(self._next_wait())

    def _next_wait(self) -> float:
        wait, self._wait = self._wait, min(2 * self._wait, _LONGEST_WAIT)
        return wait

    async def _pause(self, seconds: float | None) -> None:
        """Until the time is over or the bot changes."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()

    async def _rest(self, trouble: Trouble) -> None:
        log.warning("bot does not run", bot_id=self.lease.bot_id, reason=trouble.reason)
        self.state = "failed"
        with suppress(*AWAY):
            await self._set_state("failed", trouble.reason)
        if trouble.retry_at is None:
            await self._pause(None)
        else:
            await self._pause(max(0.0, (trouble.retry_at - datetime.now(UTC)).total_seconds()))

    async def _set_state(self, state: BotState, reason: str | None = None) -> None:
        """Says on the panel and in the events how the bot is doing; raises LeaseLost."""
        async with self._worker.pool.acquire() as connection, connection.transaction():
            await leases.check(connection, self.lease)
            config = await load_bot_config(
                connection, self.lease.bot_id, self._worker.modules, self._worker.keys
            )
            if config is not None:
                await _note_state(connection, config, state, reason)

    async def _run_session(self) -> bool:
        """One session from opening to its end; False if the bot is not to run any more."""
        config = await self._load()
        if config is None or config.bot.state == "stopped":
            return False
        self.state = "starting"
        respect_flood_wait(config)
        pool, server = self._worker.pool, self._worker.server
        storage = BotStorage(
            pool, self._worker.keys, self.lease, api_id=server.api_id, servers=server.addresses
        )
        if self._died_of is not None:
            await storage.delete()
        client = BotClient(server, storage, self._deadline, self.meter, name=str(self.lease.bot_id))
        client.secrets = self._worker.keys
        client.files = StoredFiles(pool, config.bot, client.call)
        sender = OutgoingSender(pool, self.lease, client)
        dispatcher = Dispatcher(
            pool,
            self._worker.slots,
            self.lease,
            config,
            client,
            sender,
            self.meter,
            checkouts=self._worker.checkouts,
            fraud=self._worker.fraud,
        )
        client.provider_token = dispatcher.provider_token
        try:
            self.dispatcher = dispatcher
            if config.bot.state != "running":  # a bot that is handed over goes on running
                await self._set_state("starting")
            await sender.recall_pause()
            if await self._unless_stopped(self._open(client, dispatcher)):
                await self._watch(client, storage, dispatcher, sender)
            return not self._stopping.is_set()
        except (SessionDead, Unauthorized, AuthKeyDuplicated) as error:
            self._died_of = reason_of_loss(error)
            log.info("session gone", bot_id=self.lease.bot_id, why=self._died_of)
            return True
        except RPCError as error:
            raise refused(error, self._died_of) from error
        finally:
            self.dispatcher = None
            await self._close(client, storage, dispatcher, sender)

    async def _load(self) -> BotConfig | None:
        async with self._worker.pool.acquire() as connection, connection.transaction():
            return await load_bot_config(
                connection, self.lease.bot_id, self._worker.modules, self._worker.keys
            )

    async def _unless_stopped(self, step: Coroutine[Any, Any, None]) -> bool:
        """Runs a step that may take long; gives it up when the host is stopped."""
        task = asyncio.create_task(step)
        stop = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait((task, stop), return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                await task
                return True
            return False
        finally:
            await cancel_all((task, stop))

    async def _open(self, client: BotClient, dispatcher: Dispatcher) -> None:
        bot_id = self.lease.bot_id
        async with self._worker.pool.acquire() as connection:
            position = await load_position(connection, bot_id)
            try:
                token = await bots.token_of(connection, self._worker.keys, bot_id)
            except ConfigurationError as error:
                raise Trouble("secret_unreadable") from error
        client.before_login = self._note_login
        with self._reaching_telegram():
            async with self._worker.openings, asyncio.timeout(_OPEN_SECONDS):
                here = await client.open(token, dispatcher.stream)
        position = await self._begin_at(position, here)
        with self._reaching_telegram():
            await client.begin(position)  # takes as long as there is to fetch
            async with asyncio.timeout(_OPEN_SECONDS):
                client.me = await client.get_me()  # nobody waits for the name
        async with self._worker.pool.acquire() as connection, connection.transaction():
            await leases.check(connection, self.lease)
            await leases.note_open(connection, self.lease)
            await self._note_identity(connection, client)
            config = await load_bot_config(
                connection, bot_id, self._worker.modules, self._worker.keys
            )
            if config is not None:
                await _note_state(connection, config, "running")
                dispatcher.config = config
        self.state = "running"
        self._died_of = None
        self._wait = _FIRST_WAIT
        log.info("bot runs", bot_id=bot_id, epoch=self.lease.epoch)

    @contextmanager
    def _reaching_telegram(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:  # TimeoutError among them
            retry_at = datetime.now(UTC) + timedelta(seconds=self._next_wait())
            raise Trouble("telegram_unreachable", retry_at) from error

    async def _begin_at(self, stored: Position | None, here: Position) -> Position:
        """The stored position, or where Telegram stands if that cannot be right; this is stored
        before the first update is taken, which would otherwise be nobody's if we died over it."""
        if stored is not None and stored.pts <= here.pts and stored.qts <= here.qts:
            return stored
        if stored is not None:
            log.warning("Telegram has reset its update counts", stored=stored, reported=here)
        await self._save_position(here)
        return here

    async def _note_identity(self, connection: Connection, client: BotClient) -> None:
        if client.me is not None:
            names = (client.me.first_name, client.me.last_name)
            title = " ".join(part for part in names if part)
            await bots.set_identity(
                connection, self.lease.bot_id, username=client.me.username, title=title
            )

    async def _note_login(self) -> None:
        """A session is to be made from the token, which is done only once in a while."""
        async with self._worker.pool.acquire() as connection, connection.transaction():
            await leases.check(connection, self.lease)
            not_before = await leases.note_login(
                connection, self.lease, most=_LOGINS, within=_LOGINS_LAST
            )
        if not_before is not None:
            if self._died_of == "bot_banned":
                not_before = datetime.now(UTC) + _BANNED_WAIT
            # A 401 says "revoked" of a session and of a token alike; only a login can tell.
            lost = "session_lost" if self._died_of == "token_revoked" else self._died_of
            raise Trouble(lost or "session_lost", not_before)
        self._worker.metrics.logins.inc()

    async def _watch(
        self, client: BotClient, storage: BotStorage, dispatcher: Dispatcher, sender: OutgoingSender
    ) -> None:
        """Until the host stops or the lease is lost; raises what ended the session."""
        tasks = [
            asyncio.create_task(chore)
            for chore in (
                self._stopping.wait(),
                dispatcher.lost.wait(),
                self._follow_changes(dispatcher),
                probe(client),
                save_behind(storage),
                chores.deliver(sender, dispatcher),
                chores.book_late(dispatcher),
                chores.keep_photo_behind(self._worker.pool, self.lease, client),
                chores.run_jobs(self._runner(client, dispatcher, sender), dispatcher),
                chores.keep_commands(self._worker.pool, self.lease, client, dispatcher),
                chores.fetch_files(self._worker.pool, self.lease, client, dispatcher),
                chores.watch_outside(self._worker.pool, self.lease, client, dispatcher, sender),
            )
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await cancel_all(tasks)
        if dispatcher.lost.is_set():
            raise LeaseLost

    def _runner(
        self, client: BotClient, dispatcher: Dispatcher, sender: OutgoingSender
    ) -> JobRunner:
        return JobRunner(
            self._worker.pool,
            self._worker.slots,
            self.lease,
            dispatcher,
            self._worker.metrics,
            client.fetch,
            StarAccount(client),
            sender.wake,
        )

    async def _follow_changes(self, dispatcher: Dispatcher) -> None:
        """Until the session has to end."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                config = await self._load()
            except AWAY as error:
                log.warning("the bot's changes wait", error=repr(error))
                await asyncio.sleep(_FIRST_WAIT)
                self._changed.set()
                continue
            if config is None or config.bot.state == "stopped":
                self.stop()
                return
            if config.is_observed != dispatcher.config.is_observed:
                return  # another session: what answers and sends has other chores
            dispatcher.config = config

    async def _close(
        self, client: BotClient, storage: BotStorage, dispatcher: Dispatcher, sender: OutgoingSender
    ) -> None:
        """Lets what is under way finish, closes the connection, and notes how far it went.

        Until then, what Telegram would not tell the next holder again is still taken: presses of
        buttons and pre-checkout queries are in no difference.
        """
        if dispatcher.lost.is_set():
            dispatcher.stream.close()
            await dispatcher.drain(0)
            dispatcher.replies.drop_unsent()
            await client.close()
            return
        dispatcher.stream.leave()
        await dispatcher.drain(_DRAIN_SECONDS)
        dispatcher.stream.close()
        await client.close()
        sender.adopt(dispatcher.replies.take_unsent())
        with suppress(Exception):
            async with asyncio.timeout(_FLUSH_SECONDS):
                await storage.save()
                position = dispatcher.stream.position()
                if not dispatcher.stream.is_stored(position):
                    await self._save_position(position)
                await sender.flush()

    async def _save_position(self, position: Position) -> None:
        async with self._worker.pool.acquire() as connection, connection.transaction():
            await leases.check(connection, self.lease)
            await save_position(connection, self.lease.bot_id, position)


async def _note_state(
    connection: Connection, config: BotConfig, state: BotState, reason: str | None = None
) -> None:
    if await bots.set_state(connection, config.bot.id, state, reason):
        props = {"state": state, "reason": (reason or "").partition(":")[0]}
        await emit(connection, config.origin, NOBODY, [Event(BOT_STATE_CHANGED, props=props)])
