"""What the checkout offers to the other modules: to buy a product at once."""

from bots.modules.checkout_stars.settings import CheckoutStarsSettings
from bots.sdk.context import Scope
from bots.sdk.offers import Offers
from bots.sdk.points import ProductAction
from core.money import STARS
from core.shop.catalogue import Product

offers = Offers[CheckoutStarsSettings]()


@offers.provide(ProductAction)
def buy(scope: Scope[CheckoutStarsSettings], product: Product) -> list[ProductAction]:
    if product.currency != STARS or product.stock == 0:
        return []
    label = scope.texts.label("buy", price=product.price)
    return [ProductAction(label=label, action="buy", argument=product.id, order=10)]
