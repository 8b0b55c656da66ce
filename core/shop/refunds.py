"""Refunds: money that went back to its payer, booked once for the payment that it was.

What is told of one is told of the order: its shop, its bot and its buyer, whatever became of them
since. The buyer's marks are today's, though, not those of the sale: of somebody who was made staff
or a test shopper in between, the sale is counted and its return is not.
"""

from datetime import datetime
from typing import Literal

from asyncpg import Record
from pydantic import BaseModel, ConfigDict

from core import sales
from core.events import ORDER_CANCELLED, REFUND_COMPLETED, Event, Origin, emit
from core.postgres import Connection
from core.shop import customers

Booking = Literal["booked", "booked_before", "kept", "former_shop", "foreign", "elsewhere"]

REFUNDED = "refunded"  # why a payment that nobody booked waits no more (`core.shop.unbooked`)


class Refund(BaseModel):
    """A charge that its provider has given back, whole, to the person who had paid it."""

    model_config = ConfigDict(frozen=True)

    provider: str
    charge_id: str
    payer_telegram_id: int
    occurred_at: datetime


async def book(connection: Connection, origin: Origin, refund: Refund) -> Booking:
    """Takes off the payment what was given back; `origin` is the bot that was told of it.

    `kept`: the payment is not booked yet, and `take_off_kept` does it when it is; nobody need
    look at it until then. `former_shop`: booked, now or before, for the shop in which the bot stood
    when it sold. `foreign`: the payment is another bot's or person's, and nothing is changed.
    `elsewhere`: the bot is only observed, and what it sells is booked by the shop's own code.

    The goods do not go back into stock by themselves: whether they came back, or were ever handed
    out, only the shop knows.
    """
    await lock_charge(connection, refund.provider, refund.charge_id)
    payment = await _payment(connection, refund.provider, refund.charge_id)
    if payment is None:
        return await _keep(connection, origin, refund)
    if not _is_of(payment, origin, refund):
        return "foreign"
    is_new = payment["status"] != "refunded"
    if is_new:
        await _take_off(connection, origin, payment, refund.occurred_at)
    if payment["shop_id"] != origin.shop_id:
        return "former_shop"
    return "booked" if is_new else "booked_before"


async def lock_charge(connection: Connection, provider: str, charge_id: str) -> None:
    """Until the transaction ends, nobody else books this charge or its refund: the two may come
    at the same time, and neither must miss the other."""
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"charge|{provider}|{charge_id}"
    )


async def take_off_kept(
    connection: Connection, origin: Origin, provider: str, charge_id: str
) -> None:
    """Books the refund, if there was one, of a payment that was booked just now; its charge must
    be locked."""
    refunded_at = await connection.fetchval(
        "DELETE FROM unbooked_refunds WHERE bot_id = $1 AND provider = $2 AND charge_id = $3 "
        "RETURNING refunded_at",
        origin.bot_id,
        provider,
        charge_id,
    )
    if refunded_at is not None:
        payment = await _payment(connection, provider, charge_id)
        assert payment is not None  # the caller has booked it
        await _take_off(connection, origin, payment, refunded_at)


async def is_kept(connection: Connection, origin: Origin, provider: str, charge_id: str) -> bool:
    """Whether the charge was given back before it was booked; it must be locked."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM unbooked_refunds "
        "WHERE bot_id = $1 AND provider = $2 AND charge_id = $3)",
        origin.bot_id,
        provider,
        charge_id,
    )
    return found


async def _keep(connection: Connection, origin: Origin, refund: Refund) -> Booking:
    unbooked = await connection.fetchrow(
        "SELECT id, bot_id, payer_telegram_id FROM unbooked_payments "
        "WHERE provider = $1 AND charge_id = $2",
        refund.provider,
        refund.charge_id,
    )
    if unbooked is not None and not _is_of(unbooked, origin, refund):
        return "foreign"
    if unbooked is None and origin.mode != "hosted":
        return "elsewhere"
    await connection.execute(
        "INSERT INTO unbooked_refunds (bot_id, provider, charge_id, refunded_at) "
        "VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        origin.bot_id,
        refund.provider,
        refund.charge_id,
        refund.occurred_at,
    )
    if unbooked is not None:
        await connection.execute(
            "UPDATE unbooked_payments SET booked_at = now(), reason = $2 "
            "WHERE id = $1 AND booked_at IS NULL",
            unbooked["id"],
            REFUNDED,
        )
    return "kept"


def _is_of(payment: Record, origin: Origin, refund: Refund) -> bool:
    """Whether the bot that was told had taken the payment, and from that person; theirs is 0 once
    they are erased. A bot keeps its id in whatever shop it stands."""
    is_payer = payment["payer_telegram_id"] in (0, refund.payer_telegram_id)
    return is_payer and payment["bot_id"] == origin.bot_id


async def _payment(connection: Connection, provider: str, charge_id: str) -> Record | None:
    return await connection.fetchrow(
        "SELECT p.id, p.order_id, p.provider, p.payer_telegram_id, p.amount_minor, p.currency, "
        "p.status, p.reason, p.created_at, o.shop_id, o.bot_id, o.buyer_no, o.total_minor, "
        "o.tax_minor, o.shipping_minor, o.tip_minor, s.retention_days "
        "FROM payments AS p JOIN orders AS o ON o.id = p.order_id "
        "JOIN shops AS s ON s.id = o.shop_id "
        "WHERE p.provider = $1 AND p.charge_id = $2 FOR UPDATE OF o",
        provider,
        charge_id,
    )


async def _take_off(
    connection: Connection, told: Origin, payment: Record, refunded_at: datetime
) -> None:
    await connection.execute("UPDATE payments SET status = 'refunded' WHERE id = $1", payment["id"])
    # A payment counts from when it was booked, which may be long after Telegram took it: nothing is
    # given back before that, or returns would fall on a day before their sale.
    at = max(refunded_at, payment["created_at"])
    if payment["status"] == "held":
        await _let_go(connection, told, payment, at)
    else:
        await _undo_sale(connection, told, payment, at)


async def _undo_sale(connection: Connection, told: Origin, payment: Record, at: datetime) -> None:
    await connection.execute(
        "UPDATE orders SET status = 'refunded', attention = nullif(attention, 'oversold') "
        "WHERE id = $1",
        payment["order_id"],
    )
    products = await connection.fetch(
        "SELECT DISTINCT product_id FROM order_lines WHERE order_id = $1", payment["order_id"]
    )
    completed = Event(
        REFUND_COMPLETED,
        occurred_at=at,
        order_id=payment["order_id"],
        product_id=products[0]["product_id"] if len(products) == 1 else 0,
        amount_minor=payment["amount_minor"],
        currency=payment["currency"],
        outcome=payment["provider"],
        props=sales.refund_parts(
            payment["amount_minor"],
            paid_minor=payment["total_minor"],
            tax_minor=payment["tax_minor"],
            shipping_minor=payment["shipping_minor"],
            tip_minor=payment["tip_minor"],
        ),
    )
    await _tell(connection, told, payment, completed)


async def _let_go(connection: Connection, told: Origin, payment: Record, at: datetime) -> None:
    """Held money was never counted as a sale, so none is taken back; an order that waited for
    nothing else is cancelled."""
    cancelled = await connection.fetchval(
        "UPDATE orders AS o SET status = 'cancelled' WHERE id = $1 AND status = 'held' "
        "AND NOT EXISTS (SELECT 1 FROM payments WHERE order_id = o.id AND status = 'held') "
        "RETURNING id",
        payment["order_id"],
    )
    await connection.execute(
        "UPDATE orders SET attention = nullif(attention, $2) WHERE id = $1",
        payment["order_id"],
        payment["reason"],
    )
    if cancelled is not None:
        event = Event(ORDER_CANCELLED, occurred_at=at, order_id=payment["order_id"])
        await _tell(connection, told, payment, event)


async def _tell(connection: Connection, told: Origin, payment: Record, event: Event) -> None:
    """Emits an event of the order. The reactions that run for `told` are its own shop's, and hear
    of no other's."""
    shop_id = payment["shop_id"]
    origin = Origin(
        shop_id,
        payment["bot_id"],
        "hosted",  # as every bot is that has orders
        payment["retention_days"],
        journal=told.journal if shop_id == told.shop_id else None,
    )
    await emit(
        connection,
        origin,
        await customers.actor_of(connection, shop_id, payment["buyer_no"]),
        [event],
    )
