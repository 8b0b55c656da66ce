"""Sending: replies right after their transaction, and the messages that must arrive exactly once.

A durable message is a row of `outgoing` with its `random_id`. A worker that dies between sending
it and noting so sends it again with the same id, and Telegram knows it as the same message.
"""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import structlog
from pydantic import ValidationError
from pyrogram.errors import (
    BadRequest,
    FloodWait,
    Forbidden,
    MessageNotModified,
    QueryIdInvalid,
    RandomIdDuplicate,
    RandomIdDuplicate500,
    RPCError,
)

from bots.runtime import leases
from bots.runtime.client import BotClient
from bots.runtime.leases import Lease
from bots.runtime.outage import AWAY
from bots.sdk.replies import DURABLE, EditText, Reply, SendText
from core.postgres import Pool

log = structlog.get_logger()

_REPLY_TRIES = 3
_REPLY_FLOOD_SECONDS = 15  # a longer wait makes a reply stale; durable messages wait as told
_POLL_SECONDS = 2.0
_BATCH = 100
_CHATS_AT_ONCE = 4
_BACKOFF_SECONDS = 300


async def send_replies(client: BotClient, chat_id: int, replies: Sequence[Reply]) -> None:
    """Sends replies in order. One that fails is logged and the rest still goes out: what has
    happened is committed, and the shopper can ask again."""
    for reply in replies:
        try:
            await _send_reply(client, chat_id, reply)
        except Exception as error:  # pylint: disable=broad-exception-caught  # the rest follows
            log.warning("a reply was not delivered", kind=reply.kind, error=repr(error))


async def _send_reply(client: BotClient, chat_id: int, reply: Reply) -> None:
    random_id = secrets.randbits(63)
    tries_left = _REPLY_TRIES
    while True:
        tries_left -= 1
        try:
            await client.send(reply, chat_id, random_id)
            return
        except MessageNotModified:
            return
        except QueryIdInvalid:
            log.info("an answer came too late", kind=reply.kind)
            return
        except BadRequest:
            if not isinstance(reply, EditText):
                raise
            # Gone, or too old to be edited: the same as a message of its own.
            reply = SendText(text=reply.text, keyboard=reply.keyboard)
        except FloodWait as error:
            seconds = _seconds(error)
            if not tries_left or seconds > _REPLY_FLOOD_SECONDS:
                raise
            await asyncio.sleep(seconds)
        except OSError:
            if not tries_left:
                raise


def _seconds(error: FloodWait) -> int:
    return error.value if isinstance(error.value, int) else 60


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A row of `outgoing` that is due."""

    id: int
    chat_id: int
    random_id: int
    message: Any
    attempts: int


class Outbox:
    """Sends one bot's durable messages, oldest first within a chat, while its lease is held."""

    def __init__(self, pool: Pool, lease: Lease, client: BotClient) -> None:
        self._pool = pool
        self._lease = lease
        self._client = client
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There is something new to send."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled; raises LeaseLost."""
        while True:
            self._wake.clear()
            try:
                due = await self._due()
                pause = await self._send_all(due)
            except AWAY as error:
                log.warning("durable messages wait", error=str(error))
                pause = 1.0
            if pause:
                await asyncio.sleep(pause)
            elif len(due) < _BATCH:
                await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(_POLL_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _due(self) -> list[Outgoing]:
        """What may be sent now: nothing that stands behind a delayed message of the same chat."""
        async with self._pool.acquire() as connection, connection.transaction():
            await leases.check(connection, self._lease)
            rows = await connection.fetch(
                "SELECT id, chat_id, random_id, message, attempts FROM outgoing AS o "
                "WHERE bot_id = $1 AND state = 'pending' AND not_before <= now() "
                "AND NOT EXISTS (SELECT 1 FROM outgoing AS before WHERE before.bot_id = o.bot_id "
                "  AND before.chat_id = o.chat_id AND before.state = 'pending' "
                "  AND before.id < o.id AND before.not_before > now()) "
                "ORDER BY id LIMIT $2",
                self._lease.bot_id,
                _BATCH,
            )
        return [Outgoing(**row) for row in rows]

    async def _send_all(self, due: Sequence[Outgoing]) -> float:
        """Sends chat by chat; gives how many seconds Telegram wants the bot to be quiet."""
        slots = asyncio.Semaphore(_CHATS_AT_ONCE)

        async def send_chat(messages: list[Outgoing]) -> float:
            async with slots:
                for message in messages:
                    pause = await self._send(message)
                    if pause is not None:
                        return pause
                return 0.0

        ordered = sorted(due, key=lambda message: (message.chat_id, message.id))
        chats = [list(chat) for _, chat in groupby(ordered, key=lambda message: message.chat_id)]
        return max(await asyncio.gather(*(send_chat(chat) for chat in chats)), default=0.0)

    async def _send(self, outgoing: Outgoing) -> float | None:
        """None if the next of the chat may follow; otherwise for how long the bot is quiet."""
        try:
            message = DURABLE.validate_python(outgoing.message)
            message_id = await self._client.send(message, outgoing.chat_id, outgoing.random_id)
        except (RandomIdDuplicate, RandomIdDuplicate500):
            await mark_sent(self._pool, outgoing, None)
        except FloodWait as error:
            await self._delay(outgoing, _seconds(error), str(error))
            return float(_seconds(error))
        except (BadRequest, Forbidden, ValidationError) as error:
            await self._mark_failed(outgoing, error)
        except RPCError as error:
            await self._delay(outgoing, min(_BACKOFF_SECONDS, 2**outgoing.attempts), str(error))
            return 0.0
        except OSError:
            return 1.0  # no connection: nothing to hold against the message
        else:
            await mark_sent(self._pool, outgoing, message_id)
        return None

    async def _mark_failed(self, outgoing: Outgoing, error: Exception) -> None:
        reason = getattr(error, "ID", None) or type(error).__name__
        log.warning("a durable message cannot be delivered", id=outgoing.id, reason=reason)
        await self._pool.execute(
            "UPDATE outgoing SET state = 'failed', error = $2, attempts = attempts + 1 "
            "WHERE id = $1 AND state = 'pending'",
            outgoing.id,
            reason,
        )

    async def _delay(self, outgoing: Outgoing, seconds: int, error: str) -> None:
        await self._pool.execute(
            "UPDATE outgoing SET not_before = now() + make_interval(secs => $2), error = $3, "
            "attempts = attempts + 1 WHERE id = $1 AND state = 'pending'",
            outgoing.id,
            float(seconds),
            error,
        )


async def mark_sent(pool: Pool, outgoing: Outgoing, message_id: int | None) -> None:
    """Telegram has the message. Until this is noted it is sent again, as the same message."""
    await pool.execute(
        "UPDATE outgoing SET state = 'sent', sent_at = now(), message_id = $2, error = NULL, "
        "attempts = attempts + 1 WHERE id = $1 AND state = 'pending'",
        outgoing.id,
        message_id,
    )
