"""From a bill that the shopper has agreed to, to an order and its payment."""

from collections.abc import Sequence
from datetime import timedelta

from bots.modules.cart import checkouts
from bots.modules.cart.checkouts import Checkout
from bots.modules.cart.events import CHECKOUT_STARTED
from bots.modules.cart.screens import Cart
from bots.sdk.points import PaymentMethod
from core.events import Emitted
from core.money import Money
from core.shop import orders, payments
from core.shop.orders import Detail, Order
from core.shop.pricing import Quote


async def methods_for(context: Cart, total: Money) -> tuple[PaymentMethod, ...]:
    """The ways in which this much can be paid."""
    if not total.amount_minor:
        return ()
    offered = await context.offered(PaymentMethod, total)
    return tuple(method for method in offered if method.takes(total))


async def refusal(context: Cart, total: Money) -> tuple[str, dict[str, Money]]:
    """Why no payment method accepts this amount: a text's key, with its values."""
    offered = await context.offered(PaymentMethod, total)
    ways = [method for method in offered if total.currency in method.currencies]
    bounds = [method.max_minor for method in ways if method.max_minor is not None]
    if ways and total.amount_minor < min(method.min_minor for method in ways):
        least = min(method.min_minor for method in ways)
        return "too_small", {"limit": Money(least, total.currency)}
    if ways and len(bounds) == len(ways) and total.amount_minor > max(bounds):
        return "too_large", {"limit": Money(max(bounds), total.currency)}
    return "no_payment", {}


async def pay(
    context: Cart,
    checkout: Checkout,
    priced: Quote,
    details: Sequence[Detail],
    method: PaymentMethod,
) -> None:
    """Makes the order, or takes the open one of the same, and asks for its payment. Raises
    OutOfStock."""
    order = await _order(context, checkout, priced, details, method.key)
    before = context.transaction.mark()
    await method.ask(context.of(method), order)
    context.transaction.tell_once_sent(_started(context, order), since=before)


async def pay_nothing(
    context: Cart, checkout: Checkout, priced: Quote, details: Sequence[Detail]
) -> None:
    """Makes an order that costs nothing, and has it paid. Raises OutOfStock, ProductChanged."""
    order = await _order(context, checkout, priced, details, "")
    context.transaction.keep(_started(context, order))
    await payments.pay_nothing(
        context.connection, context.origin, context.customer, order_id=order.id
    )


def _started(context: Cart, order: Order) -> Emitted:
    products = {line.product_id for line in order.lines}
    return context.event(
        CHECKOUT_STARTED,
        order_id=order.id,
        product_id=min(products) if len(products) == 1 else 0,
        amount_minor=order.total_minor,
        currency=order.currency,
    )


async def _order(
    context: Cart, checkout: Checkout, priced: Quote, details: Sequence[Detail], method: str
) -> Order:
    """The order of this bill: two presses are one."""
    connection, customer = context.connection, context.customer
    expires_in = timedelta(minutes=context.settings.pay_minutes)
    order = await checkouts.open_order(connection, context.bot_id, customer, priced, details)
    if order is not None:
        order = await orders.ask_again(connection, order, method=method, expires_in=expires_in)
    else:
        order = await orders.place(
            connection,
            context.origin,
            customer,
            priced,
            details=details,
            method=method,
            expires_in=expires_in,
        )
    await checkouts.note_order(connection, checkout, order)
    if context.settings.remembers and checkout.answers:
        await checkouts.remember(connection, customer, checkout.answers)
    if checkout.is_cart:
        for order_id in await checkouts.replaced_orders(connection, customer, order):
            await orders.cancel(connection, context.origin, customer, order_id=order_id)
    return order
