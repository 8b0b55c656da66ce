"""What a broadcast says, and to whom: as its owner writes it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from typing_extensions import Self

from bots.sdk.replies import Text
from bots.sdk.settings import BilingualText, TextLimit
from bots.sdk.texts import BadText, fill, places
from core.events import Bilingual
from core.shop.shops import Language

TEXT_CHARACTERS = 3500
NAME = "name"
NAME_CHARACTERS = 64  # Telegram's first names
RfmSegment = Literal["champions", "loyal", "promising", "at_risk", "sleeping", "lost"]
Body = Annotated[BilingualText, TextLimit(TEXT_CHARACTERS)]
Label = Annotated[BilingualText, TextLimit(40)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Audience(_Part):
    """Which customers: all conditions hold at once, of a list any. Empty: everybody.

    `bought`: whether they have ever; `products`: have bought one of these; `segments` are of the
    daily RFM, `groups` what modules know (`<module>.<key>`); `sources` are codes of the first link;
    `languages` as Telegram says (`ru`, `en`, …); `seen_days`: were here within so many days,
    `unseen_days`: were not.
    """

    bought: bool | None = None
    products: tuple[Annotated[int, Field(gt=0, lt=2**63)], ...] = Field(default=(), max_length=50)
    segments: tuple[RfmSegment, ...] = Field(default=(), max_length=6)
    groups: tuple[Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z_]+$")], ...] = Field(
        default=(), max_length=20
    )
    sources: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")], ...] = Field(
        default=(), max_length=50
    )
    languages: tuple[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], ...] = Field(
        default=(), max_length=20
    )
    seen_days: int | None = Field(default=None, ge=1, le=3650)
    unseen_days: int | None = Field(default=None, ge=1, le=3650)


class Leads(_Part):
    """What the button under the message opens: the shop's beginning, a product, or a page of the
    web. Whether a page was opened Telegram does not tell, so such presses are not counted."""

    to: Literal["nothing", "home", "product", "page"] = "home"
    label: Label = BilingualText(ru="Открыть магазин", en="Open the shop")
    product_id: int | None = Field(default=None, gt=0, lt=2**63)
    url: str = Field(default="", max_length=500, pattern=r"^(https://\S+)?$")

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if self.to == "product" and self.product_id is None:
            raise ValueError("product_id: choose the product")
        if self.to == "page" and not self.url:
            raise ValueError("url: an address that begins with https://")
        if self.to != "nothing" and not self.label:
            raise ValueError("label: write what the button says")
        return self


class BroadcastDraft(_Part):
    """A broadcast before it goes. With two texts each goes to one half, by chance. A text may have
    `{name}` in it and the tags <b>, <i>, <code>."""

    title: str = Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")
    texts: tuple[Body, ...] = Field(min_length=1, max_length=2)
    leads: Leads = Leads()
    audience: Audience = Audience()


def check(draft: BroadcastDraft) -> None:
    """Raises BadText for a text that is empty, or that Telegram would not take."""
    for text in draft.texts:
        if not text:
            raise BadText(Bilingual("Напишите текст рассылки.", "Write the broadcast's text."))
        for template in filter(None, (text.ru, text.en)):
            unknown = sorted(places(template) - {NAME})
            if unknown:
                raise BadText(
                    Bilingual(
                        f"Подстановки {{{unknown[0]}}} здесь нет. Есть: {{name}}.",
                        f"There is no {{{unknown[0]}}} here. There is: {{name}}.",
                    )
                )
            _filled(template, "x" * NAME_CHARACTERS)


def worded(draft: BroadcastDraft, text_no: int, language: Language, name: str) -> Text:
    """The text with this number (from 0) for a shopper of this name."""
    return _filled(draft.texts[text_no].get(language), name[:NAME_CHARACTERS])


def _filled(template: str, name: str) -> Text:
    if "\0" in template:
        raise BadText(Bilingual("В тексте есть нулевой символ.", "There is a NUL in the text."))
    try:
        return fill(template, {NAME: name})
    except ValueError as error:
        raise BadText(
            Bilingual(
                "Теги <b>, <i>, <code> открываются и закрываются попарно.",
                "The tags <b>, <i>, <code> are opened and closed in pairs.",
            )
        ) from error
