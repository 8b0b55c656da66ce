"""Tickets and what was written in them."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.errors import NotFound
from core.postgres import Connection
from core.shop.bots import of_its_shop
from core.shop.customers import Customer
from core.versions import Versioned

OWNER = "support"  # of the files, in `core.shop.files`
OPEN_AGAIN = timedelta(days=30)  # a closed ticket can be opened again for so long

State = Literal["waiting", "answered", "closed"]
ClosedBy = Literal["", "shop", "shopper", "time"]
Author = Literal["shopper", "shop"]
FileKind = Literal["photo", "document"]


class Ticket(Versioned):
    """`ticket_no` is the number that staff and owner see, `order_no` that of the order it is about.
    Waiting: the shopper's words since `waiting_since` are not answered. Times are UTC. `version` is
    that of who answers."""

    EDITED = frozenset({"assignee"})
    model_config = ConfigDict(frozen=True)

    id: int
    ticket_no: int
    buyer_no: int
    buyer_name: str
    order_id: int | None
    order_no: int | None
    state: State
    assignee: str
    opened_at: datetime
    waiting_since: datetime | None
    first_reply_at: datetime | None
    last_at: datetime
    closed_at: datetime | None
    closed_by: ClosedBy
    closings: int = Field(exclude=True)
    rating: int | None
    rating_asked_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state != "closed"


class TicketRow(Ticket):
    """A ticket in the owner's list, with its last words."""

    last_words: str
    last_author: Author | None
    messages: int


class Message(BaseModel):
    """`said_by`: who of the shop wrote it. Its file, if it has one, is the shop's by `sha256` once
    it was fetched; `trouble` says why it cannot be shown."""

    model_config = ConfigDict(frozen=True)

    id: int
    ticket_id: int
    buyer_no: int = Field(exclude=True)
    author: Author
    said_by: str
    body: str
    file_kind: FileKind | None
    file_id: str = Field(exclude=True)
    file_name: str
    sha256: str | None
    trouble: str | None
    sent_at: datetime


_COLUMNS = """
t.id, t.ticket_no, t.buyer_no, coalesce(c.first_name, '') AS buyer_name, t.order_id, o.order_no,
t.state, t.assignee, t.opened_at, t.waiting_since, t.first_reply_at, t.last_at, t.closed_at,
t.closed_by, t.closings, t.rating, t.rating_asked_at
"""
_FROM = """
FROM support_tickets AS t
LEFT JOIN customers AS c ON (c.shop_id, c.buyer_no) = (t.shop_id, t.buyer_no)
LEFT JOIN orders AS o ON o.id = t.order_id
"""
_MESSAGE = """
SELECT id, ticket_id, buyer_no, author, said_by, body, file_kind, file_id, file_name,
    encode(sha256, 'hex') AS sha256, trouble, sent_at
FROM support_messages
"""


def key_of(message_id: int) -> str:
    """The message's row, as its file names it."""
    return f"message:{message_id}"


async def get(connection: Connection, bot_id: int, ticket_id: int, *, lock: bool = False) -> Ticket:
    """Raises NotFound. With `lock`, nobody else changes it until the transaction ends."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} {_FROM} WHERE t.id = $1 AND t.bot_id = $2 AND {of_its_shop('t')} "
        f"{'FOR UPDATE OF t' if lock else ''}",
        ticket_id,
        bot_id,
    )
    if row is None:
        raise NotFound(f"there is no ticket {ticket_id}")
    return Ticket(**row)


async def open_of(
    connection: Connection, bot_id: int, buyer_no: int, order_id: int | None
) -> Ticket | None:
    """A shopper's open ticket about an order, or about none, locked."""
    ticket_id = await connection.fetchval(
        "SELECT id FROM support_tickets AS t WHERE bot_id = $1 AND buyer_no = $2 "
        f"AND order_id IS NOT DISTINCT FROM $3 AND state <> 'closed' AND {of_its_shop('t')}",
        bot_id,
        buyer_no,
        order_id,
    )
    if ticket_id is None:
        return None
    found = await get(connection, bot_id, ticket_id, lock=True)
    return found if found.is_open else None


async def talking(
    connection: Connection, bot_id: int, buyer_no: int, since: datetime
) -> Ticket | None:
    """The shopper's open ticket in which something was written last, after `since`."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} {_FROM} WHERE t.bot_id = $1 AND t.buyer_no = $2 "
        f"AND {of_its_shop('t')} AND t.state <> 'closed' AND t.last_at > $3 "
        "ORDER BY t.last_at DESC LIMIT 1",
        bot_id,
        buyer_no,
        since,
    )
    return None if row is None else Ticket(**row)


async def of_buyer(
    connection: Connection, bot_id: int, buyer_no: int, *, limit: int
) -> list[Ticket]:
    """A shopper's own, the latest first."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} {_FROM} WHERE t.bot_id = $1 AND t.buyer_no = $2 "
        f"AND {of_its_shop('t')} ORDER BY t.last_at DESC, t.id DESC LIMIT $3",
        bot_id,
        buyer_no,
        limit,
    )
    return [Ticket(**row) for row in rows]


async def hold_others(connection: Connection, shop_id: int) -> None:
    """Nobody else opens a ticket of the shop, or opens one again, until the transaction ends."""
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('support_tickets', $1))", shop_id
    )


async def create(
    connection: Connection, bot_id: int, customer: Customer, order_id: int | None
) -> Ticket | None:
    """None if the shopper has one open about the same."""
    await hold_others(connection, customer.shop_id)
    ticket_id = await connection.fetchval(
        "INSERT INTO support_tickets (shop_id, bot_id, ticket_no, buyer_no, order_id, "
        "waiting_since) SELECT $1, $2, coalesce(max(ticket_no), 0) + 1, $3, $4, now() "
        "FROM support_tickets WHERE shop_id = $1 "
        "ON CONFLICT (bot_id, buyer_no, coalesce(order_id, 0)) "
        "WHERE state <> 'closed' AND buyer_no > 0 DO NOTHING RETURNING id",
        customer.shop_id,
        bot_id,
        customer.buyer_no,
        order_id,
    )
    return None if ticket_id is None else await get(connection, bot_id, ticket_id)


async def opened_since(connection: Connection, bot_id: int, buyer_no: int, since: datetime) -> int:
    """How many tickets a shopper has opened."""
    count: int = await connection.fetchval(
        "SELECT count(*) FROM support_tickets AS t "
        f"WHERE bot_id = $1 AND buyer_no = $2 AND opened_at > $3 AND {of_its_shop('t')}",
        bot_id,
        buyer_no,
        since,
    )
    return count


async def written_since(
    connection: Connection, shop_id: int, buyer_no: int, since: datetime
) -> int:
    """How many messages a shopper has written; a question that got a ready answer is one."""
    count: int = await connection.fetchval(
        "SELECT (SELECT count(*) FROM support_messages "
        "  WHERE shop_id = $1 AND buyer_no = $2 AND author = 'shopper' AND sent_at > $3) "
        "+ (SELECT count(*) FROM support_suggestions "
        "  WHERE shop_id = $1 AND buyer_no = $2 AND shown_at > $3)",
        shop_id,
        buyer_no,
        since,
    )
    return count


async def note_suggestion(
    connection: Connection, customer: Customer, now: datetime, since: datetime
) -> int:
    """A shopper's question got a ready answer; its number, and those before `since` are deleted."""
    await connection.execute(
        "DELETE FROM support_suggestions WHERE shop_id = $1 AND buyer_no = $2 AND shown_at <= $3",
        customer.shop_id,
        customer.buyer_no,
        since,
    )
    suggestion_id: int = await connection.fetchval(
        "INSERT INTO support_suggestions (shop_id, buyer_no, shown_at) VALUES ($1, $2, $3) "
        "RETURNING id",
        customer.shop_id,
        customer.buyer_no,
        now,
    )
    return suggestion_id


async def forget_suggestion(connection: Connection, suggestion_id: int) -> None:
    """The question goes to the shop after all, and counts as its message."""
    await connection.execute("DELETE FROM support_suggestions WHERE id = $1", suggestion_id)


async def add_message(
    connection: Connection,
    shop_id: int,
    ticket: Ticket,
    author: Author,
    *,
    body: str,
    said_by: str = "",
    file_kind: FileKind | None = None,
    file_id: str = "",
    file_name: str = "",
    sha256: str | None = None,
) -> Message:
    """Adds what was written; the ticket waits for the shop from now on, or for the shopper."""
    row = await connection.fetchrow(
        "INSERT INTO support_messages (ticket_id, shop_id, buyer_no, author, said_by, body, "
        "file_kind, file_id, file_name, sha256) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
        "RETURNING id",
        ticket.id,
        shop_id,
        ticket.buyer_no,
        author,
        said_by,
        body,
        file_kind,
        file_id,
        file_name,
        bytes.fromhex(sha256) if sha256 else None,
    )
    assert row is not None  # RETURNING of an INSERT always gives a row
    change = (
        "state = 'waiting', waiting_since = coalesce(waiting_since, now())"
        if author == "shopper"
        else "state = 'answered', waiting_since = NULL, "
        "first_reply_at = coalesce(first_reply_at, now())"
    )
    await connection.execute(
        f"UPDATE support_tickets SET last_at = now(), closed_at = NULL, closed_by = '', {change} "
        "WHERE id = $1",
        ticket.id,
    )
    return await message(connection, row["id"])


async def message(connection: Connection, message_id: int) -> Message:
    """Raises NotFound."""
    row = await connection.fetchrow(f"{_MESSAGE} WHERE id = $1", message_id)
    if row is None:
        raise NotFound(f"there is no message {message_id}")
    return Message(**row)


async def messages_of(connection: Connection, ticket_id: int, *, limit: int = 500) -> list[Message]:
    """The last of what was written, oldest first."""
    rows = await connection.fetch(
        f"{_MESSAGE} WHERE ticket_id = $1 ORDER BY id DESC LIMIT $2", ticket_id, limit
    )
    return [Message(**row) for row in reversed(rows)]


async def note_content(
    connection: Connection, message_id: int, *, sha256: str | None, trouble: str | None = None
) -> None:
    """The message's file was fetched, or cannot be shown."""
    await connection.execute(
        "UPDATE support_messages SET sha256 = $2, trouble = $3 WHERE id = $1",
        message_id,
        bytes.fromhex(sha256) if sha256 else None,
        trouble,
    )


async def close(connection: Connection, ticket_id: int, by: ClosedBy, *, asks: bool) -> None:
    """`asks`: the shopper is asked for a rating at the same time."""
    await connection.execute(
        "UPDATE support_tickets SET state = 'closed', closed_at = now(), closed_by = $2, "
        "waiting_since = NULL, closings = closings + 1, "
        "rating_asked_at = CASE WHEN $3 THEN now() ELSE rating_asked_at END WHERE id = $1",
        ticket_id,
        by,
        asks,
    )


async def reopen(connection: Connection, ticket_id: int) -> None:
    """Somebody of the shop has opened it again, and it waits for them."""
    await connection.execute(
        "UPDATE support_tickets SET state = 'waiting', closed_at = NULL, closed_by = '', "
        "waiting_since = now(), last_at = now() WHERE id = $1",
        ticket_id,
    )


async def assign(connection: Connection, ticket_id: int, assignee: str) -> None:
    await connection.execute(
        "UPDATE support_tickets SET assignee = $2 WHERE id = $1", ticket_id, assignee
    )


async def rate(connection: Connection, ticket_id: int, rating: int) -> bool:
    """False if the shopper has rated it before."""
    rated = await connection.fetchval(
        "UPDATE support_tickets SET rating = $2 WHERE id = $1 AND rating IS NULL RETURNING id",
        ticket_id,
        rating,
    )
    return rated is not None


async def quiet_since(
    connection: Connection, bot_id: int, before: datetime, *, limit: int
) -> list[int]:
    """Tickets that the shop has answered and in which nobody has written since."""
    rows = await connection.fetch(
        "SELECT id FROM support_tickets WHERE bot_id = $1 AND state = 'answered' "
        "AND last_at < $2 ORDER BY last_at LIMIT $3",
        bot_id,
        before,
        limit,
    )
    return [row["id"] for row in rows]
