"""What a shopper does with a ticket: writes in it, and rates it once."""

from datetime import timedelta
from typing import Literal

from bots.modules.support import cards, store
from bots.modules.support.cards import SupportScope
from bots.modules.support.events import CSAT_GIVEN, TICKET_OPENED, TICKET_REOPENED
from bots.modules.support.events import Ticket as TicketProps
from bots.modules.support.store import FileKind, Message, Ticket
from bots.sdk.answers import Written
from core.errors import NotFound

RATINGS = (1, 2, 3, 4, 5)
HOUR = timedelta(hours=1)


class TooMuch(Exception):
    """A shopper writes more than the owner lets them."""

    def __init__(self, reason: Literal["messages", "tickets"]) -> None:
        super().__init__(reason)
        self.reason = reason


def kind_of(written: Written) -> FileKind | None:
    if written.file is None:
        return None
    return "photo" if written.file.kind == "photo" else "document"


async def write(
    scope: SupportScope, written: Written, *, order_id: int | None, ticket_id: int | None = None
) -> tuple[Ticket, bool]:
    """A shopper's words: in their ticket, if it is open or was closed lately; else in the one that
    is open about the same; else in a new one. Whether it is new.

    Raises TooMuch, and NotFound for another's ticket.
    """
    if not await may_write(scope):
        raise TooMuch("messages")
    ticket, is_new = await _ticket_for(scope, order_id, ticket_id), False
    if ticket is None:
        ticket, is_new = await _open(scope, order_id)
    file = written.file
    message = await store.add_message(
        scope.connection,
        scope.shop.id,
        ticket,
        "shopper",
        body=written.text,
        file_kind=kind_of(written),
        file_id=file.file_id if file is not None else "",
        file_name=file.name if file is not None else "",
    )
    if file is not None:
        await fetch_later(scope, message)
    ticket = await store.get(scope.connection, scope.bot_id, ticket.id)
    await cards.tell(scope, ticket, message)
    return ticket, is_new


async def may_write(scope: SupportScope) -> bool:
    """Whether a shopper has written less within the hour than the owner lets them; a question that
    got a ready answer counts as written."""
    assert scope.customer is not None  # who writes is there
    count = await store.written_since(
        scope.connection, scope.shop.id, scope.customer.buyer_no, scope.now - HOUR
    )
    return count < scope.settings.messages_an_hour


async def _ticket_for(
    scope: SupportScope, order_id: int | None, ticket_id: int | None
) -> Ticket | None:
    """The open ticket to write in; one that was closed lately is opened again."""
    assert scope.customer is not None  # who writes is there
    if ticket_id is None:
        return await store.open_of(
            scope.connection, scope.bot_id, scope.customer.buyer_no, order_id
        )
    meant = await own(scope, ticket_id)
    if meant.is_open:
        return meant
    await store.hold_others(scope.connection, scope.shop.id)
    other = await store.open_of(
        scope.connection, scope.bot_id, scope.customer.buyer_no, meant.order_id
    )
    if other is not None:
        return other
    if meant.closed_at is None or scope.now - meant.closed_at > store.OPEN_AGAIN:
        return None
    scope.emit(TICKET_REOPENED, order_id=meant.order_id or 0, props=TicketProps(ticket=meant.id))
    return meant  # the message itself opens it


async def _open(scope: SupportScope, order_id: int | None) -> tuple[Ticket, bool]:
    assert scope.customer is not None  # who writes is there
    buyer_no, within = scope.customer.buyer_no, scope.now - timedelta(days=1)
    count = await store.opened_since(scope.connection, scope.bot_id, buyer_no, within)
    if count >= scope.settings.tickets_a_day:
        raise TooMuch("tickets")
    ticket = await store.create(scope.connection, scope.bot_id, scope.customer, order_id)
    if ticket is None:  # opened at this very moment, by another message of theirs
        ticket = await store.open_of(scope.connection, scope.bot_id, buyer_no, order_id)
        assert ticket is not None  # the lock lasts until this transaction ends
        return ticket, False
    scope.emit(TICKET_OPENED, order_id=order_id or 0, props={"ticket": ticket.id})
    return ticket, True


async def own(scope: SupportScope, ticket_id: int) -> Ticket:
    """A shopper's own, locked. Raises NotFound, also for another's."""
    ticket = await store.get(scope.connection, scope.bot_id, ticket_id, lock=True)
    if scope.customer is None or ticket.buyer_no != scope.customer.buyer_no:
        raise NotFound(f"there is no ticket {ticket_id} of theirs")
    return ticket


async def rate(scope: SupportScope, ticket: Ticket, rating: int) -> bool:
    """False if the shopper has rated it before, or was never asked."""
    if rating not in RATINGS or ticket.rating_asked_at is None:
        return False
    if not await store.rate(scope.connection, ticket.id, rating):
        return False
    scope.emit(
        CSAT_GIVEN, order_id=ticket.order_id or 0, quantity=rating, props={"ticket": ticket.id}
    )
    return True


async def fetch_later(scope: SupportScope, message: Message) -> None:
    await scope.later("fetch", at=scope.now, key=str(message.id), data={"message": message.id})
