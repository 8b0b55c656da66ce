"""Telegram's own limits on what a bot sends, answered with FLOOD_WAIT beyond them.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this names the rates:
30 messages a second a bot, 1 a second a chat ("short bursts" may go over it), 20 a minute a group.
How large a burst may be is not published. Here each rate is a token bucket; one that is empty
stays closed until a quarter of it has come back, which makes waits of 1 s (bot), 5 s (chat) and
15 s (group), as bots meet them.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from pyrogram.raw import functions, types

from simulator.wire.rpc import RpcError
from simulator.wire.tl import Object


@dataclass(frozen=True, slots=True)
class Rate:
    per_second: float
    burst: int


BOT = Rate(30.0, 30)
CHAT = Rate(1.0, 20)
GROUP = Rate(20 / 60, 20)
REOPENS_AT = 0.25

LIMITED = (
    functions.messages.SendMessage,
    functions.messages.SendMedia,
    functions.messages.SendMultiMedia,
    functions.messages.ForwardMessages,
)
"""What the limits count."""

Limited = (
    functions.messages.SendMessage
    | functions.messages.SendMedia
    | functions.messages.SendMultiMedia
    | functions.messages.ForwardMessages
)


@dataclass(slots=True)
class Bucket:
    rate: Rate
    at: float
    tokens: float = field(init=False)
    closed_until: float = 0.0

    def __post_init__(self) -> None:
        self.tokens = self.rate.burst

    def seconds_to_wait(self, now: float, count: int) -> int:
        """Until `count` messages may be sent; 0: they may be sent now."""
        self.tokens = min(self.rate.burst, self.tokens + (now - self.at) * self.rate.per_second)
        self.at = now
        if now >= self.closed_until and self.tokens < count:
            wanted = max(count, self.rate.burst * REOPENS_AT)
            self.closed_until = now + math.ceil((wanted - self.tokens) / self.rate.per_second)
        return math.ceil(max(0.0, self.closed_until - now))

    def is_full(self, now: float) -> bool:
        return self.tokens + (now - self.at) * self.rate.per_second >= self.rate.burst


@dataclass(slots=True)
class Limits:
    enabled: bool = True
    clock: Callable[[], float] = time.monotonic
    refused: int = 0
    _buckets: dict[tuple[int, int], Bucket] = field(default_factory=dict)
    """By bot and chat; chat 0 is all of the bot's together."""

    def admit(self, bot_id: int, query: Limited) -> None:
        """Count messages that a bot is about to send. Raises RpcError (420) beyond a limit."""
        if not self.enabled:
            return
        chat_id, rate, count = _sending(query)
        now = self.clock()
        buckets = (self._bucket(bot_id, 0, BOT, now), self._bucket(bot_id, chat_id, rate, now))
        wait = max(each.seconds_to_wait(now, count) for each in buckets)
        if wait:
            self.refused += 1
            raise RpcError(420, f"FLOOD_WAIT_{wait}")
        for each in buckets:
            each.tokens -= count

    def _bucket(self, bot_id: int, chat_id: int, rate: Rate, now: float) -> Bucket:
        bucket = self._buckets.get((bot_id, chat_id))
        if bucket is None:
            bucket = self._buckets[bot_id, chat_id] = Bucket(rate, now)
        return bucket

    def sweep(self) -> None:
        """Forget the buckets that are full again."""
        now = self.clock()
        for name, bucket in list(self._buckets.items()):
            if bucket.is_full(now):
                del self._buckets[name]


def _sending(query: Limited) -> tuple[int, Rate, int]:
    """The chat, its rate, and how many messages a call sends there."""
    if isinstance(query, functions.messages.ForwardMessages):
        return *_chat(query.to_peer), len(query.id)
    if isinstance(query, functions.messages.SendMultiMedia):
        return *_chat(query.peer), len(query.multi_media)
    return *_chat(query.peer), 1


def _chat(peer: Object) -> tuple[int, Rate]:
    """Chats are identified by the marked ids that the Bot API uses, too."""
    if isinstance(peer, types.InputPeerChannel):
        return -(10**12) - peer.channel_id, GROUP
    if isinstance(peer, types.InputPeerChat):
        return -peer.chat_id, GROUP
    return getattr(peer, "user_id", 0) or -1, CHAT
