"""What each of a shop's people did, by their truth, in the order in which it happened."""

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from simulator.crowd import truth
from simulator.crowd.open_orders import OpenOrders
from simulator.crowd.truth import AnyRecord, Charge, Receipt

LATE_SECONDS = 30.0
AnyRefund: TypeAlias = truth.Refund | truth.RefundNotice


@dataclass(slots=True)
class Person:
    """What one of a shop's people did, in the order in which it happened."""

    starts: list[float] = field(default_factory=list)
    deeds: list[float] = field(default_factory=list)
    carts: list[float] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)
    rated: list[float] = field(default_factory=list)
    reviewed: list[float] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    """Of the starts."""
    viewed: set[str] = field(default_factory=set)
    """The numbers of the products that they opened."""
    gates: set[str] = field(default_factory=set)
    """Those that they passed: `rules`, `captcha`."""
    blocks: list[float] = field(default_factory=list)
    is_blocked: bool = False
    """Whether the bot is blocked in the end."""
    visits: list[tuple[float, float]] = field(default_factory=list)
    """When each began and ended."""
    declined: dict[str, float] = field(default_factory=dict)
    """When the last payment of each order failed."""
    broadcasts: dict[str, float] = field(default_factory=dict)
    """When each came, by its number."""
    passed: list[float] = field(default_factory=list)
    failed: list[float] = field(default_factory=list)
    clicked: dict[str, float] = field(default_factory=dict)
    """When the first time, by the broadcasts' numbers."""
    ways: set[str] = field(default_factory=set)
    """Of shipping, as they stood on the buttons."""
    bills: dict[str, float] = field(default_factory=dict)
    """When the first one of each order came."""
    awaited: set[str] = field(default_factory=set)
    """The top-ups for which a bill came."""
    currencies: dict[str, str] = field(default_factory=dict)
    """Those of the bills, by order."""
    cancelled: dict[str, float] = field(default_factory=dict)
    open: OpenOrders = field(default_factory=OpenOrders)
    charges: dict[str, Charge] = field(default_factory=dict)
    """The first one of each order: it alone, and the wallet's part that it has here with it, is
    what the order was paid with. Of one that the wallet paid alone, that."""
    from_wallet: dict[str, int] = field(default_factory=dict)
    """What the wallet paid of each order."""
    top_ups: dict[str, Charge] = field(default_factory=dict)
    """What came into the wallet, by the numbers in payloads; no orders."""
    extra: dict[str, list[Charge]] = field(default_factory=dict)
    """The other ones: money that goes back and is no return."""
    refunds: list[AnyRefund] = field(default_factory=list)
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


def people(records: Iterable[AnyRecord], bots: Collection[int]) -> dict[int, Person]:
    """Those of the bots, by their Telegram ids."""
    found: dict[int, Person] = {}
    for record in records:
        if isinstance(record, truth.Run) or record.bot not in bots:
            continue
        person = found.setdefault(record.telegram_id, Person())
        match record:
            case truth.Start():
                person.starts.append(record.at)
                person.codes.append(record.code)
            case truth.Deed():
                _note(person, record)
            case truth.Block() | truth.Visit() | truth.Broadcast():
                _mark(person, record)
            case truth.Bill() | truth.WalletPayment():
                _bill(person, record)
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
    return found


def _order(payload: str) -> str:
    return payload.partition(":")[2]


def _bill(person: Person, bill: truth.Bill | truth.WalletPayment) -> None:
    order = _order(bill.payload)
    if isinstance(bill, truth.Bill) and bill.is_top_up:
        person.awaited.add(order)
        return
    person.bills.setdefault(order, bill.at)
    person.currencies[order] = bill.currency
    person.open.bill(order, bill.at, is_cart=bill.is_cart)
    if isinstance(bill, truth.Bill):
        if order not in person.charges:
            person.from_wallet[order] = bill.from_wallet
        return
    person.open.close(order)
    person.from_wallet[order] = bill.amount
    person.charges[order] = Charge(
        at=bill.at,
        telegram_id=bill.telegram_id,
        bot=bill.bot,
        charge_id=f"wallet {order}",
        payload=bill.payload,
        amount=bill.amount,
        currency=bill.currency,
    )


def _pay(person: Person, charge: Charge) -> None:
    order = _order(charge.payload)
    if order in person.awaited:
        person.top_ups.setdefault(order, charge)
        return
    person.open.close(order)
    if order in person.charges:
        person.extra.setdefault(order, []).append(charge)
    else:
        amount = charge.amount + person.from_wallet.get(order, 0)
        person.charges[order] = charge.model_copy(update={"amount": amount})


def _mark(person: Person, record: truth.Block | truth.Visit | truth.Broadcast) -> None:
    match record:
        case truth.Visit():
            person.visits.append((record.began_at, record.at))
        case truth.Broadcast():
            person.broadcasts.setdefault(str(record.number), record.at)
        case truth.Block():
            person.is_blocked = record.stopped
            if record.stopped:
                person.blocks.append(record.at)


def _note(person: Person, deed: truth.Deed) -> None:
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
            person.gates.add(deed.about)
        case "fail":
            person.failed.append(deed.at)
        case "click":
            person.clicked.setdefault(deed.about, deed.at)
        case "shipping":
            person.ways.add(deed.about)
        case "cancel":
            person.cancelled.setdefault(deed.about, deed.at)
            person.open.close(deed.about)
        case "view":
            person.viewed.add(deed.about)
        case "decline":
            person.declined[_order(deed.about)] = deed.at
            person.open.decline(_order(deed.about), deed.at)


def _hear(person: Person, notice: truth.OrderNotice) -> None:
    number = notice.order_no
    if number not in person.receipts and not notice.leads_to_order:
        person.expired.append(notice.at)
        person.open.expire(notice.at)
    elif number in person.receipts and number not in person.deliveries and not person.extra:
        # What the bot writes about a second payment looks as if the goods were late.
        person.notices.setdefault(number, notice.at)
