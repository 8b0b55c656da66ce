import asyncio
from typing import Any

import pytest

from core.errors import NotFound, Refused
from core.events import Origin
from core.postgres import Connection, Pool
from core.shop import orders, payments
from core.shop.customers import Customer
from core.shop.orders import OutOfStock
from tests.factories import (
    charge_of,
    create_customer,
    create_order,
    create_origin,
    create_product,
)


async def reserve(
    connection: Connection, origin: Origin, buyer: Customer, order: orders.Order
) -> None:
    await payments.reserve(
        connection,
        origin,
        buyer,
        order_id=order.id,
        amount_minor=order.total_minor,
        currency=order.currency,
    )


async def events(connection: Connection) -> list[tuple[str, int, int]]:
    rows = await connection.fetch(
        "SELECT event, amount_minor, quantity FROM outbox ORDER BY xid, pos"
    )
    return [(row["event"], row["amount_minor"], row["quantity"]) for row in rows]


async def test_a_purchase_leaves_one_event_a_step_and_one_a_line(connection: Connection) -> None:
    origin = await create_origin(connection)
    buyer = await create_customer(connection, origin.shop_id)
    product = await create_product(connection, origin.shop_id, price_minor=300, stock=5)
    order = await orders.create(connection, origin, buyer, product, quantity=2)
    await reserve(connection, origin, buyer, order)
    paid = await payments.pay(
        connection, origin, buyer, order_id=order.id, charge=charge_of(order, buyer)
    )
    assert paid is not None and paid.status == "paid" and paid.paid_at is not None
    assert await connection.fetchval("SELECT stock FROM products") == 3
    assert await events(connection) == [
        ("stock_changed", 0, 5),  # when it was put on sale
        ("order_created", 600, 2),
        ("payment_initiated", 600, 0),
        ("payment_succeeded", 600, 0),
        ("order_paid", 600, 2),
        ("order_line", 600, 2),
        ("stock_changed", 0, 3),
    ]


async def test_a_sale_has_the_same_moment_in_both_stores(connection: Connection) -> None:
    origin = await create_origin(connection)
    buyer = await create_customer(connection, origin.shop_id)
    product = await create_product(connection, origin.shop_id)
    order = await create_order(connection, origin, buyer, product)
    async with connection.transaction():
        await connection.execute("SELECT pg_sleep(0.01)")  # it began before
        paid = await payments.pay(
            connection, origin, buyer, order_id=order.id, charge=charge_of(order, buyer)
        )
    assert paid is not None and paid.paid_at is not None
    moments = await connection.fetch(
        "SELECT occurred_at FROM outbox WHERE event IN ('payment_succeeded', 'order_paid', "
        "'order_line') UNION ALL SELECT created_at FROM payments"
    )
    assert {row["occurred_at"] for row in moments} == {paid.paid_at}
    assert paid.paid_at.microsecond % 1000 == 0  # as ClickHouse keeps it


async def test_a_charge_reported_twice_is_booked_once(connection: Connection) -> None:
    origin = await create_origin(connection)
    buyer = await create_customer(connection, origin.shop_id)
    product = await create_product(connection, origin.shop_id, stock=5)
    order = await create_order(connection, origin, buyer, product)
    charge = charge_of(order, buyer)
    assert await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge)
    assert await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge) is None
    assert await connection.fetchval("SELECT stock FROM products") == 4
    assert [name for name, _, _ in await events(connection)].count("order_paid") == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"amount_minor": 1}, "another_amount"),
        ({"currency": "USD"}, "another_amount"),
        ({"payer_telegram_id": 1}, "another_payer"),
    ],
)
async def test_money_that_does_not_fit_is_held_and_nothing_is_sold(
    connection: Connection, change: dict[str, object], reason: str
) -> None:
    origin = await create_origin(connection)
    buyer = await create_customer(connection, origin.shop_id)
    product = await create_product(connection, origin.shop_id, stock=5)
    order = await create_order(connection, origin, buyer, product)
    charge = charge_of(order, buyer, **change)
    held = await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge)
    assert held is not None and held.status == "held"
    assert held.attention == reason
    assert await connection.fetchval("SELECT stock FROM products") == 5
    assert await connection.fetchval("SELECT status FROM payments") == "held"
    assert [name for name, _, _ in await events(connection)][-1] == "payment_failed"
    told = "SELECT props::jsonb ->> 'provider' FROM outbox WHERE event = 'payment_failed'"
    assert await connection.fetchval(told) == "stars"


async def test_a_second_charge_for_a_paid_order_is_held_and_the_order_stays_paid(
    connection: Connection,
) -> None:
    origin = await create_origin(connection)
    buyer = await create_customer(connection, origin.shop_id)
    product = await create_product(connection, origin.shop_id)
    order = await create_order(connection, origin, buyer, product)
    await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge_of(order, buyer))
    again = charge_of(order, buyer, charge_id="another")
    after = await payments.pay(connection, origin, buyer, order_id=order.id, charge=again)
    assert after is not None and after.status == "paid"
    assert after.attention == "already_paid"
    assert [name for name, _, _ in await events(connection)].count("order_paid") == 1


async def test_reserving_is_refused_to_others_for_other_amounts_and_after_payment(
    connection: Connection,
) -> None:
    origin = await create_origin(connection)
    buyer = await create_customer(connection, origin.shop_id)
    other = await create_customer(connection, origin.shop_id)
    product = await create_product(connection, origin.shop_id)
    order = await create_order(connection, origin, buyer, product)
    with pytest.raises(Refused, match="another person"):
        await reserve(connection, origin, other, order)
    with pytest.raises(Refused, match="amount"):
        await payments.reserve(
            connection, origin, buyer, order_id=order.id, amount_minor=1, currency="XTR"
        )
    with pytest.raises(Refused, match="no such order"):
        await payments.reserve(
            connection, origin, buyer, order_id=10**9, amount_minor=300, currency="XTR"
        )
    await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge_of(order, buyer))
    with pytest.raises(Refused, match="is paid"):
        await reserve(connection, origin, buyer, order)


async def test_the_last_one_is_sold_once_however_many_press_pay(pool: Pool) -> None:
    buyers = 8
    async with pool.acquire() as connection:
        origin = await create_origin(connection)
        product = await create_product(connection, origin.shop_id, stock=1)
        people = [await create_customer(connection, origin.shop_id) for _ in range(buyers)]
        made = [await create_order(connection, origin, person, product) for person in people]

    async def attempt(person: Customer, order: orders.Order) -> bool:
        async with pool.acquire() as connection, connection.transaction():
            try:
                await reserve(connection, origin, person, order)
            except OutOfStock:
                return False
            return True

    outcomes = await asyncio.gather(*map(attempt, people, made))
    assert sum(outcomes) == 1


async def test_a_payment_after_its_reservation_ran_out_is_booked_and_marked(
    connection: Connection,
) -> None:
    origin = await create_origin(connection)
    late, quick = [await create_customer(connection, origin.shop_id) for _ in range(2)]
    product = await create_product(connection, origin.shop_id, stock=1)
    lates = await create_order(connection, origin, late, product)
    quicks = await create_order(connection, origin, quick, product)
    await reserve(connection, origin, late, lates)
    await connection.execute("UPDATE orders SET reserved_until = now() WHERE id = $1", lates.id)
    await reserve(connection, origin, quick, quicks)
    for order, buyer in ((quicks, quick), (lates, late)):
        await payments.pay(
            connection, origin, buyer, order_id=order.id, charge=charge_of(order, buyer)
        )
    assert (await orders.get(connection, quicks.id)).attention is None
    assert (await orders.get(connection, lates.id)).attention == "oversold"
    assert await connection.fetchval("SELECT stock FROM products") == 0
    assert [left for _, left, *_ in await stock_changes(connection)] == [1, 0]  # it fell once


async def stock_changes(connection: Connection) -> list[tuple[Any, ...]]:
    rows = await connection.fetch(
        "SELECT product_id, quantity, props, order_id, buyer_no FROM outbox "
        "WHERE event = 'stock_changed' ORDER BY occurred_at, pos"
    )
    return [tuple(row) for row in rows]


async def test_what_is_left_is_told_of_where_it_is_counted(connection: Connection) -> None:
    origin = await create_origin(connection)
    buyer = await create_customer(connection, origin.shop_id)
    counted = await create_product(connection, origin.shop_id, stock=1)
    unlimited = await create_product(connection, origin.shop_id)
    sales = []
    for product in (counted, unlimited):
        order = await create_order(connection, origin, buyer, product)
        await payments.pay(
            connection, origin, buyer, order_id=order.id, charge=charge_of(order, buyer)
        )
        sales.append(order.id)
    assert await stock_changes(connection) == [
        (counted.id, 1, '{"delta":1}', 0, 0),
        (counted.id, 0, '{"delta":-1}', sales[0], 0),
    ]


async def test_sales_at_once_leave_the_least_as_the_latest(pool: Pool) -> None:
    async with pool.acquire() as connection:
        origin = await create_origin(connection)
        product = await create_product(connection, origin.shop_id, stock=8)
        people = [await create_customer(connection, origin.shop_id) for _ in range(8)]
        made = [await create_order(connection, origin, person, product) for person in people]

    async def buy(person: Customer, order: orders.Order) -> None:
        async with pool.acquire() as connection, connection.transaction():
            await payments.pay(
                connection, origin, person, order_id=order.id, charge=charge_of(order, person)
            )

    await asyncio.gather(*map(buy, people, made))
    async with pool.acquire() as connection:
        changes = await stock_changes(connection)
    assert [left for _, left, *_ in changes] == [8, 7, 6, 5, 4, 3, 2, 1, 0]


async def test_numbers_are_dense_in_each_shop(connection: Connection) -> None:
    for _ in range(2):
        origin = await create_origin(connection)
        buyer = await create_customer(connection, origin.shop_id)
        product = await create_product(connection, origin.shop_id)
        numbers = [
            (await create_order(connection, origin, buyer, product)).order_no for _ in range(3)
        ]
        assert numbers == [1, 2, 3]


async def test_an_unknown_order_is_not_found(connection: Connection) -> None:
    with pytest.raises(NotFound):
        await orders.get(connection, 1)


async def test_a_payment_in_one_shop_cannot_touch_anothers_order(connection: Connection) -> None:
    origin, other = [await create_origin(connection) for _ in range(2)]
    buyer = await create_customer(connection, origin.shop_id, telegram_id=1)
    same_person = await create_customer(connection, other.shop_id, telegram_id=1)
    product = await create_product(connection, origin.shop_id)
    order = await create_order(connection, origin, buyer, product)
    with pytest.raises(Refused, match="no such order"):
        await reserve(connection, other, same_person, order)
    with pytest.raises(NotFound):
        charge = charge_of(order, same_person, amount_minor=1)
        await payments.pay(connection, other, same_person, order_id=order.id, charge=charge)
    assert (await orders.get(connection, order.id)).status == "created"
    assert await connection.fetchval("SELECT count(*) FROM payments") == 0


@pytest.mark.parametrize(
    "change",
    ["is_active = false", "price_minor = price_minor + 1", "currency = 'RUB'"],
)
async def test_what_is_no_longer_sold_as_ordered_is_not_paid(
    connection: Connection, change: str
) -> None:
    origin = await create_origin(connection)
    product = await create_product(connection, origin.shop_id)
    buyer = await create_customer(connection, origin.shop_id)
    order = await create_order(connection, origin, buyer, product)
    await connection.execute(f"UPDATE products SET {change} WHERE id = $1", product.id)
    with pytest.raises(orders.ProductChanged):
        await reserve(connection, origin, buyer, order)
