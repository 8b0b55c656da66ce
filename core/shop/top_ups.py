"""Top-ups of wallets: paid like orders, by any payment method, and no sale.

A top-up is a row of `orders` without lines, so that whatever takes money for orders takes it for
top-ups too. It is never counted as an order: nothing is created, paid or sold in the figures but
the payment and the wallet's entry.
"""

from datetime import timedelta

from core.errors import Refused
from core.events import Actor, Event, Origin, emit
from core.money import STARS, Money
from core.postgres import Connection
from core.shop import orders, wallets
from core.shop.customers import Customer
from core.shop.orders import Order
from core.shop.wallets import EntryDraft, NoStars


async def place(
    connection: Connection,
    origin: Origin,
    customer: Customer,
    amount: Money,
    *,
    method: str,
    expires_in: timedelta,
) -> Order:
    """A top-up to be paid by this method, or the shopper's open one of the same: two presses are
    one. Raises NoStars."""
    if amount.currency == STARS:
        raise NoStars("there are no wallets in Stars")
    if amount.amount_minor <= 0:
        raise Refused("a top-up is of more than nothing")
    order_id = await connection.fetchval(
        "SELECT id FROM orders WHERE shop_id = $1 AND buyer_no = $2 AND bot_id = $3 "
        "AND purpose = 'top_up' AND status = 'created' AND expires_at > now() "
        "AND total_minor - tip_minor = $4 AND currency = $5 AND method = $6 "
        "ORDER BY id DESC LIMIT 1",
        origin.shop_id,
        customer.buyer_no,
        origin.bot_id,
        amount.amount_minor,
        amount.currency,
        method,
    )
    if order_id is None:
        order_id = await connection.fetchval(
            "WITH number AS (UPDATE shops SET next_order_no = next_order_no + 1 WHERE id = $1 "
            "    RETURNING next_order_no - 1 AS order_no) "
            "INSERT INTO orders (shop_id, order_no, bot_id, buyer_no, currency, total_minor, "
            "    method, expires_at, purpose) "
            "SELECT $1, order_no, $2, $3, $4, $5, $6, now() + $7::interval, 'top_up' FROM number "
            "RETURNING id",
            origin.shop_id,
            origin.bot_id,
            customer.buyer_no,
            amount.currency,
            amount.amount_minor,
            method,
            expires_in,
        )
    return await orders.get(connection, order_id)


async def credit(
    connection: Connection, origin: Origin, actor: Actor, order: Order, payment_event: Event
) -> None:
    """The money for a top-up has come: it is in the wallet, and reported, all at the time of
    `payment_event`. A tip with it is the shopper's own money, too."""
    await connection.execute(
        "UPDATE orders SET status = 'paid', reserved_until = NULL, attention = NULL WHERE id = $1",
        order.id,
    )
    await emit(connection, origin, actor, [payment_event])
    entry = EntryDraft(
        buyer_no=order.buyer_no,
        kind="top_up",
        amount=Money(payment_event.amount_minor, payment_event.currency),
        key=f"order:{order.id}",
        at=payment_event.occurred_at,
        order_id=order.id,
    )
    await wallets.post(connection, origin, actor, entry)
