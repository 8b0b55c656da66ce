"""The wallets' ledger: held by the database, whatever the code does."""

import asyncio
from datetime import timedelta

import pytest
from asyncpg import CheckViolationError, ForeignKeyViolationError, PostgresError

from core import shop_rows
from core.errors import Refused
from core.money import Money
from core.postgres import Connection, Pool
from core.shop import held_payments, order_refunds, orders, payments, top_ups, wallets
from core.shop.orders import Order
from core.shop.wallets import NoStars, NotEnough
from tests.core.shop.wallet_stand import (
    agrees,
    draft,
    events,
    order_of,
    partly_paid,
    placed,
    state,
    topped_up,
    with_wallet,
)
from tests.factories import charge_of, create_customer, create_origin, create_product

PRICE, AFFORDED, PAYMENTS = 500, 10, 100


async def test_of_a_hundred_payments_at_once_the_wallet_pays_what_is_in_it(
    connection: Connection, pool: Pool
) -> None:
    origin, buyer = await with_wallet(connection, PRICE * AFFORDED + PRICE - 1)
    bought = [await order_of(connection, origin, buyer) for _ in range(PAYMENTS)]

    async def pay(order: Order) -> bool:
        async with pool.acquire() as own:
            try:
                async with own.transaction():
                    await orders.own(own, origin, order.id)
                    await wallets.hold(own, order.id, PRICE)
                    await payments.pay_nothing(own, origin, buyer, order_id=order.id)
            except NotEnough:
                return False
            return True

    paid = await asyncio.gather(*(pay(order) for order in bought))
    assert sum(paid) == AFFORDED
    assert await state(connection, buyer) == (PRICE - 1, 0)
    assert await connection.fetchval("SELECT count(*) FROM orders WHERE status = 'paid'") == (
        AFFORDED
    )
    assert await agrees(connection)


@pytest.mark.parametrize(
    ("statements", "error"),
    [
        pytest.param(
            ["UPDATE wallets SET balance_minor = -1"], CheckViolationError, id="below zero"
        ),
        pytest.param(["UPDATE wallets SET held_minor = 301"], CheckViolationError, id="held"),
        pytest.param(
            ["UPDATE wallet_postings SET amount_minor = amount_minor * 2"],
            CheckViolationError,
            id="changed",
        ),
        pytest.param(
            ["DELETE FROM wallet_postings WHERE wallet_id IS NULL"],
            CheckViolationError,
            id="half taken away",
        ),
        pytest.param(
            [
                "INSERT INTO wallet_entries (shop_id, currency, kind, natural_key, created_at) "
                "SELECT shop_id, currency, 'reward', 'alone', now() FROM wallets"
            ],
            CheckViolationError,
            id="without postings",
        ),
        pytest.param(
            [
                "INSERT INTO wallet_postings (entry_id, shop_id, currency, account, amount_minor) "
                "SELECT id, shop_id, currency, 'money', 1 FROM wallet_entries"
            ],
            CheckViolationError,
            id="not zero",
        ),
        pytest.param(
            [
                "INSERT INTO wallet_postings (entry_id, shop_id, currency, account, amount_minor) "
                "SELECT id, shop_id, 'USD', 'money', 1 FROM wallet_entries"
            ],
            ForeignKeyViolationError,
            id="another currency",
        ),
        pytest.param(["UPDATE wallets SET currency = 'XTR'"], PostgresError, id="Stars"),
    ],
)
async def test_the_database_refuses_what_would_not_add_up(
    connection: Connection, statements: list[str], error: type[Exception]
) -> None:
    _, buyer = await with_wallet(connection, 300)
    with pytest.raises(error):
        async with connection.transaction():
            for statement in statements:
                await connection.execute(statement)
    assert await state(connection, buyer) == (300, 0)
    assert await agrees(connection)


async def test_the_same_cause_is_posted_once(connection: Connection) -> None:
    origin, buyer = await with_wallet(connection, 300)
    assert not await wallets.post(connection, origin, buyer.actor, draft(buyer, 300))
    assert await state(connection, buyer) == (300, 0)


async def test_nothing_is_taken_that_is_not_there_or_on_hold(connection: Connection) -> None:
    origin, buyer = await with_wallet(connection, 600)
    order = await order_of(connection, origin, buyer)
    await wallets.hold(connection, order.id, PRICE)
    with pytest.raises(NotEnough):
        await wallets.post(connection, origin, buyer.actor, draft(buyer, -101, "payout"))
    assert await wallets.post(connection, origin, buyer.actor, draft(buyer, -100, "payout"))
    assert await state(connection, buyer) == (PRICE, PRICE)


async def test_a_top_up_is_owed_and_is_no_sale(connection: Connection) -> None:
    _, buyer, top_up = await topped_up(connection, 700)
    assert await state(connection, buyer) == (700, 0)
    assert (top_up.status, top_up.paid_at, top_up.lines) == ("paid", None, [])
    assert await events(connection) == [
        ("payment_succeeded", "transfer", 700),
        ("wallet_entry_posted", "top_up", 700),
    ]


async def test_two_presses_are_one_top_up_and_a_charge_counts_once(connection: Connection) -> None:
    origin = await create_origin(connection)
    buyer = await create_customer(connection, origin.shop_id)
    first, second = [await placed(connection, origin, buyer, 700) for _ in range(2)]
    assert first.id == second.id
    charge = charge_of(first, buyer, provider="transfer")
    for _ in range(2):
        await payments.pay(connection, origin, buyer, order_id=first.id, charge=charge)
    assert await state(connection, buyer) == (700, 0)
    assert (await placed(connection, origin, buyer, 700)).id != first.id


async def test_money_for_a_top_up_that_lapsed_is_in_the_wallet_all_the_same(
    connection: Connection,
) -> None:
    origin = await create_origin(connection)
    buyer = await create_customer(connection, origin.shop_id)
    top_up = await placed(connection, origin, buyer, 700)
    await connection.execute("UPDATE orders SET expires_at = now()")
    (expired,) = await orders.expire_due(connection, origin)
    assert expired.status == "expired"
    assert not await events(connection)  # no order has expired
    charge = charge_of(top_up, buyer, provider="transfer")
    await payments.pay(connection, origin, buyer, order_id=top_up.id, charge=charge)
    assert await state(connection, buyer) == (700, 0)


async def test_another_amount_waits_for_the_owner_and_is_then_in_the_wallet(
    connection: Connection,
) -> None:
    origin = await create_origin(connection)
    buyer = await create_customer(connection, origin.shop_id)
    top_up = await placed(connection, origin, buyer, 700)
    charge = charge_of(top_up, buyer, provider="transfer", amount_minor=650)
    await payments.pay(connection, origin, buyer, order_id=top_up.id, charge=charge)
    assert not await wallets.of_buyer(connection, origin.shop_id, buyer.buyer_no)
    (held,) = await order_refunds.payments_of(connection, top_up.id)
    accepted = await held_payments.accept(connection, origin, payment_id=held.id)
    assert (accepted.status, accepted.total_minor) == ("paid", 650)
    assert await state(connection, buyer) == (650, 0)


async def test_an_order_paid_from_the_wallet_is_a_sale(connection: Connection) -> None:
    origin, buyer = await with_wallet(connection, 600)
    order = await order_of(connection, origin, buyer)
    await wallets.hold(connection, order.id, PRICE)
    await connection.execute("DELETE FROM outbox")
    await payments.pay_nothing(connection, origin, buyer, order_id=order.id)
    assert await state(connection, buyer) == (100, 0)
    assert await events(connection) == [
        ("payment_initiated", "", 0),
        ("payment_succeeded", "wallet", PRICE),
        ("wallet_entry_posted", "purchase", -PRICE),
        ("order_paid", "", PRICE),
        ("order_line", "", PRICE),
    ]
    assert await payments.pay_nothing(connection, origin, buyer, order_id=order.id) is None


async def test_there_are_no_wallets_in_stars(connection: Connection) -> None:
    origin = await create_origin(connection)
    buyer = await create_customer(connection, origin.shop_id)
    with pytest.raises(NoStars):
        await top_ups.place(
            connection,
            origin,
            buyer,
            Money(100, "XTR"),
            method="stars",
            expires_in=timedelta(hours=1),
        )
    order = await orders.create(
        connection, origin, buyer, await create_product(connection, origin.shop_id)
    )
    with pytest.raises(NoStars):
        await wallets.hold(connection, order.id, 1)


async def test_who_is_erased_gets_no_wallet_any_more(connection: Connection) -> None:
    origin, _, order = await partly_paid(connection)
    await connection.execute("UPDATE wallets SET buyer_no = 0")
    await connection.execute("UPDATE customers SET telegram_id = -buyer_no")
    with pytest.raises(Refused, match="erased"):
        async with connection.transaction():
            await order_refunds.ask_whole(
                connection, origin, "owner", order_id=order.id, puts_back=False
            )


async def test_a_shop_is_deleted_with_its_ledger(connection: Connection) -> None:
    origin, _ = await with_wallet(connection, 200)
    async with connection.transaction():
        await shop_rows.delete(connection, origin.shop_id)
    assert not await connection.fetchval("SELECT count(*) FROM wallet_postings")
