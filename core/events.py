"""Metric events: the envelope, the platform's own types, and `emit` into the outbox.

A module declares further types in its `events.py`. All of them together are the taxonomy: what may
be emitted, what ClickHouse holds, and what the panel's dictionary and the docs page list.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from core.postgres import Connection

Mode = Literal["hosted", "observed", "external"]
PROPS_BYTES = 2048


@dataclass(frozen=True, slots=True)
class Bilingual:
    """A text that an owner or a shopper reads, in both languages."""

    ru: str
    en: str


@dataclass(frozen=True, slots=True)
class EventType:
    """A type of event: its name in the stores, its group in METRICS.md, what it says."""

    name: str
    group: str
    title: Bilingual
    version: int = 1


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an event happened; the same for all events of one update or request.

    An edge that runs modules' reactions gives a `journal`: whatever is emitted in its transaction
    is noted there as well, by whichever function it was.
    """

    shop_id: int
    bot_id: int
    mode: Mode
    retention_days: int
    shard: int = 0
    journal: "list[Emitted] | None" = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Actor:
    """Whose action it was: the shopper as the figures know them, never a name or a Telegram id."""

    buyer_no: int = 0
    session_no: int = 0
    first_source_id: int = 0
    last_source_id: int = 0
    lang: str = ""
    is_premium: bool = False
    is_staff: bool = False
    is_test: bool = False


NOBODY = Actor()


@dataclass(frozen=True, slots=True)
class Event:
    """One event. Zero and the empty string mean "does not apply".

    `amount_minor` is in minor units of `currency`; `latency_us` in microseconds; `props` holds no
    personal data and no message text, and at most 2 KiB as JSON.
    """

    type: EventType
    occurred_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    order_id: int = 0
    product_id: int = 0
    variant_id: int = 0
    amount_minor: int = 0
    currency: str = ""
    quantity: int = 0
    latency_us: int = 0
    outcome: str = ""
    props: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Emitted:
    """An event that is in the outbox, and whose action it was."""

    actor: Actor
    event: Event


# The order is that of the placeholders below.
_EMIT = """
INSERT INTO outbox (slot, shard, shop_id, bot_id, mode, retention_days, buyer_no, session_no,
    first_source_id, last_source_id, lang, is_premium, is_staff, is_test, recorded_at,
    event, event_version, occurred_at, order_id, product_id, variant_id, amount_minor, currency,
    quantity, latency_us, outcome, props)
SELECT current.slot, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, clock_timestamp(),
    e.event, e.event_version, e.occurred_at, e.order_id, e.product_id, e.variant_id,
    e.amount_minor, e.currency, e.quantity, e.latency_us, e.outcome, e.props
FROM outbox_slot AS current,
    unnest($14::text[], $15::smallint[], $16::timestamptz[], $17::bigint[], $18::bigint[],
        $19::bigint[], $20::bigint[], $21::text[], $22::int[], $23::bigint[], $24::text[],
        $25::text[]) WITH ORDINALITY
    AS e (event, event_version, occurred_at, order_id, product_id, variant_id, amount_minor,
        currency, quantity, latency_us, outcome, props, ordinality)
ORDER BY e.ordinality
"""


async def emit(
    connection: Connection, origin: Origin, actor: Actor, events: Sequence[Event]
) -> None:
    """Appends events to the outbox in the caller's transaction, in one statement.

    They reach ClickHouse if and only if that transaction commits. Raises ValueError if an event's
    properties are over 2 KiB.
    """
    if not events:
        return
    await connection.execute(
        _EMIT,
        origin.shard,
        origin.shop_id,
        origin.bot_id,
        origin.mode,
        origin.retention_days,
        actor.buyer_no,
        actor.session_no,
        actor.first_source_id,
        actor.last_source_id,
        actor.lang,
        actor.is_premium,
        actor.is_staff,
        actor.is_test,
        [event.type.name for event in events],
        [event.type.version for event in events],
        [event.occurred_at for event in events],
        [event.order_id for event in events],
        [event.product_id for event in events],
        [event.variant_id for event in events],
        [event.amount_minor for event in events],
        [event.currency for event in events],
        [event.quantity for event in events],
        [event.latency_us for event in events],
        [event.outcome for event in events],
        [_encode(event) for event in events],
    )
    if origin.journal is not None:
        origin.journal.extend(Emitted(actor, event) for event in events)


def _encode(event: Event) -> str:
    if not event.props:
        return ""
    text = json.dumps(event.props, ensure_ascii=False, separators=(",", ":"))
    if len(text.encode()) > PROPS_BYTES:
        raise ValueError(f"{event.type.name}: its properties are over {PROPS_BYTES} bytes")
    return text


def _type(name: str, group: str, ru: str, en: str) -> EventType:
    return EventType(name, group, Bilingual(ru, en))


# What the platform itself emits, whatever modules are on.
BOT_STARTED = _type("bot_started", "audience", "Нажали «Старт»", "Start pressed")
MESSAGE_RECEIVED = _type("message_received", "audience", "Сообщения", "Messages received")
BUTTON_PRESSED = _type("button_pressed", "audience", "Нажатия кнопок", "Buttons pressed")
BOT_BLOCKED = _type("bot_blocked", "audience", "Заблокировали бота", "Bot blocked")
BOT_UNBLOCKED = _type("bot_unblocked", "audience", "Разблокировали бота", "Bot unblocked")
UPDATE_HANDLED = _type("update_handled", "runtime", "Обработанные события", "Updates handled")
BOT_STATE_CHANGED = _type("bot_state_changed", "runtime", "Состояние бота", "Bot state changes")

# What `core.shop` emits in the transaction that changes an order or a payment.
ORDER_CREATED = _type("order_created", "order", "Созданные заказы", "Orders created")
ORDER_PAID = _type("order_paid", "order", "Оплаченные заказы", "Orders paid")
ORDER_LINE = _type("order_line", "order", "Строки оплаченных заказов", "Lines of paid orders")
PAYMENT_INITIATED = _type("payment_initiated", "payment", "Начатые платежи", "Payments initiated")
PAYMENT_SUCCEEDED = _type("payment_succeeded", "payment", "Успешные платежи", "Payments succeeded")
PAYMENT_FAILED = _type("payment_failed", "payment", "Неудачные платежи", "Payments failed")

CORE_EVENTS: tuple[EventType, ...] = (
    BOT_STARTED,
    MESSAGE_RECEIVED,
    BUTTON_PRESSED,
    BOT_BLOCKED,
    BOT_UNBLOCKED,
    UPDATE_HANDLED,
    BOT_STATE_CHANGED,
    ORDER_CREATED,
    ORDER_PAID,
    ORDER_LINE,
    PAYMENT_INITIATED,
    PAYMENT_SUCCEEDED,
    PAYMENT_FAILED,
)

# What makes a shopper "active" (METRICS.md): something that they did themselves. Paying is one of
# those, so that a payment after midnight never gives a day more buyers than active users.
ACTIVITY: frozenset[str] = frozenset(
    {
        "bot_started",
        "message_received",
        "button_pressed",
        "inline_queried",
        "webapp_opened",
        "payment_initiated",
        "order_paid",
    }
)
