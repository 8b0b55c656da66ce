"""Money: whole minor units and a currency, never a float."""

from dataclasses import dataclass
from decimal import Decimal

STARS = "XTR"

# ISO 4217 exponents that are not 2, and Telegram Stars.
EXPONENTS = {STARS: 0, "JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "KWD": 3, "BHD": 3}
_SIGNS = {STARS: "⭐", "RUB": "₽", "USD": "$", "EUR": "€"}


def exponent(currency: str) -> int:
    """How many decimal digits the currency's minor unit stands for."""
    return EXPONENTS.get(currency, 2)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (kopecks, cents, whole Stars) of one currency."""

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        if len(self.currency) != 3 or not self.currency.isupper():
            raise ValueError(f"not a currency code: {self.currency!r}")

    def __add__(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}")
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def times(self, quantity: int) -> "Money":
        return Money(self.amount_minor * quantity, self.currency)

    @property
    def major(self) -> Decimal:
        """The amount in the currency's main unit, exact."""
        return Decimal(self.amount_minor).scaleb(-exponent(self.currency))

    def __str__(self) -> str:
        digits = exponent(self.currency)
        return f"{self.major:,.{digits}f}".replace(",", " ") + (
            f" {_SIGNS.get(self.currency, self.currency)}"
        )
