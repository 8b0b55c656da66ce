"""Rows that are written behind a bot's messages, with the sender's next query."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeAlias

from bots.sdk.replies import DURABLE, Screen, SendInvoice
from core.events import Emitted
from core.postgres import Connection
from core.shop import notices
from core.shop.notices import Notice

# Writes events in the bot's shop and runs the modules' reactions to them; gives how many durable
# messages that has queued.
Announce: TypeAlias = Callable[[Connection, Sequence[Emitted]], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Unsent:
    """A reply that was not sent when its bot changed hands: whoever has it next sends it."""

    chat_id: int
    random_id: int
    screen: Screen


@dataclass(slots=True)
class Late:
    """What is written with the next look at the database: events of no transaction, events of
    messages that have arrived or were lost, notices for the owner, unsent replies."""

    notes: list[Emitted] = field(default_factory=list)
    events: list[Emitted] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    unsent: list[Unsent] = field(default_factory=list)

    async def write(
        self, connection: Connection, bot_id: int, emit: Announce, announce: Announce
    ) -> "Late":
        """Writes it in the caller's transaction; gives what is to be forgotten on its commit.
        `emit` writes events as they are, `announce` with the reactions to them."""
        late = self._copy()
        await emit(connection, late.notes)
        if late.events:
            await announce(connection, late.events)
        for notice in late.notices:
            await notices.leave(connection, bot_id, notice)
        for unsent in late.unsent:
            await store(connection, bot_id, unsent)
        return late

    def _copy(self) -> "Late":
        return Late([*self.notes], [*self.events], [*self.notices], [*self.unsent])

    def forget(self, written: "Late") -> None:
        """Takes out what has been committed; what came meanwhile stands behind it."""
        del self.notes[: len(written.notes)]
        del self.events[: len(written.events)]
        del self.notices[: len(written.notices)]
        del self.unsent[: len(written.unsent)]


def as_of_now(events: Sequence[Emitted]) -> list[Emitted]:
    now = datetime.now(UTC)
    return [replace(each, event=replace(each.event, occurred_at=now)) for each in events]


def refused_bill(bill: SendInvoice, code: str) -> Notice:
    """Tells the owner that Telegram refused a bill, and why."""
    return Notice("bill_refused", code, subject=bill.title, price=bill.price)


async def store(connection: Connection, bot_id: int, unsent: Unsent) -> None:
    await connection.execute(
        "INSERT INTO outgoing (bot_id, chat_id, random_id, purpose, message) "
        "VALUES ($1, $2, $3, 'reply', $4) ON CONFLICT (bot_id, random_id) DO NOTHING",
        bot_id,
        unsent.chat_id,
        unsent.random_id,
        DURABLE.dump_python(unsent.screen, mode="json"),
    )
