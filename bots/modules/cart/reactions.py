"""What was bought leaves the cart."""

from bots.modules.cart import checkouts
from bots.modules.cart.settings import CartSettings
from bots.modules.cart.store import take_out
from bots.sdk.context import Scope
from bots.sdk.reactions import Reactions
from core.events import ORDER_PAID, Event
from core.shop import orders

reactions = Reactions[CartSettings]()


@reactions.on(ORDER_PAID)
async def clear(scope: Scope[CartSettings], event: Event) -> None:
    if not await checkouts.end(scope.connection, event.order_id) or scope.customer is None:
        return
    order = await orders.get(scope.connection, event.order_id)
    for line in order.lines:
        if line.is_gift:  # it never was in the cart
            continue
        await take_out(
            scope.connection,
            scope.bot_id,
            scope.customer,
            line.product_id,
            line.variant_id,
            line.quantity,
        )
