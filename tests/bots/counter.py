"""Stand-ins for modules that shoppers meet everywhere, so that a module's tests need no other's.

They offer and show what any module may, by the extension points alone.
"""

from typing import Any

from bots.sdk.context import Context, Scope
from bots.sdk.keyboards import keyboard
from bots.sdk.loading import EnabledModule
from bots.sdk.offers import Offers
from bots.sdk.points import Home, MenuEntry, ProductAction
from bots.sdk.replies import Text
from bots.sdk.router import Router
from bots.sdk.updates import Button, Message, Start, number_of
from core.events import Bilingual
from core.modules import BotCommand
from core.shop import catalogue
from core.shop.catalogue import Product
from tests.bots.sdk.modules import NoteSettings, switched_on

Counter = Context[NoteSettings]


def counter() -> EnabledModule:
    """Where a shopper begins and gets back to, and where they look at a product: the menu's
    entries, a card with what can be done, an answer to any message."""
    offers, router = Offers[NoteSettings](), Router[NoteSettings]()

    @offers.provide(Home)
    def home(_: Scope[NoteSettings]) -> list[Home]:
        return [Home(label="To the menu", action="menu")]

    @router.start
    async def begin(context: Counter, _: Start) -> None:
        await _show(context, "The counter")

    @router.button("menu")
    async def again(context: Counter, _: Button) -> None:
        await _show(context, "The counter")

    @router.button("product")
    async def card(context: Counter, update: Button) -> None:
        number = number_of(update.argument) or 0
        product = await catalogue.get(context.connection, context.shop.id, number)
        actions = await context.offered(ProductAction, product)
        homes = [each.button for each in await context.offered(Home)]
        context.edit(
            Text(plain=product.title), keyboard(*([each.button] for each in actions), homes)
        )

    @router.message
    async def reply(context: Counter, _: Message) -> None:
        await _show(context, "What would you like?")

    return switched_on("counter", offers=offers, router=router, phase="fallback")


async def _show(context: Counter, words: str) -> None:
    entries = await context.offered(MenuEntry)
    context.reply(Text(plain=words), keyboard(*([each.button] for each in entries)))


def shelf() -> EnabledModule:
    """An entry of the menu with a command of its own, whatever it leads to."""
    offers = Offers[NoteSettings]()

    @offers.provide(MenuEntry)
    def entry(scope: Scope[NoteSettings]) -> list[MenuEntry]:
        label = {"ru": "Полка", "en": "Shelf"}[scope.language]
        return [MenuEntry(label=label, action="shelf", argument=0)]

    words = Bilingual("Полка", "Shelf")
    return switched_on("shelf", offers=offers, commands=(BotCommand("shelf", words),))


def seller() -> EnabledModule:
    """Offers to sell whatever is not sold out."""
    offers = Offers[NoteSettings]()

    @offers.provide(ProductAction)
    def sell(_: Scope[Any], product: Product) -> list[ProductAction]:
        if product.is_sold_out:
            return []
        return [ProductAction(label="Buy", action="buy", argument=product.id)]

    return switched_on("seller", offers=offers)
