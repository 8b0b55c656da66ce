"""The shopper's way to their order, for modules that ask something in the cart or at checkout."""

from typing import Any

from bots.sdk.context import Context
from bots.sdk.points import Checkout
from bots.sdk.replies import Text


async def go_on(context: Context[Any], notice: Text | None = None) -> bool:
    """Continues the checkout from which a `CheckoutStep` or a `BasketAction` was asked; False if no
    module has a checkout."""
    for checkout in (await context.offered(Checkout))[:1]:
        await checkout.go_on(context.of(checkout), notice)
        return True
    return False


async def show_cart(context: Context[Any], notice: Text | None = None) -> bool:
    """Shows the shopper's cart; False if no module has one."""
    for checkout in (await context.offered(Checkout))[:1]:
        await checkout.show_cart(context.of(checkout), notice)
        return True
    return False
