"""What a shopper presses of support, and what they write while a conversation is open."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeAlias

from bots.modules.support import conversation, faq, intake, screens, store, writing
from bots.modules.support.intake import WRITTEN
from bots.modules.support.screens import Support
from bots.modules.support.settings import SupportSettings
from bots.modules.support.store import Ticket
from bots.sdk import next_steps
from bots.sdk.answers import Written, WrongAnswer
from bots.sdk.asking import platform_texts
from bots.sdk.keyboards import Keyboard, keyboard
from bots.sdk.points import BELOW
from bots.sdk.replies import Text
from bots.sdk.router import PASS, Pass, Router
from bots.sdk.updates import Button, Command, Message, number_of
from core.errors import NotFound
from core.shop import orders

router = Router[SupportSettings]()
Show: TypeAlias = Callable[[Text, Keyboard | None], None]
# For so long after the last words whatever nobody else understands belongs to the conversation.
_TALKING = timedelta(days=2)


@router.command("support")
async def command(context: Support, update: Command) -> None:
    if update.argument:
        await intake.consider(context, Written(text=update.argument), None)
    else:
        context.reply(*await screens.first(context))


@router.button("support")
async def pressed(context: Support, update: Button) -> None:
    say: Show = context.reply if update.argument == BELOW else context.edit
    say(*await screens.first(context))


@router.button("support_new")
async def ask(context: Support, _: Button) -> None:
    await context.ask("question", context.texts.get("ask"), data={"order": None})


@router.button("support_order")
async def ask_about_order(context: Support, update: Button) -> None:
    number, _, _ = update.argument.partition(".")
    customer = context.customer
    try:
        order = await orders.own(context.connection, context.origin, number_of(number) or 0)
    except NotFound:
        order = None
    if order is None or order.buyer_no != customer.buyer_no:
        context.answer(context.texts.label("no_order"), alert=True)
        return
    context.answer()
    text = context.texts.get("ask_order", number=order.order_no)
    await context.ask("question", text, data={"order": order.id})


@router.button("support_mine")
async def mine(context: Support, _: Button) -> None:
    context.edit(*await screens.own(context))


async def _own(context: Support, argument: str) -> Ticket | None:
    """The ticket of a button, if it is this shopper's; otherwise they are told that it is not."""
    try:
        return await writing.own(context, number_of(argument.partition(".")[0]) or 0)
    except NotFound:
        context.answer(context.texts.label("not_found"), alert=True)
        return None


@router.button("support_ticket")
async def show(context: Support, update: Button) -> None:
    ticket = await _own(context, update.argument)
    if ticket is not None:
        context.edit(*await screens.page(context, ticket))


@router.button("support_write")
async def write_more(context: Support, update: Button) -> None:
    ticket = await _own(context, update.argument)
    if ticket is not None:
        context.answer()
        await context.ask("more", context.texts.get("ask_more"), data={"ticket": ticket.id})


@router.button("support_done")
async def solved(context: Support, update: Button) -> None:
    """Under an answer, which stays in the chat."""
    ticket = await _own(context, update.argument)
    if ticket is None:
        return
    asks = False
    if ticket.is_open:
        before = ticket.rating_asked_at
        ticket = await conversation.close(context, ticket.id, "shopper")
        asks = ticket.rating_asked_at is not None and before is None
    context.answer()
    text, rows = screens.closed(context.texts, ticket, asks=asks)
    context.reply(text, keyboard(*rows, *await next_steps.below(context)))


@router.button("support_rate")
async def rate(context: Support, update: Button) -> None:
    ticket = await _own(context, update.argument)
    if ticket is None:
        return
    rating = number_of(update.argument.partition(".")[2]) or 0
    rated = await writing.rate(context, ticket, rating)
    if not rated and ticket.rating is None:
        context.answer(context.texts.label("not_found"), alert=True)
        return
    context.answer(context.texts.label("rated" if rated else "rated_before"))
    key = "thanks" if (ticket.rating or rating) > 3 else "sorry"
    context.edit(context.texts.get(key), keyboard(await screens.home_row(context)))


@router.button("faq")
async def ready(context: Support, update: Button) -> None:
    try:
        found = await faq.get(context.connection, context.bot_id, number_of(update.argument) or 0)
    except NotFound:
        context.edit(*await screens.first(context))
        return
    await faq.note_shown(context.connection, [found.id])
    context.edit(*await screens.ready(context, found))


@router.button("faq_yes")
async def helped(context: Support, update: Button) -> None:
    try:
        found = await faq.get(context.connection, context.bot_id, number_of(update.argument) or 0)
    except NotFound:
        context.edit(*await screens.first(context))
        return
    await intake.helped(context, found.id)


@router.message
async def follow_up(context: Support, update: Message) -> Pass | None:
    """What no other module understands belongs to the open conversation, if there is one."""
    if update.kind not in ("text", "photo", "document") or update.text.startswith("/"):
        return PASS
    ticket = await store.talking(
        context.connection,
        context.bot_id,
        context.customer.buyer_no,
        context.now - _TALKING,
    )
    if ticket is None:
        return PASS
    try:
        written = WRITTEN.read(update, ())
    except WrongAnswer as wrong:
        texts = platform_texts()[context.language]
        rows = await next_steps.below(context)
        context.reply(wrong.text or texts.get(wrong.key, **wrong.values), keyboard(*rows))
        return None
    await intake.take(context, written, ticket_id=ticket.id, album_id=update.album_id)
    return None
