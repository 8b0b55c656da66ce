"""Money: whole minor units and a currency, never a float."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator

STARS = "XTR"
# The most that one bill may ask for: "Subscription price must not exceed 10000 Telegram Stars" is
# stated at `subscription_period` of https://core.telegram.org/bots/api#createinvoicelink; for other
# bills Telegram documents no limit, so the same one is assumed.
MOST_STARS = 10_000

# ISO 4217, list one (2025) and the codes withdrawn since 2016, by digits of the minor unit; Stars
# are Telegram's own. Metals, baskets and test codes (XAU, XDR, XTS, ...) have none: nobody pays
# with them.
_CODES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF " + STARS,
    2: "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP "
    "BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD "
    "FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD "
    "KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN "
    "NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL "
    "SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST "
    "XAD XCD XCG YER ZAR ZMW ZWG ZWL",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
EXPONENTS = {code: digits for digits, codes in _CODES.items() for code in codes.split()}
# The currencies whose exponent is not 2, as parameters of queries.
UNUSUAL_EXPONENTS = {code: digits for code, digits in EXPONENTS.items() if digits != 2}
_SIGNS = {STARS: "⭐", "RUB": "₽", "USD": "$", "EUR": "€"}


MINUS = "\u2212"


def grouped(number: str, language: str) -> str:
    """A number with commas between thousands (1,800.50) as people write it in the language."""
    return number.replace(",", " ").replace(".", ",") if language == "ru" else number


def exponent(currency: str) -> int:
    """How many decimal digits the currency's minor unit has; 2 for a code that is not in the table,
    which `known_currency` refuses wherever money comes in."""
    return EXPONENTS.get(currency, 2)


def sign(currency: str) -> str:
    """What people write for a currency: its sign, or its code if it has none that all know."""
    return _SIGNS.get(currency, currency)


def known_currency(code: str) -> str:
    """The code; raises ValueError unless it is an ISO 4217 code in capitals, or XTR."""
    if code not in EXPONENTS:
        raise ValueError(
            f"{code!r:.10} is no currency: write its code of ISO 4217 in capitals, like RUB; "
            f"Telegram Stars are {STARS}"
        )
    return code


# A field of models: a currency code of the table.
CurrencyCode = Annotated[str, AfterValidator(known_currency)]


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

    def worded(self, language: str) -> str:
        """As people write it, with decimals only where there are any: 1 800,50 ₽ in Russian,
        1,800.50 ₽ in English."""
        digits = exponent(self.currency)
        is_whole = not self.amount_minor % 10**digits
        number = grouped(f"{abs(self.major):,.{0 if is_whole else digits}f}", language)
        minus = MINUS if self.amount_minor < 0 else ""
        return f"{minus}{number} {sign(self.currency)}"

    def __str__(self) -> str:
        digits = exponent(self.currency)
        return f"{self.major:,.{digits}f}".replace(",", " ") + (f" {sign(self.currency)}")
