"""Money that goes back: booked once, for the payment that it was, whenever it comes."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.events import NOBODY, Origin
from core.postgres import Connection, Pool
from core.shop import orders, refunds
from core.shop.customers import Customer
from core.shop.orders import Charge, Order
from core.shop.refunds import Refund
from tests.factories import (
    charge_of,
    create_customer,
    create_order,
    create_origin,
    create_product,
)

LATER = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)


def refund_of(charge: Charge, **values: Any) -> Refund:
    defaults: dict[str, Any] = {
        "provider": charge.provider,
        "charge_id": charge.charge_id,
        "payer_telegram_id": charge.payer_telegram_id,
        "occurred_at": LATER,
    }
    return Refund(**(defaults | values))


async def ordered(connection: Connection) -> tuple[Origin, Customer, Order]:
    origin = await create_origin(connection)
    buyer = await create_customer(connection, origin.shop_id)
    product = await create_product(connection, origin.shop_id, price_minor=300, stock=5)
    return origin, buyer, await create_order(connection, origin, buyer, product)


async def paid(connection: Connection, **change: Any) -> tuple[Origin, Customer, Order, Charge]:
    origin, buyer, order = await ordered(connection)
    charge = charge_of(order, buyer, **change)
    await orders.pay(connection, origin, buyer, order_id=order.id, charge=charge)
    return origin, buyer, order, charge


async def statuses(connection: Connection) -> tuple[str, str]:
    row = await connection.fetchrow(
        "SELECT o.status AS ordered, p.status AS paid FROM payments AS p "
        "JOIN orders AS o ON o.id = p.order_id ORDER BY p.id DESC LIMIT 1"
    )
    assert row is not None
    return row["ordered"], row["paid"]


async def refunds_told(connection: Connection) -> list[dict[str, Any]]:
    rows = await connection.fetch(
        "SELECT occurred_at, buyer_no, order_id, product_id, amount_minor, currency, quantity, "
        "outcome FROM outbox WHERE event = 'refund_completed'"
    )
    return [dict(row) for row in rows]


async def test_a_refund_is_told_once_with_what_went_back(connection: Connection) -> None:
    origin, buyer, order, charge = await paid(connection)
    given_back = refund_of(charge)
    assert await refunds.book(connection, origin, buyer.actor, given_back) == "booked"
    assert await refunds.book(connection, origin, buyer.actor, given_back) == "booked_before"
    assert await statuses(connection) == ("refunded", "refunded")
    assert await refunds_told(connection) == [
        {
            "occurred_at": LATER,
            "buyer_no": buyer.buyer_no,
            "order_id": order.id,
            "product_id": order.lines[0].product_id,
            "amount_minor": 300,
            "currency": "XTR",
            "quantity": 0,
            "outcome": "stars",
        }
    ]
    assert await connection.fetchval("SELECT stock FROM products") == 4  # as after the sale


async def test_a_refund_of_two_products_names_neither(connection: Connection) -> None:
    origin, buyer, order, charge = await paid(connection)
    another = await create_product(connection, origin.shop_id)
    await connection.execute(
        "INSERT INTO order_lines VALUES ($1, 2, $2, 'B', 1, 1)", order.id, another.id
    )
    await refunds.book(connection, origin, buyer.actor, refund_of(charge))
    assert [each["product_id"] for each in await refunds_told(connection)] == [0]


@pytest.mark.parametrize("whose", ["shop", "bot", "person"])
async def test_a_refund_of_anothers_payment_changes_nothing(
    connection: Connection, whose: str
) -> None:
    origin, buyer, _, charge = await paid(connection)
    given_back = refund_of(charge)
    match whose:
        case "shop":
            origin = await create_origin(connection)
        case "bot":
            origin = Origin(origin.shop_id, origin.bot_id + 1, "hosted", 365)
        case _:
            given_back = refund_of(charge, payer_telegram_id=1)
    assert await refunds.book(connection, origin, buyer.actor, given_back) == "foreign"
    assert await statuses(connection) == ("paid", "succeeded")
    assert await refunds_told(connection) == []


async def test_an_erased_payers_payment_is_still_taken_off(connection: Connection) -> None:
    origin, _, _, charge = await paid(connection)
    await connection.execute("UPDATE payments SET payer_telegram_id = 0")
    assert await refunds.book(connection, origin, NOBODY, refund_of(charge)) == "booked"


async def test_a_refund_waits_for_its_payment(connection: Connection) -> None:
    origin, buyer, order = await ordered(connection)
    charge = charge_of(order, buyer)
    early = refund_of(charge, occurred_at=datetime.now(UTC) - timedelta(hours=1))
    for _ in range(2):
        assert await refunds.book(connection, origin, buyer.actor, early) == "kept"
    assert await refunds_told(connection) == []
    found = await orders.pay(connection, origin, buyer, order_id=order.id, charge=charge)
    assert found is not None and found.status == "refunded"
    assert await statuses(connection) == ("refunded", "refunded")
    (told,) = await refunds_told(connection)
    assert told["amount_minor"] == 300
    assert told["occurred_at"] > early.occurred_at  # not before the sale that it takes back
    assert await connection.fetchval("SELECT count(*) FROM unbooked_refunds") == 0
    assert await refunds.book(connection, origin, buyer.actor, early) == "booked_before"


async def test_held_money_that_goes_back_was_no_sale(connection: Connection) -> None:
    origin, buyer, order, charge = await paid(connection, amount_minor=1)
    assert await statuses(connection) == ("held", "held")
    assert await refunds.book(connection, origin, buyer.actor, refund_of(charge)) == "booked"
    assert await statuses(connection) == ("cancelled", "refunded")
    assert (await orders.get(connection, order.id)).attention is None
    assert await refunds_told(connection) == []
    assert (
        await connection.fetchval("SELECT order_id FROM outbox WHERE event = 'order_cancelled'")
        == order.id
    )


async def test_an_order_is_held_while_other_money_for_it_is(connection: Connection) -> None:
    origin, buyer, order, first = await paid(connection, amount_minor=1)
    second = charge_of(order, buyer, charge_id="second")
    await orders.pay(connection, origin, buyer, order_id=order.id, charge=second)
    await refunds.book(connection, origin, buyer.actor, refund_of(first))
    held = await orders.get(connection, order.id)
    assert (held.status, held.attention) == ("held", "the order was held already")
    await refunds.book(connection, origin, buyer.actor, refund_of(second))
    let_go = await orders.get(connection, order.id)
    assert (let_go.status, let_go.attention) == ("cancelled", None)


async def test_a_second_payment_that_goes_back_leaves_the_order_paid(
    connection: Connection,
) -> None:
    origin, buyer, order, _ = await paid(connection)
    again = charge_of(order, buyer, charge_id="again")
    await orders.pay(connection, origin, buyer, order_id=order.id, charge=again)
    await refunds.book(connection, origin, buyer.actor, refund_of(again))
    after = await orders.get(connection, order.id)
    assert (after.status, after.attention) == ("paid", None)
    assert await refunds_told(connection) == []


async def test_a_payment_and_its_refund_at_once_do_not_miss_each_other(pool: Pool) -> None:
    async with pool.acquire() as connection:
        made = [await ordered(connection) for _ in range(8)]

    async def pay(origin: Origin, buyer: Customer, order: Order) -> None:
        async with pool.acquire() as connection, connection.transaction():
            await orders.pay(
                connection, origin, buyer, order_id=order.id, charge=charge_of(order, buyer)
            )

    async def give_back(origin: Origin, buyer: Customer, order: Order) -> None:
        async with pool.acquire() as connection, connection.transaction():
            given_back = refund_of(charge_of(order, buyer))
            await refunds.book(connection, origin, buyer.actor, given_back)

    await asyncio.gather(*(act(*each) for each in made for act in (pay, give_back)))
    async with pool.acquire() as connection:
        assert len(await refunds_told(connection)) == len(made)
    assert await pool.fetchval("SELECT count(*) FROM orders WHERE status = 'refunded'") == 8
