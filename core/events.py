"""Metric events: the envelope, the platform's own types, and `emit`, which writes to the outbox.

A module declares further types in its `events.py`. Together they form the taxonomy: what may be
emitted, what ClickHouse stores, and what the panel's dictionary and the docs list.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal

from pydantic import BaseModel

from core import webhook_outbox
from core.postgres import Connection, Statement
from core.webhook_outbox import OrderStep, step_name

Mode = Literal["hosted", "observed", "external"]
PROPS_BYTES = 2048


@dataclass(frozen=True, slots=True)
class Bilingual:
    """A text that an owner or a shopper reads, in both languages."""

    ru: str
    en: str


@dataclass(frozen=True, slots=True)
class EventType:
    """A type of event: its name in the stores, its group in docs/metrics.md, its titles.

    `props` is the model of its properties. Every type that belongs to a module has one: the
    dictionary and the docs are generated from it.
    """

    name: str
    group: str
    title: Bilingual
    version: int = 1
    props: type[BaseModel] | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an event happened; the same for all events of one update or request.

    An edge that runs modules' reactions passes a `journal`: every event that any function emits in
    its transaction is also added there. `module` is the key of the module that is at work: events
    that name none are its.
    """

    shop_id: int
    bot_id: int
    mode: Mode
    retention_days: int
    journal: "list[Emitted] | None" = field(default=None, compare=False, repr=False)
    module: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted: the shopper as the figures know them, never a name or a Telegram id."""

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
    personal data and no message text, and at most 2 KiB as JSON. `module` is the key of the module
    in whose work it happened, if it is another one than the origin's.
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
    module: str = ""


@dataclass(frozen=True, slots=True)
class Emitted:
    """An event that is in the outbox, and who acted."""

    actor: Actor
    event: Event


# In the order of the placeholders below. All events of a shop go to one shard, whose leader keeps
# their order. LIMIT tells the planner that there is one slot: taking it for thousands of rows, it
# planned every insert anew.
_EMIT = """
INSERT INTO outbox (slot, shard, shop_id, bot_id, mode, retention_days, recorded_at, buyer_no,
    session_no, first_source_id, last_source_id, lang, is_premium, is_staff, is_test,
    event, event_version, occurred_at, order_id, product_id, variant_id, amount_minor, currency,
    quantity, latency_us, outcome, props, module)
SELECT current.slot, $1::int % current.shards, $1, $2, $3, $4, clock_timestamp(), e.buyer_no,
    e.session_no, e.first_source_id, e.last_source_id, e.lang, e.is_premium, e.is_staff, e.is_test,
    e.event, e.event_version, e.occurred_at, e.order_id, e.product_id, e.variant_id,
    e.amount_minor, e.currency, e.quantity, e.latency_us, e.outcome, e.props, e.module
FROM (SELECT slot, shards FROM outbox_slot LIMIT 1) AS current,
    unnest($5::bigint[], $6::int[], $7::int[], $8::int[], $9::text[], $10::bool[], $11::bool[],
        $12::bool[], $13::text[], $14::smallint[], $15::timestamptz[], $16::bigint[],
        $17::bigint[], $18::bigint[], $19::bigint[], $20::text[], $21::int[], $22::bigint[],
        $23::text[], $24::text[], $25::text[]) WITH ORDINALITY
    AS e (buyer_no, session_no, first_source_id, last_source_id, lang, is_premium, is_staff,
        is_test, event, event_version, occurred_at, order_id, product_id, variant_id,
        amount_minor, currency, quantity, latency_us, outcome, props, module, ordinality)
ORDER BY e.ordinality
"""
_EMIT_VALUES = 25


@lru_cache
def _emit_beside(sql: Callable[[int], str]) -> str:
    return f"WITH beside AS ({sql(_EMIT_VALUES + 1)}) {_EMIT}"


async def emit(
    connection: Connection, origin: Origin, actor: Actor, events: Sequence[Event]
) -> None:
    """Appends one actor's events to the outbox; see `emit_all`."""
    await emit_all(connection, origin, [Emitted(actor, event) for event in events])


async def emit_all(
    connection: Connection,
    origin: Origin,
    emitted: Sequence[Emitted],
    *,
    beside: Statement | None = None,
) -> None:
    """Appends events to the outbox in the caller's transaction, in one statement, which may also
    do what stands `beside` it.

    They reach ClickHouse if and only if that transaction commits. Raises ValueError if an event's
    properties exceed 2 KiB.
    """
    if not emitted:
        if beside is not None:
            await connection.execute(beside.sql(1), *beside.values)
        return
    actors = [each.actor for each in emitted]
    events = [each.event for each in emitted]
    await connection.execute(
        _EMIT if beside is None else _emit_beside(beside.sql),
        origin.shop_id,
        origin.bot_id,
        origin.mode,
        origin.retention_days,
        [actor.buyer_no for actor in actors],
        [actor.session_no for actor in actors],
        [actor.first_source_id for actor in actors],
        [actor.last_source_id for actor in actors],
        [actor.lang for actor in actors],
        [actor.is_premium for actor in actors],
        [actor.is_staff for actor in actors],
        [actor.is_test for actor in actors],
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
        [encode_props(event.props) for event in events],
        [event.module or origin.module for event in events],
        *(beside.values if beside is not None else ()),
    )
    if origin.mode == "hosted":  # a shop's own code knows what it tells us
        await webhook_outbox.queue(connection, origin.shop_id, _steps(emitted))
    if origin.journal is not None:
        origin.journal.extend(emitted)


def _steps(emitted: Sequence[Emitted]) -> list[OrderStep]:
    return [
        OrderStep(
            name,
            each.event.order_id,
            each.actor.buyer_no,
            each.event.occurred_at,
            each.event.amount_minor,
            each.event.currency,
        )
        for each in emitted
        if (name := step_name(each.event.type.name, each.event.outcome)) is not None
    ]


def encode_props(props: dict[str, Any] | None) -> str:
    """Properties as the stores hold them; raises ValueError if they exceed 2 KiB or contain what
    JSON cannot represent (an infinite number)."""
    if not props:
        return ""
    text = json.dumps(props, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    if len(text.encode()) > PROPS_BYTES:
        raise ValueError(f"an event's properties are over {PROPS_BYTES} bytes")
    return text


def _type(name: str, group: str, ru: str, en: str) -> EventType:
    return EventType(name, group, Bilingual(ru, en))


# What the platform itself emits, whichever modules are on.
BOT_STARTED = _type("bot_started", "audience", "Нажали «Старт»", "Start pressed")
# props: kind, and length or command; for a text also link (whether it has one) and, unless it
# answers a bot's question, likeness (a bucket from 1 to 255, equal for equal words of one person
# and not comparable between people)
MESSAGE_RECEIVED = _type("message_received", "audience", "Сообщения", "Messages received")
BUTTON_PRESSED = _type("button_pressed", "audience", "Нажатия кнопок", "Buttons pressed")
BOT_BLOCKED = _type("bot_blocked", "audience", "Заблокировали бота", "Bot blocked")
BOT_UNBLOCKED = _type("bot_unblocked", "audience", "Разблокировали бота", "Bot unblocked")
UPDATE_HANDLED = _type("update_handled", "runtime", "Обработанные события", "Updates handled")
# latency_us: from the update's arrival to Telegram's acknowledgement of the first answer to it, for
# every update that was answered; belongs to nobody (buyer_no 0); written behind, so a crash may
# lose up to 2 s of them.
REPLY_ACKNOWLEDGED = _type("reply_acknowledged", "runtime", "Ответы", "Replies acknowledged")
# outcome: full or stale (it had to wait too long), refused (by Telegram; see code), lost (with its
# worker); props: kind, code
REPLY_DROPPED = _type("reply_dropped", "runtime", "Недоставленные ответы", "Replies not delivered")
# quantity: how many, 0 if Telegram does not say; props: code, why Telegram could not deliver them
UPDATES_SKIPPED = _type("updates_skipped", "runtime", "Пропущенные события", "Updates passed over")
# Something was said in the bot's name that it did not send (what: message; quantity: how many), or
# its profile at Telegram was changed (what: name, username, about, description, menu, commands): by
# its owner, or by somebody else who has its token. props: what
BOT_USED_ELSEWHERE = _type(
    "bot_used_elsewhere", "runtime", "Бота использовали не отсюда", "Bot used from elsewhere"
)
# props: method, code, wait (seconds of a flood wait), purpose of a durable message given up
API_CALL_FAILED = _type(
    "api_call_failed", "runtime", "Сбои вызовов Telegram", "Telegram calls failed"
)
BOT_STATE_CHANGED = _type("bot_state_changed", "runtime", "Состояние бота", "Bot state changes")

# What `core.shop` emits in the transaction that changes an order, a payment or a stock.
ORDER_CREATED = _type("order_created", "order", "Созданные заказы", "Orders created")
ORDER_PAID = _type("order_paid", "order", "Оплаченные заказы", "Orders paid")
ORDER_LINE = _type("order_line", "order", "Строки оплаченных заказов", "Lines of paid orders")
PAYMENT_INITIATED = _type("payment_initiated", "payment", "Начатые платежи", "Payments initiated")
PAYMENT_SUCCEEDED = _type("payment_succeeded", "payment", "Успешные платежи", "Payments succeeded")
PAYMENT_FAILED = _type("payment_failed", "payment", "Неудачные платежи", "Payments failed")
ORDER_CANCELLED = _type("order_cancelled", "order", "Отменённые заказы", "Orders cancelled")
# amount_minor: the amount refunded, positive; quantity: units, 0 if none came back; product_id: if
# all of it belongs to one product; outcome: wallet if it was refunded there, else it left the shop
REFUND_COMPLETED = _type("refund_completed", "order", "Возвраты", "Refunds completed")
# product_id; quantity: on hand afterwards; props: delta; order_id: the sale that took it. Belongs
# to nobody (buyer_no 0): a shop's stock does not change when a shopper is erased
STOCK_CHANGED = _type("stock_changed", "fulfilment", "Изменения остатков", "Stock changes")

CORE_EVENTS: tuple[EventType, ...] = (
    BOT_STARTED,
    MESSAGE_RECEIVED,
    BUTTON_PRESSED,
    BOT_BLOCKED,
    BOT_UNBLOCKED,
    UPDATE_HANDLED,
    REPLY_ACKNOWLEDGED,
    REPLY_DROPPED,
    UPDATES_SKIPPED,
    BOT_USED_ELSEWHERE,
    API_CALL_FAILED,
    BOT_STATE_CHANGED,
    ORDER_CREATED,
    ORDER_PAID,
    ORDER_LINE,
    PAYMENT_INITIATED,
    PAYMENT_SUCCEEDED,
    PAYMENT_FAILED,
    ORDER_CANCELLED,
    REFUND_COMPLETED,
    STOCK_CHANGED,
)

# What makes a shopper "active" (docs/metrics.md): something that they did themselves. Paying
# counts, so that a payment after midnight never gives a day more buyers than active users.
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
