"""A new bill in the place of one whose prices have changed before it was paid."""

from bots.modules.cart import bill, checkouts, steps
from bots.modules.cart.checkouts import Source
from bots.modules.cart.screens import Cart
from core.shop import orders
from core.shop.orders import Order


async def renew(context: Cart, order: Order) -> None:
    """Gives the order up, says what has changed and shows it as it is today."""
    connection, customer = context.connection, context.customer
    await orders.cancel(connection, context.origin, customer, order_id=order.id)
    bought = [line for line in order.lines if not line.is_gift]
    if await checkouts.is_cart_order(connection, order.id):
        source = Source()
    elif len(bought) == 1:
        source = Source(product_id=bought[0].product_id, variant_id=bought[0].variant_id)
    else:
        return
    checkout = await checkouts.begin(connection, customer, source)
    await steps.show_renewed(context, checkout, bill.of_order(order))
