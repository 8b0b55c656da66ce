"""What the shop does with a ticket: answers it, closes it, opens it again, says whose it is.

What staff press in their group and what the owner does in the panel are the same functions; each is
kept as a staff action.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bots.modules.support import canned, screens, store
from bots.modules.support.cards import SupportScope
from bots.modules.support.events import (
    TICKET_CLOSED,
    TICKET_REOPENED,
    TICKET_REPLIED,
    TICKET_UNREACHED,
)
from bots.modules.support.events import Ticket as TicketProps
from bots.modules.support.store import ClosedBy, FileKind, Message, Ticket
from bots.modules.support.writing import fetch_later
from bots.sdk import next_steps
from bots.sdk.keyboards import AnyButton, Keyboard, button, keyboard
from bots.sdk.replies import (
    CAPTION_UNITS,
    DurableReply,
    Media,
    SendDocument,
    SendPhoto,
    SendText,
    StoredFile,
    TelegramFile,
    Text,
    split_text,
)
from bots.sdk.texts import Texts, paragraphs
from core.errors import Conflict, Refused
from core.events import Bilingual
from core.shop import files, staff
from core.shop.files import Use
from core.shop.staff import Doer
from core.versions import ensure_unchanged


class AlreadyClosed(Conflict):
    code = "ticket_closed"
    explained = Bilingual(
        "Это обращение уже закрыто.",
        "This ticket is closed already.",
    )

    explained = Bilingual("Обращение уже закрыто.", "This ticket is closed already.")


class AlreadyOpen(Conflict):
    """The ticket is open, or the shopper has another one open about the same."""

    code = "ticket_open"
    explained = Bilingual(
        "Обращение уже открыто.",
        "The ticket is open already.",
    )

    explained = Bilingual(
        "У покупателя уже есть открытое обращение об этом.",
        "The shopper has a ticket open about the same already.",
    )


class NobodyThere(Refused):
    """The shopper was erased."""

    code = "shopper_erased"
    explained = Bilingual(
        "Данные этого покупателя удалены: писать некому.",
        "This shopper was erased: there is nobody to write to.",
    )

    explained = Bilingual(
        "Данные покупателя удалены: отвечать некому.",
        "The shopper's data were erased: there is nobody to answer.",
    )


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A picture or file of an answer: one at Telegram, or one of the shop's, by `sha256`."""

    kind: FileKind
    file_id: str = ""
    sha256: str = ""
    name: str = ""

    @property
    def media(self) -> Media:
        if self.sha256:
            return StoredFile(sha256=self.sha256, name=self.name)
        return TelegramFile(file_id=self.file_id)


async def answer(
    scope: SupportScope,
    ticket_id: int,
    doer: Doer,
    text: str,
    enclosures: Sequence[Enclosure] = (),
) -> Ticket:
    """Answers a shopper, who gets it durably; a closed ticket is open again by it, and the answer
    goes into the one that is open about the same if there is one.

    Raises NotFound, NobodyThere, and Refused if there is nothing to say.
    """
    if not text and not enclosures:
        raise Refused("write an answer, or add a picture")
    ticket = await _answered(scope, ticket_id)
    about = await _about(scope, ticket)
    if about.customer is None:
        raise NobodyThere(f"the shopper of ticket {ticket_id} was erased")
    if not ticket.is_open:
        about.emit(
            TICKET_REOPENED, order_id=ticket.order_id or 0, props=TicketProps(ticket=ticket.id)
        )
    is_first = ticket.first_reply_at is None
    waited = scope.now - ticket.opened_at if is_first else timedelta()
    about.emit(
        TICKET_REPLIED,
        order_id=ticket.order_id or 0,
        outcome="first" if is_first else "next",
        latency_us=max(0, round(waited.total_seconds() * 1e6)),
        props={"ticket": ticket.id},
    )
    said = [await _keep(scope, ticket, doer, *part) for part in _parts(text, enclosures)]
    if not ticket.assignee:
        await store.assign(scope.connection, ticket.id, doer.name)
    await _send(about, ticket, text, said, enclosures)
    await _record(scope, doer, "support.answer", ticket)
    return await store.get(scope.connection, scope.bot_id, ticket.id)


async def _answered(scope: SupportScope, ticket_id: int) -> Ticket:
    """The ticket that an answer belongs to."""
    ticket = await store.get(scope.connection, scope.bot_id, ticket_id, lock=True)
    if ticket.is_open or not ticket.buyer_no:
        return ticket
    await store.hold_others(scope.connection, scope.shop.id)
    other = await store.open_of(scope.connection, scope.bot_id, ticket.buyer_no, ticket.order_id)
    return other or ticket


def _parts(text: str, enclosures: Sequence[Enclosure]) -> list[tuple[str, Enclosure | None]]:
    """The messages of an answer: its words stand with the first file."""
    if not enclosures:
        return [(text, None)]
    return [(text if number == 0 else "", each) for number, each in enumerate(enclosures)]


async def _keep(
    scope: SupportScope, ticket: Ticket, doer: Doer, text: str, enclosure: Enclosure | None
) -> Message:
    message = await store.add_message(
        scope.connection,
        scope.shop.id,
        ticket,
        "shop",
        body=text,
        said_by=doer.name,
        file_kind=enclosure.kind if enclosure is not None else None,
        file_id=enclosure.file_id if enclosure is not None else "",
        file_name=enclosure.name if enclosure is not None else "",
        sha256=(enclosure.sha256 or None) if enclosure is not None else None,
    )
    if enclosure is not None and enclosure.sha256:
        use = Use(store.OWNER, store.key_of(message.id), enclosure.name, ticket.buyer_no)
        await files.add_use(scope.connection, scope.shop.id, enclosure.sha256, use)
    elif enclosure is not None:
        await fetch_later(scope, message)
    return message


async def _send(
    about: SupportScope,
    ticket: Ticket,
    text: str,
    said: Sequence[Message],
    enclosures: Sequence[Enclosure],
) -> None:
    """Sends an answer: its files, then its words with what the shopper can do next."""
    lost = about.event(
        TICKET_UNREACHED, order_id=ticket.order_id or 0, props=TicketProps(ticket=ticket.id)
    )
    under = keyboard(*_ways_on(about.texts, ticket), *await next_steps.below(about))
    sent = _in_parts(paragraphs(head_of(about.texts, ticket), text or None), under, enclosures)
    sent[-1] = sent[-1].model_copy(update={"on_lost": (lost,)})
    for number, message in enumerate(sent):
        await about.send_durably("support_answer", message, f"{said[0].id}#{number}")


def _in_parts(
    words: Text, under: Keyboard | None, enclosures: Sequence[Enclosure]
) -> list[DurableReply]:
    """The files, the words under the last one if they fit there, and the buttons at the end."""
    fits = bool(enclosures) and words.units <= CAPTION_UNITS
    bare = enclosures[:-1] if fits else enclosures
    sent: list[DurableReply] = [_with(each, None, None) for each in bare]
    if fits:
        return [*sent, _with(enclosures[-1], words, under)]
    *parts, last = split_text(words)
    sent += [SendText(text=part) for part in parts]
    return [*sent, SendText(text=last, keyboard=under)]


def head_of(texts: Texts, ticket: Ticket) -> Text:
    """Who answers, and about what."""
    if ticket.order_no is None:
        return texts.get("answer")
    return texts.get("answer_order", number=ticket.order_no)


def _with(enclosure: Enclosure, text: Text | None, under: Keyboard | None) -> DurableReply:
    if enclosure.kind == "photo":
        return SendPhoto(photo=enclosure.media, caption=text, keyboard=under)
    return SendDocument(document=enclosure.media, caption=text, keyboard=under)


def _ways_on(texts: Texts, ticket: Ticket) -> list[list[AnyButton]]:
    return [
        [button(texts.label("reply"), "support_write", ticket.id)],
        [button(texts.label("solved"), "support_done", ticket.id)],
    ]


async def close(
    scope: SupportScope, ticket_id: int, by: ClosedBy, doer: Doer | None = None
) -> Ticket:
    """Closes a ticket, and asks the shopper for a rating, once. Raises NotFound, AlreadyClosed."""
    ticket = await store.get(scope.connection, scope.bot_id, ticket_id, lock=True)
    if not ticket.is_open:
        raise AlreadyClosed(f"ticket {ticket.ticket_no} is closed")
    await _close(scope, ticket, by)
    if doer is not None:
        await _record(scope, doer, "support.close", ticket)
    return await store.get(scope.connection, scope.bot_id, ticket.id)


async def close_quiet(scope: SupportScope, ticket_id: int, before: datetime) -> None:
    """Closes a ticket that was answered before a moment, unless something has happened in it
    meanwhile. Raises NotFound."""
    ticket = await store.get(scope.connection, scope.bot_id, ticket_id, lock=True)
    if ticket.state == "answered" and ticket.last_at < before:
        await _close(scope, ticket, "time")


async def _close(scope: SupportScope, ticket: Ticket, by: ClosedBy) -> None:
    about = await _about(scope, ticket)
    asks = (
        scope.settings.asks_rating
        and about.customer is not None
        and ticket.first_reply_at is not None
        and ticket.rating_asked_at is None
    )
    await store.close(scope.connection, ticket.id, by, asks=asks)
    about.emit(
        TICKET_CLOSED, order_id=ticket.order_id or 0, outcome=by, props={"ticket": ticket.id}
    )
    if about.customer is not None and (by == "shop" or (by == "time" and asks)):
        text, under = screens.closed(about.texts, ticket, asks=asks)
        message = SendText(text=text, keyboard=keyboard(*under, *await next_steps.below(about)))
        await about.send_durably("support_closed", message, f"{ticket.id}:{ticket.closings}")


async def reopen(scope: SupportScope, ticket_id: int, doer: Doer) -> Ticket:
    """Somebody of the shop opens it again. Raises NotFound, AlreadyOpen, NobodyThere."""
    ticket = await store.get(scope.connection, scope.bot_id, ticket_id, lock=True)
    if not ticket.buyer_no:
        raise NobodyThere(f"the shopper of ticket {ticket_id} was erased")
    await store.hold_others(scope.connection, scope.shop.id)
    if ticket.is_open or await store.open_of(
        scope.connection, scope.bot_id, ticket.buyer_no, ticket.order_id
    ):
        raise AlreadyOpen("the shopper has a ticket open about the same")
    await store.reopen(scope.connection, ticket.id)
    about = await _about(scope, ticket)
    about.emit(TICKET_REOPENED, order_id=ticket.order_id or 0, props=TicketProps(ticket=ticket.id))
    await _record(scope, doer, "support.reopen", ticket)
    return await store.get(scope.connection, scope.bot_id, ticket.id)


async def assign(
    scope: SupportScope, ticket_id: int, doer: Doer, assignee: str, *, seen: str = "*"
) -> Ticket:
    """Says who of the shop answers it; empty: anybody. Raises NotFound, ChangedMeanwhile."""
    ticket = await store.get(scope.connection, scope.bot_id, ticket_id, lock=True)
    ensure_unchanged(ticket, seen)
    await store.assign(scope.connection, ticket.id, assignee)
    await _record(scope, doer, "support.assign", ticket)
    return await store.get(scope.connection, scope.bot_id, ticket.id)


async def _about(scope: SupportScope, ticket: Ticket) -> SupportScope:
    """On the shopper's matter, if they are still there."""
    return await scope.about(ticket.buyer_no) or scope


async def _record(scope: SupportScope, doer: Doer, action: str, ticket: Ticket) -> None:
    await staff.record(
        scope.connection,
        scope.origin,
        doer,
        action,
        f"ticket:{ticket.id}",
        order_id=ticket.order_id or 0,
    )


async def ready_text(scope: SupportScope, ticket: Ticket, answer_id: int) -> str:
    """A ready answer in the shopper's language, with the places filled in as of the ticket that the
    answer belongs to. Raises NotFound, and Refused if nothing is left of it."""
    ready = await canned.get(scope.connection, scope.bot_id, answer_id)
    ticket = await _answered(scope, ticket.id)
    about = await _about(scope, ticket)
    text = ready.filled(
        about.language,
        name=ticket.buyer_name,
        shop=scope.shop.name,
        order=str(ticket.order_no or ""),
        ticket=str(ticket.ticket_no),
    )
    if not text:
        raise Refused(f"nothing is left of the answer {ready.title!r} for this ticket")
    return text
