import asyncio
import json
from typing import Any

import pytest

from bots.modules.cart.settings import CartSettings
from bots.sdk.keyboards import NoKeyboard, RequestKeyboard
from bots.sdk.replies import AnswerButton, AnswerPreCheckout, SendInvoice, SendText
from core.money import Money
from core.postgres import Connection, Pool
from core.shop.catalogue import Product
from core.shop.pricing import Discount, Rule
from tests.bots.modules.cart.buying import Shop, giver
from tests.bots.purse import purse
from tests.bots.shopper import Seen, Shopper, events

COURIER: dict[str, Any] = {
    "title": {"ru": "Курьер", "en": "Courier"},
    "price_minor": 100,
    "free_from_minor": 1000,
}
PICKUP: dict[str, Any] = {
    "title": {"ru": "Самовывоз", "en": "Pick-up"},
    "needs_address": False,
}


async def in_cart(shopper: Shopper, product: Product, quantity: int = 1) -> None:
    await shopper.press(f"cart_set:{product.id}:{quantity}")


def pay_button(seen: Seen) -> str:
    return next(data for data in seen.buttons if data.startswith("checkout_pay:"))


async def details(connection: Connection) -> list[tuple[str, str, str]]:
    rows = await connection.fetch(
        "SELECT field, label, value FROM order_details ORDER BY order_id, position"
    )
    return [tuple(row) for row in rows]


async def answer_all(shopper: Shopper, asked: Seen) -> Seen:
    """Gives name, phone and address; returns the order to be confirmed."""
    assert "recipient's name" in asked.screen.text.plain
    asked = await shopper.write("  Anna   Karenina ")
    assert isinstance(asked.screen.keyboard, RequestKeyboard)
    answered = await shopper.write("+7 (900) 123-45-67")
    noted, asked_address = [each for each in answered.replies if isinstance(each, SendText)]
    assert isinstance(noted.keyboard, NoKeyboard) and "Where" in asked_address.text.plain
    return await shopper.write("Moscow, Arbat 1, flat 2")


async def test_from_the_cart_to_the_paid_order(connection: Connection) -> None:
    shop = await Shop.open(
        connection,
        name="required",
        phone="required",
        address="required",
        comment="optional",
        shipping=[COURIER, PICKUP],
        tax_bp=2000,
    )
    tea = await shop.product(title="Tea", stock=5)
    cup = await shop.product(title="Cup", price_minor=50)
    shopper = shop.shopper()
    await in_cart(shopper, tea, 2)
    await in_cart(shopper, cup)
    ways = await shopper.press("cart_checkout")
    assert [item.text for row in ways.rows for item in row] == [
        *("Courier: 100 ⭐", "Pick-up: free", "← To the cart")
    ]
    confirm = await answer_all(shopper, await shopper.press(ways.buttons[0]))
    assert confirm.screen.text.plain == (
        "Please check your order\n\n"
        "Tea × 2 — 600 ⭐\nCup — 50 ⭐\n\n"
        "Courier: 100 ⭐\nincluding VAT 20 %: 125 ⭐\n\n"
        "Total: 750 ⭐\n\n"
        "Name: Anna Karenina\nPhone: +79001234567\nAddress: Moscow, Arbat 1, flat 2"
    )
    assert any(data.endswith(".comment") for data in confirm.buttons)
    await shopper.press(next(data for data in confirm.buttons if data.endswith(".comment")))
    confirm = await shopper.write("Ring twice")
    assert "Comment: Ring twice" in confirm.screen.text.plain
    bill = (await shopper.press(pay_button(confirm))).only(SendInvoice)
    assert bill.price == Money(750, "XTR")
    assert (await shopper.check_out(bill)).only(AnswerPreCheckout).ok
    await shopper.pay(bill)
    assert await shop.orders() == [("paid", 750)]
    assert await details(connection) == [
        ("name", "Name", "Anna Karenina"),
        ("phone", "Phone", "+79001234567"),
        ("address", "Address", "Moscow, Arbat 1, flat 2"),
        ("comment", "Comment", "Ring twice"),
    ]
    row = await connection.fetchrow("SELECT shipping_minor, tax_minor FROM orders")
    assert row is not None and tuple(row) == (100, 0)
    assert "empty" in (await shopper.press("cart")).screen.text.plain
    assert (await events(connection)).count("checkout_started") == 1
    props = await connection.fetchval("SELECT props FROM outbox WHERE event = 'order_paid'")
    assert json.loads(props)["shipping_minor"] == 100
    told = await connection.fetch("SELECT event, module FROM outbox WHERE event LIKE 'order_%d'")
    assert {*map(tuple, told)} == {("order_created", "cart"), ("order_paid", "purse")}


async def test_answers_are_remembered_until_they_are_to_be_forgotten(
    connection: Connection,
) -> None:
    shop = await Shop.open(connection, name="required", comment="required")
    tea, shopper = await shop.product(), shop.shopper()
    await shopper.press(f"buy:{tea.id}")
    await shopper.write("Anna")
    confirm = await shopper.write("No sugar")
    await shopper.pay((await shopper.press(pay_button(confirm))).only(SendInvoice))
    again = await shopper.press(f"buy:{tea.id}")
    assert "Anything we should know" in again.screen.text.plain  # the comment was of that order
    confirm = await shopper.write("Lemon")
    assert "Name: Anna" in confirm.screen.text.plain
    edit = await shopper.press(next(data for data in confirm.buttons if "checkout_edit" in data))
    forgotten = await shopper.press("cart_forget")
    assert "cart_forget" in edit.buttons and "forgotten" in forgotten.screen.text.plain
    assert await connection.fetchval("SELECT count(*) FROM cart_contacts") == 0
    assert "name" in (await shopper.press(f"buy:{tea.id}")).screen.text.plain


async def test_nothing_is_remembered_if_the_owner_does_not_want_it(connection: Connection) -> None:
    shop = await Shop.open(connection, name="required", remembers=False)
    tea, shopper = await shop.product(), shop.shopper()
    asked = await shopper.press(f"buy:{tea.id}")
    assert "remember" not in asked.screen.text.plain
    confirm = await shopper.write("Anna")
    await shopper.press(pay_button(confirm))
    assert await connection.fetchval("SELECT count(*) FROM cart_contacts") == 0


@pytest.mark.parametrize("written", ["anna", "a@b", "a b@c.d", "a@b..c", "@b.c", "a@b.c\nx"])
async def test_an_address_of_mail_is_checked(connection: Connection, written: str) -> None:
    shop = await Shop.open(connection, email="required")
    tea, shopper = await shop.product(), shop.shopper()
    await shopper.press(f"buy:{tea.id}")
    assert "does not look like" in (await shopper.write(written)).screen.text.plain
    right = await shopper.write("anna@почта.рф")
    assert "E-mail: anna@почта.рф" in right.screen.text.plain


@pytest.mark.parametrize(
    "written", ["\u202eevil", "Анна 🌹", "<b>x</b>", "a\x00b", "שלום", "x" * 100]
)
async def test_whatever_is_written_stands_as_it_is(connection: Connection, written: str) -> None:
    shop = await Shop.open(connection, name="required")
    tea, shopper = await shop.product(), shop.shopper()
    await shopper.press(f"buy:{tea.id}")
    confirm = await shopper.write(written)
    await shopper.press(pay_button(confirm))
    ((_, _, value),) = await details(connection)
    assert value == written.replace("\x00", "").replace("\u202e", "")


async def test_what_is_too_long_is_asked_again(connection: Connection) -> None:
    shop = await Shop.open(connection, address="required", comment="required")
    tea, shopper = await shop.product(), shop.shopper()
    await shopper.press(f"buy:{tea.id}")
    assert "too long" in (await shopper.write("x" * 4096)).screen.text.plain
    assert "too short" in (await shopper.write("x")).screen.text.plain
    await shopper.write("y" * 500)
    confirm = await shopper.write("z" * 1000)
    await shopper.press(pay_button(confirm))
    assert [len(value) for _, _, value in await details(connection)] == [500, 1000]


async def test_a_pick_up_needs_no_address_and_digital_goods_no_shipping(
    connection: Connection,
) -> None:
    shop = await Shop.open(connection, address="required", shipping=[COURIER, PICKUP])
    tea = await shop.product(title="Tea")
    book = await shop.product(title="Book", kind="digital")
    shopper = shop.shopper()
    ways = await shopper.press(f"buy:{tea.id}")
    confirm = await shopper.press(ways.buttons[1])
    assert "Pick-up: free" in confirm.screen.text.plain
    assert (await shopper.press(f"buy:{book.id}")).only(SendInvoice).price.amount_minor == 300


async def test_one_way_of_shipping_is_taken_and_is_free_from_its_limit(
    connection: Connection,
) -> None:
    shop = await Shop.open(connection, shipping=[COURIER | {"currency": "XTR"}])
    tea, shopper = await shop.product(), shop.shopper()
    confirm = await shopper.press(f"buy:{tea.id}")
    assert "Courier: 100 ⭐" in confirm.screen.text.plain
    await in_cart(shopper, tea, 4)
    confirm = await shopper.press("cart_checkout")
    assert "Courier: free" in confirm.screen.text.plain
    assert "Total: 1,200 ⭐" in confirm.screen.text.plain


@pytest.mark.parametrize(("is_included", "total"), [(True, 300), (False, 360)])
async def test_taxes_are_inside_or_on_top(
    connection: Connection, is_included: bool, total: int
) -> None:
    shop = await Shop.open(connection, tax_bp=2000, tax_is_included=is_included)
    tea, shopper = await shop.product(), shop.shopper()
    confirm = await shopper.press(f"buy:{tea.id}")
    assert f"Total: {total} ⭐" in confirm.screen.text.plain
    assert "VAT 20 %" in confirm.screen.text.plain
    bill = (await shopper.press(pay_button(confirm))).only(SendInvoice)
    await shopper.pay(bill)
    assert await shop.orders() == [("paid", total)]


async def test_an_order_has_a_least_sum(connection: Connection) -> None:
    shop = await Shop.open(connection, least_sums=[{"currency": "XTR", "amount_minor": 500}])
    tea, shopper = await shop.product(), shop.shopper()
    assert "from 500 ⭐" in (await shopper.press(f"buy:{tea.id}")).screen.text.plain
    await in_cart(shopper, tea)
    assert "from 500 ⭐" in (await shopper.press("cart_checkout")).screen.text.plain
    await in_cart(shopper, tea, 2)
    assert "Please check" in (await shopper.press("cart_checkout")).screen.text.plain
    assert await shop.orders() == []


async def test_an_order_of_nothing_is_paid_without_a_provider(connection: Connection) -> None:
    gift = giver(lambda: Discount("promo", "GIFT", "giver", share_bp=10_000))
    shop = await Shop.open(connection, purse(), gift)
    tea, shopper = await shop.product(stock=2), shop.shopper()
    confirm = await shopper.press(f"buy:{tea.id}")
    assert "Total: 0 ⭐" in confirm.screen.text.plain
    placed = await shopper.press(pay_button(confirm))
    assert "nothing to pay" in placed.screen.text.plain
    assert await shop.orders() == [("paid", 0)]
    assert await connection.fetchval("SELECT stock FROM products") == 1
    answer = (await shopper.press(pay_button(confirm))).only(AnswerButton)
    assert "over already" in answer.text
    assert await shop.orders() == [("paid", 0)]


async def test_what_changed_since_the_bill_was_shown_is_told_before_paying(
    connection: Connection,
) -> None:
    rules: list[Rule] = [Discount("promo", "SPRING", "giver", share_bp=1000)]
    shop = await Shop.open(
        connection, purse(), giver(lambda: rules[0] if rules else None), shipping=[COURIER]
    )
    tea, cup = await shop.product(title="Tea"), await shop.product(title="Cup", price_minor=50)
    shopper = shop.shopper()
    await in_cart(shopper, tea)
    await in_cart(shopper, cup, 2)
    confirm = await shopper.press("cart_checkout")
    rules.clear()
    await connection.execute("UPDATE products SET price_minor = 280 WHERE id = $1", tea.id)
    await in_cart(shopper, cup, 1)
    changed = await shopper.press(pay_button(confirm))
    text = changed.screen.text.plain
    for row in (
        "Tea: 280 ⭐ instead of 300 ⭐",
        "Cup: 1 instead of 2",
        "SPRING: no longer in the order",
        "To pay: 430 ⭐ instead of 460 ⭐",
    ):
        assert f"• {row}" in text
    assert await shop.orders() == []
    assert (await shopper.press(pay_button(changed))).only(SendInvoice).price.amount_minor == 430


async def test_a_rule_that_ended_after_the_bill_is_not_charged_at_the_old_price(
    connection: Connection,
) -> None:
    rules: list[Rule] = [Discount("promo", "SPRING", "giver", share_bp=5000)]
    shop = await Shop.open(connection, purse(), giver(lambda: rules[0] if rules else None))
    tea, shopper = await shop.product(), shop.shopper()
    await in_cart(shopper, tea)
    confirm = await shopper.press("cart_checkout")
    bill = (await shopper.press(pay_button(confirm))).only(SendInvoice)
    rules.clear()
    refused = await shopper.check_out(bill)
    assert not refused.only(AnswerPreCheckout).ok
    assert "To pay: 300 ⭐ instead of 150 ⭐" in refused.only(SendText).text.plain
    assert await shop.orders() == [("cancelled", 150)]
    anew = (await shopper.press(pay_button(refused))).only(SendInvoice)
    await shopper.pay(anew)
    assert await shop.orders() == [("cancelled", 150), ("paid", 300)]


async def test_a_changed_cart_takes_the_place_of_its_unpaid_order(connection: Connection) -> None:
    shop = await Shop.open(connection)
    tea, shopper = await shop.product(), shop.shopper()
    await in_cart(shopper, tea)
    await shopper.press(pay_button(await shopper.press("cart_checkout")))
    await in_cart(shopper, tea, 2)
    bill = (await shopper.press(pay_button(await shopper.press("cart_checkout")))).only(SendInvoice)
    assert await shop.orders() == [("cancelled", 300), ("created", 600)]
    await in_cart(shopper, tea, 3)
    await shopper.pay(bill)
    assert "Tea" not in (await shopper.press("cart")).screen.text.plain
    assert await connection.fetchval("SELECT quantity FROM cart_lines") == 1


async def test_an_order_that_is_being_paid_is_not_given_up(connection: Connection) -> None:
    shop = await Shop.open(connection)
    tea, shopper = await shop.product(), shop.shopper()
    await in_cart(shopper, tea)
    bill = (await shopper.press(pay_button(await shopper.press("cart_checkout")))).only(SendInvoice)
    assert (await shopper.check_out(bill)).only(AnswerPreCheckout).ok
    await in_cart(shopper, tea, 2)
    await shopper.press(pay_button(await shopper.press("cart_checkout")))
    assert await shop.orders() == [("created", 300), ("created", 600)]


async def test_pay_pressed_at_once_many_times_is_one_order(
    connection: Connection, pool: Pool
) -> None:
    shop = await Shop.open(connection, name="optional")
    tea, shopper = await shop.product(stock=1), shop.shopper()
    await in_cart(shopper, tea)
    button = pay_button(await shopper.press("cart_checkout"))

    async def press() -> SendInvoice:
        async with pool.acquire() as other:
            anna = Shopper(other, shop.origin, shop.enabled, telegram_id=9001, language="en")
            return (await anna.press(button)).only(SendInvoice)

    bills = await asyncio.gather(*(press() for _ in range(5)))
    assert len({bill.payload for bill in bills}) == 1
    assert await shop.orders() == [("created", 300)]


async def test_the_last_one_goes_to_one_of_two_carts(connection: Connection) -> None:
    shop = await Shop.open(connection)
    tea = await shop.product(stock=1)
    first, second = shop.shopper(1), shop.shopper(2)
    bills = []
    for shopper in (first, second):
        await in_cart(shopper, tea)
        confirm = await shopper.press("cart_checkout")
        bills.append((await shopper.press(pay_button(confirm))).only(SendInvoice))
    assert (await first.check_out(bills[0])).only(AnswerPreCheckout).ok
    late = await second.press("cart_checkout")
    assert "sold out" in late.screen.text.plain


async def test_another_persons_or_an_older_checkout_is_over(connection: Connection) -> None:
    shop = await Shop.open(connection, name="optional")
    tea, cup = await shop.product(), await shop.product()
    anna, boris = shop.shopper(1), shop.shopper(2)
    confirm = await anna.press(f"buy:{tea.id}")
    for data in confirm.buttons:
        if data.startswith("checkout"):
            assert "over already" in (await boris.press(data)).only(AnswerButton).text
    await anna.press(f"buy:{cup.id}")
    assert "over already" in (await anna.press(pay_button(confirm))).only(AnswerButton).text
    assert await shop.orders() == []


async def test_cancelling_a_question_leaves_the_cart_as_it_was(connection: Connection) -> None:
    shop = await Shop.open(connection, name="required", phone="required")
    tea, shopper = await shop.product(), shop.shopper()
    await in_cart(shopper, tea)
    await shopper.press("cart_checkout")
    left = await shopper.write("Cancel")
    assert "Nothing was ordered" in left.screen.text.plain and left.buttons == ["menu"]
    assert await connection.fetchval("SELECT quantity FROM cart_lines") == 1


async def test_every_screen_is_in_russian_for_a_russian(connection: Connection) -> None:
    shop = await Shop.open(connection, name="required", shipping=[COURIER, PICKUP])
    tea, shopper = await shop.product(title="Чай"), shop.shopper(language="ru")
    await in_cart(shopper, tea)
    ways = await shopper.press("cart_checkout")
    assert [item.text for row in ways.rows for item in row][:2] == [
        *("Курьер: 100 ⭐", "Самовывоз: бесплатно")
    ]
    await shopper.press(ways.buttons[0])
    confirm = await shopper.write("Анна")
    assert confirm.screen.text.plain == (
        "Проверьте, пожалуйста, заказ\n\nЧай — 300 ⭐\n\nКурьер: 100 ⭐\n\nИтого: 400 ⭐\n\nИмя: Анна"
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"shipping": [COURIER, COURIER]},
        {"shipping": [{"price_minor": 5}]},
        {"shipping": [COURIER | {"price_minor": -1}]},
        {"shipping": [COURIER | {"currency": "rub"}]},
        {"least_sums": [{"currency": "XTR"}, {"currency": "XTR"}]},
        {"tax_bp": 10_001},
        {"name": "maybe"},
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        CartSettings.model_validate(settings)


def test_a_way_of_shipping_is_the_same_whatever_it_costs() -> None:
    cheap = CartSettings.model_validate({"shipping": [COURIER]}).shipping[0]
    dear = CartSettings.model_validate({"shipping": [PICKUP, COURIER | {"price_minor": 900}]})
    assert cheap.key == dear.shipping[1].key != dear.shipping[0].key
