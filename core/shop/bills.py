"""The limits of Telegram's bills: which currencies, and how much."""

from core.money import MOST_STARS, STARS, Money

# https://core.telegram.org/bots/payments#supported-currencies, and Stars.
CURRENCIES = frozenset(
    "AED AFN ALL AMD ARS AUD AZN BAM BDT BGN BND BOB BRL BYN CAD CHF CLP CNY COP CRC CZK DKK DOP "
    "DZD EGP ETB EUR GBP GEL GTQ HKD HNL HRK HUF IDR ILS INR ISK JMD JPY KES KGS KRW KZT LBP LKR "
    "MAD MDL MNT MUR MVR MXN MYR MZN NGN NIO NOK NPR NZD PAB PEN PHP PKR PLN PYG QAR RON RSD RUB "
    "SAR SEK SGD THB TJS TRY TTD TWD TZS UAH UGX USD UYU UZS VND YER ZAR".split()
)
# The same page: the limits of each currency are those of the dollar, 1 to 10,000, converted by the
# rate of the day, so only the dollar's are constant. Each day's limits:
# https://core.telegram.org/bots/payments/currencies.json
_LEAST_USD, _MOST_USD = 100, 1_000_000
# The same page: an amount has 12 digits at most, whatever the currency.
_MOST = 10**12 - 1


def limits(currency: str) -> tuple[int, int]:
    """The least and the most that a bill may ask for, in minor units, as far as they are constant:
    Telegram refuses amounts outside of them, and possibly others."""
    match currency:
        case _ if currency == STARS:
            return 1, MOST_STARS
        case "USD":
            return _LEAST_USD, _MOST_USD
        case _:
            return 1, _MOST


def takes(total: Money) -> bool:
    """Whether a bill can ask for this amount."""
    least, most = limits(total.currency)
    known = total.currency == STARS or total.currency in CURRENCIES
    return known and least <= total.amount_minor <= most
