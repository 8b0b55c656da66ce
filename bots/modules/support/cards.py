"""A ticket in the staff's groups: what the shopper wrote, and what can be done about it."""

from bots.modules.support import canned
from bots.modules.support.settings import SupportSettings
from bots.modules.support.store import Message, Ticket
from bots.sdk import staffing
from bots.sdk.context import Scope
from bots.sdk.keyboards import AnyButton, Keyboard, button, keyboard
from bots.sdk.points import StaffCard, Subject
from bots.sdk.replies import CAPTION_UNITS, TEXT_UNITS, TelegramFile, Text, split_text
from bots.sdk.texts import Texts, paragraphs

SupportScope = Scope[SupportSettings]
PURPOSE, UNREACHED = "staff_ticket", "staff_unreached"
_MARGIN = 16  # for what stands between the parts


def words(scope: SupportScope) -> Texts:
    """The shop's language, which staff read."""
    return scope.item.texts[scope.shop.language]


async def card(
    scope: SupportScope, ticket: Ticket, message: Message, *, note: Text | None = None
) -> tuple[Text, Keyboard | None]:
    """What was written, as much as fits, with the ticket's state, a note below it, and buttons."""
    texts, is_russian = words(scope), scope.shop.language == "ru"
    offered = await scope.offered(StaffCard, Subject("ticket", ticket.id))
    head = paragraphs(
        texts.get("card", number=ticket.ticket_no, name=ticket.buyer_name or "—"),
        texts.get("card_order", number=ticket.order_no) if ticket.order_no else None,
        *(each.text.ru if is_russian else each.text.en for each in offered),
    )
    tail = paragraphs(_state(texts, ticket), note)
    limit = CAPTION_UNITS if message.file_id else TEXT_UNITS
    body = _body(texts, message, limit - head.units - tail.units - _MARGIN)
    rows = await _buttons(scope, ticket, message)
    rows += [
        [button(label.ru if is_russian else label.en, action, argument)]
        for each in offered
        for action, argument, label in each.actions
    ]
    return paragraphs(head, body, tail), keyboard(*rows)


def _body(texts: Texts, message: Message, room: int) -> Text | None:
    """What was written, as much as there is room for."""
    body = Text(plain=message.body) if message.body else None
    if body is None or body.units <= room:
        return body
    rest = texts.get("card_rest")
    return paragraphs(split_text(body, room - rest.units - _MARGIN)[0], rest)


def _state(texts: Texts, ticket: Ticket) -> Text:
    if not ticket.is_open:
        return texts.get("card_closed")
    if ticket.state == "answered":
        return texts.get("card_answered", name=ticket.assignee)
    if ticket.assignee:
        return texts.get("card_assigned", name=ticket.assignee)
    return texts.get("card_how")


async def _buttons(scope: SupportScope, ticket: Ticket, message: Message) -> list[list[AnyButton]]:
    texts, argument = words(scope), f"{ticket.id}.{message.id}"
    if not ticket.is_open:
        return [[button(texts.label("do_reopen"), "ticket_reopen", argument)]]
    rows: list[list[AnyButton]] = [
        [
            button(texts.label("do_take"), "ticket_take", argument),
            button(texts.label("do_close"), "ticket_close", argument),
        ]
    ]
    if await canned.of_bot(scope.connection, scope.bot_id):
        rows.append([button(texts.label("do_canned"), "ticket_canned", argument)])
    return rows


async def tell(scope: SupportScope, ticket: Ticket, message: Message) -> None:
    """Tells each bound group of what a shopper wrote, once, with its picture or file."""
    text, under = await card(scope, ticket, message)
    media = TelegramFile(file_id=message.file_id) if message.file_id else None
    await staffing.tell(
        scope,
        PURPOSE,
        text,
        str(message.id),
        topic="support",
        keyboard=under,
        photo=media if message.file_kind == "photo" else None,
        document=media if message.file_kind == "document" else None,
    )


async def tell_unreached(scope: SupportScope, ticket: Ticket, cause: str) -> None:
    """Tells each bound group that an answer did not arrive."""
    text = words(scope).get("unreached", number=ticket.ticket_no)
    await staffing.tell(scope, UNREACHED, text, f"{ticket.id}:{cause}", topic="support")
