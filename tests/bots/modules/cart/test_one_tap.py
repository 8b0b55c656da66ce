import asyncio

import pytest

from bots.sdk.replies import AnswerButton, AnswerPreCheckout, SendInvoice, SendText
from core.money import Money
from core.postgres import Connection, Pool
from core.shop import catalogue
from core.shop.catalogue import VariantDraft
from tests.bots.modules.cart.buying import Shop
from tests.bots.purse import purse
from tests.bots.shopper import Shopper, events


@pytest.fixture(name="shop")
async def opened_shop(connection: Connection) -> Shop:
    return await Shop.open(connection)


async def test_buy_sends_the_bill_at_once(shop: Shop) -> None:
    product = await shop.product(stock=2)
    shopper = shop.shopper()
    bill = await shopper.buy(product.id)
    assert bill.price == Money(300, "XTR")
    assert (await shopper.check_out(bill)).only(AnswerPreCheckout).ok
    await shopper.pay(bill)
    assert await shop.orders() == [("paid", 300)]
    assert await events(shop.connection) == [
        "stock_changed",
        *("order_created", "checkout_started", "payment_initiated"),
        *("payment_succeeded", "order_paid", "order_line", "stock_changed"),
    ]
    assert await shop.connection.fetchval("SELECT method FROM orders") == "purse"


async def test_two_presses_are_one_order(shop: Shop, pool: Pool) -> None:
    product = await shop.product()
    await shop.shopper().start()

    async def press() -> SendInvoice:
        async with pool.acquire() as connection:
            return await Shopper(connection, shop.origin, shop.enabled).buy(product.id)

    first, second = await asyncio.gather(press(), press())
    third = await shop.shopper().buy(product.id)
    assert first.payload == second.payload == third.payload
    assert await shop.orders() == [("created", 300)]


@pytest.mark.parametrize("change", ["price", "age", "person", "paid", "lapsed"])
async def test_a_bill_that_no_longer_fits_is_made_anew(shop: Shop, change: str) -> None:
    product, shopper = await shop.product(), shop.shopper()
    first = await shopper.buy(product.id)
    match change:
        case "price":
            await shop.connection.execute("UPDATE products SET price_minor = 350")
        case "age":
            await shop.connection.execute(
                "UPDATE orders SET created_at = now() - interval '1 hour'"
            )
        case "lapsed":
            await shop.connection.execute("UPDATE orders SET expires_at = now()")
        case "person":
            shopper = shop.shopper(2)
        case _:
            await shopper.pay(first)
    second = await shopper.buy(product.id)
    assert second.payload != first.payload
    assert second.price == Money(350 if change == "price" else 300, "XTR")


@pytest.mark.parametrize(
    "argument", ["", "0", "-1", "1.5", "x", "9" * 18, "9" * 55, "1.x", "1.", "\x00", "١"]
)
@pytest.mark.parametrize("action", ["buy", "cart_add"])
async def test_a_tampered_product_cannot_be_had(shop: Shop, action: str, argument: str) -> None:
    await shop.product()
    (answer,) = (await shop.shopper().press(f"{action}:{argument}")).replies
    assert isinstance(answer, AnswerButton) and answer.alert
    assert await shop.orders() == [] and await events(shop.connection) == []


@pytest.mark.parametrize("action", ["buy", "cart_add"])
async def test_another_shops_product_cannot_be_had(shop: Shop, action: str) -> None:
    foreign = await (await Shop.open(shop.connection)).product()
    assert (await shop.shopper().press(f"{action}:{foreign.id}")).only(AnswerButton).alert
    assert await shop.orders() == []


@pytest.mark.parametrize("action", ["buy", "cart_add"])
async def test_what_is_sold_out_is_said_to_be(shop: Shop, action: str) -> None:
    product = await shop.product(stock=0)
    answer = (await shop.shopper().press(f"{action}:{product.id}")).only(AnswerButton)
    assert answer.alert and "sold out" in answer.text
    assert await shop.orders() == []


async def test_which_variant_is_asked(shop: Shop) -> None:
    product = await shop.product()
    variants = [
        await catalogue.add_variant(shop.connection, shop.origin.shop_id, product.id, draft)
        for draft in (
            VariantDraft(title="S", stock=1),
            VariantDraft(title="M", price_minor=450),
            VariantDraft(title="L", stock=0),
        )
    ]
    shopper = shop.shopper()
    asked = await shopper.press(f"buy:{product.id}")
    ways = [f"buy:{product.id}.{each.id}" for each in variants[:2]]
    assert asked.buttons[:2] == ways
    assert [item.text for row in asked.rows[:2] for item in row] == ["S · 300 ⭐", "M · 450 ⭐"]
    bill = (await shopper.press(ways[1])).only(SendInvoice)
    assert bill.price == Money(450, "XTR")
    assert await shop.connection.fetchval("SELECT variant_title FROM order_lines") == "M"
    await shopper.pay(bill)
    again = (await shopper.press(ways[0])).only(SendInvoice)
    assert again.price == Money(300, "XTR")


@pytest.mark.parametrize(
    ("price", "words"),
    [(201, "over 200 ⭐"), (49, "under 50 ⭐")],
    ids=["over", "under"],
)
async def test_a_sum_that_no_way_takes_is_told_with_the_limit(
    connection: Connection, price: int, words: str
) -> None:
    shop = await Shop.open(
        connection, purse(least=50, most=100), purse("other", most=200, least=60)
    )
    product = await shop.product(price_minor=price)
    answer = (await shop.shopper().press(f"buy:{product.id}")).only(AnswerButton)
    assert answer.alert and words in answer.text
    assert await shop.orders() == []


async def test_nothing_is_promised_while_nothing_takes_money(connection: Connection) -> None:
    shop = await Shop.open(connection)
    shop.enabled = shop.enabled[:-1]
    product = await shop.product()
    card = await shop.shopper().press(f"product:{product.id}")
    assert not [data for data in card.buttons if data.startswith(("buy", "cart"))]
    answer = (await shop.shopper().press(f"buy:{product.id}")).only(AnswerButton)
    assert answer.alert and "cannot be paid" in answer.text
    assert await shop.orders() == []


async def test_of_several_ways_to_pay_the_shopper_chooses(connection: Connection) -> None:
    shop = await Shop.open(
        connection, purse("coins"), purse("stars"), purse("small", most=10), purse("euro", "EUR")
    )
    product, shopper = await shop.product(), shop.shopper()
    asked = await shopper.press(f"buy:{product.id}")
    assert "Total: 300 ⭐" in asked.screen.text.plain
    assert [data.rpartition(".")[2] for data in asked.buttons[:2]] == ["coins", "stars"]
    bills = [
        (await shopper.press(data)).only(SendInvoice)
        for data in (asked.buttons[0], asked.buttons[1], asked.buttons[1])
    ]
    assert len({bill.payload.partition(":")[2] for bill in bills}) == 1
    assert await shop.orders() == [("created", 300)]
    assert await connection.fetchval("SELECT method FROM orders") == "stars"
    gone = await shopper.press(asked.buttons[0].replace("coins", "small"))
    assert "choose again" in gone.screen.text.plain


async def test_the_new_price_is_shown_before_the_old_one_is_charged(shop: Shop) -> None:
    product, shopper = await shop.product(title="Tea"), shop.shopper()
    bill = await shopper.buy(product.id)
    await shop.connection.execute("UPDATE products SET price_minor = 350")
    refused = await shopper.check_out(bill)
    assert not refused.only(AnswerPreCheckout).ok
    said = refused.only(SendText).text.plain
    assert "Tea: 350 ⭐ instead of 300 ⭐" in said and "Total: 350 ⭐" in said
    anew = (await shopper.press(refused.buttons[0])).only(SendInvoice)
    assert anew.price == Money(350, "XTR")
    assert (await shopper.check_out(anew)).only(AnswerPreCheckout).ok
    assert await shop.orders() == [("cancelled", 300), ("created", 350)]


async def test_what_was_taken_off_meanwhile_is_not_charged(shop: Shop) -> None:
    product, shopper = await shop.product(), shop.shopper()
    bill = await shopper.buy(product.id)
    await shop.connection.execute("UPDATE products SET is_active = false")
    refused = await shopper.check_out(bill)
    assert not refused.only(AnswerPreCheckout).ok
    assert "no longer on sale" in refused.only(SendText).text.plain


async def test_a_bill_that_asks_how_goods_come_is_left_to_ask_it(connection: Connection) -> None:
    ways = [{"title": {"en": name}, "currency": "XTR", "price_minor": 100} for name in ("A", "B")]
    asking = purse(asks_shipping=True)
    shop = await Shop.open(connection, asking, address="required", shipping=ways)
    assert (await shop.shopper().buy((await shop.product()).id)).price == Money(300, "XTR")
