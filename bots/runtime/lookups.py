"""Whose a token is: one login in a session that is kept nowhere and ended at once, for a panel that
asks before a bot is connected."""

import asyncio
import base64
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog
from pyrogram import raw
from pyrogram.errors import AccessTokenExpired, AccessTokenInvalid, RPCError, Unauthorized
from pyrogram.storage import SQLiteStorage
from pyrogram.types import User

from bots.runtime.cancelling import cancel_all
from bots.runtime.client import BotClient
from bots.runtime.leases import LeaseDeadline, clock
from bots.runtime.metrics import Meter
from bots.runtime.outage import AWAY
from bots.runtime.photo import photo_of
from bots.runtime.worker_resources import Worker
from core.errors import ConfigurationError
from core.shop import bot_lookups
from core.shop.bot_lookups import Found, Lookup

log = structlog.get_logger()

_SECONDS = 8.0  # the panel waits a little longer
_PHOTO_SECONDS = 3.0
_LOG_OUT_SECONDS = 2.0
_AT_ONCE = 3  # beside the bots' own logins, which a slow Telegram must not hold back
_MOST = 20  # that wait for their turn; whoever asks more finds no answer here
_UNKNOWN = (AccessTokenInvalid, AccessTokenExpired, Unauthorized)


class Lookups:
    """Answers the panel's questions that this worker is the first to take."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._leaving: set[asyncio.Task[None]] = set()  # sessions that are being ended
        self._is_closed = False

    def heard(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        """A question has come."""
        if not self._is_closed and len(self._tasks) < _MOST:
            task = asyncio.create_task(self._answer(Lookup.model_validate_json(str(payload))))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Takes no more; other workers may."""
        self._is_closed = True

    async def end(self) -> None:
        """Those under way find no answer here; their sessions are ended, in a bounded time."""
        self.close()
        await cancel_all(self._tasks)
        await asyncio.gather(*self._leaving, return_exceptions=True)

    async def _answer(self, lookup: Lookup) -> None:
        """Takes the question only when it can be answered at once: another worker may be idle."""
        with suppress(*AWAY):
            async with self._turns:
                if self._is_closed:
                    return
                async with self._worker.pool.acquire() as connection:
                    if not await bot_lookups.take(connection, lookup.id):
                        return
                await self._visit(lookup)

    async def _visit(self, lookup: Lookup) -> None:
        """The panel has its answer before the session is ended, and does not wait for that."""
        visit = Visit(self._worker)
        try:
            found = await self._look(visit, lookup)
            async with self._worker.pool.acquire() as connection:
                await bot_lookups.answer(connection, lookup.id, found)
        finally:
            leaving = asyncio.create_task(visit.end())
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)
            await asyncio.shield(leaving)  # also when the worker stops: `end` waits for it

    async def _look(self, visit: "Visit", lookup: Lookup) -> Found:
        try:
            token = lookup.token(self._worker.keys)
            async with asyncio.timeout(_SECONDS):
                return await visit.look(token)
        except _UNKNOWN:
            return Found(outcome="token_unknown")
        except (RPCError, OSError, ConfigurationError) as error:  # TimeoutError among them
            log.warning("a bot could not be looked up", error=repr(error))
            return Found(outcome="unanswered")


class Visit:
    """A session for one look, in memory; `end` it, whatever has become of the look."""

    def __init__(self, worker: Worker) -> None:
        name = "lookup"
        self._storage: Any = SQLiteStorage(name, Path(), in_memory=True)
        self._client = BotClient(
            worker.server,
            self._storage,
            LeaseDeadline(clock()),
            Meter(worker.metrics),
            name=name,
        )
        self._may_be_in = False

    async def look(self, token: str) -> Found:
        """Logs in, reads name and photo. Raises Kurigram's RPCError, or OSError."""
        await self._client.connect()
        self._may_be_in = True  # from the question on: its answer may be what does not arrive
        try:
            bot = await self._client.sign_in_bot(token)
        except RPCError:
            self._may_be_in = False
            raise
        photo = await _photo(self._client, bot)
        return Found(
            outcome="found",
            username=bot.username,
            title=" ".join(part for part in (bot.first_name, bot.last_name) if part),
            photo=base64.b64encode(photo).decode() if photo else None,
        )

    async def end(self) -> None:
        """Logs out, so that Telegram keeps no authorization, and closes; in some 4 s at most."""
        if self._may_be_in:
            try:
                async with asyncio.timeout(_LOG_OUT_SECONDS):
                    await self._client.call(raw.functions.auth.LogOut())
            except (RPCError, OSError) as error:
                log.info("a session of a look could not be logged out", error=repr(error))
        await self._client.close()
        with suppress(RuntimeError):  # it was given up before it was opened
            await self._storage.close()


async def _photo(client: BotClient, bot: User) -> bytes:
    """Empty if the bot has none; the name alone says enough."""
    try:
        async with asyncio.timeout(_PHOTO_SECONDS):
            return await photo_of(client, bot)
    except (RPCError, OSError) as error:
        log.info("no photo of a bot that is looked up", error=repr(error))
        return b""
