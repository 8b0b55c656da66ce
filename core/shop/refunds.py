"""Refunds: money that went back to its payer, booked once for the payment that it was."""

from datetime import datetime
from typing import Literal

from asyncpg import Record
from pydantic import BaseModel, ConfigDict

from core.events import ORDER_CANCELLED, REFUND_COMPLETED, Actor, Event, Origin, emit
from core.postgres import Connection

Booking = Literal["booked", "booked_before", "kept", "foreign"]


class Refund(BaseModel):
    """A charge that its provider has given back, whole, to the person who had paid it."""

    model_config = ConfigDict(frozen=True)

    provider: str
    charge_id: str
    payer_telegram_id: int
    occurred_at: datetime


async def book(connection: Connection, origin: Origin, actor: Actor, refund: Refund) -> Booking:
    """Takes off the payment what was given back.

    `kept`: the payment is not booked yet, and `take_off_kept` does it when it is. `foreign`: the
    payment is another bot's or person's, and nothing is changed. The goods do not go back into
    stock by themselves: whether they came back, or were ever handed out, only the shop knows.
    """
    await lock_charge(connection, refund.provider, refund.charge_id)
    payment = await _payment(connection, refund.provider, refund.charge_id)
    if payment is None:
        await connection.execute(
            "INSERT INTO unbooked_refunds (bot_id, provider, charge_id, refunded_at) "
            "VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            origin.bot_id,
            refund.provider,
            refund.charge_id,
            refund.occurred_at,
        )
        return "kept"
    is_ours = (payment["shop_id"], payment["bot_id"]) == (origin.shop_id, origin.bot_id)
    payer = payment["payer_telegram_id"]  # 0 once they are erased
    if not is_ours or payer not in (0, refund.payer_telegram_id):
        return "foreign"
    if payment["status"] == "refunded":
        return "booked_before"
    await _take_off(connection, origin, actor, payment, refund.occurred_at)
    return "booked"


async def lock_charge(connection: Connection, provider: str, charge_id: str) -> None:
    """Until the transaction ends, nobody else books this charge or its refund: the two may come
    at the same time, and neither must miss the other."""
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"charge|{provider}|{charge_id}"
    )


async def take_off_kept(
    connection: Connection, origin: Origin, actor: Actor, provider: str, charge_id: str
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
        # It is counted as paid only from now on: nothing is given back before that.
        at = max(refunded_at, payment["created_at"])
        await _take_off(connection, origin, actor, payment, at)


async def _payment(connection: Connection, provider: str, charge_id: str) -> Record | None:
    return await connection.fetchrow(
        "SELECT p.id, p.order_id, p.provider, p.payer_telegram_id, p.amount_minor, p.currency, "
        "p.status, p.reason, p.created_at, o.shop_id, o.bot_id FROM payments AS p "
        "JOIN orders AS o ON o.id = p.order_id WHERE p.provider = $1 AND p.charge_id = $2 "
        "FOR UPDATE OF o",
        provider,
        charge_id,
    )


async def _take_off(
    connection: Connection, origin: Origin, actor: Actor, payment: Record, at: datetime
) -> None:
    await connection.execute("UPDATE payments SET status = 'refunded' WHERE id = $1", payment["id"])
    if payment["status"] == "held":
        await _let_go(connection, origin, actor, payment, at)
    else:
        await _undo_sale(connection, origin, actor, payment, at)


async def _undo_sale(
    connection: Connection, origin: Origin, actor: Actor, payment: Record, at: datetime
) -> None:
    order_id = payment["order_id"]
    await connection.execute(
        "UPDATE orders SET status = 'refunded', attention = nullif(attention, 'oversold') "
        "WHERE id = $1",
        order_id,
    )
    products = await connection.fetch(
        "SELECT DISTINCT product_id FROM order_lines WHERE order_id = $1", order_id
    )
    completed = Event(
        REFUND_COMPLETED,
        occurred_at=at,
        order_id=order_id,
        product_id=products[0]["product_id"] if len(products) == 1 else 0,
        amount_minor=payment["amount_minor"],
        currency=payment["currency"],
        outcome=payment["provider"],
    )
    await emit(connection, origin, actor, [completed])


async def _let_go(
    connection: Connection, origin: Origin, actor: Actor, payment: Record, at: datetime
) -> None:
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
        await emit(connection, origin, actor, [event])
