"""What goes out, as values: the runtime sends them after the transaction has committed.

Text is plain with styled spans beside it (Telegram's entities), never markup: what a shopper or an
owner wrote cannot change how a message looks.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from bots.sdk.keyboards import Keyboard
from core.money import Money

TEXT_UNITS = 4096  # Telegram counts UTF-16 code units

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
    """A text as Telegram takes it."""

    plain: str = Field(min_length=1)
    spans: tuple[Span, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> "Text":
        units = utf16_length(self.plain)
        if units > TEXT_UNITS:
            raise ValueError(f"a message holds {TEXT_UNITS} characters, this has {units}")
        if any(span.offset + span.length > units for span in self.spans):
            raise ValueError("a span ends behind the text")
        return self


class SendText(_Value):
    """A message of its own."""

    kind: Literal["send_text"] = "send_text"
    text: Text
    keyboard: Keyboard | None = None


class EditText(_Value):
    """Changes a message of the bot; one that shows this already counts as changed."""

    kind: Literal["edit_text"] = "edit_text"
    message_id: int
    text: Text
    keyboard: Keyboard | None = None


class SendInvoice(_Value):
    """A bill with Telegram's own pay button; the payload comes back with the payment."""

    kind: Literal["send_invoice"] = "send_invoice"
    title: str = Field(min_length=1, max_length=32)
    description: str = Field(min_length=1, max_length=255)
    payload: str = Field(pattern=r"^[a-z][a-z0-9_]*:[\x21-\x7e]{1,100}$")
    price: Money


class AnswerButton(_Value):
    """Ends a button's waiting; with text, a short notice, or a dialog if `alert`."""

    kind: Literal["answer_button"] = "answer_button"
    query_id: int
    text: str = Field(default="", max_length=200)
    alert: bool = False


class AnswerPreCheckout(_Value):
    """Lets a payment go on, or stops it with a reason that the shopper reads."""

    kind: Literal["answer_pre_checkout"] = "answer_pre_checkout"
    query_id: int
    ok: bool
    error: str = ""

    @model_validator(mode="after")
    def _reasoned(self) -> "AnswerPreCheckout":
        if not self.ok and not self.error:
            raise ValueError("a refusal needs a reason")
        return self


Reply: TypeAlias = SendText | EditText | SendInvoice | AnswerButton | AnswerPreCheckout

# What may wait in `outgoing`: messages of their own, not answers to something that passes.
Durable: TypeAlias = Annotated[SendText | SendInvoice, Field(discriminator="kind")]
DURABLE: TypeAdapter[SendText | SendInvoice] = TypeAdapter(Durable)
