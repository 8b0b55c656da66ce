"""What was sold to whom, order by order, by the receipts that people read."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from simulator.crowd import truth
from simulator.crowd.history import AnyRefund, Person
from simulator.crowd.parts import NoReceipt, Parts, minor_units, paired, parts_of
from simulator.crowd.truth import Charge, Receipt


@dataclass(slots=True)
class Sale:
    """A paid order; money in minor units of its currency."""

    charge: Charge
    receipt: Receipt
    parts: Parts
    units: Counter[str]
    """Of each thing, by its name on the receipt."""
    gross: Counter[str]
    """What those cost before any discount."""
    from_wallet: int = 0
    """What the buyer's wallet paid of it."""
    refunded: int = 0
    """All that went back of it."""
    to_wallet: int = 0
    """What of that is in the wallet."""

    @property
    def charged(self) -> int:
        """For goods, after discounts."""
        return self.parts.gross - self.parts.discount

    @property
    def returned(self) -> int:
        """Goods in what went back."""
        return self.parts.goods_in(self.refunded)

    @property
    def net(self) -> int:
        return self.charged - self.returned


def sales(person: Person) -> list[Sale]:
    """In the order of payment. Raises UnreadReceipt if one of them is not known."""
    receipts = paired(person.charges, person.receipts.values())
    found = dict[str, Sale]()
    for order, charge in person.charges.items():
        if order not in receipts:
            raise NoReceipt(f"no receipt of {charge.payload} was read")
        found[order] = _sale(charge, receipts[order], person.ways)
        found[order].from_wallet = person.from_wallet.get(order, 0)
    for paid, refund in returns(person, receipts):
        if paid is None:
            raise NoReceipt("money went back of an order that is not known")
        amount = amount_back(refund, receipts[paid], found[paid].charge)
        found[paid].refunded += amount
        if isinstance(refund, truth.RefundNotice) and refund.to_wallet:
            found[paid].to_wallet += amount
    return sorted(found.values(), key=lambda each: each.charge.at)


def _sale(charge: Charge, receipt: Receipt, ways: set[str]) -> Sale:
    parts, minor = parts_of(receipt, charge, ways), minor_units(receipt, charge)
    units, gross = Counter[str](), Counter[str]()
    for row in receipt.goods:
        units[row.label] += row.quantity
        gross[row.label] += parts.gross if row.amount is None else int(row.amount * minor)
    return Sale(charge, receipt, parts, units, gross)


def returns(
    person: Person, receipts: Mapping[str, Receipt]
) -> Iterator[tuple[str | None, AnyRefund]]:
    """What went back of each order's own payment, the earliest first; None: of an unknown order."""
    orders = {charge.charge_id: order for order, charge in person.charges.items()}
    numbers = {receipt.order_no: order for order, receipt in receipts.items()}
    twice = {each.charge_id for charges in person.extra.values() for each in charges}
    waiting = Counter({order: len(charges) for order, charges in person.extra.items()})
    for refund in sorted(person.refunds, key=lambda each: each.at):
        if isinstance(refund, truth.Refund):
            if refund.charge_id not in twice:
                yield orders.get(refund.charge_id), refund
            continue
        paid = numbers.get(refund.order_no)
        if paid is not None and waiting[paid] and refund.amount == receipts[paid].total:
            waiting[paid] -= 1
        else:
            yield paid, refund


def amount_back(refund: AnyRefund, receipt: Receipt, charge: Charge) -> int:
    """What a refund of an order is, in minor units. Raises UnreadReceipt."""
    if isinstance(refund, truth.Refund):
        return refund.amount
    return int(refund.amount * minor_units(receipt, charge))
