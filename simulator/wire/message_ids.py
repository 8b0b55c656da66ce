"""Message ids: which of a client's are accepted, and the server's own.

Source: https://core.telegram.org/mtproto/description#message-identifier-msg-id and
https://core.telegram.org/mtproto/service_messages_about_messages#notice-of-ignored-error-message
"""

import time

RESPONSE, NOTIFICATION = 1, 3
TOO_LOW, TOO_HIGH, NOT_DIVISIBLE_BY_4 = 16, 17, 18
PAST_SECONDS, FUTURE_SECONDS = 300, 30
SEEN_KEPT = 1000


def clock() -> int:
    """Server time in 2^-32 s, a multiple of 4: the smallest id of a message sent now."""
    return int(time.time() * 2**32) & ~3


def fault_in(msg_id: int) -> int | None:
    """The code of the bad_msg_notification for a client's id; None if it is valid."""
    if msg_id & 3:
        return NOT_DIVISIBLE_BY_4
    ahead = (msg_id >> 32) - time.time()
    if ahead < -PAST_SECONDS:
        return TOO_LOW
    return TOO_HIGH if ahead > FUTURE_SECONDS else None


class ServerIds:
    """Always increasing; the last two bits say what kind of message it is."""

    def __init__(self) -> None:
        self._last = 0

    def next(self, kind: int) -> int:
        self._last = max(clock(), (self._last & ~3) + 4) | kind
        return self._last


class SeenIds:
    """The newest ids that a client has sent: a repeated message is not processed twice."""

    def __init__(self) -> None:
        self._ids: dict[int, None] = {}

    def note(self, msg_id: int) -> bool:
        """Record an id; returns whether it is new."""
        if msg_id in self._ids:
            return False
        self._ids[msg_id] = None
        if len(self._ids) > SEEN_KEPT:
            del self._ids[next(iter(self._ids))]
        return True

    def __contains__(self, msg_id: int) -> bool:
        return msg_id in self._ids
