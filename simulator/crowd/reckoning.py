"""What a shop's figures of a stretch of time must be, by the truth of its people alone.

People are counted by what they did and saw, money by the receipts that they read: nothing of it is
asked of the product. Amounts are in minor units of their currency, which the bill states. Where a
receipt was not read, the figures that it would tell are left open, and they alone.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from simulator.crowd import truth
from simulator.crowd.history import AnyRefund, Person, people
from simulator.crowd.parts import NoReceipt, Parts, UnreadReceipt, paired, parts_of
from simulator.crowd.sold import amount_back, returns
from simulator.crowd.truth import AnyRecord, Receipt

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
    found = people(records, bots).values()
    links = {
        each.about for each in records if isinstance(each, truth.Deed) and each.what == "invite"
    }
    receipts = (receipt for person in found for receipt in person.receipts.values())
    span = _Span(begins, ends, any(each.total and begins <= each.at < ends for each in receipts))
    counted, unread = Figures(), list[Unread]()
    for person in found:
        _count(counted, person, span)
        came_by = person.codes[:1] if any(map(span.holds, person.starts[:1])) else []
        counted["invited", ""] += sum(code in links for code in came_by)
        unread += _add_sales(counted, person, span)
    return Reckoned(Figures({key: count for key, count in counted.items() if count}), unread)


def _count(counted: Figures, person: Person, span: _Span) -> None:
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


def _add_sales(counted: Figures, person: Person, span: _Span) -> Iterator[Unread]:
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


def _parts(person: Person, receipts: Mapping[str, Receipt], order: str) -> Parts:
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
    counted: Figures, person: Person, receipts: Mapping[str, Receipt], span: _Span
) -> Iterator[Unread]:
    given = Counter[str]()
    for order, refund in returns(person, receipts):
        is_within = span.holds(refund.at)
        if order is None:
            if is_within:
                yield _unknown(refund)
            continue
        charge = person.charges[order]
        try:
            parts = _parts(person, receipts, order)
            amount = amount_back(refund, receipts[order], charge)
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


def _unknown(refund: AnyRefund) -> Unread:
    if isinstance(refund, truth.Refund):
        why = f"the payment {refund.charge_id}, which was refunded, is not in the truth"
        return Unread(_OF_REFUND, refund.currency, why, is_wrong=False)
    why = f"order No. {refund.order_no}, which was refunded, has no receipt in the truth"
    return Unread(_OF_REFUND, ANY, why, is_wrong=False)
