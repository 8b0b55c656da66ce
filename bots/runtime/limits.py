"""How fast a bot may send: Telegram's limits, observed here so that Telegram need not enforce them.

About 30 messages a second a bot, one a second a chat (short bursts may exceed it), 20 a minute a
group: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from enum import IntEnum

_BOT_SECONDS = 1.05  # a little more than the second: messages may arrive closer together
_CHAT_SECONDS = 1.0  # between messages
CHAT_BURST = 8
_GROUP_MESSAGES, _GROUP_SECONDS = 20, 61.0
_CHATS_REMEMBERED = 1000
# A wait as long as this is the whole bot's; a shorter one may be one chat's alone.
_LONG_PAUSE = 30.0


class Urgency(IntEnum):
    """The order of sending, as in the column `urgency` of `outgoing`."""

    ANSWER = 0  # replies, goods, receipts
    NOTICE = 1
    BROADCAST = 2


# The others leave some of the second for what is more urgent.
_MESSAGES = {Urgency.ANSWER: 30, Urgency.NOTICE: 27, Urgency.BROADCAST: 25}


class Window:
    """At most `limit` in any `seconds`."""

    def __init__(self, limit: int, seconds: float) -> None:
        self._seconds = seconds
        self._taken: deque[float] = deque(maxlen=limit)

    def is_idle(self, now: float) -> bool:
        """Whether nothing in it matters any more."""
        return not self._taken or self._taken[-1] + self._seconds <= now

    def wait(self, now: float, limit: int | None = None) -> float:
        """Seconds until one more fits, with at most `limit` (default: its own) in the window."""
        places = self._taken.maxlen if limit is None else limit
        if places is None or len(self._taken) < places:
            return 0.0
        return self._taken[-places] + self._seconds - now

    def take(self, now: float) -> None:
        self._taken.append(now)


class Bucket:
    """One each `seconds`, and `burst` at once after a rest.

    By the generic cell rate algorithm: all that is kept is when the bucket will be full again.
    """

    def __init__(self, burst: int, seconds: float) -> None:
        self._seconds = seconds
        self._slack = (burst - 1) * seconds
        self._full_at = 0.0

    def is_idle(self, now: float) -> bool:
        """Whether nothing in it matters any more."""
        return self._full_at <= now

    def wait(self, now: float) -> float:
        """Seconds until one more may go."""
        return self._full_at - self._slack - now

    def take(self, now: float) -> None:
        self._full_at = max(self._full_at, now) + self._seconds


class Limits:
    """The limits of one bot: everything that it sends, durable or not, is counted here."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, chat_burst: int = CHAT_BURST
    ) -> None:
        self._clock = clock
        self._chat_burst = chat_burst
        self._bot = Window(max(_MESSAGES.values()), _BOT_SECONDS)
        self._chats: dict[int, Window | Bucket] = {}
        self._most_chats = _CHATS_REMEMBERED
        self._pauses: dict[int, float] = {}  # by chat, until when
        self._paused_until = 0.0
        self.flood_waits = 0  # that Telegram asked for, since the start

    def now(self) -> float:
        """Seconds of the clock used here."""
        return self._clock()

    def wait(self, chat_id: int, urgency: Urgency) -> float:
        """Seconds until a message may be sent to the chat; 0 or less: at once."""
        now = self._clock()
        chat = self._chats.get(chat_id)
        return max(
            self._bot.wait(now, _MESSAGES[urgency]),
            chat.wait(now) if chat is not None else 0.0,
            self._paused_until - now,
            self._pauses.get(chat_id, 0.0) - now,
        )

    async def turn(self, chat_id: int, urgency: Urgency = Urgency.ANSWER) -> None:
        """Returns when the message may go, and counts it."""
        while (wait := self.wait(chat_id, urgency)) > 0:
            await asyncio.sleep(wait)
        self.take(chat_id)

    def take(self, chat_id: int) -> None:
        """Counts a message that goes now."""
        now = self._clock()
        self._bot.take(now)
        self._of_chat(chat_id).take(now)

    def pause(self, chat_id: int, seconds: float) -> bool:
        """Telegram wants quiet (FLOOD_WAIT), and does not say of whom: of the chat, or, if it is
        long or another chat has met it meanwhile, of the bot. True if it is the bot's."""
        now = self._clock()
        self.flood_waits += 1
        until = now + seconds
        elsewhere = any(end > now for chat, end in self._pauses.items() if chat != chat_id)
        self._pauses = {chat: end for chat, end in self._pauses.items() if end > now}
        self._pauses[chat_id] = max(until, self._pauses.get(chat_id, 0.0))
        if elsewhere or seconds >= _LONG_PAUSE:
            self.pause_bot(seconds)
            return True
        return False

    @property
    def bot_pause(self) -> float:
        """For how many seconds yet nothing may go out at all."""
        return max(0.0, self._paused_until - self._clock())

    def pause_bot(self, seconds: float) -> None:
        """Stops all sending for this many seconds."""
        self._paused_until = max(self._paused_until, self._clock() + seconds)

    def _of_chat(self, chat_id: int) -> Window | Bucket:
        chat = self._chats.get(chat_id)
        if chat is None:
            if len(self._chats) >= self._most_chats:
                self._forget()
            is_group = chat_id < 0
            chat = self._chats[chat_id] = (
                Window(_GROUP_MESSAGES, _GROUP_SECONDS)
                if is_group
                else Bucket(self._chat_burst, _CHAT_SECONDS)
            )
        return chat

    def _forget(self) -> None:
        """Forgets chats without any wait."""
        now = self._clock()
        self._chats = {chat: it for chat, it in self._chats.items() if not it.is_idle(now)}
        self._most_chats = 2 * len(self._chats) + _CHATS_REMEMBERED
