"""A shop that uses payment methods as a checkout does, and runs the jobs that they schedule."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
from typing_extensions import Self

from bots.sdk.context import Context
from bots.sdk.errands import Errand
from bots.sdk.jobs import Job
from bots.sdk.loading import EnabledModule
from bots.sdk.outside import Attempt, Http
from bots.sdk.points import PaymentMethod
from bots.sdk.reacting import react
from bots.sdk.router import Router
from bots.sdk.stars import StarMove, StarsAccount, StarsRefused
from bots.sdk.transaction import Transaction
from bots.sdk.updates import Button, number_of
from core.events import Origin
from core.postgres import Connection
from core.shop import catalogue, customers, orders, shops
from core.shop.catalogue import Product
from core.shop.customers import Profile
from core.shop.orders import Order, OutOfStock
from tests.bots.counter import counter
from tests.bots.sdk.modules import NoteSettings, switched_on
from tests.bots.shopper import Seen, Shopper, enabled_modules
from tests.factories import create_origin, create_product

JOB_ROUNDS = 10


class NoStars:
    """A bot that has none at Telegram."""

    async def give_back(self, telegram_id: int, charge_id: str) -> None:
        raise StarsRefused("CHARGE_NOT_FOUND")

    async def moves(self, offset: str = "") -> tuple[list[StarMove], str]:
        assert not offset
        return [], ""


def till() -> EnabledModule:
    """Makes orders of one product and asks the first method that is offered, as a checkout does."""
    router = Router[NoteSettings]()

    async def ask(context: Context[NoteSettings], order: Order) -> None:
        ways = await context.offered(PaymentMethod, order.total)
        offered = [method for method in ways if method.takes(order.total)]
        context.answer(",".join(method.key for method in offered))
        for method in offered[:1]:
            await method.ask(context.of(method), order)

    @router.button("till")
    async def pay(context: Context[NoteSettings], update: Button) -> None:
        await ask(context, await orders.get(context.connection, int(update.argument)))

    @router.button("buy")
    async def buy(context: Context[NoteSettings], update: Button) -> None:
        number = number_of(update.argument) or 0
        product = await catalogue.get(context.connection, context.shop.id, number)
        try:
            order = await orders.create(
                context.connection, context.origin, context.customer, product
            )
        except OutOfStock:
            context.answer("sold out", alert=True)
        else:
            await ask(context, order)

    return switched_on("till", router=router)


@dataclass
class Paid:
    """A bot with one payment module and a till, and what happens in it."""

    connection: Connection
    origin: Origin
    enabled: Sequence[EnabledModule]
    fetched: dict[str, bytes] = field(default_factory=dict)
    stars: StarsAccount = field(default_factory=NoStars)

    @classmethod
    async def open(cls, connection: Connection, **modules: dict[str, Any]) -> Self:
        enabled = [*enabled_modules(**modules), till(), counter()]
        return cls(connection, await create_origin(connection), enabled)

    async def product(self, **values: Any) -> Product:
        return await create_product(
            self.connection, self.origin.shop_id, **({"currency": "RUB"} | values)
        )

    def shopper(self, number: int = 1, language: str = "en") -> Shopper:
        return Shopper(
            self.connection,
            self.origin,
            self.enabled,
            telegram_id=9000 + number,
            language=language,
        )

    async def order(self, shopper: Shopper, product: Product | None = None) -> Order:
        """An order of theirs, not paid yet."""
        product = product or await self.product()
        async with self.connection.transaction():
            buyer = await customers.touch(self.connection, self.origin.shop_id, shopper.profile)
            return await orders.create(self.connection, self.origin, buyer, product)

    async def asked(self, shopper: Shopper, order: Order) -> Seen:
        """What the shopper is shown who is to pay it."""
        return await shopper.press(f"till:{order.id}")

    async def reread(self, order: Order) -> Order:
        return await orders.get(self.connection, order.id)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """As the worker opens one for a job, with the reactions to what happens in it."""
        async with self.connection.transaction():
            shop = await shops.get(self.connection, self.origin.shop_id)
            transaction = Transaction(self.connection, self.origin, shop, enabled=self.enabled)
            yield transaction
            await react(transaction)

    async def _fetch(self, file_id: str) -> bytes:
        return self.fetched[file_id]

    def _errand(self, module: str, http: Http, shop: Any, buyer_no: int) -> Errand[Any]:
        item = next(each for each in self.enabled if each.key == module)
        return Errand(
            item=item,
            shop=shop,
            bot_id=self.origin.bot_id,
            http=http,
            opens=self.transaction,
            fetch=self._fetch,
            stars=self.stars,
            buyer_no=buyer_no,
        )

    async def run_jobs(self) -> int:
        """Runs what was put off to run outside of transactions, as the worker does."""
        done = 0
        async with aiohttp.ClientSession() as session:
            http = Http(session, _unnoted)
            for _ in range(JOB_ROUNDS):
                rows = await self.connection.fetch(
                    "DELETE FROM module_jobs WHERE due_at <= now() + interval '1 second' "
                    "AND every_seconds IS NULL RETURNING *"
                )
                for row in rows:
                    await self._run(http, row)
                done += len(rows)
                if not rows:
                    break
        return done

    async def run_periodic(self, module: str, name: str) -> None:
        """Runs one of a module's periodic jobs that run outside of transactions."""
        item = next(each for each in self.enabled if each.key == module)
        shop = await shops.get(self.connection, self.origin.shop_id)
        async with aiohttp.ClientSession() as session:
            errand = self._errand(module, Http(session, _unnoted), shop, 0)
            await item.module.jobs.tasks[name].run(errand)

    async def _run(self, http: Http, row: Any) -> None:
        item = next(each for each in self.enabled if each.key == row["module"])
        shop = await shops.get(self.connection, self.origin.shop_id)
        task: Callable[..., Awaitable[None]] = item.module.jobs.tasks[row["task"]].run
        job = Job(row["natural_key"], row["data"], datetime.now(UTC))
        await task(self._errand(row["module"], http, shop, row["buyer_no"] or 0), job)

    async def facts(self, event: str) -> list[tuple[int, int, str, str]]:
        """Of each event of a name: order, amount, outcome, props."""
        rows = await self.connection.fetch(
            "SELECT order_id, amount_minor, outcome, props FROM outbox WHERE event = $1 "
            "ORDER BY xid, pos",
            event,
        )
        return [tuple(row) for row in rows]

    async def payments(self) -> list[tuple[str, str, int, str]]:
        """Provider, status, amount and currency of what was booked."""
        rows = await self.connection.fetch(
            "SELECT provider, status, amount_minor, currency FROM payments ORDER BY id"
        )
        return [tuple(row) for row in rows]


async def _unnoted(_attempt: Attempt) -> None:
    pass


def profile(number: int) -> Profile:
    return Profile(telegram_id=9000 + number, language="en")
