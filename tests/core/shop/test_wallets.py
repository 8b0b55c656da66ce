"""The wallets' ledger: held by the database, whatever the code does."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asyncpg import CheckViolationError, ForeignKeyViolationError, PostgresError

from core import shop_rows
from core.errors import Refused
from core.events import Origin
from core.money import Money
from core.postgres import Connection, Pool
from core.shop import held_payments, order_refunds, orders, payments, top_ups, wallets
from core.shop.customers import Customer
from core.shop.order_refunds import NotRefundable, RefundDraft
from core.shop.orders import Order
from core.shop.wallets import EntryDraft, EntryKind, NoStars, NotEnough
from tests.factories import charge_of, create_customer, create_origin, create_product

PRICE, AFFORDED, PAYMENTS = 500, 10, 100


def draft(buyer: Customer, minor: int, kind: EntryKind = "reward", **values: Any) -> EntryDraft:
    defaults: dict[str, Any] = {"key": f"{kind}:{minor}", "at": datetime.now(UTC)}
    return EntryDraft(
        buyer_no=buyer.buyer_no, kind=kind, amount=Money(minor, "RUB"), **(defaults | values)
    )


async def give(connection: Connection, origin: Origin, buyer: Customer, minor: int) -> None:
    async with connection.transaction():
        assert await wallets.post(connection, origin, buyer.actor, draft(buyer, minor))


async def with_wallet(connection: Connection, minor: int) -> tuple[Origin, Customer]:
    origin = await create_origin(connection)
    buyer = await create_customer(connection, origin.shop_id)
    await give(connection, origin, buyer, minor)
    return origin, buyer


async def order_of(connection: Connection, origin: Origin, buyer: Customer) -> Order:
    product = await create_product(
        connection, origin.shop_id, price_minor=PRICE, currency="RUB", stock=None
    )
    return await orders.create(connection, origin, buyer, product)


async def topped_up(connection: Connection, minor: int) -> tuple[Origin, Customer, Order]:
    """By a transfer that has come."""
    origin = await create_origin(connection)
    buyer = await create_customer(connection, origin.shop_id)
    top_up = await placed(connection, origin, buyer, minor)
    charge = charge_of(top_up, buyer, provider="transfer")
    await payments.pay(connection, origin, buyer, order_id=top_up.id, charge=charge)
    return origin, buyer, await orders.get(connection, top_up.id)


async def placed(connection: Connection, origin: Origin, buyer: Customer, minor: int) -> Order:
    return await top_ups.place(
        connection,
        origin,
        buyer,
        Money(minor, "RUB"),
        method="transfer",
        expires_in=timedelta(hours=1),
    )


async def state(connection: Connection, buyer: Customer) -> tuple[int, int]:
    """Balance, and what of it is on hold."""
    (wallet,) = await wallets.of_buyer(connection, buyer.shop_id, buyer.buyer_no)
    return wallet.balance_minor, wallet.held_minor


async def events(connection: Connection) -> list[tuple[str, str, int]]:
    rows = await connection.fetch(
        "SELECT event, outcome, amount_minor FROM outbox WHERE event <> 'stock_changed' "
        "ORDER BY xid, pos"
    )
    return [tuple(row) for row in rows]


async def agrees(connection: Connection) -> bool:
    """Every balance is the sum of its wallet's postings, and all postings add up to zero."""
    wrong: int = await connection.fetchval(
        "SELECT count(*) FROM wallets AS w WHERE balance_minor <> (SELECT "
        "coalesce(sum(amount_minor), 0) FROM wallet_postings WHERE wallet_id = w.id)"
    )
    total: int = await connection.fetchval("SELECT sum(amount_minor) FROM wallet_postings")
    return (wrong, total) == (0, 0)


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


async def partly_paid(connection: Connection) -> tuple[Origin, Customer, Order]:
    """The wallet pays 200 of 500, a transfer the rest."""
    origin, buyer = await with_wallet(connection, 200)
    order = await order_of(connection, origin, buyer)
    await wallets.hold(connection, order.id, 200)
    order = await orders.get(connection, order.id)
    assert order.due == Money(300, "RUB")
    charge = charge_of(order, buyer, provider="transfer", amount_minor=300)
    await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge)
    return origin, buyer, await orders.get(connection, order.id)


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
