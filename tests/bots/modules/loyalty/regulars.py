"""A shop whose shoppers earn and spend points."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bots.modules.loyalty import store
from bots.modules.loyalty.store import Balance, LotDraft
from bots.sdk.context import Scope
from bots.sdk.jobs import Job
from bots.sdk.loading import EnabledModule
from bots.sdk.points import Basket
from bots.sdk.prices import price
from bots.sdk.reacting import react
from bots.sdk.transaction import Transaction
from core.postgres import Connection
from core.shop import customers, order_refunds, orders, payments, shops
from core.shop.customers import Customer
from core.shop.order_refunds import RefundDraft
from core.shop.orders import Order
from tests.bots.counter import counter
from tests.bots.paying import Paid
from tests.bots.purse import purse
from tests.bots.shopper import Shopper, enabled_modules
from tests.factories import charge_of, create_origin, create_shop

PRICE = 100_000  # 1,000 roubles


class Regulars(Paid):
    """A shop in roubles that gives points, or money."""

    @classmethod
    async def begin(
        cls, connection: Connection, *others: EnabledModule, **settings: Any
    ) -> "Regulars":
        own = enabled_modules(cart={}, loyalty=settings)
        shop = await create_shop(connection, currency="RUB")
        enabled = [*own, purse(currency="RUB"), counter(), *others]
        return cls(connection, await create_origin(connection, shop), enabled)

    async def buyer(self, shopper: Shopper) -> Customer:
        return await customers.touch(self.connection, self.origin.shop_id, shopper.profile)

    async def balance(self, shopper: Shopper, days: float = 0) -> Balance:
        """So many days from now."""
        at = datetime.now(UTC) + timedelta(days=days)
        return await store.balance(self.connection, await self.buyer(shopper), at)

    async def usable(self, shopper: Shopper, days: float = 0) -> int:
        return (await self.balance(shopper, days)).usable

    async def gets(self, shopper: Shopper, count: int, expires_at: datetime | None = None) -> None:
        """The shop gives them points."""
        now = datetime.now(UTC)
        draft = LotDraft(
            buyer_no=(await self.buyer(shopper)).buyer_no,
            key=f"test:{count}",
            points=count,
            at=now,
            usable_at=now,
            expires_at=expires_at,
        )
        await store.put(self.connection, self.origin.shop_id, draft)
        await store.settle(self.connection, self.origin.shop_id, draft.buyer_no, now)

    async def places(self, shopper: Shopper, minor: int = PRICE, *, with_points: bool) -> Order:
        """An order, with as many points as the shop allows, or none."""
        product = await self.product(price_minor=minor)
        async with self.transaction() as transaction:
            buyer = await self.buyer(shopper)
            await store.choose(self.connection, buyer, wants_to=with_points)
            scope: Scope[Any] = Scope(transaction, self.item, buyer)
            basket = Basket(items=(product.item(1),), currency="RUB", customer=buyer, is_firm=True)
            return await orders.place(
                self.connection, transaction.origin, buyer, await price(scope, basket)
            )

    @property
    def item(self) -> EnabledModule:
        return next(each for each in self.enabled if each.key == "loyalty")

    async def pays(self, shopper: Shopper, order: Order) -> None:
        async with self.transaction() as transaction:
            buyer = await self.buyer(shopper)
            charge = charge_of(order, buyer, provider="transfer")
            await payments.pay(
                self.connection, transaction.origin, buyer, order_id=order.id, charge=charge
            )

    async def buys(self, shopper: Shopper, minor: int = PRICE) -> Order:
        order = await self.places(shopper, minor, with_points=False)
        await self.pays(shopper, order)
        return order

    async def gives_back(self, order: Order, minor: int | None = None) -> None:
        async with self.transaction() as transaction:
            draft = RefundDraft(amount_minor=minor)
            asked = await order_refunds.ask(
                self.connection, transaction.origin, "owner", order_id=order.id, draft=draft
            )
            await order_refunds.complete(
                self.connection, transaction.origin, refund_id=asked.id, way="transfer"
            )

    async def run_due(self, days: float) -> None:
        """Jobs that are due so many days from now: money back, and what is owed."""
        now = datetime.now(UTC) + timedelta(days=days)
        rows = await self.connection.fetch(
            "DELETE FROM module_jobs WHERE module = 'loyalty' AND due_at <= $1 RETURNING *", now
        )
        for row in rows:
            async with self.connection.transaction():
                shop = await shops.get(self.connection, self.origin.shop_id)
                transaction = Transaction(
                    self.connection, self.origin, shop, enabled=self.enabled, now=now
                )
                person = await transaction.person(row["buyer_no"] or 0)
                job = Job(row["natural_key"], row["data"], now)
                await self.item.module.jobs.tasks[row["task"]].run(
                    Scope(transaction, self.item, person), job
                )
                await react(transaction)
