"""Replies after their transaction: each waits for its turn in its chat, and none is dropped
without being counted.

Answers to a button's press and to a pre-checkout query have no limit and wait for nothing. Of two
unsent screens that edit the same message only the later one is sent.
"""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import structlog
from pyrogram.errors import FloodWait, QueryIdInvalid, RPCError, Unauthorized

from bots.runtime.cancelling import cancel_all
from bots.runtime.client import BotClient
from bots.runtime.late import Unsent, refused_bill
from bots.runtime.limits import Limits, Urgency
from bots.runtime.metrics import Meter
from bots.runtime.outage import AWAY
from bots.runtime.sending import GONE, OutgoingSender, flood_wait, seconds_of
from bots.sdk.replies import (
    Answer,
    AnswerButton,
    AnswerPreCheckout,
    AnswerShipping,
    DeleteMessage,
    EditPhoto,
    EditText,
    Reply,
    Screen,
    SendInvoice,
    SendText,
)
from bots.sdk.turn import bill_refused
from core.events import REPLY_ACKNOWLEDGED, REPLY_DROPPED, Event
from core.shop.shops import Language

log = structlog.get_logger()

A_CHAT = 20  # screens that wait in one chat; a flood of messages asks for more than anybody reads
A_BOT = 5000
STALE_SECONDS = 300.0
_LOOK_SECONDS = 5.0  # how often those who wait long are looked at
_SERVER_TRIES = 5  # of what Telegram fails at (5xx)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 4.0
_BUTTON_SECONDS, _BUTTON_TRY_SECONDS = 15.0, 5.0
_CHECKOUT_SECONDS = 10.0  # Telegram waits no longer
_CHECKOUT_TRY_SECONDS = 2.0  # a lost connection is back by then, and the next try goes over it

Why = Literal["full", "stale", "refused", "lost"]


@dataclass(eq=False, slots=True)
class _Update:
    """What the replies to one update have in common; `received` by the monotonic clock."""

    received: float
    language: Language
    is_acknowledged: bool = False


@dataclass(eq=False, slots=True)
class _Waiting:
    """A screen that is not sent yet. `random_id` makes its attempts one message."""

    screen: Screen
    update: _Update
    stale_at: float
    random_id: int = field(default_factory=lambda: secrets.randbits(63) or 1)
    failures: int = 0


@dataclass(eq=False, slots=True)
class _Lane:
    """One chat's screens, in the order of their updates."""

    waiting: deque[_Waiting] = field(default_factory=deque)
    sending: _Waiting | None = None


class ReplyQueue:
    """Sends one bot's replies within its limits."""

    def __init__(self, client: BotClient, sender: OutgoingSender, meter: Meter) -> None:
        self._client = client
        self._limits: Limits = sender.limits
        self._sender = sender
        self._meter = meter
        self._lanes: dict[int, _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._answers = 0

    @property
    def waiting(self) -> int:
        """Replies that Telegram has not acknowledged yet."""
        return self._answers + sum(
            len(lane.waiting) + (lane.sending is not None) for lane in self._lanes.values()
        )

    def add(
        self, chat_id: int, replies: Sequence[Reply], *, received: float, language: Language
    ) -> None:
        """Takes the replies to an update that came at `received`; never waits."""
        update = _Update(received, language)
        for reply in replies:
            match reply:
                case AnswerPreCheckout() | AnswerShipping():
                    self._start(self._answer(reply, update, _CHECKOUT_SECONDS))
                case AnswerButton():
                    self._start(self._answer(reply, update, _BUTTON_SECONDS))
                case _:
                    stale_at = self._limits.now() + STALE_SECONDS
                    self._enqueue(chat_id, _Waiting(reply, update, stale_at))

    async def drain(self, seconds: float) -> None:
        """Waits until everything is sent, for at most this many seconds, and ends."""
        if self._tasks and seconds > 0:
            await asyncio.wait(self._tasks, timeout=seconds)
        await cancel_all(self._tasks)

    def take_unsent(self) -> list[Unsent]:
        """What waits, for whoever sends it later; after `drain`. What was under way is among it:
        should it have arrived, Telegram knows it by its id."""
        unsent = []
        for chat_id, lane in self._lanes.items():
            under_way = [lane.sending] if lane.sending is not None else []
            for each in (*under_way, *lane.waiting):
                unsent.append(Unsent(chat_id, each.random_id, each.screen))
        self._lanes.clear()
        return unsent

    def drop_unsent(self) -> None:
        """Discards what waits: the bot is another worker's."""
        for lane in self._lanes.values():
            for each in lane.waiting:
                self._count_drop(each.screen, "lost")
        self._lanes.clear()

    def _start(self, step: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(step)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Screens.

    def _enqueue(self, chat_id: int, added: _Waiting) -> None:
        lane = self._lanes.get(chat_id)
        if lane is None:
            lane = self._lanes[chat_id] = _Lane()
            self._start(self._run(chat_id, lane))
        self._supersede(lane, added)
        if len(lane.waiting) >= A_CHAT or self.waiting >= A_BOT:
            if not lane.waiting:
                self._drop(added, "full")
                return
            self._drop(lane.waiting.popleft(), "full")
        lane.waiting.append(added)

    def _supersede(self, lane: _Lane, later: _Waiting) -> None:
        """Takes out the unsent edit of the message that `later` edits or deletes."""
        earlier = next((each for each in lane.waiting if _replaces(later, each)), None)
        if earlier is not None:
            lane.waiting.remove(earlier)
            self._meter.metrics.replies_superseded.inc()

    async def _run(self, chat_id: int, lane: _Lane) -> None:
        """Sends a chat's screens, one after the other, until none waits."""
        try:
            while lane.waiting:
                wait = self._limits.wait(chat_id, Urgency.ANSWER)
                if wait > 0:
                    self._drop_stale(lane, self._limits.now() + wait)
                    await asyncio.sleep(min(wait, _LOOK_SECONDS))
                    continue
                self._limits.take(chat_id)
                lane.sending = lane.waiting.popleft()
                pause = await self._send(chat_id, lane, lane.sending)
                lane.sending = None
                if pause:
                    await asyncio.sleep(pause)
        finally:
            if not lane.waiting and lane.sending is None:
                self._lanes.pop(chat_id, None)

    def _drop_stale(self, lane: _Lane, then: float) -> None:
        """Gives up what would be of no use any more when its turn comes."""
        stale = [each for each in lane.waiting if each.stale_at < then]
        for each in stale:
            lane.waiting.remove(each)
            self._drop(each, "stale")

    async def _send(self, chat_id: int, lane: _Lane, waiting: _Waiting) -> float:
        """One try. What may succeed later waits again at the head of the lane, for as many
        seconds as this gives."""
        try:
            await self._client.send(waiting.screen, chat_id, waiting.random_id)
        except FloodWait as error:
            seconds = seconds_of(error)
            self._sender.note(flood_wait(waiting.screen.kind, seconds))
            self._limits.pause(chat_id, seconds)
            self._put_back(lane, waiting)
        except (*AWAY, Unauthorized) as error:
            # No connection, or a session that is being made anew: nothing is wrong with the reply.
            log.info("a reply is sent again", kind=waiting.screen.kind, error=repr(error))
            waiting.failures += 1
            self._put_back(lane, waiting)
            return _pause_after(waiting.failures)
        except RPCError as error:
            waiting.failures += 1
            if isinstance(error.CODE, int) and error.CODE >= 500:
                if waiting.failures < _SERVER_TRIES:
                    self._put_back(lane, waiting)
                    return _pause_after(waiting.failures)
            self._refused(chat_id, waiting, str(error.ID or error.CODE))
        except Exception as error:  # pylint: disable=broad-exception-caught  # the rest follows
            log.warning("a reply was not understood", kind=waiting.screen.kind, exc_info=error)
            self._refused(chat_id, waiting, type(error).__name__)
        else:
            self._acknowledge(waiting.update)
            self._sender.emit_later(waiting.screen.on_sent)
        return 0.0

    def _put_back(self, lane: _Lane, waiting: _Waiting) -> None:
        if any(_replaces(each, waiting) for each in lane.waiting):
            self._meter.metrics.replies_superseded.inc()
        elif waiting.stale_at < self._limits.now():
            self._drop(waiting, "stale")
        else:
            lane.waiting.appendleft(waiting)

    def _refused(self, chat_id: int, waiting: _Waiting, code: str) -> None:
        self._drop(waiting, "refused", code)
        if isinstance(waiting.screen, SendInvoice) and code not in GONE:
            self._sender.tell_owner(refused_bill(waiting.screen, code))
            self._enqueue(
                chat_id,
                _Waiting(
                    SendText(text=bill_refused(waiting.update.language)),
                    waiting.update,
                    self._limits.now() + STALE_SECONDS,
                ),
            )

    # Answers.

    async def _answer(self, reply: Answer, update: _Update, seconds: float) -> None:
        """Tries until the query is answered or nobody waits any more."""
        self._answers += 1
        try:
            await self._until_answered(reply, update, time.monotonic() + seconds)
        finally:
            self._answers -= 1

    async def _until_answered(self, reply: Answer, update: _Update, deadline: float) -> None:
        is_checkout = isinstance(reply, AnswerPreCheckout)
        is_urgent = is_checkout or isinstance(reply, AnswerShipping)
        failures = 0
        while True:
            pause = 0.1 if is_urgent else _pause_after(failures + 1)
            try:
                await self._client.answer(
                    reply, seconds=_CHECKOUT_TRY_SECONDS if is_urgent else _BUTTON_TRY_SECONDS
                )
                break
            except QueryIdInvalid:
                if not failures:  # else an earlier try may have arrived, and its answer was lost
                    self._count_drop(reply, "stale")
                return
            except FloodWait as error:
                pause = float(seconds_of(error))
                self._sender.note(flood_wait(reply.kind, seconds_of(error)))
            except (OSError, RPCError) as error:
                if isinstance(error, RPCError) and error.CODE == 400:
                    self._count_drop(reply, "refused", str(error.ID or error.CODE))
                    return
            failures += 1
            if time.monotonic() + pause > deadline:
                self._count_drop(reply, "stale")
                return
            await asyncio.sleep(pause)
        self._acknowledge(update)
        if is_checkout:
            self._meter.checkout_answered(time.monotonic() - update.received)

    # Counting.

    def _acknowledge(self, update: _Update) -> None:
        """Telegram has the first answer to an update."""
        if update.is_acknowledged:
            return
        update.is_acknowledged = True
        seconds = time.monotonic() - update.received
        self._meter.answered(seconds)
        self._sender.note(Event(REPLY_ACKNOWLEDGED, latency_us=round(seconds * 1e6)))

    def _drop(self, waiting: _Waiting, why: Why, code: str = "") -> None:
        self._count_drop(waiting.screen, why, code)
        self._sender.emit_later(waiting.screen.on_lost)

    def _count_drop(self, reply: Reply, why: Why, code: str = "") -> None:
        log.warning("a reply was not delivered", kind=reply.kind, why=why, code=code)
        self._meter.metrics.replies_dropped.labels(reply.kind, why).inc()
        props = {"kind": reply.kind} | ({"code": code} if code else {})
        self._sender.note(Event(REPLY_DROPPED, outcome=why, props=props))


def _replaces(later: _Waiting, earlier: _Waiting) -> bool:
    """Whether what the earlier one would show is gone with the later one."""
    return (
        isinstance(earlier.screen, EditText | EditPhoto)
        and isinstance(later.screen, EditText | EditPhoto | DeleteMessage)
        and earlier.screen.message_id == later.screen.message_id
    )


def _pause_after(failures: int) -> float:
    seconds: float = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(failures - 1, 10))
    return seconds
