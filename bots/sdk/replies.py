"""Replies as values: the runtime sends them after the transaction has committed.

Text is plain with styled spans beside it (Telegram's entities), never markup: what a shopper or an
owner wrote cannot change how a message looks.
"""

import base64
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SkipValidation,
    TypeAdapter,
    model_validator,
)

from bots.sdk.bills import BillTerms, ShippingChoice, cut_at
from bots.sdk.keyboards import AnyKeyboard, Keyboard
from core.events import Actor, Bilingual, Emitted, Event, EventType
from core.money import Money
from core.secrets import KeyRing

TEXT_UNITS = 4096  # Telegram counts UTF-16 code units
CAPTION_UNITS = 1024
ALBUM_MOST = 10

Style = Literal["bold", "italic", "code"]


def utf16_length(text: str) -> int:
    """Telegram's measure of a text: UTF-16 code units, two for most emoji."""
    return len(text.encode("utf-16-le")) // 2


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Span(_Value):
    """A styled part; offset and length in UTF-16 code units."""

    style: Style
    offset: int = Field(ge=0)
    length: int = Field(gt=0)


class Text(_Value):
    """A text for Telegram, of any length: each kind of message has its own limit."""

    plain: str = Field(min_length=1)
    spans: tuple[Span, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> "Text":
        if self.spans and max(span.offset + span.length for span in self.spans) > self.units:
            raise ValueError("a span ends behind the text")
        return self

    @property
    def units(self) -> int:
        """Its length as Telegram counts it."""
        return utf16_length(self.plain)


def _within(text: Text | None, limit: int, what: str) -> None:
    if text is not None and text.units > limit:
        raise ValueError(f"{what} holds {limit} characters, this has {text.units}")


class StoredFile(_Value):
    """A file of the shop (`core.shop.files`), by its content."""

    kind: Literal["stored"] = "stored"
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    name: str = Field(default="", max_length=200)


class TelegramFile(_Value):
    """A file that this bot has received or sent, by Telegram's file id."""

    kind: Literal["telegram"] = "telegram"
    file_id: str = Field(min_length=1, max_length=500)


class LinkedFile(_Value):
    """A picture or document that Telegram fetches itself; at most 5 and 20 MB."""

    kind: Literal["linked"] = "linked"
    url: str = Field(pattern=r"^https?://\S+$")


Media: TypeAlias = StoredFile | TelegramFile | LinkedFile
_Media: TypeAlias = Annotated[Media, Field(discriminator="kind")]


def _packed(events: Sequence[Emitted]) -> list[dict[str, Any]]:
    """Events as JSON, for a message that waits."""
    return [
        {
            "type": {"name": each.event.type.name, "group": each.event.type.group}
            | {"title": asdict(each.event.type.title), "version": each.event.type.version},
            "occurred_at": each.event.occurred_at.isoformat(),
            "event": {name: getattr(each.event, name) for name in _EVENT_FIELDS},
            "actor": asdict(each.actor),
        }
        for each in events
    ]


_EVENT_FIELDS = [each.name for each in fields(Event) if each.name not in {"type", "occurred_at"}]


def _unpacked(events: Sequence[Emitted | dict[str, Any]]) -> tuple[Emitted, ...]:
    return tuple(
        each
        if isinstance(each, Emitted)
        else Emitted(
            Actor(**each["actor"]),
            Event(
                EventType(**each["type"] | {"title": Bilingual(**each["type"]["title"])}),
                occurred_at=datetime.fromisoformat(each["occurred_at"]),
                **each["event"],
            ),
        )
        for each in events
    )


def _is_empty(events: tuple[Emitted, ...]) -> bool:
    return not events


def _is_none(value: object) -> bool:
    return value is None


Events: TypeAlias = Annotated[
    tuple[Annotated[Emitted, SkipValidation], ...],
    BeforeValidator(_unpacked),
    PlainSerializer(_packed, when_used="json"),
]


class _Message(_Value):
    """The events of a message once its fate is known: `on_sent` when Telegram has acknowledged it,
    `on_lost` when it was refused or given up. Each is emitted at that moment, once."""

    on_sent: Events = Field(default=(), exclude_if=_is_empty)
    on_lost: Events = Field(default=(), exclude_if=_is_empty)


class SendText(_Message):
    """A new message."""

    kind: Literal["send_text"] = "send_text"
    text: Text
    keyboard: AnyKeyboard | None = None
    thread_id: int | None = Field(default=None, exclude_if=_is_none)  # a group's topic

    @model_validator(mode="after")
    def _fits(self) -> "SendText":
        _within(self.text, TEXT_UNITS, "a message")
        return self


class SendSealed(_Message):
    """A message whose text is sealed while it waits (`core.secrets`, bound to `row`): keys and
    codes that nobody may read in the database. `sealed` is base64 of a sealed `Text`."""

    kind: Literal["send_sealed"] = "send_sealed"
    sealed: str = Field(min_length=1)
    row: str = Field(min_length=1, max_length=200)
    keyboard: AnyKeyboard | None = None

    @classmethod
    def of(
        cls, keys: KeyRing, row: str, text: Text, keyboard: AnyKeyboard | None = None, **events: Any
    ) -> "SendSealed":
        """Raises pydantic's ValidationError if the text does not fit into one message."""
        plain = SendText(text=text).text.model_dump_json().encode()
        sealed = base64.b64encode(keys.seal(plain, row)).decode()
        return cls(sealed=sealed, row=row, keyboard=keyboard, **events)

    def opened(self, keys: KeyRing) -> SendText:
        """Raises ConfigurationError if the key ring does not open it."""
        text = Text.model_validate_json(keys.open(base64.b64decode(self.sealed), self.row))
        return SendText(text=text, keyboard=self.keyboard)


class EditText(_Message):
    """Changes a message of the bot; one that shows this already counts as changed."""

    kind: Literal["edit_text"] = "edit_text"
    message_id: int
    text: Text
    keyboard: Keyboard | None = None

    @model_validator(mode="after")
    def _fits(self) -> "EditText":
        _within(self.text, TEXT_UNITS, "a message")
        return self


class _Captioned(_Message):
    caption: Text | None = None

    @model_validator(mode="after")
    def _fits(self) -> "_Captioned":
        _within(self.caption, CAPTION_UNITS, "a caption")
        return self


class SendPhoto(_Captioned):
    """A picture with its caption below."""

    kind: Literal["send_photo"] = "send_photo"
    photo: _Media
    keyboard: AnyKeyboard | None = None
    thread_id: int | None = Field(default=None, exclude_if=_is_none)


class SendDocument(_Captioned):
    """A file, as it is."""

    kind: Literal["send_document"] = "send_document"
    document: _Media
    keyboard: AnyKeyboard | None = None
    thread_id: int | None = Field(default=None, exclude_if=_is_none)


class SendAlbum(_Captioned):
    """Pictures shown together; an album cannot have buttons."""

    kind: Literal["send_album"] = "send_album"
    photos: tuple[_Media, ...] = Field(min_length=2, max_length=ALBUM_MOST)


class EditPhoto(_Captioned):
    """Changes a message that shows a picture."""

    kind: Literal["edit_photo"] = "edit_photo"
    message_id: int
    photo: _Media
    keyboard: Keyboard | None = None


class DeleteMessage(_Message):
    """Deletes a message of the bot; one that is gone already counts as deleted."""

    kind: Literal["delete_message"] = "delete_message"
    message_id: int


class SendInvoice(_Message):
    """A bill with Telegram's own pay button; the payload comes back with the payment."""

    kind: Literal["send_invoice"] = "send_invoice"
    title: Annotated[str, cut_at(32)] = Field(min_length=1)
    description: Annotated[str, cut_at(255)] = Field(min_length=1)
    payload: str = Field(pattern=r"^[a-z][a-z0-9_]*:[\x21-\x7e]{1,100}$")
    price: Money
    terms: BillTerms | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> "SendInvoice":
        lines = self.terms.lines if self.terms is not None else ()
        if lines and sum(line.amount_minor for line in lines) != self.price.amount_minor:
            raise ValueError("a bill's lines do not add up to its price")
        return self


class AnswerButton(_Value):
    """Ends a button's waiting; with text, a short notice, or a dialog if `alert`."""

    kind: Literal["answer_button"] = "answer_button"
    query_id: int
    text: str = Field(default="", max_length=200)
    alert: bool = False


class AnswerPreCheckout(_Value):
    """Approves a payment, or stops it with a reason that the shopper reads."""

    kind: Literal["answer_pre_checkout"] = "answer_pre_checkout"
    query_id: int
    ok: bool
    error: str = ""

    @model_validator(mode="after")
    def _reasoned(self) -> "AnswerPreCheckout":
        if not self.ok and not self.error:
            raise ValueError("a refusal needs a reason")
        return self


class AnswerShipping(_Value):
    """The shipping options for an address, or the reason why there are none, which the shopper
    reads."""

    kind: Literal["answer_shipping"] = "answer_shipping"
    query_id: int
    choices: tuple[ShippingChoice, ...] = ()
    error: str = ""

    @model_validator(mode="after")
    def _says_one(self) -> "AnswerShipping":
        if bool(self.choices) == bool(self.error):
            raise ValueError("ways of shipping, or the reason why there is none")
        return self


# Replies shown in the chat, in the order in which they were made.
Screen: TypeAlias = (
    SendText
    | SendSealed
    | EditText
    | SendPhoto
    | SendDocument
    | SendAlbum
    | EditPhoto
    | DeleteMessage
    | SendInvoice
)
# Replies that answer a query.
Answer: TypeAlias = AnswerButton | AnswerPreCheckout | AnswerShipping
Reply: TypeAlias = Screen | Answer

# Messages that a module may send durably. `outgoing` also has screens that a worker had no time to
# send, but no answers to queries, which expire.
DurableReply: TypeAlias = SendText | SendSealed | SendPhoto | SendDocument | SendAlbum | SendInvoice
Durable: TypeAlias = Annotated[Screen, Field(discriminator="kind")]
DURABLE: TypeAdapter[Screen] = TypeAdapter(Durable)


def split_text(text: Text, limit: int = TEXT_UNITS) -> list[Text]:
    """Splits a text into parts of up to `limit` UTF-16 code units: between paragraphs, lines or
    words where there are any, never within a character. Styles continue in the next part."""
    parts: list[Text] = []
    rest = text
    while rest.units > limit:
        end = _break_before(rest.plain, limit)
        head, tail = rest.plain[:end].rstrip(), rest.plain[end:].lstrip()
        skipped = utf16_length(rest.plain) - utf16_length(tail)
        if head:
            parts.append(_part(rest, head, 0))
        if not tail:
            return parts
        rest = _part(rest, tail, skipped)
    return [*parts, rest]


def _break_before(plain: str, limit: int) -> int:
    """How many characters the next part has."""
    units = 0
    most = len(plain)
    for index, character in enumerate(plain):
        units += 2 if ord(character) > 0xFFFF else 1
        if units > limit:
            most = index
            break
    for mark in ("\n\n", "\n", " "):
        found = plain.rfind(mark, most // 2, most)
        if found > 0:
            return found + len(mark)
    return most


def _part(text: Text, plain: str, start: int) -> Text:
    """The part of a text that begins at `start` (UTF-16 code units), with the styles within."""
    end = start + utf16_length(plain)
    spans = [
        Span(
            style=span.style,
            offset=max(span.offset, start) - start,
            length=min(span.offset + span.length, end) - max(span.offset, start),
        )
        for span in text.spans
        if span.offset < end and span.offset + span.length > start
    ]
    return Text(plain=plain, spans=tuple(spans))
