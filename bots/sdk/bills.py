"""What a bill has besides its sum."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def cut_at(length: int) -> BeforeValidator:
    """A bill has less room than a product's card: what is longer ends in an ellipsis."""
    return BeforeValidator(
        lambda text: text if len(text) <= length else text[: length - 1].rstrip() + "…"
    )


class _OfBill(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PriceLine(_OfBill):
    """A row of a bill; a discount is below 0."""

    label: Annotated[str, cut_at(64)] = Field(min_length=1)
    amount_minor: int


class BillTerms(_OfBill):
    """What a bill in money has besides its sum. `provider` is the module whose `token` it is sent
    with: the token itself is in no message. `asks` is what Telegram asks the payer for,
    `to_provider` what of it the provider gets; tips are in minor units, the suggested ones
    ascending; `provider_data` is the provider's own. Of a flexible one Telegram asks how the goods
    can come to the payer's address, and adds what that costs."""

    provider: str
    lines: tuple[PriceLine, ...] = ()
    asks: tuple[Literal["name", "phone", "email", "address"], ...] = ()
    to_provider: tuple[Literal["phone", "email"], ...] = ()
    most_tip_minor: int = Field(default=0, ge=0)
    suggested_tips: tuple[int, ...] = Field(default=(), max_length=4)
    provider_data: dict[str, Any] = {}
    is_flexible: bool = False


class ShippingChoice(_OfBill):
    """A way to bring the goods, with what it adds to the bill; the key comes back with the
    pre-checkout."""

    key: str = Field(min_length=1, max_length=64)
    title: str = Field(min_length=1)
    lines: tuple[PriceLine, ...] = Field(min_length=1)
