"""What the catalogue offers to the other modules: its line of the menu."""

from bots.modules.catalogue.settings import CatalogueSettings
from bots.sdk.context import Scope
from bots.sdk.offers import Offers
from bots.sdk.points import MenuEntry

offers = Offers[CatalogueSettings]()


@offers.provide(MenuEntry)
def entry(scope: Scope[CatalogueSettings]) -> list[MenuEntry]:
    return [MenuEntry(label=scope.texts.label("entry"), action="catalogue", argument=0, order=10)]
