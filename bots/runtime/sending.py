"""Sending the messages that must arrive exactly once.

A durable message is a row of `outgoing` with its `random_id`. A worker that dies between sending
it and noting so sends it again with the same id, and Telegram knows it as the same message.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import structlog
from pydantic import ValidationError
from pyrogram.errors import (
    BadRequest,
    FloodWait,
    Forbidden,
    NotAcceptable,
    RandomIdDuplicate,
    RandomIdDuplicate500,
    RPCError,
    Unauthorized,
)

from bots.runtime import group_troubles, leases
from bots.runtime.cancelling import cancel_all
from bots.runtime.client import BotClient
from bots.runtime.late import Announce, Late, Unsent, as_of_now, refused_bill, store
from bots.runtime.leases import Lease
from bots.runtime.limits import Limits, Urgency
from bots.runtime.outage import AWAY, while_away
from bots.sdk.replies import DURABLE, Screen, SendInvoice, SendText
from bots.sdk.texts import language_of
from bots.sdk.transaction import random_id_of
from bots.sdk.turn import bill_refused
from core.events import API_CALL_FAILED, NOBODY, Emitted, Event, Origin, emit_all
from core.postgres import Connection, Pool
from core.shop import bots, customers, notices, shops
from core.shop.notices import Notice

log = structlog.get_logger()

# The fleet looks for all bots at once, and wakes those that have something due (`due_bots`).
LOOK_SECONDS = 2.0
_LONGEST_REST = 60.0
_AWAY_SECONDS = 1.0
_AHEAD = 25  # messages that are not urgent are taken up a second's worth at a time
_CHATS_AT_ONCE = {Urgency.ANSWER: 8, Urgency.NOTICE: 4, Urgency.BROADCAST: 4}
_PATIENCE = 10.0  # what has to wait longer waits in the database
_BACKOFF_SECONDS = 300
_MOST_TRIES = 30  # of what fails for no reason that we know: some hours
_BOT_PAUSED = "flood_wait:bot"
_CHAT_PAUSED = "flood_wait:chat"
# The recipient cannot be reached: the shopper cannot be told, and the owner can do nothing.
GONE = frozenset({"USER_IS_BLOCKED", "INPUT_USER_DEACTIVATED", "USER_IS_BOT", "PEER_ID_INVALID"})


def seconds_of(error: FloodWait) -> int:
    return error.value if isinstance(error.value, int) else 60


def flood_wait(kind: str, seconds: int) -> Event:
    """Telegram asked for quiet; `kind` is the reply's."""
    props = {"method": kind, "code": "FLOOD_WAIT", "wait": seconds}
    return Event(API_CALL_FAILED, props=props)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A row of `outgoing` that is due."""

    id: int
    chat_id: int
    random_id: int
    purpose: str
    urgency: int
    message: Any
    attempts: int


# Nothing that stands behind a delayed message of the same chat, unless it is more urgent.
_DUE = """
SELECT id, chat_id, random_id, purpose, urgency, message, attempts FROM outgoing AS o
WHERE bot_id = $1 AND state = 'pending' AND urgency <= $2 AND not_before <= now()
    AND chat_id <> ALL($3::bigint[])
    AND NOT EXISTS (SELECT 1 FROM outgoing AS before WHERE before.bot_id = o.bot_id
        AND before.chat_id = o.chat_id AND before.state = 'pending' AND before.id < o.id
        AND before.urgency <= o.urgency AND before.not_before > now())
ORDER BY urgency, id LIMIT $4
"""
_DUE_BOTS = """
SELECT held.bot_id FROM unnest($1::bigint[]) AS held (bot_id) WHERE EXISTS (
    SELECT FROM outgoing AS o
    WHERE o.bot_id = held.bot_id AND o.state = 'pending' AND o.not_before <= now()
)
"""
_DELAY = """
UPDATE outgoing SET not_before = now() + make_interval(secs => $2), error = $3,
    attempts = attempts + $4 WHERE id = $1 AND state = 'pending'
"""
_PAUSE_LEFT = """
SELECT extract(epoch FROM max(not_before) - now())::float8 FROM outgoing
WHERE bot_id = $1 AND state = 'pending' AND error = $2 AND not_before > now()
"""


async def due_bots(pool: Pool, bot_ids: Sequence[int]) -> list[int]:
    """Those of the bots that have something to send: put off until now, or left by others."""
    rows = await pool.fetch(_DUE_BOTS, bot_ids) if bot_ids else []
    return [row["bot_id"] for row in rows]


class OutgoingSender:
    """Sends one bot's durable messages while its lease is held: the more urgent first, the oldest
    first within a chat. Also writes behind the events that are of no transaction."""

    def __init__(
        self, pool: Pool, lease: Lease, client: BotClient, limits: Limits | None = None
    ) -> None:
        self.limits = limits or Limits()
        self._pool = pool
        self._lease = lease
        self._client = client
        self._wake = asyncio.Event()
        self._slots = {each: asyncio.Semaphore(n) for each, n in _CHATS_AT_ONCE.items()}
        self._chats: dict[int, asyncio.Task[None]] = {}
        self._unsent = 0  # taken up and not sent yet
        self.announce: Announce = self._emit
        self._late = Late()
        self._origin: Origin | None = None

    def wake(self) -> None:
        """There is something new to send."""
        self._wake.set()

    def wake_unless_paused(self) -> None:
        """Something is due; what Telegram asked the whole bot to wait for waits."""
        if not self.limits.bot_pause:
            self._wake.set()

    def note(self, event: Event) -> None:
        """Keeps an event that belongs to no transaction; lost if the worker is killed soon."""
        self._late.notes.append(Emitted(NOBODY, event))

    def emit_later(self, events: Sequence[Emitted]) -> None:
        """Emits what a message has led to, as of now and in a transaction of its own, at once."""
        if events:
            self._late.events.extend(as_of_now(events))
            self.wake()

    def tell_owner(self, notice: Notice) -> None:
        """Leaves a notice for the owner, at once."""
        self._late.notices.append(notice)
        self.wake()

    def adopt(self, unsent: Sequence[Unsent]) -> None:
        """Takes over replies that were not sent, to be stored by `flush`."""
        self._late.unsent.extend(unsent)

    @property
    def unsent(self) -> int:
        """Durable messages that are being sent."""
        return self._unsent

    async def run(self) -> None:
        """Until cancelled; raises LeaseLost."""
        try:
            while True:
                self._wake.clear()
                try:
                    is_more = await self._take_up()
                except AWAY as error:
                    log.warning("durable messages wait", error=str(error))
                    await asyncio.sleep(_AWAY_SECONDS)
                else:
                    if not is_more:
                        await self._rest()
        finally:
            await cancel_all(self._chats.values())

    async def keep_writing(self) -> None:
        """Of a bot that sends nothing: writes what is to be written, until cancelled; raises
        LeaseLost."""
        while True:
            self._wake.clear()
            try:
                await self.flush()
            except AWAY as error:
                log.warning("notes wait", error=str(error))
                await asyncio.sleep(_AWAY_SECONDS)
            else:
                await self._wake.wait()

    async def recall_pause(self) -> None:
        """A flood wait outlives the worker that met it: to be called before anything is sent."""
        left = await self._pool.fetchval(_PAUSE_LEFT, self._lease.bot_id, _BOT_PAUSED)
        if left is not None:
            self.limits.pause_bot(left)

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self.limits.bot_pause or _LONGEST_REST):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _take_up(self) -> bool:
        """Begins to send what is due; says whether there may be more at once."""
        is_full = self._unsent >= _AHEAD
        async with self._pool.acquire() as connection, connection.transaction():
            await leases.check(connection, self._lease)
            written = await self._write_late(connection)
            rows = (
                await connection.fetch(
                    _DUE,
                    self._lease.bot_id,
                    Urgency.ANSWER if is_full else Urgency.BROADCAST,
                    list(self._chats),
                    _AHEAD,
                )
                if not self.limits.bot_pause
                else []
            )
        self._late.forget(written)
        due = sorted((Outgoing(**row) for row in rows), key=lambda each: each.chat_id)
        for chat_id, messages in groupby(due, key=lambda each: each.chat_id):
            task = asyncio.create_task(self._send_chat(list(messages)))
            self._chats[chat_id] = task
        return len(rows) == _AHEAD

    async def flush(self) -> None:
        """Writes what waits, before the bot changes hands. Raises LeaseLost."""
        async with self._pool.acquire() as connection, connection.transaction():
            await leases.check(connection, self._lease)
            written = await self._write_late(connection)
        self._late.forget(written)

    async def _write_late(self, connection: Connection) -> Late:
        return await self._late.write(connection, self._lease.bot_id, self._emit, self.announce)

    async def _emit(self, connection: Connection, emitted: Sequence[Emitted]) -> int:
        if emitted:
            await emit_all(connection, await self._of(connection), emitted)
        return 0

    async def _of(self, connection: Connection) -> Origin:
        """Where this bot's events happen."""
        if self._origin is None:
            self._origin = await bots.origin_of(connection, self._lease.bot_id)
        return self._origin

    async def _send_chat(self, messages: Sequence[Outgoing]) -> None:
        """Sends a chat's messages, the more urgent first, until one has to wait."""
        left = len(messages)
        self._unsent += left
        try:
            for message in messages:
                async with self._slots[Urgency(message.urgency)]:
                    if not await self._until_settled(message):
                        return
                left -= 1
                self._unsent -= 1
        except Exception:  # pylint: disable=broad-exception-caught  # the other chats go on
            log.exception("a chat's messages wait", chat_id=messages[0].chat_id)
            await asyncio.sleep(_AWAY_SECONDS)
        finally:
            self._unsent -= left
            del self._chats[messages[0].chat_id]
            if self._unsent <= _AHEAD // 2:
                self._wake.set()

    async def _until_settled(self, outgoing: Outgoing) -> bool:
        """True once the message is sent or given up; False if the chat has to wait for it."""
        async for attempt in while_away(_AWAY_SECONDS, _AWAY_SECONDS):
            with attempt:
                try:
                    return await self._send(outgoing)
                except AWAY as error:
                    # No connection to Telegram or PostgreSQL: this is not the message's fault.
                    log.info("a durable message is sent again", id=outgoing.id, error=repr(error))
                    raise
        raise AssertionError("the attempts have no end")

    async def _send(self, outgoing: Outgoing) -> bool:
        chat_id, urgency = outgoing.chat_id, Urgency(outgoing.urgency)
        wait = self.limits.wait(chat_id, urgency)
        if wait > _PATIENCE:
            await self._pool.execute(_DELAY, outgoing.id, wait, self._pause_kind, 0)
            return False
        await self.limits.turn(chat_id, urgency)
        try:
            message = DURABLE.validate_python(outgoing.message)
            message_id = await self._client.send(message, chat_id, outgoing.random_id)
        except (RandomIdDuplicate, RandomIdDuplicate500):
            message_id = None
        except FloodWait as error:
            seconds = seconds_of(error)
            self.limits.pause(chat_id, seconds)
            self.note(flood_wait(outgoing.message["kind"], seconds))
            await self._pool.execute(_DELAY, outgoing.id, float(seconds), self._pause_kind, 1)
            return False
        except Unauthorized as error:
            raise ConnectionError("the session has ended") from error
        except (BadRequest, Forbidden, NotAcceptable, ValidationError) as error:
            return await self._refused(outgoing, error)
        except (RPCError, KeyError, ValueError) as error:
            return await self._put_off(outgoing, error)
        await self._settle(outgoing, message, message_id)
        return True

    async def _refused(self, outgoing: Outgoing, error: Exception) -> bool:
        """What will not be taken as it is goes another way if there is one, or is given up."""
        chat, message = outgoing.chat_id, outgoing.message
        if await group_troubles.mend(self._pool, self._lease, self._client, chat, message, error):
            self.wake()
            return False
        await self._mark_failed(outgoing, getattr(error, "ID", None) or type(error).__name__)
        return True

    async def _settle(self, outgoing: Outgoing, message: Screen, message_id: int | None) -> None:
        """Notes that the message has arrived, and tells what that leads to in the same
        transaction."""
        await group_troubles.reached(self._pool, self._lease, outgoing.chat_id)
        if not message.on_sent:
            await mark_sent(self._pool, outgoing, message_id)
            return
        async with self._pool.acquire() as connection, connection.transaction():
            await leases.check(connection, self._lease)
            if await mark_sent(connection, outgoing, message_id):
                await self.announce(connection, as_of_now(message.on_sent))

    @property
    def _pause_kind(self) -> str:
        return _BOT_PAUSED if self.limits.bot_pause else _CHAT_PAUSED

    async def _put_off(self, outgoing: Outgoing, error: Exception) -> bool:
        """What failed for a reason that may pass is tried again, later and later, some hours."""
        if outgoing.attempts >= _MOST_TRIES:
            await self._mark_failed(outgoing, f"gave_up: {error}"[:200])
            return True
        seconds = float(min(_BACKOFF_SECONDS, 2**outgoing.attempts))
        await self._pool.execute(_DELAY, outgoing.id, seconds, str(error), 1)
        return False

    async def _mark_failed(self, outgoing: Outgoing, reason: str) -> None:
        log.warning("a durable message cannot be delivered", id=outgoing.id, reason=reason)
        props = {
            "method": outgoing.message.get("kind", ""),
            "code": reason.partition(":")[0],
            "purpose": outgoing.purpose,
        }
        async with self._pool.acquire() as connection, connection.transaction():
            failed = await connection.fetchval(
                "UPDATE outgoing SET state = 'failed', error = $2, attempts = attempts + 1 "
                "WHERE id = $1 AND state = 'pending' RETURNING id",
                outgoing.id,
                reason,
            )
            if failed is None:
                return
            await group_troubles.note(connection, self._lease, outgoing.chat_id, reason)
            event = Event(API_CALL_FAILED, outcome="failed", props=props)
            await self._emit(connection, [Emitted(NOBODY, event)])
            with suppress(ValidationError):
                message = DURABLE.validate_python(outgoing.message)
                if message.on_lost:
                    await self.announce(connection, as_of_now(message.on_lost))
                if isinstance(message, SendInvoice) and reason not in GONE:
                    notice = refused_bill(message, reason)
                    await notices.leave(connection, self._lease.bot_id, notice)
                    await self._tell_of_refused(connection, outgoing)

    async def _tell_of_refused(self, connection: Connection, bill: Outgoing) -> None:
        """Tells the shopper in place of the bill."""
        shop = await shops.get(connection, (await self._of(connection)).shop_id)
        customer = await customers.find(connection, shop.id, bill.chat_id)
        language = language_of(customer.language if customer else "", shop.language)
        text = SendText(text=bill_refused(language))
        random_id = random_id_of(self._lease.bot_id, bill.chat_id, "bill_refused", str(bill.id))
        await store(connection, self._lease.bot_id, Unsent(bill.chat_id, random_id, text))
        self.wake()


async def mark_sent(
    connection: "Connection | Pool", outgoing: Outgoing, message_id: int | None
) -> bool:
    """Telegram has the message. Until this is noted it is sent again, as the same message. False
    if that was noted before."""
    settled = await connection.fetchval(
        "UPDATE outgoing SET state = 'sent', sent_at = now(), message_id = $2, error = NULL, "
        "attempts = attempts + 1 WHERE id = $1 AND state = 'pending' RETURNING id",
        outgoing.id,
        message_id,
    )
    return settled is not None
