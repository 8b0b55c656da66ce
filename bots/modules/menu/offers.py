"""What the menu offers to the other modules: the way back to it."""

from bots.modules.menu.settings import MenuSettings
from bots.sdk.context import Scope
from bots.sdk.offers import Offers
from bots.sdk.points import Home

offers = Offers[MenuSettings]()


@offers.provide(Home)
def home(scope: Scope[MenuSettings]) -> list[Home]:
    return [Home(label=scope.texts.label("to_menu"), action="menu")]
