"""A promo code: what it gives, to whom and when; and how what people type is recognised. Pure."""

import re
import unicodedata
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from core.money import CurrencyCode
from core.shop.pricing import WHOLE_BP

Kind = Literal["percent", "amount", "goods", "shipping"]
CODE_CHARACTERS = 32
LINK = "promo_"  # a link's Start code that carries a promo code begins with this
_MOST_MINOR = 10**15
_MOST_COUNT = 2**31 - 1
_MOST_LISTED = 500
_FIRST_YEAR, _LAST_YEAR = 2000, 2200  # that every calendar and time zone knows
# What a keyboard in the wrong layout gives, or an eye cannot tell apart.
_ALIKE = str.maketrans("АВЕЁКМНОРСТУХІЈЅ", "ABEEKMHOPCTYXIJS")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_KEY = re.compile(r"[^\W_][\w-]*")

Number = Annotated[int, Field(gt=0, lt=2**63)]
Minor = Annotated[int, Field(gt=0, le=_MOST_MINOR)]
NOBODY = 0  # whose code it is once its shopper is erased: it never becomes everybody's


def key_of(text: str) -> str:
    """What a code is known by, whatever its case, its spaces and the alphabet of its letters; empty
    if it cannot be a code."""
    folded = unicodedata.normalize("NFKC", text).upper()
    shown = "".join(
        char for char in folded if not char.isspace() and unicodedata.category(char) not in _UNSEEN
    )
    key = _DASHES.sub("-", shown).translate(_ALIKE)
    return key if len(key) <= CODE_CHARACTERS and _KEY.fullmatch(key) else ""


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def link_code(code: str) -> str | None:
    """The Start code of a link that enters this code; None if a link cannot carry its letters."""
    key = key_of(code)
    return f"{LINK}{key}" if key.isascii() else None


class PromoDraft(BaseModel):
    """A code as its owner states it.

    `share_bp`: hundredths of a per cent off, of kind `percent`; `amount_minor`: off in minor units
    of `currency`, of kind `amount`; `gift_product_id`: added to the order, of kind `goods`. Limits
    that are null do not apply. `least_minor`: what the goods must cost before discounts.
    `product_ids` and `category_ids` (with those below them): what it is for; none: everything.
    `is_together`: other such codes may stand beside it. `buyer_no`: the only one who may use it;
    NOBODY if they were erased.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    code: str = Field(min_length=2, max_length=CODE_CHARACTERS)
    kind: Kind
    share_bp: Annotated[int, Field(gt=0, le=WHOLE_BP)] | None = None
    amount_minor: Minor | None = None
    currency: CurrencyCode | None = None
    gift_product_id: Number | None = None
    gift_variant_id: Number | None = None
    most_uses: Annotated[int, Field(gt=0, le=_MOST_COUNT)] | None = None
    most_per_buyer: Annotated[int, Field(gt=0, le=_MOST_COUNT)] | None = 1
    first_order_only: bool = False
    buyer_no: Annotated[int, Field(ge=NOBODY, lt=2**63)] | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    least_minor: Minor | None = None
    product_ids: tuple[Number, ...] = Field(default=(), max_length=_MOST_LISTED)
    category_ids: tuple[Number, ...] = Field(default=(), max_length=_MOST_LISTED)
    is_together: bool = False
    note: str = Field(default="", max_length=200, pattern=r"^[^\x00]*$")

    @field_validator("code")
    @classmethod
    def _typable(cls, code: str) -> str:
        if len(key_of(code)) < 2:
            raise ValueError(
                "a code has letters, digits, - and _, and begins with one of the first"
            )
        return code

    @field_validator("starts_at", "ends_at")
    @classmethod
    def _in_our_time(cls, moment: datetime | None) -> datetime | None:
        if moment is not None and not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
            raise ValueError(
                f"write a year from {_FIRST_YEAR} to {_LAST_YEAR}, or nothing for no limit"
            )
        return moment

    @field_validator("product_ids", "category_ids")
    @classmethod
    def _sorted(cls, numbers: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted(set(numbers)))

    @model_validator(mode="after")
    def _fits_its_kind(self) -> "PromoDraft":
        parts = {
            "percent": ("share_bp", self.share_bp),
            "amount": ("amount_minor", self.amount_minor),
            "goods": ("gift_product_id", self.gift_product_id),
        }
        for kind, (name, value) in parts.items():
            if kind == self.kind and value is None:
                raise ValueError(f"a code of kind {kind} needs {name}")
            if kind != self.kind and value is not None:
                raise ValueError(f"{name} belongs to codes of kind {kind}: leave it out")
        if self.gift_variant_id is not None and self.gift_product_id is None:
            raise ValueError("gift_variant_id belongs to a gift_product_id")
        if self.currency is None and (self.amount_minor or self.least_minor):
            raise ValueError("an amount needs its currency")
        return self

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "PromoDraft":
        if self.starts_at and self.ends_at:
            if (self.starts_at.tzinfo is None) != (self.ends_at.tzinfo is None):
                raise ValueError("write both times with an offset, or both without")
            if self.ends_at <= self.starts_at:
                raise ValueError("ends_at is not after starts_at")
        return self

    @property
    def is_for_everything(self) -> bool:
        return not (self.product_ids or self.category_ids)


class Code(PromoDraft):
    """A shop's code. `version` counts its changes; `link` is the Start code of a link with it."""

    id: int
    is_active: bool
    version: int
    created_at: datetime
    link: str | None = None
