"""What paid orders are made of, by the receipts that their buyers read."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from simulator.crowd import truth
from simulator.crowd.truth import Charge, Receipt

# Minor units in a main one, of all the currencies that there are.
_MINOR_UNITS = (1, 10, 100, 1000, 10_000)
# What was read in the database has its moment in whole seconds.
_ROUNDED_SECONDS = 1.0


class UnreadReceipt(Exception):
    """An order was paid, and no receipt says what it was made of."""

    is_wrong = False
    """Whether the receipt is at fault."""


class NoReceipt(UnreadReceipt):
    """It has not come, or has no number by which it would be known."""


class WrongReceipt(UnreadReceipt):
    """It is not of what was paid."""

    is_wrong = True


@dataclass(frozen=True, slots=True)
class Parts:
    """What an order is made of, in minor units."""

    units: int
    gross: int
    discount: int
    shipping: int
    tax: int

    def goods_in(self, back: int) -> int:
        """How much of an amount that went back is for goods: tax and shipping go back in
        proportion, rounded down (docs/metrics.md)."""
        paid = self.gross - self.discount + self.shipping + self.tax
        return back - self.shipping * back // paid - self.tax * back // paid


def paired(charges: Mapping[str, Charge], receipts: Iterable[Receipt]) -> dict[str, Receipt]:
    """The receipt of each of a person's paid orders, as far as it is known.

    They buy one thing after another: the first receipt is of what was paid first, and so on. If
    some are missing, it is the only one that came before the next payment.
    """
    paid = sorted(charges.items(), key=lambda each: each[1].at)
    begins = min((charge.at for _, charge in paid), default=math.inf) - _ROUNDED_SECONDS
    came = sorted((each for each in receipts if each.at >= begins), key=lambda it: it.message_id)
    if len(paid) == len(came):
        return {order: receipt for (order, _), receipt in zip(paid, came, strict=True)}
    ends = [charge.at for _, charge in paid[1:]] + [math.inf]
    found = {}
    for (order, charge), end in zip(paid, ends, strict=True):
        between = [each for each in came if charge.at - _ROUNDED_SECONDS <= each.at < end]
        if len(between) == 1:
            found[order] = between[0]
    return found


def minor_units(receipt: Receipt, charge: Charge) -> int:
    """How many are in a main unit, by what was paid. Raises UnreadReceipt."""
    if not receipt.total:
        raise UnreadReceipt(f"receipt No. {receipt.order_no} of {charge.payload} says no total")
    for minor in _MINOR_UNITS:
        if receipt.total * minor == charge.amount:
            return minor
    raise WrongReceipt(
        f"receipt No. {receipt.order_no} of {charge.payload} says a total of {receipt.total}, "
        f"{charge.amount} {charge.currency} in minor units were paid"
    )


def parts_of(receipt: Receipt, charge: Charge, ways: set[str]) -> Parts:
    """A receipt's rows in minor units; `ways` are those of shipping by which their own row is told
    from that of the tax. Raises UnreadReceipt if it says no total, WrongReceipt if its rows do not
    add up to what was paid.
    """
    minor = minor_units(receipt, charge)

    def whole(amounts: Iterable[Decimal | None]) -> int:
        return int(sum((each or Decimal(0) for each in amounts), Decimal(0)) * minor)

    added = _really_added(receipt)
    is_way = {row.label: any(way.startswith(row.label) for way in ways) for row in added}
    discount = -whole(row.amount for row in added if (row.amount or 0) < 0)
    shipping = whole(row.amount for row in added if is_way[row.label])
    tax = whole(row.amount for row in added if (row.amount or 0) > 0 and not is_way[row.label])
    gross = whole(row.amount for row in receipt.goods)
    if receipt.goods and receipt.goods[0].amount is None:
        gross = charge.amount + discount - shipping - tax
    if gross - discount + shipping + tax != charge.amount:
        raise WrongReceipt(f"the rows of {charge.payload} do not add up to {charge.amount}")
    return Parts(sum(row.quantity for row in receipt.goods), gross, discount, shipping, tax)


def _really_added(receipt: Receipt) -> Sequence[truth.Row]:
    """Without what is in the prices already, which is shown and not added."""
    rows = [*receipt.goods, *receipt.added]
    beyond = sum((row.amount or Decimal(0) for row in rows), Decimal(0)) - (receipt.total or 0)
    return [row for row in receipt.added if not beyond or row.amount != beyond]
