from typing import Any

import pytest

from bots.sdk.replies import AnswerButton, AnswerPreCheckout, SendInvoice, SendText
from core.money import Money
from core.postgres import Connection
from core.shop.catalogue import Product
from tests.bots.paying import Paid
from tests.bots.shopper import events, outgoing


class Shop(Paid):
    """A bot that sells for Stars."""

    async def product(self, **values: Any) -> Product:
        return await super().product(**({"currency": "XTR"} | values))

    async def state(self) -> tuple[Any, ...]:
        row = await self.connection.fetchrow(
            "SELECT status, total_minor, attention FROM orders ORDER BY id LIMIT 1"
        )
        return tuple(row or ())


@pytest.fixture(name="shop")
async def opened_shop(connection: Connection) -> Shop:
    return await Shop.open(connection, stars={})


async def test_from_the_bill_to_the_payment(shop: Shop) -> None:
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
    assert (paid.taken_by, paid.replies, paid.queued) == ("stars", [], 0)
    assert await shop.state() == ("paid", 300, None)
    assert await shop.connection.fetchval("SELECT stock FROM products") == 1
    assert await events(shop.connection) == [
        "stock_changed",  # when it was put on sale
        *("order_created", "payment_initiated"),
        *("payment_succeeded", "order_paid", "order_line", "stock_changed"),
    ]


async def test_a_price_in_roubles_is_not_for_stars(shop: Shop) -> None:
    product = await shop.product(currency="RUB")
    seen = await shop.shopper().press(f"buy:{product.id}")
    assert seen.only(AnswerButton).text == ""  # no method was offered
    assert not any(isinstance(each, SendInvoice) for each in seen.replies)


async def test_the_last_one_is_kept_for_who_pays_first(shop: Shop) -> None:
    product = await shop.product(stock=1)
    early, late = shop.shopper(1), shop.shopper(2)
    bills = await early.buy(product.id), await late.buy(product.id)
    assert (await early.check_out(bills[0])).only(AnswerPreCheckout).ok
    refusal = (await late.check_out(bills[1])).only(AnswerPreCheckout)
    assert not refusal.ok and "sold out" in refusal.error


async def test_a_paid_bill_cannot_be_paid_again(shop: Shop) -> None:
    product, shopper = await shop.product(), shop.shopper()
    invoice = await shopper.buy(product.id)
    await shopper.pay(invoice)
    refusal = (await shopper.check_out(invoice)).only(AnswerPreCheckout)
    assert not refusal.ok and "has been paid" in refusal.error


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
    product, shopper = await shop.product(), shop.shopper()
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
    assert (await events(shop.connection)).count("order_paid") == 1
    assert await shop.connection.fetchval("SELECT stock FROM products") == 4


@pytest.mark.parametrize(
    ("payer", "changes", "kept"),
    [(1, {"amount_minor": 1}, "another_amount"), (2, {}, "another_payer")],
)
async def test_money_that_does_not_fit_is_held_and_the_payer_told(
    shop: Shop, payer: int, changes: dict[str, Any], kept: str
) -> None:
    product = await shop.product(stock=5)
    invoice = await shop.shopper(1).buy(product.id)
    await shop.shopper(payer).pay(invoice, **changes)
    ((chat_id, purpose, message),) = await outgoing(shop.connection)
    assert (chat_id, purpose) == (9000 + payer, "payment_held")
    assert isinstance(message, SendText) and "is not lost" in message.text.plain
    status, _, attention = await shop.state()
    assert (status, attention) == ("held", kept)
    assert "order_paid" not in await events(shop.connection)
    assert await shop.connection.fetchval("SELECT stock FROM products") == 5


async def test_a_second_charge_for_a_paid_order_is_held(shop: Shop) -> None:
    product, shopper = await shop.product(), shop.shopper()
    invoice = await shopper.buy(product.id)
    await shopper.pay(invoice)
    await shopper.pay(invoice)
    purposes = [purpose for _, purpose, _ in await outgoing(shop.connection)]
    assert purposes == ["payment_held"]
    statuses = await shop.connection.fetch("SELECT status FROM payments ORDER BY id")
    assert [row["status"] for row in statuses] == ["succeeded", "held"]


async def test_a_payment_without_an_order_is_answered(shop: Shop) -> None:
    product, shopper = await shop.product(), shop.shopper()
    invoice = await shopper.buy(product.id)
    seen = await shopper.pay(invoice, payload="order:999999")
    assert seen.taken_by == "stars"
    ((_, purpose, _),) = await outgoing(shop.connection)
    assert purpose == "payment_held"
