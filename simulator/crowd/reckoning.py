"""What a shop's figures of a stretch of time must be, by the truth of its people alone.

People are counted by what they did and saw, money by the receipts that they read: nothing of it is
asked of the product. Amounts are in minor units of their currency, which the bill states. Where a
receipt was not read, the figures that it would tell are left open, and they alone.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from simulator.crowd import truth
from simulator.crowd.open_orders import OpenOrders
from simulator.crowd.parts import NoReceipt, Parts, UnreadReceipt, minor_units, paired, parts_of
from simulator.crowd.truth import AnyRecord, Charge, Receipt

LATE_SECONDS = 30.0
_Refund: TypeAlias = truth.Refund | truth.RefundNotice

# By name, and by currency where it is of one, else "".
Key: TypeAlias = tuple[str, str]
Figures: TypeAlias = Counter[Key]
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
    "tickets_opened",
    "ratings",
    "reviews",
    "invited",
    "gates_passed",
    "gates_failed",
    "broadcast_clickers",
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


# What only receipts tell: of a sale, of a refund, and of a refund whose order is not known.
_OF_SALE = ("units", "gross_sales", "discounts", "shipping", "tax", "net_sales")
_OF_RETURN = ("returns", "net_sales")
_OF_REFUND = ("refunds", *_OF_RETURN)
ANY = "*"


@dataclass(frozen=True, slots=True)
class Unread:
    """Figures of a currency that are left open, and why."""

    names: tuple[str, ...]
    currency: str
    """`ANY` if it is not known either."""
    why: str
    is_wrong: bool
    """The shop's receipts are at fault: one is wrong, or missing where others came."""

    def leaves_open(self, key: Key) -> bool:
        """Whether this figure, of a name and a currency, is one of them."""
        name, currency = key
        return name in self.names and self.currency in (ANY, currency)


@dataclass(frozen=True, slots=True)
class Reckoned:
    """The figures, and which of them are not known: those are too low or too high."""

    figures: Figures
    unread: Sequence[Unread] = ()


@dataclass(slots=True)
class _Person:
    """What one of a shop's people did, in the order in which it happened."""

    starts: list[float] = field(default_factory=list)
    deeds: list[float] = field(default_factory=list)
    carts: list[float] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)
    rated: list[float] = field(default_factory=list)
    reviewed: list[float] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    """Of the starts."""
    passed: list[float] = field(default_factory=list)
    failed: list[float] = field(default_factory=list)
    clicked: dict[str, float] = field(default_factory=dict)
    """When the first time, by the broadcasts' numbers."""
    ways: set[str] = field(default_factory=set)
    """Of shipping, as they stood on the buttons."""
    bills: dict[str, float] = field(default_factory=dict)
    """When the first one of each order came."""
    cancelled: dict[str, float] = field(default_factory=dict)
    open: OpenOrders = field(default_factory=OpenOrders)
    charges: dict[str, Charge] = field(default_factory=dict)
    """The first one of each order: it alone is what the order was paid with."""
    extra: dict[str, list[Charge]] = field(default_factory=dict)
    """The other ones: money that goes back and is no return."""
    refunds: list[_Refund] = field(default_factory=list)
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


@dataclass(frozen=True, slots=True)
class _Span:
    begins: float
    ends: float
    writes_receipts: bool
    """Whether anybody read one meanwhile."""

    def holds(self, at: float) -> bool:
        return self.begins <= at < self.ends

    def unread(self, names: tuple[str, ...], currency: str, error: UnreadReceipt) -> Unread:
        is_wrong = self.writes_receipts if isinstance(error, NoReceipt) else error.is_wrong
        return Unread(names, currency, str(error), is_wrong)


def reckon(
    records: Sequence[AnyRecord], bots: Collection[int], begins: float, ends: float
) -> Reckoned:
    """Of what happened at a shop's bots from `begins` until before `ends`, seconds since 1970."""
    people = _people(records, bots).values()
    links = {
        each.about for each in records if isinstance(each, truth.Deed) and each.what == "invite"
    }
    receipts = (receipt for person in people for receipt in person.receipts.values())
    span = _Span(begins, ends, any(each.total and begins <= each.at < ends for each in receipts))
    counted, unread = Figures(), list[Unread]()
    for person in people:
        _count(counted, person, span)
        came_by = person.codes[:1] if any(map(span.holds, person.starts[:1])) else []
        counted["invited", ""] += sum(code in links for code in came_by)
        unread += _add_sales(counted, person, span)
    return Reckoned(Figures({key: count for key, count in counted.items() if count}), unread)


def _people(records: Iterable[AnyRecord], bots: Collection[int]) -> dict[int, _Person]:
    people: dict[int, _Person] = {}
    for record in records:
        if isinstance(record, truth.Run) or record.bot not in bots:
            continue
        person = people.setdefault(record.telegram_id, _Person())
        match record:
            case truth.Start():
                person.starts.append(record.at)
                person.codes.append(record.code)
            case truth.Deed():
                _note(person, record)
            case truth.Bill():
                order = _order(record.payload)
                person.bills.setdefault(order, record.at)
                person.open.bill(order, record.at, is_cart=record.is_cart)
            case Charge():
                _pay(person, record)
            case truth.Refund() | truth.RefundNotice():
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


def _pay(person: _Person, charge: Charge) -> None:
    order = _order(charge.payload)
    person.open.close(order)
    if person.charges.setdefault(order, charge) is not charge:
        person.extra.setdefault(order, []).append(charge)


def _note(person: _Person, deed: truth.Deed) -> None:
    person.deeds.append(deed.at)
    match deed.what:
        case "cart_add":
            person.carts.append(deed.at)
        case "ask":
            person.asked.append(deed.at)
        case "rate":
            person.rated.append(deed.at)
        case "review":
            person.reviewed.append(deed.at)
        case "pass":
            person.passed.append(deed.at)
        case "fail":
            person.failed.append(deed.at)
        case "click":
            person.clicked.setdefault(deed.about, deed.at)
        case "shipping":
            person.ways.add(deed.about)
        case "cancel":
            person.cancelled.setdefault(deed.about, deed.at)
            person.open.close(deed.about)
        case "decline":
            person.open.decline(_order(deed.about), deed.at)


def _hear(person: _Person, notice: truth.OrderNotice) -> None:
    number = notice.order_no
    if number not in person.receipts and not notice.leads_to_order:
        person.expired.append(notice.at)
        person.open.expire(notice.at)
    elif number in person.receipts and number not in person.deliveries and not person.extra:
        # What the bot writes about a second payment looks as if the goods were late.
        person.notices.setdefault(number, notice.at)


def _count(counted: Figures, person: _Person, span: _Span) -> None:
    def within(moments: Iterable[float]) -> int:
        return sum(map(span.holds, moments))

    paid = [each.at for each in person.charges.values()]
    bills = list(person.bills.values())
    carts = [at for at in person.carts if span.holds(at)]
    counted["starts", ""] += within(person.starts)
    counted["new_users", ""] += within(person.starts[:1])
    counted["active_users", ""] += within([*person.starts, *person.deeds, *bills, *paid]) > 0
    counted["carts", ""] += bool(carts)
    counted["carts_left", ""] += bool(carts) and all(at < carts[0] for at in paid)
    counted["checkouts", ""] += within(bills) > 0
    counted["buyers", ""] += within(paid) > 0
    counted["orders_created", ""] += within(bills)
    counted["orders_paid", ""] += within(paid)
    counted["orders_cancelled", ""] += within((person.open.replaced | person.cancelled).values())
    counted["orders_expired", ""] += within(person.expired)
    counted["deliveries", ""] += within(person.deliveries.values())
    counted["deliveries_failed", ""] += within(person.late)
    counted["tickets_opened", ""] += within(person.asked)
    counted["ratings", ""] += within(person.rated)
    counted["reviews", ""] += within(person.reviewed)
    counted["gates_passed", ""] += within(person.passed)
    counted["gates_failed", ""] += within(person.failed)
    counted["broadcast_clickers", ""] += within(person.clicked.values())


def _add_sales(counted: Figures, person: _Person, span: _Span) -> Iterator[Unread]:
    receipts = paired(person.charges, person.receipts.values())
    for order, charge in person.charges.items():
        if not span.holds(charge.at):
            continue
        counted["paid_orders", charge.currency] += 1
        counted["paid_total", charge.currency] += charge.amount
        try:
            _add(counted, charge.currency, _parts(person, receipts, order))
        except UnreadReceipt as error:
            yield span.unread(_OF_SALE, charge.currency, error)
    yield from _add_returns(counted, person, receipts, span)


def _parts(person: _Person, receipts: Mapping[str, Receipt], order: str) -> Parts:
    """Raises UnreadReceipt."""
    charge = person.charges[order]
    if order not in receipts:
        raise NoReceipt(f"no receipt of {charge.payload} was read")
    return parts_of(receipts[order], charge, person.ways)


def _add(counted: Figures, currency: str, parts: Parts) -> None:
    added = {
        "units": parts.units,
        "gross_sales": parts.gross,
        "discounts": parts.discount,
        "shipping": parts.shipping,
        "tax": parts.tax,
        "net_sales": parts.gross - parts.discount,
    }
    counted.update({(name, currency): value for name, value in added.items()})


def _add_returns(
    counted: Figures, person: _Person, receipts: Mapping[str, Receipt], span: _Span
) -> Iterator[Unread]:
    given = Counter[str]()
    for order, refund in _returns(person, receipts):
        is_within = span.holds(refund.at)
        if order is None:
            if is_within:
                yield _unknown(refund)
            continue
        charge = person.charges[order]
        try:
            parts = _parts(person, receipts, order)
            amount = _amount(refund, receipts[order], charge)
        except UnreadReceipt as error:
            if is_within:
                counted["refunds", charge.currency] += 1
                yield span.unread(_OF_RETURN, charge.currency, error)
            continue
        back = parts.goods_in(given[order] + amount) - parts.goods_in(given[order])
        given[order] += amount
        if is_within:
            counted["refunds", charge.currency] += 1
            counted["returns", charge.currency] += back
            counted["net_sales", charge.currency] -= back


def _returns(
    person: _Person, receipts: Mapping[str, Receipt]
) -> Iterator[tuple[str | None, _Refund]]:
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


def _amount(refund: _Refund, receipt: Receipt, charge: Charge) -> int:
    """In minor units. Raises UnreadReceipt."""
    if isinstance(refund, truth.Refund):
        return refund.amount
    return int(refund.amount * minor_units(receipt, charge))


def _unknown(refund: _Refund) -> Unread:
    if isinstance(refund, truth.Refund):
        why = f"the payment {refund.charge_id}, which was refunded, is not in the truth"
        return Unread(_OF_REFUND, refund.currency, why, is_wrong=False)
    why = f"order No. {refund.order_no}, which was refunded, has no receipt in the truth"
    return Unread(_OF_REFUND, ANY, why, is_wrong=False)
