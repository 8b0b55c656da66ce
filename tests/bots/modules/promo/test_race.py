"""A limit holds whatever happens at once, on real connections."""

import asyncio

import pytest

from bots.sdk.replies import AnswerPreCheckout, SendInvoice
from core.postgres import Connection, Pool
from tests.bots.modules.cart.buying import Shop
from tests.bots.modules.promo.promotion import entered, made, open_shop, pay_button
from tests.bots.shopper import Shopper

LIMIT, BUYERS = 10, 100


def on(connection: Connection, shop: Shop, number: int) -> Shopper:
    return Shopper(connection, shop.origin, shop.enabled, telegram_id=9000 + number, language="en")


async def all_have_entered(connection: Connection, shop_id: int, promo_id: int) -> None:
    await connection.execute(
        "WITH made AS (INSERT INTO customers (shop_id, telegram_id, buyer_no, language) "
        "  SELECT $1, 9000 + n, 1000 + n, 'en' FROM generate_series(0, $2 - 1) AS n "
        "  RETURNING buyer_no) "
        "INSERT INTO promo_entered (shop_id, buyer_no, promo_id) SELECT $1, buyer_no, $3 FROM made",
        shop_id,
        BUYERS,
        promo_id,
    )


async def kept(connection: Connection) -> int:
    found: int = await connection.fetchval(
        "SELECT count(*) FROM promo_uses AS u JOIN orders AS o ON o.id = u.order_id "
        "WHERE o.status IN ('created', 'paid')"
    )
    return found


async def test_of_a_hundred_buyers_at_once_exactly_ten_get_it(
    connection: Connection, pool: Pool
) -> None:
    shop = await open_shop(connection)
    tea = await shop.product(title="Tea")
    code = await made(shop, most_uses=LIMIT)
    await all_have_entered(connection, shop.origin.shop_id, code.id)
    everybody = asyncio.Barrier(BUYERS)

    async def buy(number: int) -> int:
        """What the buyer has paid."""
        async with pool.acquire() as own:
            confirm = await on(own, shop, number).press(f"buy:{tea.id}")
        await everybody.wait()  # all have seen the bill with the discount
        async with pool.acquire() as own:
            buyer = on(own, shop, number)
            pressed = await buyer.press(pay_button(confirm))
            if not any(isinstance(each, SendInvoice) for each in pressed.replies):
                assert "Promo code SPRING: no longer in the order" in pressed.screen.text.plain
                pressed = await buyer.press(pay_button(pressed))
            bill = pressed.only(SendInvoice)
            await buyer.pay(bill)
            return bill.price.amount_minor

    paid = await asyncio.gather(*(buy(number) for number in range(BUYERS)))
    assert sorted(paid) == [270] * LIMIT + [300] * (BUYERS - LIMIT)
    assert await kept(connection) == LIMIT
    assert sorted(await shop.orders()) == sorted(("paid", price) for price in paid)


@pytest.mark.parametrize("order", ["pay first", "order first"])
async def test_a_bill_and_a_new_order_of_one_shopper_do_not_both_have_it(
    connection: Connection, pool: Pool, order: str
) -> None:
    shop = await open_shop(connection)
    tea, cup = await shop.product(title="Tea"), await shop.product(title="Cup")
    await made(shop)
    shopper = on(connection, shop, 1)
    await entered(shopper, "SPRING")
    older = (await shopper.press(pay_button(await shopper.press(f"buy:{tea.id}")))).only(
        SendInvoice
    )
    confirm = await shopper.press(f"buy:{cup.id}")

    async def pay() -> bool:
        async with pool.acquire() as own:
            seen = await on(own, shop, 1).check_out(older)
            return seen.only(AnswerPreCheckout).ok

    async def place() -> bool:
        async with pool.acquire() as own:
            seen = await on(own, shop, 1).press(pay_button(confirm))
            return any(isinstance(each, SendInvoice) for each in seen.replies)

    steps = [pay(), place()] if order == "pay first" else [place(), pay()]
    assert sum(await asyncio.gather(*steps)) == 1
    assert await kept(connection) == 1
