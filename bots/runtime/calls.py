"""What a module wants to say, as calls of the Telegram API."""

from typing import Any

from pyrogram import raw
from typing_extensions import assert_never

from bots.sdk.keyboards import ActionButton, Keyboard, LinkButton
from bots.sdk.replies import (
    AnswerButton,
    AnswerPreCheckout,
    EditText,
    Reply,
    SendInvoice,
    SendText,
    Span,
    Text,
)


def call_of(reply: Reply, peer: raw.base.InputPeer, random_id: int) -> Any:
    """The call that a reply is; `random_id` makes a repeated message the same message."""
    match reply:
        case SendText():
            return raw.functions.messages.SendMessage(
                peer=peer,
                message=reply.text.plain,
                entities=_entities(reply.text),
                reply_markup=_markup(reply.keyboard),
                random_id=random_id,
                no_webpage=True,
            )
        case EditText():
            return raw.functions.messages.EditMessage(
                peer=peer,
                id=reply.message_id,
                message=reply.text.plain,
                entities=_entities(reply.text),
                reply_markup=_markup(reply.keyboard),
                no_webpage=True,
            )
        case SendInvoice():
            return raw.functions.messages.SendMedia(
                peer=peer, media=_invoice(reply), message="", random_id=random_id
            )
        case AnswerButton():
            return raw.functions.messages.SetBotCallbackAnswer(
                query_id=reply.query_id,
                cache_time=0,
                message=reply.text or None,
                alert=reply.alert or None,
            )
        case AnswerPreCheckout():
            return raw.functions.messages.SetBotPrecheckoutResults(
                query_id=reply.query_id,
                success=reply.ok or None,
                error=None if reply.ok else reply.error,
            )
        case _:
            assert_never(reply)


def _entities(text: Text) -> list[raw.base.MessageEntity] | None:
    return [_entity(span) for span in text.spans] or None


def _entity(span: Span) -> raw.base.MessageEntity:
    match span.style:
        case "bold":
            return raw.types.MessageEntityBold(offset=span.offset, length=span.length)
        case "italic":
            return raw.types.MessageEntityItalic(offset=span.offset, length=span.length)
        case "code":
            return raw.types.MessageEntityCode(offset=span.offset, length=span.length)
        case _:
            assert_never(span.style)


def _markup(keyboard: Keyboard | None) -> raw.types.ReplyInlineMarkup | None:
    if keyboard is None:
        return None
    return raw.types.ReplyInlineMarkup(
        rows=[
            raw.types.KeyboardInlineButtonRow(buttons=[_button(button) for button in row])
            for row in keyboard.rows
        ]
    )


def _button(button: ActionButton | LinkButton) -> raw.types.KeyboardInlineButton:
    kind: raw.base.InlineButtonType
    match button:
        case ActionButton():
            kind = raw.types.InlineButtonTypeCallback(data=button.data.encode())
        case LinkButton():
            kind = raw.types.InlineButtonTypeUrl(url=button.url)
        case _:
            assert_never(button)
    return raw.types.KeyboardInlineButton(text=button.text, type=kind)


def _invoice(reply: SendInvoice) -> raw.types.InputMediaInvoice:
    price = raw.types.LabeledPrice(label=reply.title, amount=reply.price.amount_minor)
    return raw.types.InputMediaInvoice(
        title=reply.title,
        description=reply.description,
        invoice=raw.types.Invoice(currency=reply.price.currency, prices=[price]),
        payload=reply.payload.encode(),
        provider="",  # Stars have none
        provider_data=raw.types.DataJSON(data="{}"),
        start_param="",
    )


def message_id_of(answer: object, random_id: int) -> int | None:
    """The id that Telegram gave to the message sent with `random_id`."""
    match answer:
        case raw.types.UpdateShortSentMessage():
            return answer.id
        case raw.types.Updates():
            return next(
                (
                    update.id
                    for update in answer.updates
                    if isinstance(update, raw.types.UpdateMessageID)
                    and update.random_id == random_id
                ),
                None,
            )
        case _:
            return None
