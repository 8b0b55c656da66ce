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
    cancelled: dict[str, float] = field(default_factory=dict)
    open: OpenOrders = field(default_factory=OpenOrders)
    charges: dict[str, Charge] = field(default_factory=dict)
    """The first one of each order: it alone is what the order was paid with."""
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
    return found


def _order(payload: str) -> str:
    return payload.partition(":")[2]


def _pay(person: Person, charge: Charge) -> None:
    order = _order(charge.payload)
    person.open.close(order)
    if person.charges.setdefault(order, charge) is not charge:
        person.extra.setdefault(order, []).append(charge)


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
