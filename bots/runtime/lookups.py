"""Whose a token is: one login in a session that is kept nowhere and ended at once, for a panel that
asks before a bot is connected."""

import asyncio
import base64
from contextlib import suppress
from pathlib import Path

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
_MOST = 20  # at once; whoever asks more finds no answer
_UNKNOWN = (AccessTokenInvalid, AccessTokenExpired, Unauthorized)


class Lookups:
    """Answers the panel's questions that this worker is the first to take."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._tasks: set[asyncio.Task[None]] = set()

    def heard(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        """A question has come."""
        if len(self._tasks) < _MOST:
            task = asyncio.create_task(self._answer(Lookup.model_validate_json(str(payload))))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def end(self) -> None:
        """Those under way find no answer here."""
        await cancel_all(self._tasks)

    async def _answer(self, lookup: Lookup) -> None:
        with suppress(*AWAY):
            async with self._worker.pool.acquire() as connection:
                if not await bot_lookups.take(connection, lookup.id):
                    return
            found = await self._look(lookup)
            async with self._worker.pool.acquire() as connection:
                await bot_lookups.answer(connection, lookup.id, found)

    async def _look(self, lookup: Lookup) -> Found:
        try:
            token = lookup.token(self._worker.keys)
            async with self._worker.openings, asyncio.timeout(_SECONDS):
                return await look_up(self._worker, token)
        except _UNKNOWN:
            return Found(outcome="token_unknown")
        except (RPCError, OSError, ConfigurationError) as error:  # TimeoutError among them
            log.warning("a bot could not be looked up", error=repr(error))
            return Found(outcome="unanswered")


async def look_up(worker: Worker, token: str) -> Found:
    """Logs in, reads name and photo, and logs out. Raises Kurigram's RPCError, or OSError."""
    name = "lookup"
    client = BotClient(
        worker.server,
        SQLiteStorage(name, Path(), in_memory=True),
        LeaseDeadline(clock()),
        Meter(worker.metrics),
        name=name,
    )
    try:
        await client.connect()
        bot = await client.sign_in_bot(token)
        photo = await _photo(client, bot)
        with suppress(RPCError, OSError):
            await client.call(raw.functions.auth.LogOut())
    finally:
        await client.close()
    return Found(
        outcome="found",
        username=bot.username,
        title=" ".join(part for part in (bot.first_name, bot.last_name) if part),
        photo=base64.b64encode(photo).decode() if photo else None,
    )


async def _photo(client: BotClient, bot: User) -> bytes:
    """Empty if the bot has none; the name alone says enough."""
    try:
        async with asyncio.timeout(_PHOTO_SECONDS):
            return await photo_of(client, bot)
    except (RPCError, OSError) as error:
        log.info("no photo of a bot that is looked up", error=repr(error))
        return b""
