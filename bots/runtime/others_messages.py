"""Messages in the bot's name that this session has not sent: somebody else has its token.

Telegram tells every session of an account what the others send, and lists it in the difference,
where a session's own messages may stand as well. So a message is somebody else's if no answer to a
call of ours names it, it was written while this session was open, and no answer was lost then.
"""

import time
from collections import deque

from pyrogram import raw

_REMEMBERED = 1000  # ids of our own messages: more than are sent while one settles
_MOST_SUSPECTS = 1000


class OthersMessages:
    """Of one session, of private chats. Times are those of the clock that Telegram goes by."""

    settles_seconds = 30.0  # the difference may bring our own message before its answer is read
    margin_seconds = 60.0  # by how much clocks differ, and how long a call may hang at Telegram

    def __init__(self) -> None:
        self._since = time.time() + self.margin_seconds
        self._own: dict[int, None] = {}
        self._suspects: dict[int, tuple[int, float]] = {}  # id: when written, when seen
        self._doubts = deque[tuple[float, float]](maxlen=_REMEMBERED)

    def answered(self, answer: object) -> None:
        """Notes which messages a call of ours has made."""
        match answer:
            case raw.types.UpdateShortSentMessage():
                self._keep(answer.id)
            case raw.types.Updates():
                for update in answer.updates:
                    message = getattr(update, "message", None)
                    number = getattr(message, "id", None) or getattr(update, "id", None)
                    if isinstance(number, int):
                        self._keep(number)
            case _:
                return

    def _keep(self, message_id: int) -> None:
        self._own[message_id] = None
        self._suspects.pop(message_id, None)
        if len(self._own) > _REMEMBERED:
            del self._own[next(iter(self._own))]

    def unanswered(self, began: float) -> None:
        """A call that began then has no answer: what it has made is not known."""
        self._doubts.append((began - self.margin_seconds, time.time() + self.margin_seconds))

    def seen(self, update: raw.base.Update) -> None:
        """Looks at an update that is no answer to a call of ours."""
        match update:
            case raw.types.UpdateNewMessage(
                message=raw.types.Message(out=True, peer_id=raw.types.PeerUser()) as message
            ):
                is_new = message.date >= self._since and message.id not in self._own
            case _:
                return
        if is_new and len(self._suspects) < _MOST_SUSPECTS:
            self._suspects[message.id] = message.date, time.time()

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
