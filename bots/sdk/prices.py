"""What a basket costs, by the rules of all modules that are on."""

from typing import Any

from bots.sdk.context import Scope
from bots.sdk.points import Basket, PriceRule
from core.shop.pricing import Quote, quote


async def price(scope: Scope[Any], basket: Basket) -> Quote:
    """Asked anew each time: when a cart is shown, and again when it is to be paid."""
    offers = await scope.offered(PriceRule, basket)
    return quote(basket.currency, basket.items, [offer.rule for offer in offers])
