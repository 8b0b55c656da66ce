import asyncio
from typing import Any

import pytest

from bots.sdk.replies import AnswerButton, AnswerPreCheckout, SendInvoice, SendText
from core.events import Origin
from core.money import Money
from core.postgres import Connection, Pool
from core.shop.catalogue import Product
from tests.bots.shopper import Shopper, enabled_modules, events, outgoing
from tests.factories import create_origin, create_product


class Shop:
    """A bot that sells, and the people in it."""

    def __init__(self, connection: Connection, origin: Origin, settings: dict[str, Any]) -> None:
        self.connection = connection
        self.origin = origin
        self.enabled = enabled_modules(catalogue={}, menu={}, cart={}, stars=settings, orders={})

    @classmethod
    async def open(cls, connection: Connection, **settings: Any) -> "Shop":
        return cls(connection, await create_origin(connection), settings)

    async def product(self, **values: Any) -> Product:
        return await create_product(self.connection, self.origin.shop_id, **values)

    def shopper(self, number: int = 1, language: str = "ru") -> Shopper:
        return Shopper(
            self.connection,
            self.origin,
            self.enabled,
            telegram_id=9000 + number,
            language=language,
        )

    async def order(self) -> tuple[Any, ...]:
        row = await self.connection.fetchrow(
            "SELECT status, total_minor, attention FROM orders ORDER BY id LIMIT 1"
        )
        return tuple(row or ())


@pytest.fixture(name="shop")
async def opened_shop(connection: Connection) -> Shop:
    return await Shop.open(connection)


async def test_from_buy_to_the_receipt(shop: Shop) -> None:
    product = await shop.product(title="Пуэр <2019>", price_minor=300, stock=2)
    shopper = shop.shopper()
    invoice = await shopper.buy(product.id)
    order_id = await shop.connection.fetchval("SELECT id FROM orders")
    assert invoice == SendInvoice(
        title="Пуэр <2019>",
        description="Пуэр <2019>",
        payload=f"order:{order_id}",
        price=Money(300, "XTR"),
    )
    assert (await shopper.check_out(invoice)).only(AnswerPreCheckout).ok
    paid = await shopper.pay(invoice)
    assert (paid.taken_by, paid.replies, paid.queued) == ("stars", [], 1)
    ((chat_id, purpose, receipt),) = await outgoing(shop.connection)
    assert (chat_id, purpose) == (9001, "receipt")
    assert isinstance(receipt, SendText)
    assert receipt.text.plain == (
        "Заказ № 1 оплачен\n\nПуэр <2019>\nИтого: 300 ⭐\n\nСпасибо за покупку!"
    )
    assert await shop.order() == ("paid", 300, None)
    assert await shop.connection.fetchval("SELECT stock FROM products") == 1
    assert await events(shop.connection) == [
        "stock_changed",  # when it was put on sale
        *("order_created", "checkout_started", "payment_initiated"),
        *("payment_succeeded", "order_paid", "order_line", "stock_changed"),
    ]
    started = await shop.connection.fetchrow(
        "SELECT order_id, product_id, amount_minor, currency, buyer_no FROM outbox "
        "WHERE event = 'checkout_started'"
    )
    assert started is not None and tuple(started) == (order_id, product.id, 300, "XTR", 1)


async def test_a_second_press_brings_the_same_bill(shop: Shop) -> None:
    product = await shop.product()
    first, second = await shop.shopper().buy(product.id), await shop.shopper().buy(product.id)
    assert first == second
    assert await shop.connection.fetchval("SELECT count(*) FROM orders") == 1
    assert (await events(shop.connection)).count("order_created") == 1


async def test_two_presses_at_once_are_one_order(shop: Shop, pool: Pool) -> None:
    product = await shop.product()
    # Known before: a first visit takes another path through the customers.
    await shop.shopper().start()

    async def press() -> SendInvoice:
        async with pool.acquire() as connection:
            return await Shopper(connection, shop.origin, shop.enabled).buy(product.id)

    first, second = await asyncio.gather(press(), press())
    assert first == second


@pytest.mark.parametrize("change", ["price", "age", "person", "paid"])
async def test_a_bill_that_no_longer_fits_is_made_anew(shop: Shop, change: str) -> None:
    product, shopper = await shop.product(), shop.shopper()
    first = await shopper.buy(product.id)
    if change == "price":
        await shop.connection.execute("UPDATE products SET price_minor = 350")
    elif change == "age":
        await shop.connection.execute("UPDATE orders SET created_at = now() - interval '1 hour'")
    elif change == "person":
        shopper = shop.shopper(2)
    else:
        await shopper.pay(first)
    second = await shopper.buy(product.id)
    assert second.payload != first.payload
    assert second.price == Money(350 if change == "price" else 300, "XTR")


@pytest.mark.parametrize("argument", ["", "0", "-1", "1.5", "x", "9" * 18, "9" * 55])
async def test_a_tampered_product_cannot_be_bought(shop: Shop, argument: str) -> None:
    await shop.product()
    seen = await shop.shopper().press(f"buy:{argument}")
    (answer,) = seen.replies
    assert isinstance(answer, AnswerButton) and answer.alert
    assert await shop.order() == () and await events(shop.connection) == []


async def test_another_shops_product_cannot_be_bought(shop: Shop) -> None:
    foreign = await (await Shop.open(shop.connection)).product()
    assert (await shop.shopper().press(f"buy:{foreign.id}")).only(AnswerButton).alert
    assert await shop.order() == ()


async def test_a_price_in_roubles_is_not_for_stars(shop: Shop) -> None:
    product = await shop.product(currency="RUB")
    answer = (await shop.shopper(language="en").press(f"buy:{product.id}")).only(AnswerButton)
    assert answer.alert and "cannot be paid" in answer.text
    assert await shop.order() == ()


async def test_what_is_sold_out_gets_no_bill(shop: Shop) -> None:
    product = await shop.product(stock=0)
    answer = (await shop.shopper().press(f"buy:{product.id}")).only(AnswerButton)
    assert answer.alert and "раскупили" in answer.text
    assert await shop.order() == ()


async def test_the_last_one_is_kept_for_who_pays_first(shop: Shop) -> None:
    product = await shop.product(stock=1)
    early, late = shop.shopper(1), shop.shopper(2, "en")
    bills = await early.buy(product.id), await late.buy(product.id)
    assert (await early.check_out(bills[0])).only(AnswerPreCheckout).ok
    refusal = (await late.check_out(bills[1])).only(AnswerPreCheckout)
    assert not refusal.ok and "sold out" in refusal.error


async def test_a_paid_bill_cannot_be_paid_again(shop: Shop) -> None:
    product, shopper = await shop.product(), shop.shopper()
    invoice = await shopper.buy(product.id)
    await shopper.pay(invoice)
    refusal = (await shopper.check_out(invoice)).only(AnswerPreCheckout)
    assert not refusal.ok and "уже оплачен" in refusal.error


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_minor": 299},
        {"currency": "RUB"},
        {"payload": "order:999999"},
        {"payload": "order:x"},
        {"payload": "order:" + "9" * 30},
    ],
)
async def test_a_tampered_bill_is_refused_before_anything_is_charged(
    shop: Shop, changes: dict[str, Any]
) -> None:
    product, shopper = await shop.product(), shop.shopper(language="en")
    invoice = await shopper.buy(product.id)
    refusal = (await shopper.check_out(invoice, **changes)).only(AnswerPreCheckout)
    assert not refusal.ok and "no longer valid" in refusal.error
    assert "payment_initiated" not in await events(shop.connection)


async def test_another_persons_order_cannot_be_paid(shop: Shop) -> None:
    product = await shop.product()
    invoice = await shop.shopper(1).buy(product.id)
    assert not (await shop.shopper(2).check_out(invoice)).only(AnswerPreCheckout).ok
    other_shop = await Shop.open(shop.connection)
    assert not (await other_shop.shopper(1).check_out(invoice)).only(AnswerPreCheckout).ok


async def test_a_payment_that_is_reported_twice_counts_once(shop: Shop) -> None:
    product, shopper = await shop.product(stock=5), shop.shopper()
    invoice = await shopper.buy(product.id)
    await shopper.pay(invoice, charge_id="same")
    again = await shopper.pay(invoice, charge_id="same")
    assert (again.replies, again.queued) == ([], 0)
    assert [purpose for _, purpose, _ in await outgoing(shop.connection)] == ["receipt"]
    assert (await events(shop.connection)).count("order_paid") == 1
    assert await shop.connection.fetchval("SELECT stock FROM products") == 4


@pytest.mark.parametrize(
    ("payer", "changes", "kept"),
    [(1, {"amount_minor": 1}, "another amount"), (2, {}, "another person")],
)
async def test_money_that_does_not_fit_is_held_and_the_payer_told(
    shop: Shop, payer: int, changes: dict[str, Any], kept: str
) -> None:
    product = await shop.product(stock=5)
    invoice = await shop.shopper(1).buy(product.id)
    await shop.shopper(payer).pay(invoice, **changes)
    ((chat_id, purpose, message),) = await outgoing(shop.connection)
    assert (chat_id, purpose) == (9000 + payer, "payment_held")
    assert isinstance(message, SendText) and "не потеряны" in message.text.plain
    status, _, attention = await shop.order()
    assert status == "held" and kept in attention
    assert "order_paid" not in await events(shop.connection)
    assert await shop.connection.fetchval("SELECT stock FROM products") == 5


async def test_a_second_charge_for_a_paid_order_is_held(shop: Shop) -> None:
    product, shopper = await shop.product(), shop.shopper()
    invoice = await shopper.buy(product.id)
    await shopper.pay(invoice)
    await shopper.pay(invoice)
    purposes = [purpose for _, purpose, _ in await outgoing(shop.connection)]
    assert purposes == ["receipt", "payment_held"]
    statuses = await shop.connection.fetch("SELECT status FROM payments ORDER BY id")
    assert [row["status"] for row in statuses] == ["succeeded", "held"]


async def test_a_payment_without_an_order_is_answered(shop: Shop) -> None:
    product, shopper = await shop.product(), shop.shopper()
    invoice = await shopper.buy(product.id)
    seen = await shopper.pay(invoice, payload="order:999999")
    assert seen.taken_by == "stars"
    ((_, purpose, _),) = await outgoing(shop.connection)
    assert purpose == "payment_held"


async def test_the_last_one_sold_twice_is_said_openly(shop: Shop) -> None:
    product = await shop.product(stock=1)
    first, second = shop.shopper(1), shop.shopper(2)
    bills = await first.buy(product.id), await second.buy(product.id)
    await first.pay(bills[0])
    await second.pay(bills[1])
    *_, (_, purpose, message) = await outgoing(shop.connection)
    assert purpose == "receipt"
    assert isinstance(message, SendText) and "Последний экземпляр" in message.text.plain
