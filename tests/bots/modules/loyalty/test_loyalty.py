"""What a shopper earns by buying, and pays with."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bots.modules.loyalty import earning, outstanding, points, store
from bots.modules.loyalty.settings import LoyaltySettings
from bots.modules.loyalty.store import Balance, LotDraft
from bots.sdk.context import Scope
from bots.sdk.jobs import Job
from bots.sdk.loading import EnabledModule
from bots.sdk.points import Basket, BasketAction, NeedsYou
from bots.sdk.prices import price
from bots.sdk.reacting import react
from bots.sdk.transaction import Transaction
from core import people
from core.modules import Modules
from core.money import Money
from core.postgres import Connection, Pool
from core.shop import customers, order_refunds, orders, payments, shops
from core.shop.customers import Customer
from core.shop.order_refunds import RefundDraft
from core.shop.orders import Order
from core.shop.people import PEOPLE
from tests.bots.counter import counter
from tests.bots.paying import Paid
from tests.bots.purse import purse
from tests.bots.rewards import Prizes
from tests.bots.shopper import Shopper, enabled_modules
from tests.factories import charge_of, create_origin, create_shop

EVERYONE = PEOPLE + Modules.discover().people()
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
        """Money back that is due, so many days from now."""
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


async def test_an_order_brings_points_that_pay_a_part_of_the_next(connection: Connection) -> None:
    shop = await Regulars.begin(connection, percent=10, silver_percent=10, most_pay_percent=50)
    shopper = shop.shopper()
    await shop.buys(shopper)
    assert await shop.usable(shopper) == 100
    order = await shop.places(shopper, 15_000, with_points=True)
    assert (order.discount_minor, order.total_minor) == (7_500, 7_500)  # half of it, not all
    assert await shop.usable(shopper) == 25  # kept while it is not paid
    await shop.pays(shopper, order)
    # 10 % of the 75 roubles that were paid in money.
    assert await shop.usable(shopper) == 25 + 7
    assert await shop.facts("loyalty_spent") == [(order.id, 7_500, "", '{"points":75}')]
    assert [json.loads(props) for *_, props in await shop.facts("loyalty_earned")] == [
        {"points": 100, "tier": "base"},
        {"points": 7, "tier": "base"},
    ]
    # Points are a discount, and no money of any kind.
    paid = await shop.facts("order_paid")
    assert (paid[1][1], json.loads(paid[1][3])["discount_minor"]) == (7_500, 7_500)
    assert await shop.facts("wallet_entry_posted") == []
    assert not await store.wants(connection, await shop.buyer(shopper))


async def test_an_order_that_is_not_paid_gives_its_points_back(connection: Connection) -> None:
    shop = await Regulars.begin(connection)
    shopper = shop.shopper()
    await shop.gets(shopper, 100)
    order = await shop.places(shopper, with_points=True)
    assert await shop.usable(shopper) == 0
    async with shop.transaction() as transaction:
        buyer = await shop.buyer(shopper)
        await orders.cancel(connection, transaction.origin, buyer, order_id=order.id)
    assert await shop.usable(shopper) == 100


async def test_what_goes_back_takes_its_points(connection: Connection) -> None:
    shop = await Regulars.begin(connection, percent=10, silver_percent=10)
    shopper = shop.shopper()
    first, second = [await shop.buys(shopper) for _ in range(2)]
    await shop.gives_back(first, PRICE // 4)
    assert await shop.usable(shopper) == 75 + 100
    spent = await shop.places(shopper, with_points=True)
    await shop.pays(shopper, spent)
    assert await shop.usable(shopper) == 82  # of the 825 roubles that were left
    for order in (first, second):
        await shop.gives_back(order)
    assert await shop.usable(shopper) == 0  # 175 were spent of what has gone back
    await shop.gets(shopper, 200)
    assert await shop.usable(shopper) == 200 + 82 - 175
    await shop.gives_back(spent)
    assert await shop.usable(shopper) == 200


async def test_what_is_owed_is_taken_once_although_it_runs_out(connection: Connection) -> None:
    shop = await Regulars.begin(connection, percent=10, silver_percent=10, expire_days=1)
    shopper = shop.shopper()
    bought = await shop.buys(shopper)
    await shop.places(shopper, with_points=True)
    assert await shop.usable(shopper) == 0
    await shop.gets(shopper, 80, expires_at=datetime.now(UTC) + timedelta(days=5))
    await shop.gets(shopper, 60)
    assert [await shop.usable(shopper), await shop.usable(shopper, 6)] == [140, 60]
    await shop.gives_back(bought)
    assert [await shop.usable(shopper), await shop.usable(shopper, 6)] == [40, 40]
    await shop.gets(shopper, 30)
    assert [await shop.usable(shopper), await shop.usable(shopper, 6)] == [70, 70]


async def test_points_wait_and_expire(connection: Connection) -> None:
    shop = await Regulars.begin(
        connection, percent=10, silver_percent=10, wait_days=3, expire_days=30
    )
    shopper = shop.shopper()
    await shop.buys(shopper)
    assert await shop.balance(shopper) == Balance(waiting=100)
    later = await shop.balance(shopper, 3.1)
    assert (later.usable, later.expiring, later.waiting) == (100, 100, 0)
    assert await shop.usable(shopper, 32.9) == 100
    assert await shop.balance(shopper, 33.1) == Balance()


async def test_those_that_expire_first_are_spent_first(connection: Connection) -> None:
    shop = await Regulars.begin(connection)
    shopper = shop.shopper()
    await shop.gets(shopper, 60)
    soon = datetime.now(UTC) + timedelta(days=5)
    await shop.gets(shopper, 50, expires_at=soon)
    await shop.pays(shopper, await shop.places(shopper, 16_000, with_points=True))
    assert await shop.usable(shopper, 6) == await shop.usable(shopper)
    assert (await shop.balance(shopper)).expires_at != soon


async def test_what_an_owner_takes_is_not_taken_again_as_it_runs_out(
    connection: Connection,
) -> None:
    shop = await Regulars.begin(connection, percent=0)
    shopper = shop.shopper()
    await shop.gets(shopper, 60)
    await shop.gets(shopper, 50, expires_at=datetime.now(UTC) + timedelta(days=5))
    now, buyer = datetime.now(UTC), await shop.buyer(shopper)
    draft = LotDraft(buyer_no=buyer.buyer_no, key="a", points=-30, at=now, usable_at=now)
    assert await store.take(connection, buyer, draft)
    assert [await shop.usable(shopper), await shop.usable(shopper, 6)] == [80, 60]
    await shop.pays(shopper, await shop.places(shopper, 8_000, with_points=True))
    assert [await shop.usable(shopper), await shop.usable(shopper, 6)] == [40, 40]
    assert not await store.take(connection, buyer, replace(draft, key="b", points=-41))
    assert await store.take(connection, buyer, replace(draft, key="c", points=-40))
    assert await shop.balance(shopper) == Balance()
    summed = await outstanding.sums(connection, buyer.shop_id, datetime.now(UTC))
    assert (summed.members, summed.usable) == (0, 0)


@pytest.mark.parametrize(
    "segment, tier, percent",
    [
        (None, "base", 5),
        ("lost", "base", 5),
        ("loyal", "silver", 7),
        ("promising", "silver", 7),
        ("champions", "gold", 10),
    ],
)
async def test_tiers_come_from_the_segments(
    connection: Connection, segment: str | None, tier: str, percent: int
) -> None:
    shop = await Regulars.begin(connection)
    shopper = shop.shopper()
    buyer = await shop.buyer(shopper)
    if segment is not None:
        await connection.execute(
            "INSERT INTO customer_segments (shop_id, buyer_no, segment, day) "
            "VALUES ($1, $2, $3, '2026-11-01')",
            *(buyer.shop_id, buyer.buyer_no, segment),
        )
    async with shop.transaction() as transaction:
        scope: Scope[Any] = Scope(transaction, shop.item)
        assert await earning.tier_of(scope, buyer.buyer_no) == tier
    await shop.buys(shopper)
    assert await shop.usable(shopper) == 10 * percent
    assert f"{percent} % of every order" in (await shopper.command("points")).screen.text.plain


async def test_money_comes_back_once_after_the_time_for_returns(connection: Connection) -> None:
    prizes = Prizes()
    shop = await Regulars.begin(connection, prizes.module(), gives="money", percent=5, wait_days=3)
    shopper = shop.shopper()
    kept, reduced, gone = [await shop.buys(shopper) for _ in range(3)]
    await shop.gives_back(reduced, PRICE // 2)
    await shop.gives_back(gone)
    await shop.run_due(13.9)  # whatever is set: it is not taken back once it is given
    assert not prizes.given
    for _ in range(2):
        await shop.run_due(14.1)
    assert sorted((amount for _, amount in prizes.given), key=str) == [
        Money(2_500, "RUB"),
        Money(5_000, "RUB"),
    ]
    assert [fact[0] for fact in await shop.facts("loyalty_earned")] == [kept.id, reduced.id]
    assert await shop.usable(shopper) == 0
    assert not any("points" in label for label in await labels(shop, shopper))


async def test_without_a_way_to_give_it_money_waits_and_the_owner_is_told(
    connection: Connection,
) -> None:
    shop = await Regulars.begin(connection, gives="money", percent=5)
    await shop.buys(shop.shopper())
    await shop.run_due(14.1)
    async with shop.transaction() as transaction:
        told = await Scope[Any](transaction, shop.item).offered(NeedsYou)
    assert "loyalty_without_reward" in {each.kind for each in told}
    prizes = Prizes()
    shop.enabled = [*shop.enabled, prizes.module()]
    await shop.run_due(15.2)
    assert len(prizes.given) == 1


async def labels(shop: Regulars, shopper: Shopper) -> list[str]:
    """The module's buttons in the cart."""
    product = await shop.product(price_minor=PRICE)
    async with shop.transaction() as transaction:
        buyer = await shop.buyer(shopper)
        basket = Basket(items=(product.item(1),), currency="RUB", customer=buyer)
        offered = await Scope[Any](transaction, shop.item, buyer).offered(BasketAction, basket)
    return [each.label for each in offered if each.module == "loyalty"]


async def test_the_cart_has_a_button_and_pressed_twice_it_is_pressed_once(
    connection: Connection,
) -> None:
    shop = await Regulars.begin(connection)
    shopper = shop.shopper()
    assert await labels(shop, shopper) == []
    await shop.gets(shopper, 120)
    assert await labels(shop, shopper) == ["⭐️ Use 120 points: −120 ₽"]
    product = await shop.product(price_minor=PRICE)
    await shopper.press(f"cart_set:{product.id}:1")
    for _ in range(2):
        cart = (await shopper.press("loyalty_pay:use.cart")).screen.text.plain
        assert "Points: −120 ₽" in cart and "Total: 880 ₽" in cart
    assert await labels(shop, shopper) == ["⭐️ Keep the points"]
    assert "Total: 1,000 ₽" in (await shopper.press("loyalty_pay:spare.cart")).screen.text.plain
    assert (await shopper.press("loyalty_pay:…")).replies


async def test_another_currency_has_no_points(connection: Connection) -> None:
    shop = await Regulars.begin(connection)
    shopper = shop.shopper()
    await shop.gets(shopper, 100)
    product = await shop.product(price_minor=500, currency="XTR")
    async with shop.transaction() as transaction:
        buyer = await shop.buyer(shopper)
        await store.choose(connection, buyer, wants_to=True)
        basket = Basket(items=(product.item(1),), currency="XTR", customer=buyer, is_firm=True)
        scope: Scope[Any] = Scope(transaction, shop.item, buyer)
        assert (await price(scope, basket)).total_minor == 500
        again = replace(basket, currency="RUB")
        assert (await price(scope, again)).total_minor < 500


async def test_two_orders_at_once_use_the_same_points_once(pool: Pool) -> None:
    async with pool.acquire() as connection:
        shop = await Regulars.begin(connection)
        shopper = shop.shopper()
        await shop.gets(shopper, 300)

        async def places(_: int) -> int:
            async with pool.acquire() as own:
                other = Regulars(own, shop.origin, shop.enabled)
                return (await other.places(shopper, with_points=True)).discount_minor

        taken = await asyncio.gather(*map(places, range(4)))
        assert sorted(taken) == [0, 0, 0, 30_000]
        assert await shop.usable(shopper) == 0


async def test_an_erased_persons_points_are_nobodys(connection: Connection) -> None:
    shop = await Regulars.begin(connection)
    shopper = shop.shopper()
    await shop.gets(shopper, 10)
    person = shop.origin.shop_id, (await shop.buyer(shopper)).buyer_no
    assert (await people.export(connection, EVERYONE, *person))["loyalty_lots"]
    await people.erase(connection, EVERYONE, *person)
    assert await connection.fetchval("SELECT buyer_no FROM loyalty_lots") == 0


def test_who_buys_more_gets_no_less() -> None:
    with pytest.raises(ValidationError, match="let the percentages rise"):
        LoyaltySettings(percent=8, silver_percent=7)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 100))
def test_points_never_take_off_more_than_the_share_or_than_there_are(
    usable: int, goods_minor: int, most_percent: int
) -> None:
    for currency in ("RUB", "XTR", "KWD"):
        found = points.payable(usable, goods_minor, most_percent, currency)
        taken = points.worth(found, currency).amount_minor
        assert found <= usable and 100 * taken <= goods_minor * most_percent
        assert points.needed(taken, currency) == found
