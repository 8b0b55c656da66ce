"""A bot with invitations, people who invite, and rewards that are due."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bots.modules.referral import store
from bots.modules.referral.store import HeldReward
from bots.sdk.context import Scope
from bots.sdk.loading import EnabledModule
from bots.sdk.reacting import react
from bots.sdk.transaction import Transaction
from core.postgres import Connection
from core.shop import customers, order_refunds, orders, payments, shops
from core.shop.customers import Customer
from core.shop.order_refunds import RefundDraft
from tests.bots.counter import counter
from tests.bots.paying import Paid
from tests.bots.rewards import Prizes
from tests.bots.shopper import Shopper, enabled_modules
from tests.factories import charge_of, create_origin, create_shop

PRICE = 100_000  # 1,000 roubles


class Club(Paid):
    """A shop in roubles whose shoppers invite each other; `prizes` is what they were given."""

    prizes: Prizes

    @classmethod
    async def begin(cls, connection: Connection, *ways: EnabledModule, **settings: Any) -> "Club":
        prizes = Prizes()
        enabled = [
            *enabled_modules(referral=settings),
            *(ways or (prizes.module(),)),
            counter(),
        ]
        shop = await create_shop(connection, currency="RUB")
        club = cls(connection, await create_origin(connection, shop), enabled)
        club.prizes = prizes
        return club

    async def buyer(self, shopper: Shopper) -> Customer:
        return await customers.touch(self.connection, self.origin.shop_id, shopper.profile)

    async def number(self, shopper: Shopper) -> int:
        return (await self.buyer(shopper)).buyer_no

    async def code(self, shopper: Shopper) -> str:
        return await store.code_of(self.connection, await self.buyer(shopper))

    async def invited(self, inviter: Shopper, number: int) -> Shopper:
        """Somebody new who has come by the inviter's link."""
        code = await self.code(inviter)
        shopper = self.shopper(number)
        await shopper.start(code)
        return shopper

    async def buys(self, shopper: Shopper, minor: int = PRICE) -> int:
        """The number of the order, which is paid."""
        order = await self.order(shopper, await self.product(price_minor=minor))
        await self.pays(shopper, order.id)
        return order.id

    async def pays(self, shopper: Shopper, order_id: int) -> None:
        async with self.transaction() as transaction:
            buyer = await self.buyer(shopper)
            order = await orders.get(self.connection, order_id)
            await payments.pay(
                self.connection,
                transaction.origin,
                buyer,
                order_id=order_id,
                charge=charge_of(order, buyer, provider="transfer"),
            )

    async def asks_back(self, order_id: int, minor: int | None) -> int:
        """The number of a refund that is decided on, and not done yet."""
        async with self.transaction() as transaction:
            draft = RefundDraft(amount_minor=minor)
            refund = await order_refunds.ask(
                self.connection, transaction.origin, "owner", order_id=order_id, draft=draft
            )
        return refund.id

    async def gives_back(self, order_id: int, minor: int | None = None) -> None:
        """All that was paid, or so much of it."""
        refund_id = await self.asks_back(order_id, minor)
        async with self.transaction() as transaction:
            await order_refunds.complete(
                self.connection, transaction.origin, refund_id=refund_id, way="transfer"
            )

    async def passes(self, days: float) -> None:
        """The job that gives rewards, so many days from now."""
        now = datetime.now(UTC) + timedelta(days=days)
        async with self.connection.transaction():
            shop = await shops.get(self.connection, self.origin.shop_id)
            transaction = Transaction(
                self.connection, self.origin, shop, enabled=self.enabled, now=now
            )
            item = next(each for each in self.enabled if each.key == "referral")
            await item.module.jobs.tasks["give"].run(Scope(transaction, item))
            await react(transaction)

    async def rewards(self) -> Sequence[HeldReward]:
        """The oldest first."""
        found = await store.listed(
            self.connection, self.origin.shop_id, state=None, before=None, limit=100
        )
        return found[::-1]

    async def told(self, event: str) -> list[tuple[str, dict[str, Any]]]:
        """Outcome and properties of each event of a name."""
        return [
            (outcome, json.loads(props or "{}")) for _, _, outcome, props in await self.facts(event)
        ]
