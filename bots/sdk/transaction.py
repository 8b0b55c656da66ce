"""What the modules share inside one database transaction: its events and its messages."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bots.sdk.replies import DURABLE, Reply, SendInvoice, SendText
from core.events import Actor, Emitted, Event, EventType, Origin, emit_all
from core.postgres import Connection
from core.shop.shops import Shop


def random_id_of(bot_id: int, purpose: str, natural_key: str) -> int:
    """The message's identity for Telegram: the same for the same cause, so it is sent once.

    The first 64 bits of SHA-256 of `bot|purpose|key`, signed, never 0.
    """
    digest = hashlib.sha256(f"{bot_id}|{purpose}|{natural_key}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True) or 1


class Transaction:
    """An open transaction of one shop's bot, and what it will have said once it commits.

    `origin` notes in its journal what any function emits through it; pass this one on to core.
    """

    def __init__(
        self,
        connection: Connection,
        origin: Origin,
        shop: Shop,
        *,
        bot_username: str = "",
        now: datetime | None = None,
    ) -> None:
        self.connection = connection
        self.journal: list[Emitted] = []
        self.origin = replace(origin, journal=self.journal)
        self.shop = shop
        self.bot_username = bot_username
        self.now = now or datetime.now(UTC)
        self.replies: list[Reply] = []
        self.queued = 0  # rows added to `outgoing`: after the commit, its sender has work
        self._waiting: list[Emitted] = []

    def emit(self, actor: Actor, event_type: EventType, **fields: Any) -> None:
        """Keeps an event for the one statement before the commit; `fields` as in `Event`."""
        fields.setdefault("occurred_at", self.now)
        self.keep(Emitted(actor, Event(event_type, **fields)))

    def keep(self, emitted: Emitted) -> None:
        """Keeps an event that is made already."""
        self._waiting.append(emitted)

    async def write_events(self) -> None:
        """Appends what was kept to the outbox, in one statement."""
        waiting, self._waiting = self._waiting, []
        await emit_all(self.connection, self.origin, waiting)

    async def queue(
        self, purpose: str, message: SendText | SendInvoice, natural_key: str, chat_id: int
    ) -> bool:
        """Stores a message that must arrive once; False if this one was stored before."""
        stored = await self.connection.fetchval(
            "INSERT INTO outgoing (bot_id, chat_id, random_id, purpose, message) "
            "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (bot_id, random_id) DO NOTHING RETURNING id",
            self.origin.bot_id,
            chat_id,
            random_id_of(self.origin.bot_id, purpose, natural_key),
            purpose,
            DURABLE.dump_python(message, mode="json"),
        )
        self.queued += stored is not None
        return stored is not None
