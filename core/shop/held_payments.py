"""Held payments: money that does not fit its order; the owner accepts it or sends it back.

It is sent back by `core.shop.order_refunds` like any other payment, but is never counted as a sale.
"""

from asyncpg import Record

from core.errors import NotFound, Refused
from core.events import PAYMENT_SUCCEEDED, Event, Origin
from core.postgres import Connection
from core.shop import customers, orders, payments, refunds, top_ups
from core.shop.orders import Order
from core.shop.pricing import Adjustment, divide


class NotAcceptable(Refused):
    """The payment cannot be accepted for its order."""

    code = "not_acceptable"


async def accept(connection: Connection, origin: Origin, *, payment_id: int) -> Order:
    """Accepts a held payment for its order as it is: an excess over the total becomes a tip, a
    shortfall a discount. From now on the order counts as sold; of a top-up, it is in the wallet.

    Raises NotFound, and NotAcceptable if it is not held, is in another currency, is too small to be
    explained by a discount on the goods, if another payment has paid the order, or if a refund of
    it was requested.
    """
    payment = await _held(connection, origin, payment_id)
    await refunds.lock_charge(connection, payment["provider"], payment["charge_id"])
    order = await orders.own(connection, origin, payment["order_id"])
    payment = await _held(connection, origin, payment_id)
    if payment["status"] != "held":
        raise NotAcceptable(f"the payment is {payment['status']} already")
    if payment["is_going_back"]:
        raise NotAcceptable("a refund of the payment was requested already")
    if order.status in ("paid", "refunded"):
        raise NotAcceptable("another payment has paid this order: refund this one")
    if payment["currency"] != order.currency:
        raise NotAcceptable(f"the order is in {order.currency}: send this one back")
    order = await _fitted(connection, order, payment["amount_minor"])
    payment_event = Event(
        PAYMENT_SUCCEEDED,
        occurred_at=payments.whole_millisecond(),
        order_id=order.id,
        amount_minor=payment["amount_minor"],
        currency=order.currency,
        outcome=payment["provider"],
        props=None if payment["fee_minor"] is None else {"fee_minor": payment["fee_minor"]},
    )
    await connection.execute(
        "UPDATE payments SET status = 'succeeded', reason = NULL, created_at = $2 WHERE id = $1",
        payment_id,
        payment_event.occurred_at,
    )
    buyer = await customers.numbered(connection, order.shop_id, order.buyer_no)
    if buyer is None:
        raise NotFound(f"there is no customer {order.buyer_no}")
    if order.purpose == "top_up":
        await top_ups.credit(connection, origin, buyer.actor, order, payment_event)
    else:
        await payments.sell(connection, origin, buyer, order, payment_event)
    await connection.execute(
        "UPDATE orders SET attention = coalesce(attention, (SELECT reason FROM payments "
        "WHERE order_id = $1 AND status = 'held' ORDER BY id LIMIT 1)) WHERE id = $1",
        order.id,
    )
    return await orders.get(connection, order.id)


async def _held(connection: Connection, origin: Origin, payment_id: int) -> Record:
    row = await connection.fetchrow(
        "SELECT p.order_id, p.provider, p.charge_id, p.amount_minor, p.currency, p.status, "
        "(p.details ->> 'fee_minor')::bigint AS fee_minor, "
        "EXISTS (SELECT FROM order_refunds AS r WHERE r.payment_id = p.id AND r.state = 'asked') "
        "  AS is_going_back "
        "FROM payments AS p JOIN orders AS o ON o.id = p.order_id "
        "WHERE p.id = $1 AND o.shop_id = $2",
        payment_id,
        origin.shop_id,
    )
    if row is None:
        raise NotFound(f"there is no payment {payment_id}")
    return row


async def _fitted(connection: Connection, order: Order, amount_minor: int) -> Order:
    """The order with the total that was paid."""
    over = amount_minor - order.due.amount_minor
    if order.purpose == "top_up":  # so much has come, and so much is in the wallet
        await connection.execute(
            "UPDATE orders SET total_minor = $2, tip_minor = 0 WHERE id = $1",
            order.id,
            amount_minor,
        )
    elif over > 0:
        await orders.set_tip(connection, order, order.tip_minor + over)
    elif over < 0:
        await _take_off(connection, order, -over)
    return await orders.get(connection, order.id)


async def _take_off(connection: Connection, order: Order, short_minor: int) -> None:
    costs = [line.unit_price_minor * line.quantity - line.discount_minor for line in order.lines]
    if short_minor > sum(costs):
        raise NotAcceptable("the payment is less than shipping, tax and tip alone: send it back")
    shares = divide(short_minor, costs)
    rows = await connection.fetch(
        "SELECT line FROM order_lines WHERE order_id = $1 ORDER BY line", order.id
    )
    await connection.executemany(
        "UPDATE order_lines SET discount_minor = discount_minor + $3 "
        "WHERE order_id = $1 AND line = $2",
        [(order.id, row["line"], share) for row, share in zip(rows, shares, strict=True)],
    )
    await orders.add_adjustment(connection, order, Adjustment("promo", "", "", -short_minor))
    await connection.execute(
        "UPDATE orders SET discount_minor = discount_minor + $2, total_minor = total_minor - $2 "
        "WHERE id = $1",
        order.id,
        short_minor,
    )
