"""Messages in the bot's name that this session has not sent: somebody else has its token.

Telegram tells every session of an account what the others send, and lists it in the difference,
where a session's own messages may stand as well. So a message is somebody else's if no answer to a
call of ours names it, it was written while this session was open, and no answer was lost then.
"""

import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from pyrogram import raw

from bots.runtime.translate import Translation

_MOST_OWN = 20_000  # ids of our own messages: more than a bot can send in `remembers_seconds`
_MOST_SUSPECTS = 1000
_MOST_DOUBTS = 1000  # stretches of time without one between them


class OthersMessages:
    """Of one session, of private chats. Times are those of the clock that Telegram goes by."""

    settles_seconds = 30.0  # the difference may bring our own message before its answer is read
    remembers_seconds = 600.0  # by how much the difference may come later than the answer
    margin_seconds = 60.0  # by how much clocks differ, and how long a call may hang at Telegram

    def __init__(self) -> None:
        self._since = time.time() + self.margin_seconds
        self._own: dict[int, float] = {}  # when answered
        self._forgotten = 0  # the highest id: what came up to it may be our own
        self._suspects: dict[int, tuple[int, float]] = {}  # id: when written, when seen
        self._doubts = deque[tuple[float, float]](maxlen=_MOST_DOUBTS)
        # The number of the first message that came while the bot answered, if any: all lower ones
        # were there before, perhaps sent by other software.
        self.first_message: int | None = None

    def came(self, update: Translation) -> None:
        """Notes an update of a bot that answers."""
        if self.first_message is None and update.kind == "message":
            self.first_message = int(update.natural_key)

    def answered(self, answer: object) -> None:
        """Notes which messages a call of ours has made."""
        match answer:
            case raw.types.UpdateShortSentMessage():
                self._keep({answer.id})
            case raw.types.Updates():
                self._keep(_private(answer.updates))
            case _:
                return

    def _keep(self, made: set[int]) -> None:
        now = time.time()
        for each in made:
            self._suspects.pop(each, None)
            self._own.pop(each, None)
            self._own[each] = now  # the last
        while self._own:
            oldest = next(iter(self._own))
            if len(self._own) <= _MOST_OWN and now - self._own[oldest] <= self.remembers_seconds:
                break
            del self._own[oldest]
            self._forgotten = max(self._forgotten, oldest)

    def unanswered(self, began: float) -> None:
        """A call that began then has no answer: what it has made is not known."""
        begin, end = began - self.margin_seconds, time.time() + self.margin_seconds
        if self._doubts and begin <= self._doubts[-1][1]:
            before = self._doubts.pop()
            begin, end = min(begin, before[0]), max(end, before[1])
        self._doubts.append((begin, end))

    def seen(self, update: raw.base.Update) -> None:
        """Looks at an update that is no answer to a call of ours."""
        match update:
            case raw.types.UpdateNewMessage(
                message=raw.types.Message(out=True, peer_id=raw.types.PeerUser()) as message
            ):
                is_new = message.date >= self._since and not self._may_be_own(message.id)
            case _:
                return
        if is_new and len(self._suspects) < _MOST_SUSPECTS:
            self._suspects[message.id] = message.date, time.time()

    def _may_be_own(self, message_id: int) -> bool:
        return message_id in self._own or message_id <= self._forgotten

    def settled(self) -> int:
        """How many turned out to be somebody else's since this was asked last."""
        now = time.time()
        ripe = [
            each for each, (_, at) in self._suspects.items() if now - at >= self.settles_seconds
        ]
        written = [self._suspects.pop(each)[0] for each in ripe]
        return sum(not self._is_doubtful(date) for date in written)

    def _is_doubtful(self, date: int) -> bool:
        return any(begin <= date <= end for begin, end in self._doubts)


def _private(updates: Sequence[Any]) -> set[int]:
    """The ids of messages that do not lie in a channel, where they are counted apart."""
    made, elsewhere = set(), set()
    for update in updates:
        message = getattr(update, "message", None)
        number = getattr(message, "id", None)
        if isinstance(update, raw.types.UpdateMessageID):
            made.add(update.id)
        elif isinstance(getattr(message, "peer_id", None), raw.types.PeerChannel):
            elsewhere.add(number)
        elif isinstance(number, int):
            made.add(number)
    return made - elsewhere
