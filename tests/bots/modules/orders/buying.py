"""A bot with orders and whatever else a test needs, and what its shoppers read of their orders."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bots.sdk.context import Scope
from bots.sdk.reacting import react
from bots.sdk.replies import SendText
from bots.sdk.transaction import Transaction, while_open
from core.events import Origin
from core.postgres import Connection
from core.shop import catalogue, customers, orders, payments, shops
from core.shop.orders import Detail, Order
from core.shop.pricing import Quote, Rule, quote
from tests.bots.counter import counter
from tests.bots.shopper import Shopper, enabled_modules, outgoing
from tests.factories import charge_of, create_origin, create_product


class Bought:
    """A hosted bot in which orders are made and paid as modules do it."""

    def __init__(self, connection: Connection, origin: Origin, **settings: Any) -> None:
        self.connection = connection
        self.origin = origin
        self.enabled = [*enabled_modules(**({"orders": {}} | settings)), counter()]

    @classmethod
    async def open(cls, connection: Connection, **settings: Any) -> "Bought":
        return cls(connection, await create_origin(connection), **settings)

    def shopper(self, number: int = 1, language: str = "en") -> Shopper:
        return Shopper(
            self.connection,
            self.origin,
            self.enabled,
            telegram_id=9000 + number,
            language=language,
        )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """As the panel opens one: at its end the modules react."""
        async with self.connection.transaction():
            shop = await shops.get(self.connection, self.origin.shop_id)
            transaction = Transaction(self.connection, self.origin, shop, enabled=self.enabled)
            with while_open():
                yield transaction
                await react(transaction)

    @asynccontextmanager
    async def scope(self, key: str = "orders") -> AsyncIterator[Scope[Any]]:
        # pylint: disable-next=contextmanager-generator-missing-cleanup  # a context within one
        async with self.transaction() as transaction:
            (item,) = (each for each in self.enabled if each.key == key)
            yield Scope(transaction, item)

    async def priced(self, *rules: Rule, **product: Any) -> Quote:
        made = await create_product(
            self.connection, self.origin.shop_id, **({"currency": "RUB", "stock": 5} | product)
        )
        found = await catalogue.get(self.connection, self.origin.shop_id, made.id)
        return quote(made.currency, [found.item(2)], rules)

    async def order(self, shopper: Shopper, *rules: Rule, **product: Any) -> Order:
        """An order of two units that waits for its payment."""
        priced = await self.priced(*rules, **product)
        customer = await customers.touch(self.connection, self.origin.shop_id, shopper.profile)
        details = [Detail(field="address", label="Address", value="Nevsky 1")]
        return await orders.place(
            self.connection, self.origin, customer, priced, details=details, method="transfer"
        )

    async def pay(self, shopper: Shopper, order: Order, **charge: Any) -> Order:
        customer = await customers.touch(self.connection, self.origin.shop_id, shopper.profile)
        async with self.transaction() as transaction:
            await payments.pay(
                self.connection,
                transaction.origin,
                customer,
                order_id=order.id,
                charge=charge_of(order, customer, **({"provider": "transfer"} | charge)),
            )
        return await orders.get(self.connection, order.id)

    async def bought(self, shopper: Shopper, *rules: Rule, **product: Any) -> Order:
        return await self.pay(shopper, await self.order(shopper, *rules, **product))

    async def notices(self, purpose: str) -> list[str]:
        """The texts of durable messages for a purpose, oldest first."""
        return [
            message.text.plain
            for _, of, message in await outgoing(self.connection)
            if of == purpose and isinstance(message, SendText)
        ]
