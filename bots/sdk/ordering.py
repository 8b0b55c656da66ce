"""The shopper's way to their order, for modules that ask something during checkout."""

from typing import Any

from bots.sdk.context import Context
from bots.sdk.points import Checkout


async def go_on(context: Context[Any]) -> bool:
    """Continues the checkout from which a `CheckoutStep` was asked; False if no module has a
    checkout."""
    for checkout in (await context.offered(Checkout))[:1]:
        await checkout.go_on(context.of(checkout))
        return True
    return False
