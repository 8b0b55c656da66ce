"""Money of an event in its shop's own currency: SQL (ClickHouse) for a row `e` of `events` and a
row `w` of `windows`, which has the shop's `currency` and its owner's `rates` as JSON."""

from typing import Any

from core.money import UNUSUAL_EXPONENTS

# At most 66 digits in decimals of 76, so no event can cause an overflow that fails everybody's run.
# A value that is not a whole number of that size becomes NULL, which only the conversion from text
# can do.
_RATE = (
    "toDecimal128OrNull(if(JSONHas(e.props, 'rate'), JSONExtractString(e.props, 'rate'), "
    "JSONExtractString(w.rates, toString(e.currency))), 18)"
)
_DIGITS = "transform({}, {{currencies:Array(String)}}, {{digits:Array(Int64)}}, 2)"


def in_base(amount: str) -> str:
    """SQL of `amount` (minor units of event `e`) in minor units of the currency of window `w`.

    By the event's own rate (`props.rate`, `core.taxonomy`) or else the one that the shop's owner
    set for the day (`core.shop.rates`), rounded once, half away from zero. NULL without a rate.
    The query needs the parameters of `exponents`.
    """
    scale = (
        f"toDecimal256(exp10({_DIGITS.format('w.currency')} - {_DIGITS.format('e.currency')}), 6)"
    )
    converted = f"round(toDecimal256({amount}, 0) * {_RATE} * {scale}, 0)"
    return (
        f"if(e.currency IN ('', w.currency), toNullable(toInt64({amount})), "
        f"toInt64OrNull(toString({converted})))"
    )


def known_total(amount: str, condition: str = "1") -> str:
    """SQL of the sum of amounts of the rows that meet a condition; NULL if one of the amounts is
    NULL."""
    return (
        f"if(countIf(({condition}) AND isNull({amount})) = 0, "
        f"sumIf(assumeNotNull({amount}), ({condition}) AND isNotNull({amount})), NULL)"
    )


def exponents() -> dict[str, Any]:
    """Parameters of queries with `in_base`: how many digits a currency's minor unit is."""
    return {"currencies": list(UNUSUAL_EXPONENTS), "digits": list(UNUSUAL_EXPONENTS.values())}
