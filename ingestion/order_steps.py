"""The steps of orders that the intake knows, so that a step sent again under other ids counts once.

An order is created, paid, cancelled and expires once, whatever ids its events have. It may have
several lines, payments and refunds: those are recognised by their content.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from core import sales
from core.events import ORDER_CREATED, ORDER_LINE, ORDER_PAID, REFUND_COMPLETED
from core.postgres import Connection
from ingestion.incoming import MAX_AGE, PARTS, IncomingEvent
from ingestion.numbers import Named

Numbers: TypeAlias = Mapping[Named, int]

_ONCE = frozenset({ORDER_CREATED.name, ORDER_PAID.name, "order_cancelled", "order_expired"})
_BY_MOMENT = frozenset({REFUND_COMPLETED.name, "payment_succeeded"})

# In one order, as everything that two calls may lock.
_RECORD = """
INSERT INTO order_steps (shop_id, order_id, event, occurred_at, is_imported, amount_minor,
    tax_minor, shipping_minor, tip_minor, currency)
SELECT $1, t.order_id, t.event, t.occurred_at, $2, t.amount_minor, t.tax_minor, t.shipping_minor,
    t.tip_minor, t.currency
FROM unnest($3::bigint[], $4::text[], $5::timestamptz[], $6::bigint[], $7::bigint[], $8::bigint[],
    $9::bigint[], $10::text[]) AS t (order_id, event, occurred_at, amount_minor, tax_minor,
    shipping_minor, tip_minor, currency)
ORDER BY t.order_id, t.event
ON CONFLICT DO NOTHING
RETURNING order_id, event
"""
_PAYMENTS = """
SELECT t.order_id, t.occurred_at, t.is_imported, t.amount_minor, t.tax_minor, t.shipping_minor,
    t.tip_minor, t.currency
FROM unnest($2::bigint[]) AS wanted (order_id)
JOIN order_steps AS t ON t.shop_id = $1 AND t.order_id = wanted.order_id AND t.event = 'order_paid'
"""


@dataclass(frozen=True, slots=True)
class OrderStep:
    """Something that happens to an order once; money of a payment only, in minor units."""

    order_id: int
    event: str
    occurred_at: datetime
    amount_minor: int = 0
    tax_minor: int = 0
    shipping_minor: int = 0
    tip_minor: int = 0
    currency: str = ""


@dataclass(frozen=True, slots=True)
class _Payment:
    order_id: int
    occurred_at: datetime
    is_imported: bool
    amount_minor: int
    tax_minor: int
    shipping_minor: int
    tip_minor: int
    currency: str


def alike(events: Sequence[IncomingEvent]) -> Iterator[str | None]:
    """For each event a text that a repetition of it has too, None where there is none.

    Two equal lines in one call are two; in two calls they are one line sent twice, unless they
    differ in `props.line`. The text is never an id that a caller could give, because it has spaces.
    """
    lines: Counter[str] = Counter()
    for event in events:
        said = f"{event.event} {event.order_id} {event.amount_minor} {event.currency}"
        if event.order_id is None:
            yield None
        elif event.event == ORDER_LINE.name:
            line = event.props.get("line", "")
            said += f" {event.product_id} {event.variant_id} {event.quantity} {line}"
            lines[said] += 1
            yield f"{said} {lines[said]}"
        elif event.event in _BY_MOMENT:
            yield _said_at(said, event.occurred_at)
        else:
            yield None


def refund_said(order_id: str, amount_minor: int, currency: str, moment: datetime) -> str:
    """The text of `alike` for a refund that an event reports."""
    return _said_at(f"{REFUND_COMPLETED.name} {order_id} {amount_minor} {currency}", moment)


def _said_at(said: str, moment: datetime) -> str:
    return f"{said} {moment.astimezone(UTC).isoformat()}"


async def record(
    connection: Connection, shop_id: int, steps: Collection[OrderStep], *, is_imported: bool = False
) -> set[tuple[int, str]]:
    """Records the steps; returns those (order, event) that were not known."""
    rows = await connection.fetch(
        _RECORD,
        shop_id,
        is_imported,
        [step.order_id for step in steps],
        [step.event for step in steps],
        [step.occurred_at for step in steps],
        [step.amount_minor for step in steps],
        [step.tax_minor for step in steps],
        [step.shipping_minor for step in steps],
        [step.tip_minor for step in steps],
        [step.currency for step in steps],
    )
    return {(row["order_id"], row["event"]) for row in rows}


async def sift(
    connection: Connection, shop_id: int, events: Sequence[IncomingEvent], given: Numbers
) -> list[IncomingEvent]:
    """The events that say something new about their orders, completed by what the payment says.

    A line's time is that of its order's payment, so the two are never on different days. A refund
    that does not state its tax and shipping refunds them in proportion.
    """
    if not any(event.order_id for event in events):
        return list(events)
    new = await _new_steps(connection, shop_id, events, given)
    payments = await _payments(connection, shop_id, new, given)
    kept = (_after_payment(event, payments.get(_number(event, given))) for event in new)
    return [event for event in kept if event is not None]


async def _new_steps(
    connection: Connection, shop_id: int, events: Sequence[IncomingEvent], given: Numbers
) -> list[IncomingEvent]:
    keys = [
        (_number(event, given), event.event) if event.event in _ONCE and event.order_id else None
        for event in events
    ]
    first: dict[tuple[int, str], IncomingEvent] = {}
    for key, event in zip(keys, events, strict=True):
        if key is not None:
            first.setdefault(key, event)
    fresh = await record(connection, shop_id, [_fact(key, event) for key, event in first.items()])
    return [
        event
        for key, event in zip(keys, events, strict=True)
        if key is None or key in fresh and first[key] is event
    ]


def _fact(key: tuple[int, str], event: IncomingEvent) -> OrderStep:
    if event.event != ORDER_PAID.name:
        return OrderStep(*key, event.occurred_at)
    return OrderStep(
        *key,
        event.occurred_at,
        amount_minor=event.amount_minor or 0,
        **{name: event.props.get(name, 0) for name in PARTS},
        currency=event.currency or "",
    )


def _number(event: IncomingEvent, given: Numbers) -> int:
    return given[("order", event.order_id)] if event.order_id is not None else 0


async def _payments(
    connection: Connection, shop_id: int, events: Iterable[IncomingEvent], given: Numbers
) -> dict[int, _Payment]:
    follow = {ORDER_LINE.name, REFUND_COMPLETED.name}
    wanted = {_number(event, given) for event in events if event.event in follow}
    rows = await connection.fetch(_PAYMENTS, shop_id, sorted(wanted)) if wanted else []
    return {row["order_id"]: _Payment(**row) for row in rows}


def _after_payment(event: IncomingEvent, payment: _Payment | None) -> IncomingEvent | None:
    """The event, given the payment of its order; None for a line that is known already."""
    if payment is None:
        return event
    if event.event == ORDER_LINE.name:
        # Lines of a payment that is older than this cannot be new.
        is_known = payment.is_imported or datetime.now(UTC) - payment.occurred_at > MAX_AGE
        return None if is_known else event.model_copy(update={"occurred_at": payment.occurred_at})
    if event.event == REFUND_COMPLETED.name and payment.currency == event.currency:
        return _split(event, payment)
    return event


def _split(event: IncomingEvent, payment: _Payment) -> IncomingEvent:
    if any(name in event.props for name in PARTS):
        return event
    parts = sales.refund_parts(
        event.amount_minor or 0,
        paid_minor=payment.amount_minor,
        tax_minor=payment.tax_minor,
        shipping_minor=payment.shipping_minor,
        tip_minor=payment.tip_minor,
    )
    return event.model_copy(update={"props": {**event.props, **parts}}) if parts else event
