"""What modules share inside one database transaction: its events and its messages."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bots.sdk.replies import DURABLE, DurableReply, Reply, Screen
from core.events import Actor, Emitted, Event, EventType, Origin, emit_all
from core.postgres import Connection, Statement
from core.shop import customers
from core.shop.customers import Customer
from core.shop.shops import Shop

if TYPE_CHECKING:  # a module is loaded with its handlers, which are given a transaction
    from bots.sdk.loading import EnabledModule
    from bots.sdk.memberships import MembershipAnswer

_is_open: ContextVar[bool] = ContextVar("is_open", default=False)


@contextmanager
def while_open() -> Iterator[None]:
    """Marks the task as being inside a transaction: no call to another server may begin in it."""
    token = _is_open.set(True)
    try:
        yield
    finally:
        _is_open.reset(token)


def is_open() -> bool:
    """Whether this task is inside a transaction."""
    return _is_open.get()


class ReadFailed(BaseException):
    """Something was read without a savepoint of its own and failed, so nothing of the transaction
    can stand: whoever opened it begins anew, carefully. Not an Exception: no module catches it."""


def random_id_of(bot_id: int, chat_id: int, purpose: str, natural_key: str) -> int:
    """The message's identity for Telegram: the same for the same cause, so it is sent once.

    The first 64 bits of SHA-256 of `bot|chat|purpose|key`, signed, never 0.
    """
    digest = hashlib.sha256(f"{bot_id}|{chat_id}|{purpose}|{natural_key}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True) or 1


@dataclass(frozen=True, slots=True)
class Mark:
    """A point in a transaction; what a part of it did afterwards can be rolled back."""

    journal: int
    waiting: int
    replies: int
    queued: int
    jobs: int


class Transaction:
    """An open transaction of one shop's bot, and what it will have said once it commits.

    `origin` notes in its journal what any function emits through it; pass this one on to core.
    `enabled` are the bot's modules, in the order in which they are asked. Without `is_asked` it is
    known that no question waits for the shopper's answer. Without `is_careful` its opener catches
    `ReadFailed`, so that what only reads needs no savepoint. `memberships` is what Telegram was
    asked for this update (`bots.sdk.memberships`).
    """

    def __init__(
        self,
        connection: Connection,
        origin: Origin,
        shop: Shop,
        *,
        bot_username: str = "",
        now: datetime | None = None,
        enabled: Sequence[EnabledModule] = (),
        is_asked: bool = True,
        is_careful: bool = True,
        memberships: Mapping[str, MembershipAnswer] | None = None,
    ) -> None:
        self.memberships = memberships or {}
        self.enabled = enabled
        self.is_careful = is_careful
        self.is_asked = is_asked
        self.connection = connection
        self.journal: list[Emitted] = []
        self.origin = replace(origin, journal=self.journal)
        self.shop = shop
        self.bot_username = bot_username
        self.now = now or datetime.now(UTC)
        self.replies: list[Reply] = []
        self.queued = 0  # rows added to `outgoing`: after the commit, its sender has work
        self.is_answer = False  # to a question, whether or not it fits; letters are none
        self.taken_by = ""  # the module that handles it: the platform's own events are in its work
        self.jobs = 0  # that were put off: after the commit, somebody has to look when they are due
        self._waiting: list[Emitted] = []
        self._people: dict[int, Customer | None] = {}

    def emit(self, actor: Actor, event_type: EventType, **fields: Any) -> None:
        """Keeps an event for the one statement before the commit; `fields` as in `Event`."""
        fields.setdefault("occurred_at", self.now)
        self.keep(Emitted(actor, Event(event_type, **fields)))

    def keep(self, emitted: Emitted) -> None:
        """Keeps an event that is already made."""
        self._waiting.append(emitted)

    def change(self, event_type: EventType, changed: Callable[[Event], Event]) -> None:
        """Puts what `changed` gives in the place of each event of a type that is kept."""
        self._waiting = [
            replace(each, event=changed(each.event)) if each.event.type is event_type else each
            for each in self._waiting
        ]

    def tell_once_sent(self, emitted: Emitted, *, since: Mark) -> None:
        """Emits an event once the shopper has the last message that was said since; at once if
        nothing was said that goes out after the commit."""
        for place in range(len(self.replies) - 1, since.replies - 1, -1):
            reply = self.replies[place]
            if isinstance(reply, Screen):
                events = (*reply.on_sent, emitted)
                self.replies[place] = reply.model_copy(update={"on_sent": events})
                return
        self.keep(emitted)

    def emitted_since(self, seen: int) -> list[Emitted]:
        """What was emitted after the journal had this many events, written or not."""
        return [*self.journal[seen:], *self._waiting]

    async def write_events(self, beside: Statement | None = None) -> None:
        """Appends what was kept to the outbox, in one statement with what stands beside it."""
        waiting, self._waiting = self._waiting, []
        origin = replace(self.origin, module=self.taken_by)
        await emit_all(self.connection, origin, waiting, beside=beside)

    def mark(self) -> Mark:
        """The present point, before a part that may be rolled back with its savepoint."""
        return Mark(
            len(self.journal), len(self._waiting), len(self.replies), self.queued, self.jobs
        )

    def return_to(self, mark: Mark) -> None:
        """Discards events, replies and counts since the mark, whose savepoint is rolled back."""
        del self.journal[mark.journal :]
        del self._waiting[mark.waiting :]
        del self.replies[mark.replies :]
        self.queued, self.jobs = mark.queued, mark.jobs

    @contextmanager
    def carefully(self) -> Iterator[None]:
        """While the block runs: it has a savepoint of its own, to which it returns if it fails."""
        before, self.is_careful = self.is_careful, True
        try:
            yield
        finally:
            self.is_careful = before

    def know(self, customer: Customer) -> None:
        """Saves looking up a customer who is known."""
        self._people[customer.buyer_no] = customer

    async def person(self, buyer_no: int) -> Customer | None:
        """The customer with this number; None for nobody's, and for one who was erased."""
        if not buyer_no:
            return None
        if buyer_no not in self._people:
            found = await customers.numbered(self.connection, self.shop.id, buyer_no)
            # Below zero: erased, or known by another program's number alone.
            is_there = found is not None and found.telegram_id > 0
            self._people[buyer_no] = found if is_there else None
        return self._people[buyer_no]

    async def queue(
        self, purpose: str, message: DurableReply, natural_key: str, chat_id: int
    ) -> bool:
        """Stores a message that must arrive once; False if this one was stored before."""
        stored = await self.connection.fetchval(
            "INSERT INTO outgoing (bot_id, chat_id, random_id, purpose, message) "
            "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (bot_id, random_id) DO NOTHING RETURNING id",
            self.origin.bot_id,
            chat_id,
            random_id_of(self.origin.bot_id, chat_id, purpose, natural_key),
            purpose,
            DURABLE.dump_python(message, mode="json"),
        )
        self.queued += stored is not None
        return stored is not None
