"""What points are worth, how many an order brings, and how many may pay it. Pure."""

from core.money import Money, exponent
from core.shop.pricing import half_up


def unit_of(currency: str) -> int:
    """What a point is worth: one whole rouble, dollar or Star, in minor units."""
    return int(10 ** exponent(currency))


def worth(points: int, currency: str) -> Money:
    return Money(points * unit_of(currency), currency)


def earned(brought_minor: int, percent: int, currency: str) -> int:
    """Whole points for goods that brought so much; what is less than a point is dropped."""
    return brought_minor * percent // (100 * unit_of(currency))


def back(brought_minor: int, percent: int) -> int:
    """Money back in minor units, rounded half up."""
    return half_up(brought_minor * percent, 100)


def payable(usable: int, goods_minor: int, most_percent: int, currency: str) -> int:
    """How many points may pay goods of this price."""
    return min(usable, goods_minor * most_percent // (100 * unit_of(currency)))


def needed(amount_minor: int, currency: str) -> int:
    """How many points an amount costs that they took off: a part of a point costs a whole one."""
    return -(-amount_minor // unit_of(currency))
