"""What a shop's figures of a stretch of time must be, by the truth of its people alone.

People are counted by what they did and saw, money by the receipts that they read: nothing of it is
asked of the product. Amounts are in minor units of their currency, which the bill states.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from simulator.crowd import truth
from simulator.crowd.truth import AnyRecord, Charge, Receipt

LATE_SECONDS = 30.0

# By name, and by currency where it is of one, else "".
Figures: TypeAlias = Counter[tuple[str, str]]
NAMES = (
    "starts",
    "new_users",
    "active_users",
    "carts",
    "carts_left",
    "checkouts",
    "buyers",
    "orders_created",
    "orders_paid",
    "orders_cancelled",
    "orders_expired",
    "deliveries",
    "deliveries_failed",
    "paid_orders",
    "units",
    "gross_sales",
    "discounts",
    "shipping",
    "tax",
    "paid_total",
    "refunds",
    "returns",
    "net_sales",
)


@dataclass(frozen=True, slots=True)
class Parts:
    """What an order is made of, in minor units."""

    units: int
    gross: int
    discount: int
    shipping: int
    tax: int


@dataclass(slots=True)
class _Person:
    """What one of a shop's people did, in the order in which it happened."""

    starts: list[float] = field(default_factory=list)
    deeds: list[float] = field(default_factory=list)
    carts: list[float] = field(default_factory=list)
    ways: set[str] = field(default_factory=set)
    """Of shipping, as they stood on the buttons."""
    bills: dict[str, float] = field(default_factory=dict)
    """When the first one of each order came."""
    cancelled: dict[str, float] = field(default_factory=dict)
    charges: dict[str, Charge] = field(default_factory=dict)
    """The first one of each order: it alone is what the order was paid with."""
    paid_twice: bool = False
    """What the bot writes about the second payment looks as if the goods were late."""
    refunds: list[truth.Refund] = field(default_factory=list)
    receipts: dict[int, Receipt] = field(default_factory=dict)
    deliveries: dict[int, float] = field(default_factory=dict)
    expired: list[float] = field(default_factory=list)
    notices: dict[int, float] = field(default_factory=dict)
    """When the first other message about each paid order came, before its goods."""

    @property
    def late(self) -> list[float]:
        """When goods were said to be late. Who is quick opens theirs before they come by
        themselves; then they come at once."""
        return [
            at
            for number, at in self.notices.items()
            if self.deliveries.get(number, math.inf) > at + LATE_SECONDS
        ]


class UnreadReceipt(Exception):
    """An order was paid, and no receipt says what it was made of."""


def figures(records: Iterable[AnyRecord], bot: int, begins: float, ends: float) -> Figures:
    """Of what happened at that bot from `begins` until before `ends`, seconds since the epoch.

    Raises UnreadReceipt.
    """
    counted = Figures()
    for person in _people(records, bot).values():
        _count(counted, person, begins, ends)
        _add_sales(counted, person, begins, ends)
    return Figures({key: count for key, count in counted.items() if count})


def _people(records: Iterable[AnyRecord], bot: int) -> dict[int, _Person]:
    people: dict[int, _Person] = {}
    for record in records:
        if isinstance(record, truth.Run) or record.bot != bot:
            continue
        person = people.setdefault(record.telegram_id, _Person())
        match record:
            case truth.Start():
                person.starts.append(record.at)
            case truth.Deed():
                _note(person, record)
            case truth.Bill():
                person.bills.setdefault(_order(record.payload), record.at)
            case Charge():
                first = person.charges.setdefault(_order(record.payload), record)
                person.paid_twice |= first is not record
            case truth.Refund():
                person.refunds.append(record)
            case Receipt():
                person.receipts.setdefault(record.order_no, record)
            case truth.Delivery():
                person.deliveries.setdefault(record.order_no, record.at)
            case truth.OrderNotice():
                _hear(person, record)
            case _:
                pass
    return people


def _order(payload: str) -> str:
    return payload.partition(":")[2]


def _note(person: _Person, deed: truth.Deed) -> None:
    person.deeds.append(deed.at)
    match deed.what:
        case "cart_add":
            person.carts.append(deed.at)
        case "shipping":
            person.ways.add(deed.about)
        case "cancel":
            person.cancelled.setdefault(deed.about, deed.at)


def _hear(person: _Person, notice: truth.OrderNotice) -> None:
    number = notice.order_no
    if number not in person.receipts and not notice.leads_to_order:
        person.expired.append(notice.at)
    elif number in person.receipts and number not in person.deliveries and not person.paid_twice:
        person.notices.setdefault(number, notice.at)


def _count(counted: Figures, person: _Person, begins: float, ends: float) -> None:
    def within(moments: Iterable[float]) -> int:
        return sum(begins <= at < ends for at in moments)

    paid = [each.at for each in person.charges.values()]
    bills = list(person.bills.values())
    carts = [at for at in person.carts if begins <= at < ends]
    counted["starts", ""] += within(person.starts)
    counted["new_users", ""] += within(person.starts[:1])
    counted["active_users", ""] += within([*person.starts, *person.deeds, *bills, *paid]) > 0
    counted["carts", ""] += bool(carts)
    counted["carts_left", ""] += bool(carts) and all(at < carts[0] for at in paid)
    counted["checkouts", ""] += within(bills) > 0
    counted["buyers", ""] += within(paid) > 0
    counted["orders_created", ""] += within(bills)
    counted["orders_paid", ""] += within(paid)
    counted["orders_cancelled", ""] += within(person.cancelled.values())
    counted["orders_expired", ""] += within(person.expired)
    counted["deliveries", ""] += within(person.deliveries.values())
    counted["deliveries_failed", ""] += within(person.late)


def _add_sales(counted: Figures, person: _Person, begins: float, ends: float) -> None:
    parts = dict(_orders(person))
    for order, charge in person.charges.items():
        if begins <= charge.at < ends:
            _add(counted, charge.currency, 1, parts[order], charge.amount)
    by_charge = {each.charge_id: order for order, each in person.charges.items()}
    for refund in person.refunds:
        # Money that came twice for one order was never its own: it goes back and is no return.
        if refund.charge_id in by_charge and begins <= refund.at < ends:
            order = by_charge[refund.charge_id]
            currency, of_order = person.charges[order].currency, parts[order]
            back = of_order.gross - of_order.discount
            counted["refunds", currency] += 1
            counted["returns", currency] += back
            counted["net_sales", currency] -= back


def _add(counted: Figures, currency: str, orders: int, parts: Parts, paid: int) -> None:
    added = {
        "paid_orders": orders,
        "units": parts.units,
        "gross_sales": parts.gross,
        "discounts": parts.discount,
        "shipping": parts.shipping,
        "tax": parts.tax,
        "paid_total": paid,
        "net_sales": parts.gross - parts.discount,
    }
    counted.update({(name, currency): value for name, value in added.items()})


def _orders(person: _Person) -> Iterator[tuple[str, Parts]]:
    """What each paid order is made of. A person buys one thing after another, so that the first
    receipt is of what was paid first, and so on."""
    charges = sorted(person.charges.items(), key=lambda each: each[1].at)
    receipts = sorted(person.receipts.values(), key=lambda each: each.at)
    if len(charges) != len(receipts):
        paid = ", ".join(order for order, _ in charges)
        raise UnreadReceipt(f"{len(receipts)} receipts came for the orders {paid or 'of nobody'}")
    for (order, charge), receipt in zip(charges, receipts, strict=True):
        yield order, parts_of(receipt, charge, person.ways)


def parts_of(receipt: Receipt, charge: Charge, ways: set[str]) -> Parts:
    """A receipt's rows in minor units; `ways` are those of shipping by which their own row is told
    from that of the tax. Raises UnreadReceipt if it says no total, or its rows do not add up to it.
    """
    if not receipt.total:
        raise UnreadReceipt(f"receipt No. {receipt.order_no} of {charge.payload} says no total")
    minor = charge.amount / receipt.total  # minor units in a main one

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
        raise UnreadReceipt(f"the rows of {charge.payload} do not add up to {charge.amount}")
    return Parts(sum(row.quantity for row in receipt.goods), gross, discount, shipping, tax)


def _really_added(receipt: Receipt) -> list[truth.Row]:
    """Without what is in the prices already, which is shown and not added."""
    rows = [*receipt.goods, *receipt.added]
    beyond = sum((row.amount or Decimal(0) for row in rows), Decimal(0)) - (receipt.total or 0)
    return [row for row in receipt.added if not beyond or row.amount != beyond]
