"""The parts of a bill besides its total."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def cut_at(length: int) -> BeforeValidator:
    """A bill has less room than a product's card: longer texts end in an ellipsis."""
    return BeforeValidator(
        lambda text: text if len(text) <= length else text[: length - 1].rstrip() + "…"
    )


class _OfBill(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PriceLine(_OfBill):
    """A row of a bill; a discount is negative."""

    label: Annotated[str, cut_at(64)] = Field(min_length=1)
    amount_minor: int


class BillTerms(_OfBill):
    """The parts of a bill in money besides its total.

    `provider` is the module whose `token` it is sent with: the token itself is in no message.
    `asks` is what Telegram asks the payer for, `to_provider` the part of it that the provider gets;
    tips are in minor units, the suggested ones ascending; `provider_data` is the provider's own.
    For a flexible bill Telegram asks how the goods can be shipped to the payer's address, and adds
    the cost.
    """

    provider: str
    lines: tuple[PriceLine, ...] = ()
    asks: tuple[Literal["name", "phone", "email", "address"], ...] = ()
    to_provider: tuple[Literal["phone", "email"], ...] = ()
    most_tip_minor: int = Field(default=0, ge=0)
    suggested_tips: tuple[int, ...] = Field(default=(), max_length=4)
    provider_data: dict[str, Any] = {}
    is_flexible: bool = False


class ShippingChoice(_OfBill):
    """A shipping option, with the amount that it adds to the bill; its key comes back with the
    pre-checkout."""

    key: str = Field(min_length=1, max_length=64)
    title: str = Field(min_length=1)
    lines: tuple[PriceLine, ...] = Field(min_length=1)
