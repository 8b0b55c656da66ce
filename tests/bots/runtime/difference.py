"""Updates as Telegram sends them, and a Telegram that answers `getDifference`."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pyrogram import raw

from bots.runtime.storage import Position
from bots.runtime.update_stream import Arrival, UpdateStream

NOW = int(datetime.now(UTC).timestamp())
ANNA = raw.types.User(id=9001, first_name="Anna", username="anna", lang_code="pt-br", premium=True)


def message(number: int, **values: Any) -> raw.types.Message:
    defaults: dict[str, Any] = {
        "id": number,
        "peer_id": raw.types.PeerUser(user_id=ANNA.id),
        "date": NOW,
        "message": "x",
    }
    return raw.types.Message(**(defaults | values))


def news(pts: int, **values: Any) -> raw.types.Updates:
    """A message that moves the count to `pts`."""
    update = raw.types.UpdateNewMessage(message=message(pts, **values), pts=pts, pts_count=1)
    return pushed(update)


def pushed(*updates: raw.base.Update) -> raw.types.Updates:
    return raw.types.Updates(updates=list(updates), users=[ANNA], chats=[], date=NOW, seq=0)


def state(pts: int, qts: int = 0) -> raw.types.updates.State:
    return raw.types.updates.State(pts=pts, qts=qts, date=NOW, seq=0, unread_count=0)


def difference(numbers: list[int], end: raw.types.updates.State) -> raw.types.updates.Difference:
    return raw.types.updates.Difference(
        new_messages=[message(number) for number in numbers],
        new_encrypted_messages=[],
        other_updates=[],
        chats=[],
        users=[ANNA],
        state=end,
    )


class Telegram:
    """Answers `getDifference` with what the test says, and notes what was asked."""

    def __init__(self, answer: Callable[[Any], Any] | None = None) -> None:
        self.asked: list[tuple[int, int]] = []
        self.arrivals: list[Arrival] = []
        self._answer = answer or (lambda _: raw.types.updates.DifferenceEmpty(date=NOW, seq=0))
        self.stream = UpdateStream(self.call, self.arrivals.append, gap_seconds=0.05)

    async def call(self, query: Any) -> Any:
        if isinstance(query, raw.functions.updates.GetDifference):
            self.asked.append((query.pts, query.qts))
        return self._answer(query)

    @property
    def only(self) -> Arrival:
        assert len(self.arrivals) == 1
        return self.arrivals[0]

    @property
    def keys(self) -> list[str]:
        return [arrival.translation.natural_key for arrival in self.arrivals]


def open_stream(telegram: Telegram, pts: int = 10, qts: int = 0) -> UpdateStream:
    telegram.stream.begin(Position(pts, qts, NOW))
    return telegram.stream
