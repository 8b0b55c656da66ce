"""A bot with a cart and payment methods, and the people who buy in it."""

from collections.abc import Callable
from typing import Any

from bots.sdk.context import Scope
from bots.sdk.loading import EnabledModule
from bots.sdk.offers import Offers
from bots.sdk.points import PriceRule
from core.events import Origin
from core.postgres import Connection
from core.shop.catalogue import Product
from core.shop.pricing import Rule
from tests.bots.counter import counter
from tests.bots.purse import purse
from tests.bots.sdk.modules import NoteSettings, switched_on
from tests.bots.shopper import Shopper, enabled_modules
from tests.factories import create_origin, create_product


def giver(rule: Callable[[], Rule | None]) -> EnabledModule:
    """A module that changes prices: by whatever the rule is at that moment."""
    offers = Offers[NoteSettings]()

    @offers.provide(PriceRule)
    def rules(_: Scope[NoteSettings], __: object) -> list[PriceRule]:
        found = rule()
        return [] if found is None else [PriceRule(rule=found)]

    return switched_on("giver", offers=offers)


class Shop:
    """A bot that sells."""

    def __init__(
        self, connection: Connection, origin: Origin, enabled: list[EnabledModule]
    ) -> None:
        self.connection = connection
        self.origin = origin
        self.enabled = enabled

    @classmethod
    async def open(cls, connection: Connection, *others: EnabledModule, **settings: Any) -> "Shop":
        own = [*enabled_modules(cart=settings), counter()]
        enabled = [*own, *(others or (purse(),))]
        return cls(connection, await create_origin(connection), enabled)

    async def product(self, **values: Any) -> Product:
        return await create_product(self.connection, self.origin.shop_id, **values)

    def shopper(self, number: int = 1, language: str = "en") -> Shopper:
        return Shopper(
            self.connection,
            self.origin,
            self.enabled,
            telegram_id=9000 + number,
            language=language,
        )

    async def orders(self) -> list[tuple[Any, ...]]:
        """Status and total of each, the oldest first."""
        rows = await self.connection.fetch("SELECT status, total_minor FROM orders ORDER BY id")
        return [tuple(row) for row in rows]
