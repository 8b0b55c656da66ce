"""A limit holds whatever happens at once, on real connections."""

import asyncio

import pytest

from bots.modules.promo import owned_codes, rules, store
from bots.modules.promo.codes import PromoDraft
from bots.sdk.replies import AnswerPreCheckout, SendInvoice
from core.postgres import Connection, Pool
from core.shop import orders, payments
from tests import patience
from tests.bots.modules.cart.buying import Shop
from tests.bots.modules.promo.promotion import entered, made, open_shop, pay_button
from tests.bots.shopper import Shopper
from tests.factories import create_customer

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


async def test_shoppers_wait_for_each_other_only_for_a_limit_in_all(
    connection: Connection, pool: Pool
) -> None:
    shop = await open_shop(connection)
    free, limited = await made(shop, "FREE"), await made(shop, "LIMITED", most_uses=5)
    one, other = [await create_customer(connection, shop.origin.shop_id) for _ in range(2)]
    for customer, code in ((one, free), (one, limited), (other, free)):
        await store.put(connection, customer, code.id)
    async with pool.acquire() as own, pool.acquire() as others:
        async with own.transaction(), others.transaction():
            await others.execute("SET LOCAL lock_timeout = '10s'")
            await store.lock(own, one, 0)
            await store.lock(others, other, 0)
            assert await store.put(others, other, limited.id)


async def test_two_orders_of_one_shopper_at_once_have_it_once(
    connection: Connection, pool: Pool
) -> None:
    shop = await open_shop(connection)
    code, tea = await made(shop), await shop.product()
    buyer = await create_customer(connection, shop.origin.shop_id)
    await store.put(connection, buyer, code.id)

    async def standing(own: Connection) -> rules.Standing:
        async with own.transaction():
            await store.lock(own, buyer, 0)
            (entry,) = await store.entered(own, buyer)
            return entry.standing

    async with pool.acquire() as first, pool.acquire() as second:
        async with first.transaction():
            await store.lock(first, buyer, 0)
            later = asyncio.create_task(standing(second))
            await until_waiting(connection, second)
            order = await orders.create(first, shop.origin, buyer, tea)
            await payments.reserve(
                first, shop.origin, buyer, order_id=order.id, amount_minor=300, currency="XTR"
            )
            await store.use(first, order, {code.id: 30})
        assert await later == rules.Standing(used_by_buyer=1, is_busy=True)


async def until_waiting(connection: Connection, other: Connection) -> None:
    """Until the other connection waits for a lock."""
    async with asyncio.timeout(patience.SECONDS):
        while not await connection.fetchval(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE pid = $1 AND NOT granted)",
            other.get_server_pid(),
        ):
            await asyncio.sleep(0.02)


async def test_an_import_locks_codes_in_the_order_in_which_shoppers_do(
    connection: Connection, pool: Pool
) -> None:
    shop = await open_shop(connection)
    codes = [await made(shop, code, most_uses=5) for code in ("ONE", "TWO")]
    buyer = await create_customer(connection, shop.origin.shop_id)
    for code in codes:
        await store.put(connection, buyer, code.id)
    drafts = [
        (code.id, PromoDraft(code=code.code, kind="percent", share_bp=2000), True)
        for code in reversed(codes)
    ]

    async def write(own: Connection) -> None:
        async with own.transaction():
            await owned_codes.write(own, shop.origin.shop_id, [], drafts)

    async with pool.acquire() as shopper, pool.acquire() as importer:
        async with shopper.transaction():
            await shopper.execute(
                "SELECT FROM promo_codes WHERE id = $1 FOR NO KEY UPDATE", codes[0].id
            )
            writing = asyncio.create_task(write(importer))
            await until_waiting(connection, importer)
            await store.lock(shopper, buyer, 0)  # the second one, too
        await writing
    assert await connection.fetchval("SELECT array_agg(share_bp) FROM promo_codes") == [2000, 2000]
