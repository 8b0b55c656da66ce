"""Tickets in the staff's group: a reply is an answer, and buttons do the rest."""

from bots.modules.support import canned, cards, conversation, store
from bots.modules.support.conversation import Enclosure
from bots.modules.support.intake import WRITTEN
from bots.modules.support.settings import SupportSettings
from bots.modules.support.store import Message, Ticket
from bots.modules.support.writing import kind_of
from bots.sdk import staffing
from bots.sdk import updates as sdk
from bots.sdk.answers import Written, WrongAnswer
from bots.sdk.asking import platform_texts
from bots.sdk.keyboards import button, keyboard
from bots.sdk.staffing import StaffContext, StaffDesk
from bots.sdk.updates import StaffPress, StaffReply, number_of
from core.errors import NotFound

desk = StaffDesk[SupportSettings]()
Staff = StaffContext[SupportSettings]
_OWN = frozenset(("ticket_take", "ticket_close", "ticket_reopen", "ticket_canned", "ticket_card"))


@desk.reply(cards.PURPOSE, right="support")
async def replied(context: Staff, update: StaffReply) -> None:
    """What staff write in reply to a card goes to the shopper; the card says so. Telegram lets a
    group have few messages a minute, so there is none about it."""
    meant = await _meant(context, update)
    found = await _found(context, meant) if meant is not None else None
    if found is None:
        context.answer(context.texts.label("ticket_gone"))
        return
    written = _written(context, update)
    if written is not None:
        kind, file = kind_of(written), written.file
        enclosures = (
            [Enclosure(kind, file_id=file.file_id, name=file.name)] if file and kind else []
        )
        ticket = await conversation.answer(
            context, found[0].id, context.doer, written.text, enclosures
        )
        await _show_answered(context, *found, ticket)


async def _meant(context: Staff, update: StaffReply) -> str | None:
    for action, argument in await staffing.buttons_replied_to(context, update, cards.PURPOSE):
        if action in _OWN:
            return argument
    return None


async def _found(context: Staff, argument: str) -> tuple[Ticket, Message] | None:
    """The ticket and the message that a button names; None if they are gone."""
    ticket_id, _, rest = argument.partition(".")
    message_id, _, _ = rest.partition(".")
    try:
        ticket = await store.get(
            context.connection, context.bot_id, number_of(ticket_id) or 0, lock=True
        )
        message = await store.message(context.connection, number_of(message_id) or 0)
    except NotFound:
        return None
    return (ticket, message) if message.ticket_id == ticket.id else None


def _written(context: Staff, update: StaffReply) -> Written | None:
    """The answer; says what does not fit of it."""
    message = sdk.Message(
        chat_id=update.chat_id,
        occurred_at=update.occurred_at,
        kind=update.kind,
        text=update.text,
        file=update.file,
    )
    try:
        return WRITTEN.read(message, ())
    except WrongAnswer as wrong:
        texts = platform_texts()[context.shop.language]
        context.reply(wrong.text or texts.get(wrong.key, **wrong.values))
        return None


async def _card(context: Staff, update: StaffPress) -> tuple[Ticket, Message, str] | None:
    """The ticket and the message of a button, and the rest of its argument; says so if they are
    gone."""
    found = await _found(context, update.argument)
    if found is None:
        context.answer(context.texts.label("ticket_gone"), alert=True)
        return None
    return *found, update.argument.partition(".")[2].partition(".")[2]


async def _show(context: Staff, ticket: Ticket, message: Message) -> None:
    context.edit(*await cards.card(context, ticket, message))


async def _show_answered(
    context: Staff, ticket: Ticket, message: Message, answered: Ticket
) -> None:
    """The card after an answer: it stays that of its ticket, and says into which other one the
    answer went, if the shopper has one open."""
    if answered.id == ticket.id:
        await _show(context, answered, message)
        return
    note = context.texts.get("answered_elsewhere", number=answered.ticket_no)
    context.edit(*await cards.card(context, ticket, message, note=note))


@desk.button("ticket_card", right="support")
async def show(context: Staff, update: StaffPress) -> None:
    found = await _card(context, update)
    if found is not None:
        context.answer()
        await _show(context, found[0], found[1])


@desk.button("ticket_take", right="support")
async def take(context: Staff, update: StaffPress) -> None:
    found = await _card(context, update)
    if found is None:
        return
    ticket = await conversation.assign(context, found[0].id, context.doer, context.doer.name)
    context.answer(context.texts.label("taken_by", name=context.doer.name))
    await _show(context, ticket, found[1])


@desk.button("ticket_close", right="support")
async def close(context: Staff, update: StaffPress) -> None:
    found = await _card(context, update)
    if found is None:
        return
    ticket, message, _ = found
    if ticket.is_open:
        ticket = await conversation.close(context, ticket.id, "shop", context.doer)
    context.answer(context.texts.label("card_closed"))
    await _show(context, ticket, message)


@desk.button("ticket_reopen", right="support")
async def reopen(context: Staff, update: StaffPress) -> None:
    found = await _card(context, update)
    if found is None:
        return
    ticket, message, _ = found
    if not ticket.is_open:
        ticket = await conversation.reopen(context, ticket.id, context.doer)
    context.answer(context.texts.label("reopened"))
    await _show(context, ticket, message)


@desk.button("ticket_canned", right="support")
async def choose(context: Staff, update: StaffPress) -> None:
    """Ready answers, in the place of the card's buttons."""
    found = await _card(context, update)
    if found is None:
        return
    ticket, message, _ = found
    argument = f"{ticket.id}.{message.id}"
    text, _ = await cards.card(context, ticket, message)
    ready = await canned.of_bot(context.connection, context.bot_id)
    context.answer()
    context.edit(
        text,
        keyboard(
            *([button(each.title, "ticket_say", f"{argument}.{each.id}")] for each in ready),
            [button(context.texts.label("do_nothing"), "ticket_card", argument)],
        ),
    )


@desk.button("ticket_say", right="support")
async def say(context: Staff, update: StaffPress) -> None:
    """Sends a ready answer."""
    found = await _card(context, update)
    if found is None:
        return
    ticket, message, number = found
    try:
        text = await conversation.ready_text(context, ticket, number_of(number) or 0)
    except NotFound:
        context.answer(context.texts.label("canned_gone"), alert=True)
        await _show(context, ticket, message)
        return
    answered = await conversation.answer(context, ticket.id, context.doer, text)
    context.answer(context.texts.label("answered", number=answered.ticket_no))
    await _show_answered(context, ticket, message, answered)
