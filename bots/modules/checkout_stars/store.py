"""What the checkout asks of orders and payments."""

from typing import Literal

from core.postgres import Connection
from core.shop import orders
from core.shop.catalogue import Product
from core.shop.customers import Customer
from core.shop.orders import Order

# A bill that is asked for again within this time is the same bill: two presses are one order.
REUSE_MINUTES = 60

PaymentStatus = Literal["succeeded", "held", "refunded"]


async def open_order(
    connection: Connection, bot_id: int, customer: Customer, product: Product
) -> Order | None:
    """The customer's unpaid order of one piece of this product at today's price, if it is recent.

    The customer's row is locked by whoever noted the visit, so two presses never race.
    """
    order_id = await connection.fetchval(
        "SELECT o.id FROM orders AS o JOIN order_lines AS l ON l.order_id = o.id "
        "WHERE o.shop_id = $1 AND o.buyer_no = $2 AND o.bot_id = $3 AND o.status = 'created' "
        "AND o.created_at > now() - make_interval(mins => $4) AND l.product_id = $5 "
        "AND l.quantity = 1 AND o.total_minor = $6 AND o.currency = $7 "
        "ORDER BY o.id DESC LIMIT 1",
        customer.shop_id,
        customer.buyer_no,
        bot_id,
        REUSE_MINUTES,
        product.id,
        product.price_minor,
        product.currency,
    )
    return None if order_id is None else await orders.get(connection, order_id)


async def status_of(connection: Connection, provider: str, charge_id: str) -> PaymentStatus:
    """What became of a booked payment. `held`: it did not fit its order, so that nothing may be
    delivered for it; nor for one that was `refunded` before it was booked."""
    status: PaymentStatus = await connection.fetchval(
        "SELECT status FROM payments WHERE provider = $1 AND charge_id = $2",
        provider,
        charge_id,
    )
    return status
