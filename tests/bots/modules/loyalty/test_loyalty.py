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
from bots.sdk.points import Basket, BasketAction, NeedsYou
from bots.sdk.prices import price
from core import people
from core.modules import Modules
from core.money import Money
from core.postgres import Connection, Pool
from core.shop import orders
from core.shop.people import PEOPLE
from tests.bots.modules.loyalty.regulars import PRICE, Regulars
from tests.bots.rewards import Prizes
from tests.bots.shopper import Shopper

EVERYONE = PEOPLE + Modules.discover().people()


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
    await shop.run_due(0)
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
    assert await labels(shop, shopper) == ["⭐️ Use points (120): −120 ₽"]
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


async def test_whoever_pays_or_gives_back_does_not_wait_for_a_checkout(pool: Pool) -> None:
    async with pool.acquire() as connection, pool.acquire() as checkout:
        shop = await Regulars.begin(connection, percent=10, silver_percent=10)
        shopper = shop.shopper()
        bought = await shop.buys(shopper)
        spent = await shop.places(shopper, with_points=True)
        paid_later = await shop.places(shopper, with_points=False)
        await connection.execute("SET lock_timeout = '10s'")
        async with checkout.transaction():  # which may cancel any of these orders yet
            await store.lock(checkout, await shop.buyer(shopper))
            await shop.gives_back(bought)
            await shop.pays(shopper, paid_later)
        tasks = await connection.fetch("SELECT DISTINCT task FROM module_jobs")
        assert [row["task"] for row in tasks] == ["settle"]  # no reaction that is tried again
        buyer = await shop.buyer(shopper)
        assert await store.is_owing(connection, buyer.shop_id, buyer.buyer_no)
        assert await shop.usable(shopper) == 0  # whatever is settled by then
        await shop.run_due(0)
        assert not await store.is_owing(connection, buyer.shop_id, buyer.buyer_no)
        async with shop.transaction() as transaction:
            await orders.cancel(connection, transaction.origin, buyer, order_id=spent.id)
        assert await shop.usable(shopper) == 100


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
