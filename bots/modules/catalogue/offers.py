"""What the catalogue offers to the other modules: its lines of the menu, the way to a card."""

from bots.modules.catalogue.settings import CatalogueSettings
from bots.modules.catalogue.store import has_favourites
from bots.sdk.context import Scope
from bots.sdk.offers import Offers
from bots.sdk.points import MenuEntry, ProductPage
from core.shop.catalogue import Product

offers = Offers[CatalogueSettings]()


@offers.provide(MenuEntry)
async def entries(scope: Scope[CatalogueSettings]) -> list[MenuEntry]:
    found = [MenuEntry(label=scope.texts.label("entry"), action="catalogue", argument=0, order=10)]
    if scope.customer is not None and await has_favourites(scope.connection, scope.customer):
        label = scope.texts.label("favourites")
        found.append(MenuEntry(label=label, action="favourites", argument=0, order=15))
    return found


@offers.provide(ProductPage)
def page(scope: Scope[CatalogueSettings], product: Product) -> list[ProductPage]:
    label = scope.texts.label("to_product")
    return [ProductPage(label=label, action="product", argument=product.id)]
