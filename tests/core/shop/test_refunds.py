"""Refunds: booked once, against the right payment, whenever they come."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.events import NOBODY, Emitted, Mode, Origin
from core.postgres import Connection, Pool
from core.shop import orders, payments, refunds, unbooked
from core.shop.customers import Customer
from core.shop.orders import Order
from core.shop.payments import Charge
from core.shop.refunds import Refund
from core.shop.unbooked import Taken
from tests.factories import (
    charge_of,
    create_customer,
    create_order,
    create_origin,
    create_product,
    create_shop,
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
    await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge)
    return origin, buyer, order, charge


async def statuses(connection: Connection) -> tuple[str, str]:
    row = await connection.fetchrow(
        "SELECT o.status AS ordered, p.status AS paid FROM payments AS p "
        "JOIN orders AS o ON o.id = p.order_id ORDER BY p.id DESC LIMIT 1"
    )
    assert row is not None
    return row["ordered"], row["paid"]


async def moment_of(connection: Connection, event: str) -> datetime:
    moment: datetime = await connection.fetchval(
        "SELECT occurred_at FROM outbox WHERE event = $1", event
    )
    return moment


async def refunds_told(connection: Connection) -> list[dict[str, Any]]:
    rows = await connection.fetch(
        "SELECT occurred_at, buyer_no, order_id, product_id, amount_minor, currency, quantity, "
        "outcome FROM outbox WHERE event = 'refund_completed'"
    )
    return [dict(row) for row in rows]


async def test_a_refund_is_told_once_with_what_went_back(connection: Connection) -> None:
    origin, buyer, order, charge = await paid(connection)
    given_back = refund_of(charge)
    assert await refunds.book(connection, origin, given_back) == "booked"
    assert await refunds.book(connection, origin, given_back) == "booked_before"
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


async def test_a_refund_says_what_of_it_is_no_goods(connection: Connection) -> None:
    origin, _, order, charge = await paid(connection)
    await connection.execute(
        "UPDATE orders SET tax_minor = 20, shipping_minor = 50, tip_minor = 5 WHERE id = $1",
        order.id,
    )
    await refunds.book(connection, origin, refund_of(charge))
    props = await connection.fetchval("SELECT props FROM outbox WHERE event = 'refund_completed'")
    assert json.loads(props) == {"tax_minor": 20, "shipping_minor": 50, "tip_minor": 5}


async def test_a_refund_of_two_products_names_neither(connection: Connection) -> None:
    origin, _, order, charge = await paid(connection)
    another = await create_product(connection, origin.shop_id)
    await connection.execute(
        "INSERT INTO order_lines VALUES ($1, 2, $2, 'B', 1, 1)", order.id, another.id
    )
    await refunds.book(connection, origin, refund_of(charge))
    assert [each["product_id"] for each in await refunds_told(connection)] == [0]


@pytest.mark.parametrize("whose", ["another shop's bot", "bot", "person"])
@pytest.mark.parametrize("mode", ["hosted", "observed"])
async def test_a_refund_of_anothers_payment_changes_nothing(
    connection: Connection, whose: str, mode: Mode
) -> None:
    origin, _, _, charge = await paid(connection)
    given_back = refund_of(charge)
    match whose:
        case "another shop's bot":
            origin = await create_origin(connection)
        case "bot":
            origin = replace(origin, bot_id=origin.bot_id + 1)
        case _:
            given_back = refund_of(charge, payer_telegram_id=1)
    origin = replace(origin, mode=mode)
    assert await refunds.book(connection, origin, given_back) == "foreign"
    assert await statuses(connection) == ("paid", "succeeded")
    assert await refunds_told(connection) == []


@pytest.mark.parametrize("has_moved", [False, True])
async def test_a_refund_is_the_orders_whatever_became_of_the_bot(
    connection: Connection, has_moved: bool
) -> None:
    origin, buyer, order, charge = await paid(connection)
    journal: list[Emitted] = []
    now = replace(origin, mode="observed", journal=journal)
    if has_moved:
        now = replace(now, shop_id=(await create_shop(connection)).id, retention_days=30)
    for told in ("booked", "booked_before"):
        expected = "former_shop" if has_moved else told
        assert await refunds.book(connection, now, refund_of(charge)) == expected
    assert await statuses(connection) == ("refunded", "refunded")
    ((*where, buyer_no, order_id),) = await connection.fetch(
        "SELECT shop_id, bot_id, mode, retention_days, buyer_no, order_id FROM outbox "
        "WHERE event = 'refund_completed'"
    )
    assert where == [origin.shop_id, origin.bot_id, "hosted", origin.retention_days]
    assert (buyer_no, order_id) == (buyer.buyer_no, order.id)
    assert len(journal) == (0 if has_moved else 1)  # another shop's reactions hear nothing of it


async def test_what_an_observed_bot_sells_is_the_shops_own_code_to_book(
    connection: Connection,
) -> None:
    origin, buyer, order = await ordered(connection)
    given_back = refund_of(charge_of(order, buyer))
    seen = replace(origin, mode="observed")
    assert await refunds.book(connection, seen, given_back) == "elsewhere"
    assert await connection.fetchval("SELECT count(*) FROM unbooked_refunds") == 0


@pytest.mark.parametrize("is_held", [False, True])
@pytest.mark.parametrize("is_early", [False, True])
async def test_nothing_is_given_back_before_it_was_counted(
    connection: Connection, is_held: bool, is_early: bool
) -> None:
    """As when the worker was away at the time: what is old is booked now, a refund by its date."""
    origin, buyer, order = await ordered(connection)
    charge = charge_of(order, buyer, **({"amount_minor": 1} if is_held else {}))
    given_back = refund_of(charge, occurred_at=datetime.now(UTC) - timedelta(minutes=5))
    if is_early:
        await refunds.book(connection, origin, given_back)
    await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge)
    if not is_early:
        await refunds.book(connection, origin, given_back)
    assert (await statuses(connection))[1] == "refunded"
    before, after = (
        ("payment_failed", "order_cancelled") if is_held else ("order_paid", "refund_completed")
    )
    assert await moment_of(connection, after) >= await moment_of(connection, before)


async def test_the_buyers_marks_are_todays(connection: Connection) -> None:
    origin, _, _, charge = await paid(connection)
    await connection.execute("UPDATE customers SET is_staff = true, is_premium = true")
    await refunds.book(connection, origin, refund_of(charge))
    marks = await connection.fetchrow(
        "SELECT is_staff, is_premium, is_test FROM outbox WHERE event = 'refund_completed'"
    )
    assert marks is not None and tuple(marks) == (True, True, False)


async def test_an_erased_payers_payment_is_still_taken_off(connection: Connection) -> None:
    origin, _, _, charge = await paid(connection)
    await connection.execute("UPDATE payments SET payer_telegram_id = 0")
    assert await refunds.book(connection, origin, refund_of(charge)) == "booked"


async def test_a_refund_waits_for_its_payment(connection: Connection) -> None:
    origin, buyer, order = await ordered(connection)
    charge = charge_of(order, buyer)
    early = refund_of(charge, occurred_at=datetime.now(UTC) - timedelta(hours=1))
    for _ in range(2):
        assert await refunds.book(connection, origin, early) == "kept"
    assert await refunds_told(connection) == []
    found = await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge)
    assert found is not None and found.status == "refunded"
    assert await statuses(connection) == ("refunded", "refunded")
    (told,) = await refunds_told(connection)
    assert told["amount_minor"] == 300
    assert told["occurred_at"] > early.occurred_at  # not before the sale that it takes back
    assert await connection.fetchval("SELECT count(*) FROM unbooked_refunds") == 0
    assert await refunds.book(connection, origin, early) == "booked_before"


def taken(charge: Charge) -> Taken:
    return Taken(charge=charge, payload="x:1", message_id=1, occurred_at=datetime.now(UTC))


async def waiting(connection: Connection, origin: Origin) -> int:
    found = await unbooked.of_shops(connection, [origin.shop_id])
    due = await unbooked.next_due(connection, origin.bot_id, after=0, at_once=True)
    assert bool(found) == (due is not None)
    return len(found)


async def test_an_unbooked_payment_that_goes_back_waits_no_more(connection: Connection) -> None:
    origin, buyer, order = await ordered(connection)
    charge = charge_of(order, buyer)
    assert await unbooked.keep(connection, origin, NOBODY, taken(charge), "no_module")
    for told in (
        replace(origin, bot_id=origin.bot_id + 1),
        replace(await create_origin(connection), mode="observed"),
    ):
        assert await refunds.book(connection, told, refund_of(charge)) == "foreign"
    stranger = refund_of(charge, payer_telegram_id=1)
    assert await refunds.book(connection, origin, stranger) == "foreign"
    assert await waiting(connection, origin) == 1
    # Even if the bot is only observed by now.
    assert (
        await refunds.book(connection, replace(origin, mode="observed"), refund_of(charge))
        == "kept"
    )
    assert await waiting(connection, origin) == 0
    kept = await connection.fetchrow("SELECT reason, amount_minor FROM unbooked_payments")
    assert kept is not None and tuple(kept) == ("refunded", 300)  # a record of it stays
    # A module that is told of the payment once more may book it still: with its refund.
    await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge)
    assert await statuses(connection) == ("refunded", "refunded")


async def test_booking_late_and_the_refund_at_once_do_not_wait_for_each_other(pool: Pool) -> None:
    async with pool.acquire() as connection:
        made = [await ordered(connection) for _ in range(8)]
        for origin, buyer, order in made:
            charge = charge_of(order, buyer)
            await unbooked.keep(connection, origin, NOBODY, taken(charge), "no_module")

    async def pay(origin: Origin, buyer: Customer, order: Order) -> None:
        async with pool.acquire() as connection, connection.transaction():
            due = await unbooked.next_due(connection, origin.bot_id, after=0, at_once=True)
            if due is not None:
                await asyncio.sleep(0.01)
                charge = charge_of(order, buyer)
                await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge)
                await unbooked.mark_booked(connection, due.id)

    async def give_back(origin: Origin, buyer: Customer, order: Order) -> None:
        async with pool.acquire() as connection, connection.transaction():
            await refunds.book(connection, origin, refund_of(charge_of(order, buyer)))

    await asyncio.gather(*(act(*each) for each in made for act in (pay, give_back)))
    assert (
        await pool.fetchval("SELECT count(*) FROM unbooked_payments WHERE booked_at IS NULL") == 0
    )
    # Either it was sold and taken back, or it was never sold.
    found = await pool.fetch("SELECT DISTINCT status FROM orders")
    assert {row["status"] for row in found} <= {"refunded", "created"}
    assert await pool.fetchval("SELECT count(*) FROM payments WHERE status != 'refunded'") == 0


async def test_a_payment_that_nobody_books_after_its_refund_waits_for_nothing(
    connection: Connection,
) -> None:
    origin, buyer, order = await ordered(connection)
    charge = charge_of(order, buyer)
    assert await refunds.book(connection, origin, refund_of(charge)) == "kept"
    assert not await unbooked.keep(connection, origin, NOBODY, taken(charge), "no_module")
    assert await waiting(connection, origin) == 0
    assert await connection.fetchval("SELECT reason FROM unbooked_payments") == "refunded"
    # It was taken, and the shop sold nothing for it.
    assert (
        await connection.fetchval("SELECT outcome FROM outbox WHERE event = 'payment_failed'")
        == "unbooked"
    )


async def test_held_money_that_goes_back_was_no_sale(connection: Connection) -> None:
    origin, _, order, charge = await paid(connection, amount_minor=1)
    assert await statuses(connection) == ("held", "held")
    assert await refunds.book(connection, origin, refund_of(charge)) == "booked"
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
    await payments.pay(connection, origin, buyer, order_id=order.id, charge=second)
    await refunds.book(connection, origin, refund_of(first))
    held = await orders.get(connection, order.id)
    assert (held.status, held.attention) == ("held", "already_held")
    await refunds.book(connection, origin, refund_of(second))
    let_go = await orders.get(connection, order.id)
    assert (let_go.status, let_go.attention) == ("cancelled", None)


async def test_a_second_payment_that_goes_back_leaves_the_order_paid(
    connection: Connection,
) -> None:
    origin, buyer, order, _ = await paid(connection)
    again = charge_of(order, buyer, charge_id="again")
    await payments.pay(connection, origin, buyer, order_id=order.id, charge=again)
    await refunds.book(connection, origin, refund_of(again))
    after = await orders.get(connection, order.id)
    assert (after.status, after.attention) == ("paid", None)
    assert await refunds_told(connection) == []


async def test_a_payment_and_its_refund_at_once_do_not_miss_each_other(pool: Pool) -> None:
    async with pool.acquire() as connection:
        made = [await ordered(connection) for _ in range(8)]

    async def pay(origin: Origin, buyer: Customer, order: Order) -> None:
        async with pool.acquire() as connection, connection.transaction():
            await payments.pay(
                connection, origin, buyer, order_id=order.id, charge=charge_of(order, buyer)
            )

    async def give_back(origin: Origin, buyer: Customer, order: Order) -> None:
        async with pool.acquire() as connection, connection.transaction():
            given_back = refund_of(charge_of(order, buyer))
            await refunds.book(connection, origin, given_back)

    await asyncio.gather(*(act(*each) for each in made for act in (pay, give_back)))
    async with pool.acquire() as connection:
        assert len(await refunds_told(connection)) == len(made)
    assert await pool.fetchval("SELECT count(*) FROM orders WHERE status = 'refunded'") == 8
