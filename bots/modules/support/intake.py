"""A question on its way to the shop: a ready answer is shown first, if there is one."""

from collections.abc import Mapping, Sequence
from typing import Any

from bots.modules.support import faq, screens, store, writing
from bots.modules.support.events import FAQ_RATED, TICKET_LIMITED, Limited, QuestionRated
from bots.modules.support.faq import Question
from bots.modules.support.screens import Support
from bots.modules.support.store import Ticket
from bots.modules.support.writing import TooMuch
from bots.sdk import next_steps
from bots.sdk.answers import MessageAnswer, Written
from bots.sdk.keyboards import AnyButton, button, keyboard
from bots.sdk.replies import SendText, Text
from bots.sdk.texts import paragraphs
from core.shop.file_contents import LIMITS

# What can be written to the shop: words, and a picture or PDF.
WRITTEN = MessageAnswer(
    max_bytes=LIMITS["proof"].size, media_types=tuple(sorted(LIMITS["proof"].media_types or ()))
)
SEND, HELPED, OTHER = "send", "helped", "faq:"
_LIMITED = {"messages": "limited_messages", "tickets": "limited_tickets"}


async def consider(context: Support, written: Written, order_id: int | None) -> None:
    """Shows what the owner has answered before, or passes the question on."""
    found: Sequence[Question] = ()
    asks = context.settings.suggests_answers and written.text and written.file is None
    if asks and await writing.may_write(context):
        found = await faq.alike(context.connection, context.bot_id, written.text)
    if not found:
        await take(context, written, order_id=order_id)
        return
    suggestion_id = await store.note_suggestion(
        context.connection, context.customer, context.now, context.now - writing.HOUR
    )
    data = {
        "order": order_id,
        "text": written.text,
        "found": [each.id for each in found],
        "suggestion": suggestion_id,
    }
    await suggest(context, found[0], found[1:], data)


async def suggest(
    context: Support, shown: Question, others: Sequence[Question], data: Mapping[str, Any]
) -> None:
    """A ready answer, with the question whether it helps; what was written waits meanwhile."""
    texts = context.texts
    await faq.note_shown(context.connection, [shown.id])
    text = paragraphs(
        texts.get("suggestion"), screens.ready_answer(texts, shown), texts.get("did_help")
    )
    choices = [(HELPED, texts.label("choice_helped")), (SEND, texts.label("choice_send"))]
    choices += [
        (f"{OTHER}{each.id}", screens.short(each.question.get(texts.language))) for each in others
    ]
    await context.ask("decide", text, data={**data, "shown": shown.id}, choices=choices)


async def helped(context: Support, question_id: int) -> None:
    """A ready answer was enough."""
    await faq.note_helped(context.connection, question_id)
    context.emit(FAQ_RATED, props=QuestionRated(question=question_id, helped=True))
    context.edit(context.texts.get("glad"), keyboard(await screens.home_row(context)))


def did_not_help(context: Support, question_id: int) -> None:
    context.emit(FAQ_RATED, props=QuestionRated(question=question_id, helped=False))


async def pass_on(context: Support, written: Written, data: Mapping[str, Any]) -> None:
    """Passes on a question that got a ready answer before; it counts once."""
    await store.forget_suggestion(context.connection, data["suggestion"])
    await take(context, written, order_id=data["order"])


async def take(
    context: Support,
    written: Written,
    *,
    order_id: int | None = None,
    ticket_id: int | None = None,
    album_id: int = 0,
) -> None:
    """Passes on what was written, and says so; of what came in one album once."""
    texts, cause = context.texts, ""
    try:
        ticket, is_new = await writing.write(
            context, written, order_id=order_id, ticket_id=ticket_id
        )
    except TooMuch as error:
        context.emit(TICKET_LIMITED, props=Limited(reason=error.reason))
        text, rows = texts.get(_LIMITED[error.reason]), await next_steps.below(context)
        cause = error.reason
    else:
        text, rows = _taken(context, ticket, is_new), await _after(context, ticket)
        cause = str(ticket.id)
    if album_id:
        answer = SendText(text=text, keyboard=keyboard(*rows))
        await context.send_durably("support_taken", answer, f"album:{album_id}:{cause}")
    else:
        context.reply(text, keyboard(*rows))


def _taken(context: Support, ticket: Ticket, is_new: bool) -> Text:
    texts = context.texts
    if not is_new:
        return texts.get("added")
    if ticket.order_no is None:
        return texts.get("taken")
    return texts.get("taken_order", number=ticket.order_no)


async def _after(context: Support, ticket: Ticket) -> list[list[AnyButton]]:
    texts = context.texts
    return [
        [button(texts.label("add"), "support_write", ticket.id)],
        [button(texts.label("mine"), "support_mine")],
        *await next_steps.below(context),
    ]
