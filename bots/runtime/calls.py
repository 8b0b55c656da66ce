"""A module's replies as calls of the Telegram API."""

import json
from collections.abc import Sequence
from typing import Any, TypeAlias

from pyrogram import raw
from typing_extensions import assert_never

from bots.sdk.bills import BillTerms, PriceLine, ShippingChoice
from bots.sdk.keyboards import (
    ActionButton,
    AnyButton,
    AnyKeyboard,
    AppButton,
    Keyboard,
    LinkButton,
    NoKeyboard,
    RequestKeyboard,
)
from bots.sdk.replies import (
    Answer,
    AnswerButton,
    AnswerPreCheckout,
    AnswerShipping,
    DeleteMessage,
    EditPhoto,
    EditText,
    Media,
    Reply,
    SendAlbum,
    SendDocument,
    SendInvoice,
    SendPhoto,
    SendSealed,
    SendText,
    Span,
    Text,
)

# The last byte of a button's data, if the button stands under a picture or a file.
ON_MEDIA = b"\x1f"

InputMedia: TypeAlias = raw.base.InputMedia


def media_of(reply: Reply) -> Sequence[Media]:
    """The files that a reply shows: each must be one of Telegram's by the time it is called."""
    match reply:
        case SendPhoto() | EditPhoto():
            return (reply.photo,)
        case SendDocument():
            return (reply.document,)
        case SendAlbum():
            return reply.photos
        case _:
            return ()


def call_of(
    reply: Reply,
    peer: raw.base.InputPeer,
    random_id: int,
    media: Sequence[InputMedia] = (),
    *,
    token: str = "",
) -> Any:
    """The call that a reply is; `random_id` makes a repeated message the same message. `media` are
    those of `media_of`, in their order; `token` is the provider's, of a bill in money."""
    match reply:
        case SendText():
            return _send_text(reply, peer, random_id)
        case SendSealed():
            raise TypeError("a sealed message is opened before it is sent")
        case SendPhoto() | SendDocument() | SendAlbum() | SendInvoice():
            return _send_media(reply, peer, random_id, media, token)
        case EditText() | EditPhoto() | DeleteMessage():
            return _change(reply, peer, media)
        case AnswerButton() | AnswerPreCheckout() | AnswerShipping():
            return _answer(reply)
        case _:
            assert_never(reply)


def _send_text(reply: SendText, peer: raw.base.InputPeer, random_id: int) -> Any:
    return raw.functions.messages.SendMessage(
        peer=peer,
        message=reply.text.plain,
        entities=_entities(reply.text),
        reply_markup=_markup(reply.keyboard),
        random_id=random_id,
        no_webpage=True,
        reply_to=_topic(reply.thread_id),
    )


def _send_media(
    reply: SendPhoto | SendDocument | SendAlbum | SendInvoice,
    peer: raw.base.InputPeer,
    random_id: int,
    media: Sequence[InputMedia],
    token: str,
) -> Any:
    match reply:
        case SendPhoto() | SendDocument():
            return raw.functions.messages.SendMedia(
                peer=peer,
                media=media[0],
                message=reply.caption.plain if reply.caption else "",
                entities=_entities(reply.caption),
                reply_markup=_markup(reply.keyboard, on_media=True),
                random_id=random_id,
                reply_to=_topic(reply.thread_id),
            )
        case SendAlbum():
            return raw.functions.messages.SendMultiMedia(
                peer=peer,
                multi_media=[
                    _in_album(each, random_id_in(random_id, number), None if number else reply)
                    for number, each in enumerate(media)
                ],
            )
        case SendInvoice():
            return raw.functions.messages.SendMedia(
                peer=peer, media=_invoice(reply, token), message="", random_id=random_id
            )
        case _:
            assert_never(reply)


def _change(
    reply: EditText | EditPhoto | DeleteMessage,
    peer: raw.base.InputPeer,
    media: Sequence[InputMedia],
) -> Any:
    match reply:
        case EditText():
            return raw.functions.messages.EditMessage(
                peer=peer,
                id=reply.message_id,
                message=reply.text.plain,
                entities=_entities(reply.text),
                reply_markup=_markup(reply.keyboard),
                no_webpage=True,
            )
        case EditPhoto():
            return raw.functions.messages.EditMessage(
                peer=peer,
                id=reply.message_id,
                media=media[0],
                message=reply.caption.plain if reply.caption else "",
                entities=_entities(reply.caption),
                reply_markup=_markup(reply.keyboard, on_media=True),
            )
        case DeleteMessage():
            return raw.functions.messages.DeleteMessages(id=[reply.message_id], revoke=True)
        case _:
            assert_never(reply)


def _answer(reply: Answer) -> Any:
    match reply:
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
        case AnswerShipping():
            return raw.functions.messages.SetBotShippingResults(
                query_id=reply.query_id,
                error=reply.error or None,
                shipping_options=[_choice(each) for each in reply.choices] or None,
            )
        case _:
            assert_never(reply)


def _choice(choice: ShippingChoice) -> raw.types.ShippingOption:
    return raw.types.ShippingOption(
        id=choice.key,
        title=choice.title,
        prices=[
            raw.types.LabeledPrice(label=line.label, amount=line.amount_minor)
            for line in choice.lines
        ],
    )


def _topic(thread_id: int | None) -> raw.types.InputReplyToMessage | None:
    if thread_id is None:
        return None
    return raw.types.InputReplyToMessage(reply_to_msg_id=thread_id, top_msg_id=thread_id)


def random_id_in(random_id: int, number: int) -> int:
    """Of the picture with this number in an album: the same whenever the album is sent again."""
    return random_id + number if random_id < 2**62 else random_id - number


def _in_album(
    media: InputMedia, random_id: int, captioned: SendAlbum | None
) -> raw.types.InputSingleMedia:
    caption = captioned.caption if captioned is not None else None
    return raw.types.InputSingleMedia(
        media=media,
        random_id=random_id,
        message=caption.plain if caption else "",
        entities=_entities(caption),
    )


def _entities(text: Text | None) -> list[raw.base.MessageEntity] | None:
    return [_entity(span) for span in text.spans] or None if text is not None else None


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


def _markup(keyboard: AnyKeyboard | None, *, on_media: bool = False) -> raw.base.ReplyMarkup | None:
    match keyboard:
        case None:
            return None
        case Keyboard():
            return raw.types.ReplyInlineMarkup(
                rows=[
                    raw.types.KeyboardInlineButtonRow(
                        buttons=[_button(button, on_media) for button in row]
                    )
                    for row in keyboard.rows
                ]
            )
        case RequestKeyboard():
            return _request(keyboard)
        case NoKeyboard():
            return raw.types.ReplyKeyboardHide()
        case _:
            assert_never(keyboard)


def _request(keyboard: RequestKeyboard) -> raw.types.ReplyKeyboardMarkup:
    asked: raw.base.ButtonType = (
        raw.types.ButtonTypeRequestPhone()
        if keyboard.request == "contact"
        else raw.types.ButtonTypeRequestGeoLocation()
    )
    buttons = [raw.types.KeyboardButton(text=keyboard.text, type=asked)]
    buttons += [
        raw.types.KeyboardButton(text=other, type=raw.types.ButtonTypeDefault())
        for other in keyboard.others
    ]
    return raw.types.ReplyKeyboardMarkup(
        rows=[raw.types.KeyboardButtonRow(buttons=[each]) for each in buttons],
        resize=True,
        single_use=True,
    )


def _button(button: AnyButton, on_media: bool) -> raw.types.KeyboardInlineButton:
    kind: raw.base.InlineButtonType
    match button:
        case ActionButton():
            mark = ON_MEDIA if on_media else b""
            kind = raw.types.InlineButtonTypeCallback(data=button.data.encode() + mark)
        case LinkButton():
            kind = raw.types.InlineButtonTypeUrl(url=button.url)
        case AppButton():
            kind = raw.types.InlineButtonTypeWebView(url=button.url)
        case _:
            assert_never(button)
    return raw.types.KeyboardInlineButton(text=button.text, type=kind)


def _invoice(reply: SendInvoice, token: str) -> raw.types.InputMediaInvoice:
    terms = reply.terms
    data = terms.provider_data if terms is not None else {}
    return raw.types.InputMediaInvoice(
        title=reply.title,
        description=reply.description,
        invoice=_terms(reply, terms) if terms is not None else _plain_invoice(reply),
        payload=reply.payload.encode(),
        provider=token,  # Stars have none
        provider_data=raw.types.DataJSON(data=json.dumps(data, ensure_ascii=False)),
        start_param="",
    )


def _plain_invoice(reply: SendInvoice) -> raw.types.Invoice:
    price = raw.types.LabeledPrice(label=reply.title, amount=reply.price.amount_minor)
    return raw.types.Invoice(currency=reply.price.currency, prices=[price])


def _terms(reply: SendInvoice, terms: BillTerms) -> raw.types.Invoice:
    lines = terms.lines or (PriceLine(label=reply.title, amount_minor=reply.price.amount_minor),)
    return raw.types.Invoice(
        currency=reply.price.currency,
        prices=[
            raw.types.LabeledPrice(label=line.label, amount=line.amount_minor) for line in lines
        ],
        name_requested="name" in terms.asks or None,
        phone_requested="phone" in terms.asks or None,
        email_requested="email" in terms.asks or None,
        shipping_address_requested="address" in terms.asks or None,
        flexible=terms.is_flexible or None,
        phone_to_provider="phone" in terms.to_provider or None,
        email_to_provider="email" in terms.to_provider or None,
        max_tip_amount=terms.most_tip_minor or None,
        suggested_tip_amounts=list(terms.suggested_tips) if terms.most_tip_minor else None,
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
