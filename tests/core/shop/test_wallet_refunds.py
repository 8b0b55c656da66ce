"""A wallet that pays a part of an order, and money that goes back."""

import asyncio
import json
from datetime import timedelta

import pytest

from core.events import Origin
from core.postgres import Connection, Pool
from core.shop import order_refunds, orders, payments, wallets
from core.shop.catalogue import Product
from core.shop.customers import Customer
from core.shop.order_refunds import NotRefundable, RefundDraft
from core.shop.orders import Order
from core.shop.wallets import NotEnough
from tests import patience
from tests.core.shop.wallet_stand import (
    events,
    order_of,
    partly_paid,
    state,
    topped_up,
    with_wallet,
)
from tests.factories import create_product

PRICE, AFFORDED, PAYMENTS = 500, 10, 100


async def test_the_wallet_pays_a_part_and_another_method_the_rest(connection: Connection) -> None:
    _, buyer, order = await partly_paid(connection)
    assert order.status == "paid"
    assert await state(connection, buyer) == (0, 0)
    paid = [
        (each.provider, each.amount_minor)
        for each in await order_refunds.payments_of(connection, order.id)
    ]
    assert sorted(paid) == [("transfer", 300), ("wallet", 200)]
    assert (await events(connection))[-5:] == [
        ("payment_succeeded", "wallet", 200),
        ("wallet_entry_posted", "purchase", -200),
        ("payment_succeeded", "transfer", 300),
        ("order_paid", "", PRICE),
        ("order_line", "", PRICE),
    ]


async def test_both_payments_go_back_each_its_own_way(connection: Connection) -> None:
    origin, buyer, order = await partly_paid(connection)
    rest, by_wallet = await order_refunds.ask_whole(
        connection, origin, "owner", order_id=order.id, puts_back=False
    )
    assert (rest.provider, rest.state, by_wallet.state) == ("transfer", "asked", "done")
    assert await state(connection, buyer) == (200, 0)
    half_back = await orders.get(connection, order.id)
    assert (half_back.status, half_back.refunded_minor) == ("paid", 200)
    await order_refunds.complete(connection, origin, refund_id=rest.id, way="transfer")
    back = await orders.get(connection, order.id)
    assert (back.status, back.refunded_minor) == ("refunded", PRICE)
    refunded = [each for each in await events(connection) if each[0] == "refund_completed"]
    assert refunded == [("refund_completed", "wallet", 200), ("refund_completed", "transfer", 300)]


async def test_money_from_outside_may_go_into_the_wallet(connection: Connection) -> None:
    origin, buyer, order = await partly_paid(connection)
    asked = await order_refunds.ask(
        connection, origin, "owner", order_id=order.id, draft=RefundDraft(amount_minor=120)
    )
    for _ in range(2):  # the second time nothing happens
        await order_refunds.complete(connection, origin, refund_id=asked.id, way="wallet")
    assert await state(connection, buyer) == (120, 0)
    assert (await events(connection))[-2:] == [
        ("refund_completed", "wallet", 120),
        ("wallet_entry_posted", "refund", 120),
    ]


@pytest.mark.parametrize("ending", ["cancelled", "expired", "asked again"])
async def test_what_is_on_hold_comes_back_with_an_order_that_ends(
    connection: Connection, ending: str
) -> None:
    origin, buyer = await with_wallet(connection, 600)
    order = await order_of(connection, origin, buyer)
    await wallets.hold(connection, order.id, 400)
    order = await orders.get(connection, order.id)
    assert await state(connection, buyer) == (600, 400)
    match ending:
        case "cancelled":
            await orders.cancel(connection, origin, buyer, order_id=order.id)
        case "expired":
            await connection.execute("UPDATE orders SET expires_at = now()")
            await orders.expire_due(connection, origin)
        case _:
            again = await orders.ask_again(
                connection, order, method="stars", expires_in=timedelta(hours=1)
            )
            assert again.due == again.total
    assert await state(connection, buyer) == (600, 0)


async def test_a_top_up_goes_back_as_long_as_it_is_in_the_wallet(connection: Connection) -> None:
    origin, buyer, top_up = await topped_up(connection, 700)
    asked = await order_refunds.ask(
        connection, origin, "owner", order_id=top_up.id, draft=RefundDraft()
    )
    with pytest.raises(NotRefundable):
        await order_refunds.complete(connection, origin, refund_id=asked.id, way="wallet")
    order = await order_of(connection, origin, buyer)
    await wallets.hold(connection, order.id, 400)
    with pytest.raises(NotEnough):
        async with connection.transaction():
            await order_refunds.complete(connection, origin, refund_id=asked.id, way="transfer")
    await orders.cancel(connection, origin, buyer, order_id=order.id)
    await order_refunds.complete(connection, origin, refund_id=asked.id, way="transfer")
    assert await state(connection, buyer) == (0, 0)
    assert (await events(connection))[-2:] == [
        ("refund_completed", "transfer", 700),
        ("wallet_entry_posted", "payout", -700),
    ]
    props = await connection.fetchval(
        "SELECT props FROM outbox WHERE event = 'refund_completed' ORDER BY pos DESC LIMIT 1"
    )
    assert json.loads(props) == {"top_up_minor": 700}


async def until_waiting(connection: Connection) -> None:
    """Until somebody waits for another's lock."""
    async with asyncio.timeout(patience.SECONDS):
        while not await connection.fetchval(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
            "AND datname = current_database())"
        ):
            await asyncio.sleep(0.02)


async def refundable(connection: Connection) -> tuple[Origin, Customer, Product, Order]:
    """Money in a wallet for one more, and an order of the same product that it has paid."""
    origin, buyer = await with_wallet(connection, 2 * PRICE)
    product = await create_product(
        connection, origin.shop_id, price_minor=PRICE, currency="RUB", stock=5
    )
    sold = await orders.create(connection, origin, buyer, product)
    async with connection.transaction():
        await wallets.hold(connection, sold.id, PRICE)
        await payments.pay_nothing(connection, origin, buyer, order_id=sold.id)
    return origin, buyer, product, sold


async def give_back(pool: Pool, origin: Origin, order: Order) -> None:
    async with pool.acquire() as other, other.transaction():
        draft = RefundDraft(puts_back=True)
        await order_refunds.ask(other, origin, "owner", order_id=order.id, draft=draft)


async def test_who_pays_from_the_wallet_and_a_refund_do_not_wait_for_each_other(
    connection: Connection, pool: Pool
) -> None:
    origin, buyer, product, sold = await refundable(connection)
    bought = await orders.create(connection, origin, buyer, product)
    async with pool.acquire() as own:
        async with own.transaction():
            await wallets.hold(own, bought.id, PRICE)
            going_back = asyncio.create_task(give_back(pool, origin, sold))
            await until_waiting(connection)  # for the wallet
            await payments.pay_nothing(own, origin, buyer, order_id=bought.id)
        await going_back
    assert await state(connection, buyer) == (PRICE, 0)
    assert await connection.fetchval("SELECT stock FROM products") == 4


async def test_a_refund_does_not_wait_for_an_order_that_is_being_made(
    connection: Connection, pool: Pool
) -> None:
    """Which goes on to its buyer's wallet."""
    origin, buyer, product, sold = await refundable(connection)
    async with pool.acquire() as own:
        async with own.transaction():
            bought = await orders.create(own, origin, buyer, product)
            await asyncio.wait_for(give_back(pool, origin, sold), patience.SECONDS)
            await wallets.hold(own, bought.id, PRICE)
            await payments.pay_nothing(own, origin, buyer, order_id=bought.id)
    assert await state(connection, buyer) == (PRICE, 0)
    assert await connection.fetchval("SELECT stock FROM products") == 4
