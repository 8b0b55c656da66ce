"""Refunds that a shop decides on: parts add up to the whole, and each is made once."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import NotFound
from core.events import Origin
from core.money import STARS
from core.postgres import Connection
from core.shop import held_payments, order_refunds, orders, payments, refunds
from core.shop.customers import Customer
from core.shop.held_payments import NotAcceptable
from core.shop.order_refunds import NotRefundable, RefundDraft
from core.shop.orders import Order
from core.shop.pricing import Discount, Rule, Shipping, Tax, quote
from core.shop.refunds import Refund
from tests.factories import charge_of, create_customer, create_origin, create_product


async def sold(
    connection: Connection, *, currency: str = "RUB", provider: str = "transfer", paid: int = 0
) -> tuple[Origin, Customer, Order]:
    """Two units for 500 each, 100 off, 90 shipping, 20 % tax on top; `paid` more than that."""
    origin = await create_origin(connection)
    buyer = await create_customer(connection, origin.shop_id)
    product = await create_product(
        connection, origin.shop_id, price_minor=500, currency=currency, stock=5
    )
    rules: list[Rule] = [
        Discount("promo", "Скидка", "promo", amount_minor=100),
        Shipping("Почта", "cart", 90),
        Tax("НДС", "cart", 2000),
    ]
    priced = quote(currency, [product.item(2)], rules)
    order = await orders.place(connection, origin, buyer, priced)
    charge = charge_of(order, buyer, provider=provider, amount_minor=order.total_minor + paid)
    await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge)
    return origin, buyer, await orders.get(connection, order.id)


async def give_back(connection: Connection, origin: Origin, order: Order, **draft: Any) -> bool:
    asked = await order_refunds.ask(
        connection, origin, "owner", order_id=order.id, draft=RefundDraft(**draft)
    )
    return await order_refunds.complete(connection, origin, refund_id=asked.id, way="cash")


async def told(connection: Connection) -> list[dict[str, Any]]:
    rows = await connection.fetch(
        "SELECT amount_minor, quantity, outcome, props FROM outbox "
        "WHERE event = 'refund_completed' ORDER BY xid, pos"
    )
    return [dict(row) | {"props": json.loads(row["props"] or "{}")} for row in rows]


async def test_a_part_goes_back_with_its_share_of_tax_and_shipping(connection: Connection) -> None:
    origin, _, order = await sold(connection)
    assert order.total_minor == 900 + 90 + 198
    assert await give_back(connection, origin, order, amount_minor=300, units=1, reason="брак")
    (event,) = await told(connection)
    assert event["amount_minor"] == 300 and event["quantity"] == 1
    assert event["props"] == {"tax_minor": 50, "shipping_minor": 22}  # 198 and 90 of 1188, down
    order = await orders.get(connection, order.id)
    assert (order.status, order.refunded_minor) == ("paid", 300)
    assert await give_back(connection, origin, order, puts_back=True)
    order = await orders.get(connection, order.id)
    assert (order.status, order.refunded_minor) == ("refunded", 1188)
    parts = [event["props"] for event in await told(connection)]
    assert sum(each["tax_minor"] for each in parts) == 198
    assert sum(each["shipping_minor"] for each in parts) == 90
    assert await connection.fetchval("SELECT stock FROM products") == 5  # as many as ever
    (payment,) = await order_refunds.payments_of(connection, order.id)
    assert (payment.status, payment.refunded_minor) == ("refunded", 1188)


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cuts=st.lists(st.integers(1, 1187), max_size=4, unique=True))
async def test_parts_add_up_to_the_whole(connection: Connection, cuts: list[int]) -> None:
    example = connection.transaction()
    await example.start()
    try:
        origin, _, order = await sold(connection)
        bounds = [0, *sorted(cuts), 1188]
        for begin, end in zip(bounds, bounds[1:], strict=False):
            await give_back(connection, origin, order, amount_minor=end - begin)
        events = await told(connection)
        assert sum(each["amount_minor"] for each in events) == 1188
        for name, whole in (("tax_minor", 198), ("shipping_minor", 90)):
            assert sum(each["props"].get(name, 0) for each in events) == whole
    finally:
        await example.rollback()


async def test_no_more_goes_back_than_was_paid_and_nothing_twice(connection: Connection) -> None:
    origin, _, order = await sold(connection)
    asked = await order_refunds.ask(
        connection, origin, "owner", order_id=order.id, draft=RefundDraft(amount_minor=1000)
    )
    with pytest.raises(NotRefundable, match="188"):
        await give_back(connection, origin, order, amount_minor=189)
    await order_refunds.fail(connection, origin, refund_id=asked.id, error="no money")
    assert await give_back(connection, origin, order, amount_minor=189)
    with pytest.raises(NotRefundable):  # that much is not left any more
        await order_refunds.complete(connection, origin, refund_id=asked.id, way="cash")
    assert await give_back(connection, origin, order)
    done = (await order_refunds.of_order(connection, order.id))[-1]
    assert not await order_refunds.complete(connection, origin, refund_id=done.id, way="cash")
    await order_refunds.fail(connection, origin, refund_id=done.id, error="late")
    assert (await order_refunds.get(connection, origin, done.id)).state == "done"
    assert [each["amount_minor"] for each in await told(connection)] == [189, 999]
    with pytest.raises(NotRefundable):
        await give_back(connection, origin, order)


async def test_stars_go_back_whole_when_telegram_says_so(connection: Connection) -> None:
    origin, buyer, order = await sold(connection, currency=STARS, provider="stars")
    with pytest.raises(NotRefundable, match="in full"):
        await give_back(connection, origin, order, amount_minor=1)
    asked = await order_refunds.ask(
        connection, origin, "owner", order_id=order.id, draft=RefundDraft(puts_back=True)
    )
    assert [each.id for each in await order_refunds.asked_of(connection, origin.bot_id, "stars")]
    (payment,) = await order_refunds.payments_of(connection, order.id)
    heard = Refund(
        provider="stars",
        charge_id=payment.charge_id,
        payer_telegram_id=buyer.telegram_id,
        occurred_at=payment.created_at,
    )
    assert await refunds.book(connection, origin, heard) == "booked"
    assert await refunds.book(connection, origin, heard) == "booked_before"
    done = await order_refunds.get(connection, origin, asked.id)
    assert (done.state, done.way, done.units) == ("done", "stars", 2)
    assert await connection.fetchval("SELECT stock FROM products") == 5
    assert await order_refunds.asked_of(connection, origin.bot_id, "stars") == []


async def test_another_shop_gives_nothing_back(connection: Connection) -> None:
    origin, _, order = await sold(connection)
    other = await create_origin(connection)
    with pytest.raises(NotFound):
        await give_back(connection, other, order)
    asked = await order_refunds.ask(
        connection, origin, "owner", order_id=order.id, draft=RefundDraft()
    )
    with pytest.raises(NotFound):
        await order_refunds.complete(connection, other, refund_id=asked.id, way="cash")


@pytest.mark.parametrize(("paid", "tip", "discount"), [(50, 50, 100), (-188, 0, 288)])
async def test_a_held_payment_is_taken_as_it_is(
    connection: Connection, paid: int, tip: int, discount: int
) -> None:
    origin, _, order = await sold(connection, paid=paid)
    assert order.status == "held"
    (payment,) = await order_refunds.payments_of(connection, order.id)
    order = await held_payments.accept(connection, origin, payment_id=payment.id)
    assert (order.status, order.attention, order.total_minor) == ("paid", None, 1188 + paid)
    assert (order.tip_minor, order.discount_minor) == (tip, discount)
    assert sum(line.discount_minor for line in order.lines) == discount
    assert await connection.fetchval("SELECT stock FROM products") == 3
    row = await connection.fetchrow(
        "SELECT amount_minor, props::jsonb ->> 'tip_minor' AS tip, "
        "props::jsonb ->> 'discount_minor' AS discount FROM outbox WHERE event = 'order_paid'"
    )
    assert row is not None and (row["amount_minor"], int(row["discount"])) == (
        1188 + paid,
        discount,
    )
    assert int(row["tip"] or 0) == tip
    with pytest.raises(NotAcceptable):
        await held_payments.accept(connection, origin, payment_id=payment.id)


async def test_a_held_payment_that_is_taken_tells_its_fee(connection: Connection) -> None:
    origin, _, order = await sold(connection, paid=50)
    (payment,) = await order_refunds.payments_of(connection, order.id)
    await connection.execute("UPDATE payments SET details = '{\"fee_minor\": 453}'::jsonb")
    await held_payments.accept(connection, origin, payment_id=payment.id)
    props = await connection.fetchval("SELECT props FROM outbox WHERE event = 'payment_succeeded'")
    assert json.loads(props) == {"fee_minor": 453}


async def test_a_held_payment_that_goes_back_is_no_sale_and_too_little_stays_held(
    connection: Connection,
) -> None:
    origin, _, order = await sold(connection, paid=-1188 + 200)
    (payment,) = await order_refunds.payments_of(connection, order.id)
    with pytest.raises(NotAcceptable, match="less"):
        await held_payments.accept(connection, origin, payment_id=payment.id)
    with pytest.raises(NotRefundable, match="in full"):
        await give_back(connection, origin, order, payment_id=payment.id, amount_minor=1)
    assert await give_back(connection, origin, order, payment_id=payment.id)
    assert (await orders.get(connection, order.id)).status == "cancelled"
    assert await told(connection) == []
