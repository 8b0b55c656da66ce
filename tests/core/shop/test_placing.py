"""Orders of several lines: stored rows, events, and the expiry of unpaid ones."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from core.errors import NotFound, Refused
from core.events import Origin
from core.postgres import Connection, Pool
from core.shop import catalogue, orders, payments
from core.shop.catalogue import Product, VariantDraft
from core.shop.customers import Customer
from core.shop.orders import Detail, Order, OrderClosed, OutOfStock, ProductChanged
from core.shop.pricing import Discount, Item, Quote, Rule, Shipping, Tax, quote
from tests.factories import charge_of, create_customer, create_origin, create_product

HOUR = timedelta(hours=1)


class Counter:
    """A shop with one shopper at its counter."""

    def __init__(self, connection: Connection, origin: Origin, buyer: Customer) -> None:
        self.connection, self.origin, self.buyer = connection, origin, buyer

    async def place(self, priced: Quote, **values: Any) -> Order:
        return await orders.place(self.connection, self.origin, self.buyer, priced, **values)

    async def reserve(self, order: Order, **values: Any) -> Order:
        defaults: dict[str, Any] = {
            "amount_minor": order.total_minor,
            "currency": order.currency,
        }
        return await payments.reserve(
            self.connection, self.origin, self.buyer, order_id=order.id, **(defaults | values)
        )

    async def pay(self, order: Order, **values: Any) -> Order:
        charge = charge_of(order, self.buyer, **values)
        paid = await payments.pay(
            self.connection, self.origin, self.buyer, order_id=order.id, charge=charge
        )
        assert paid is not None
        return paid

    async def told(self, *names: str) -> list[tuple[str, int, dict[str, Any]]]:
        rows = await self.connection.fetch(
            "SELECT event, amount_minor, nullif(props, '')::jsonb AS props FROM outbox "
            "WHERE event = ANY($1) ORDER BY xid, pos",
            list(names),
        )
        return [(row["event"], row["amount_minor"], row["props"] or {}) for row in rows]


@pytest.fixture(name="counter")
async def opened_counter(connection: Connection) -> Counter:
    origin = await create_origin(connection)
    return Counter(connection, origin, await create_customer(connection, origin.shop_id))


async def tea(counter: Counter, **values: Any) -> Product:
    defaults = {"title": "Tea", "price_minor": 1000, "currency": "RUB", "cost_minor": 400}
    return await create_product(counter.connection, counter.origin.shop_id, **(defaults | values))


async def on_hand(connection: Connection) -> list[int | None]:
    rows = await connection.fetch("SELECT stock FROM product_variants ORDER BY id")
    return [row["stock"] for row in rows]


async def test_an_order_keeps_every_line_of_its_bill(counter: Counter) -> None:
    product = await tea(counter)
    rules: list[Rule] = [
        Discount("promo", "SPRING", "promo", share_bp=1000, reference="7"),
        Shipping("Courier", "cart", 300, reference="courier"),
        Tax("VAT", "cart", 2000),
    ]
    priced = quote("RUB", [product.item(2)], rules)
    details = [Detail(field="phone", label="Phone", value="+7 900")]
    order = await counter.place(priced, details=details, method="transfer")
    assert (order.discount_minor, order.shipping_minor, order.tax_minor) == (200, 300, 420)
    assert order.total_minor == priced.total_minor == 2520
    assert [(each.kind, each.amount_minor, each.reference) for each in order.adjustments] == [
        ("promo", -200, "7"),
        ("shipping", 300, "courier"),
        ("tax", 420, ""),
    ]
    assert (order.details, order.method, order.stage) == (details, "transfer", "new")
    await counter.reserve(order)
    await counter.pay(order)
    assert await counter.told("payment_initiated", "order_paid", "order_line") == [
        ("payment_initiated", 2520, {"provider": "transfer"}),
        (
            "order_paid",
            2520,
            {
                "discount_minor": 200,
                "shipping_minor": 300,
                "tax_minor": 420,
                "is_digital": False,
            },
        ),
        ("order_line", 2000, {"discount_minor": 200, "cost_minor": 800}),
    ]


async def test_a_variant_has_its_own_price_and_stock(counter: Counter) -> None:
    product = await tea(counter)
    shop_id = product.shop_id
    for draft in (
        VariantDraft(title="S", stock=2),
        VariantDraft(title="L", stock=3, price_minor=9),
    ):
        await catalogue.add_variant(counter.connection, shop_id, product.id, draft)
    product = await catalogue.get(counter.connection, shop_id, product.id)
    small, large = (variant.id for variant in product.variants)
    with pytest.raises(NotFound):
        product.item()  # which one?
    items = [product.item(2, small), product.item(1, large)]
    order = await counter.place(quote("RUB", items))
    assert [line.name for line in order.lines] == ["Tea, S", "Tea, L"]
    assert order.total_minor == 2009
    await counter.reserve(order)
    with pytest.raises(OutOfStock):
        await counter.place(quote("RUB", [product.item(1, small)]))
    await counter.pay(order)
    assert await on_hand(counter.connection) == [0, 2]
    stocks = await counter.connection.fetch(
        "SELECT quantity, nullif(props, '')::jsonb AS props FROM outbox "
        "WHERE event = 'stock_changed' ORDER BY xid, pos"
    )
    assert [(row["quantity"], row["props"]) for row in stocks[-2:]] == [
        (3, {"delta": -2, "variant_on_hand": 0}),
        (2, {"delta": -1, "variant_on_hand": 2}),
    ]


async def test_two_lines_of_one_product_count_together(counter: Counter) -> None:
    product = await tea(counter, stock=3)
    order = await counter.place(quote("RUB", [product.item(2), product.item(2)]))
    with pytest.raises(OutOfStock):
        await counter.reserve(order)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE products SET price_minor = 1",
        "UPDATE products SET is_active = false",
        "UPDATE products SET on_sale_until = now()",
        "UPDATE product_variants SET price_minor = 1",
        "UPDATE product_variants SET is_active = false",
        "DELETE FROM order_lines; DELETE FROM product_variants",
    ],
)
async def test_what_changed_since_is_not_sold(counter: Counter, change: str) -> None:
    product = await tea(counter)
    variant = await catalogue.add_variant(
        counter.connection, product.shop_id, product.id, VariantDraft(title="S", price_minor=7)
    )
    product = await catalogue.get(counter.connection, product.shop_id, product.id)
    plain = await tea(counter)
    items = [product.item(1, variant.id), plain.item()]
    order = await counter.place(quote("RUB", items))
    await counter.connection.execute(change)
    if "DELETE" in change:
        items = [Item(product.id, "Tea", 7, variant_id=None)]
        order = await counter.place(quote("RUB", items))
    with pytest.raises(ProductChanged):
        await counter.reserve(order)


async def test_a_tip_is_over_the_total_and_no_sale(counter: Counter) -> None:
    product = await tea(counter)
    order = await counter.place(quote("RUB", [product.item()]))
    with pytest.raises(Refused):
        await counter.reserve(order, amount_minor=1100)
    await counter.reserve(order, amount_minor=1200, most_tip_minor=200)
    tipped = await counter.reserve(order, amount_minor=1100, most_tip_minor=200)
    assert (tipped.tip_minor, tipped.total_minor) == (100, 1100)
    paid = await counter.pay(tipped)
    assert [each.amount_minor for each in paid.adjustments] == [100]
    assert await counter.told("order_paid", "order_line") == [
        ("order_paid", 1100, {"tip_minor": 100, "is_digital": False}),
        ("order_line", 1000, {"cost_minor": 400}),
    ]


async def test_an_order_of_nothing_is_paid_without_a_provider(counter: Counter) -> None:
    product = await tea(counter, stock=1)
    gift = Discount("promo", "GIFT", "promo", share_bp=10_000)
    order = await counter.place(quote("RUB", [product.item()], [gift]))
    assert order.total_minor == 0
    args = (counter.connection, counter.origin, counter.buyer)
    paid = await payments.pay_nothing(*args, order_id=order.id)
    assert paid is not None and paid.status == "paid"
    assert await payments.pay_nothing(*args, order_id=order.id) is None
    assert await counter.connection.fetchval("SELECT stock FROM products") == 0
    assert await counter.connection.fetchval("SELECT count(*) FROM payments") == 0
    dear = await counter.place(quote("RUB", [(await tea(counter)).item()]))
    with pytest.raises(Refused):
        await payments.pay_nothing(*args, order_id=dear.id)


async def test_what_nobody_pays_is_given_up_and_can_be_sold_again(counter: Counter) -> None:
    product = await tea(counter, stock=2)
    asked = await counter.place(quote("RUB", [product.item()]), method="transfer", expires_in=HOUR)
    await counter.reserve(asked, minutes=600)
    unasked = await counter.place(quote("RUB", [product.item()]), expires_in=HOUR)
    assert await orders.expire_due(counter.connection, counter.origin) == []
    await counter.connection.execute("UPDATE orders SET expires_at = now()")
    expired = await orders.expire_due(counter.connection, counter.origin)
    assert {order.id for order in expired} == {asked.id, unasked.id}
    assert {order.status for order in expired} == {"expired"}
    assert await counter.told("order_expired", "payment_expired") == [
        ("order_expired", 1000, {}),
        ("payment_expired", 1000, {"provider": "transfer"}),
        ("order_expired", 1000, {}),
    ]
    again = await counter.place(quote("RUB", [product.item(2)]))
    await counter.reserve(again)
    late = await counter.pay(asked)
    assert (late.status, late.attention) == ("expired", "already_expired")


async def test_a_cancelled_order_cannot_be_paid(counter: Counter) -> None:
    product = await tea(counter, stock=1)
    order = await counter.place(quote("RUB", [product.item()]))
    await counter.reserve(order)
    args = (counter.connection, counter.origin, counter.buyer)
    assert (await orders.cancel(*args, order_id=order.id)).status == "cancelled"
    with pytest.raises(OrderClosed):
        await orders.cancel(*args, order_id=order.id)
    with pytest.raises(OrderClosed):
        await counter.reserve(order)
    await counter.reserve(await counter.place(quote("RUB", [product.item()])))


async def test_a_hundred_buyers_of_ten_units_make_ten_orders(pool: Pool) -> None:
    async with pool.acquire() as connection:
        origin = await create_origin(connection)
        product = await create_product(connection, origin.shop_id, currency="RUB", stock=10)

    async def buy(number: int) -> bool:
        async with pool.acquire() as own, own.transaction():
            buyer = await create_customer(own, origin.shop_id, telegram_id=number)
            counter = Counter(own, origin, buyer)
            try:
                order = await counter.reserve(await counter.place(quote("RUB", [product.item()])))
            except OutOfStock:
                return False
            await counter.pay(order)
            return True

    assert sum(await asyncio.gather(*(buy(number) for number in range(1, 101)))) == 10
    assert await pool.fetchval("SELECT stock FROM products") == 0
    assert await pool.fetchval("SELECT count(*) FROM orders WHERE status = 'paid'") == 10
