import pytest

from bots.sdk.replies import AnswerButton, EditText, SendText
from core.money import Money
from core.postgres import Connection
from core.shop import catalogue
from core.shop.catalogue import Product, VariantDraft
from core.shop.pricing import Discount
from tests.bots.modules.cart.buying import Shop, giver
from tests.bots.purse import purse
from tests.bots.shopper import Shopper, events


@pytest.fixture(name="shop")
async def opened_shop(connection: Connection) -> Shop:
    return await Shop.open(connection)


async def in_cart(shopper: Shopper, product: Product, quantity: int = 1) -> None:
    await shopper.press(f"cart_set:{product.id}:{quantity}")


async def lines(connection: Connection) -> list[tuple[int, int]]:
    rows = await connection.fetch(
        "SELECT product_id, quantity FROM cart_lines ORDER BY added_at, product_id"
    )
    return [(row["product_id"], row["quantity"]) for row in rows]


async def test_what_was_added_is_in_the_cart_with_its_sum(shop: Shop) -> None:
    tea = await shop.product(title="Tea", stock=5)
    cup = await shop.product(title="Cup", price_minor=50)
    shopper = shop.shopper()
    card = await shopper.press(f"product:{tea.id}")
    assert [f"buy:{tea.id}", f"cart_add:{tea.id}"] == card.buttons[:2]
    added = await shopper.press(f"cart_add:{tea.id}")
    assert added.screen.text.plain == "Tea is in your cart: 1"
    assert added.buttons == [f"cart_set:{tea.id}:0", f"cart_set:{tea.id}:2", "cart", "menu"]
    await shopper.press(added.buttons[1])
    await shopper.press(f"cart_add:{cup.id}")
    cart = await shopper.press("cart")
    assert isinstance(cart.screen, EditText)
    assert cart.screen.text.plain == "Your cart\n\nTea × 2 — 600 ⭐\nCup — 50 ⭐\n\nTotal: 650 ⭐"
    assert cart.buttons == [
        *(f"cart_set:{tea.id}:1", f"cart_count:{tea.id}", f"cart_set:{tea.id}:3"),
        *(f"cart_set:{cup.id}:0", f"cart_count:{cup.id}", f"cart_set:{cup.id}:2"),
        *("cart_checkout", "cart_clear", "menu"),
    ]
    menu = await shopper.start()
    assert "🛒 Cart · 3" in [item.text for row in menu.rows for item in row]
    told = [name for name in await events(shop.connection) if name.startswith("cart")]
    assert told == ["cart_item_added"] * 1 + ["cart_item_added", "cart_viewed"] + [
        "cart_item_added",
        "cart_viewed",
    ]
    row = await shop.connection.fetchrow(
        "SELECT sum(quantity) AS units, sum(amount_minor) AS minor FROM outbox "
        "WHERE event = 'cart_item_added'"
    )
    assert row is not None and (row["units"], row["minor"]) == (3, 650)


async def test_a_double_press_puts_one_in(shop: Shop) -> None:
    tea, shopper = await shop.product(), shop.shopper()
    await shopper.press(f"cart_add:{tea.id}")
    again = await shopper.press(f"cart_add:{tea.id}")
    assert again.only(AnswerButton).text == "In your cart: 1"
    assert await lines(shop.connection) == [(tea.id, 1)]
    await shop.connection.execute("UPDATE carts SET changed_at = now() - interval '2 seconds'")
    later = await shopper.press(f"cart_add:{tea.id}")
    assert later.only(AnswerButton).text == "In your cart: 2"


async def test_pressing_plus_or_minus_twice_is_pressing_it_once(shop: Shop) -> None:
    tea, shopper = await shop.product(), shop.shopper()
    await in_cart(shopper, tea, 2)
    for _ in range(2):
        await shopper.press(f"cart_set:{tea.id}:3")
    assert await lines(shop.connection) == [(tea.id, 3)]
    for _ in range(2):
        await shopper.press(f"cart_set:{tea.id}:0")
    assert await lines(shop.connection) == []
    assert (await events(shop.connection)).count("cart_item_removed") == 1


async def test_no_more_goes_in_than_there_is(shop: Shop) -> None:
    tea, shopper = await shop.product(stock=2), shop.shopper()
    seen = await shopper.press(f"cart_set:{tea.id}:5")
    assert seen.only(AnswerButton).text == "That is all there is: 2."
    assert await lines(shop.connection) == [(tea.id, 2)]


async def test_how_many_can_be_written(shop: Shop) -> None:
    tea, shopper = await shop.product(), shop.shopper()
    await in_cart(shopper, tea)
    asked = await shopper.press(f"cart_count:{tea.id}")
    assert "from 0 to 999" in asked.screen.text.plain
    assert "whole number" in (await shopper.write("a dozen")).screen.text.plain
    assert "× 12" in (await shopper.write("12")).screen.text.plain
    assert await lines(shop.connection) == [(tea.id, 12)]


async def test_a_cart_is_emptied_after_a_question(shop: Shop) -> None:
    tea, shopper = await shop.product(), shop.shopper()
    await in_cart(shopper, tea, 2)
    sure = await shopper.press("cart_clear")
    assert sure.buttons == ["cart_clear:yes", "cart"]
    assert "empty" in (await shopper.press("cart_clear:yes")).screen.text.plain
    assert await lines(shop.connection) == []


async def test_goods_of_another_currency_are_bought_separately(shop: Shop) -> None:
    tea, cup = await shop.product(), await shop.product(currency="RUB")
    shopper = shop.shopper()
    await in_cart(shopper, tea)
    answer = (await shopper.press(f"cart_add:{cup.id}")).only(AnswerButton)
    assert answer.alert and "separately" in answer.text
    assert await lines(shop.connection) == [(tea.id, 1)]
    await shop.connection.execute(
        "INSERT INTO cart_lines (shop_id, buyer_no, product_id, title, quantity) "
        "SELECT shop_id, buyer_no, $1, 'Cup', 1 FROM carts",
        cup.id,
    )  # its currency was changed after it was put in
    cart = await shopper.press("cart")
    assert "Cup is priced in another currency (₽)" in cart.screen.text.plain
    assert "Total: 300 ⭐" in cart.screen.text.plain


async def test_what_is_gone_leaves_with_a_word_and_what_is_short_is_lowered(shop: Shop) -> None:
    tea, cup, pot = [await shop.product(title=title, stock=9) for title in ("Tea", "Cup", "Pot")]
    shopper = shop.shopper()
    for product in (tea, cup, pot):
        await in_cart(shopper, product, 3)
    await shop.connection.execute("UPDATE products SET is_active = false WHERE id = $1", tea.id)
    await shop.connection.execute("UPDATE products SET stock = 2 WHERE id = $1", cup.id)
    await shop.connection.execute("UPDATE products SET stock = 0 WHERE id = $1", pot.id)
    cart = await shopper.press("cart_checkout")
    text = cart.screen.text.plain
    assert "Tea is no longer on sale" in text and "Cup: only 2 left" in text
    assert "Pot is sold out" in text and "Total: 600 ⭐" in text
    assert await lines(shop.connection) == [(cup.id, 2), (pot.id, 3)]
    assert f"cart_set:{pot.id}:0" in cart.buttons
    confirm = await shopper.press("cart_checkout")
    assert "Not in this order: Pot" in confirm.screen.text.plain


async def test_discounts_of_other_modules_are_in_the_cart(connection: Connection) -> None:
    promo = giver(lambda: Discount("promo", "SPRING", "giver", share_bp=1000))
    shop = await Shop.open(connection, purse(), promo)
    tea, shopper = await shop.product(), shop.shopper()
    await in_cart(shopper, tea, 2)
    text = (await shopper.press("cart")).screen.text.plain
    assert "SPRING: −60 ⭐" in text and f"Total: {Money(540, 'XTR')}" in text


async def test_variants_are_lines_of_their_own(shop: Shop) -> None:
    shirt, shopper = await shop.product(title="Shirt"), shop.shopper()
    sizes = [
        await catalogue.add_variant(
            shop.connection, shop.origin.shop_id, shirt.id, VariantDraft(title=title)
        )
        for title in ("S", "M")
    ]
    asked = await shopper.press(f"cart_add:{shirt.id}")
    assert isinstance(asked.screen, SendText)
    assert asked.buttons[:2] == [f"cart_add:{shirt.id}.{size.id}" for size in sizes]
    for data in asked.buttons[:2]:
        await shopper.press(data)
    text = (await shopper.press("cart")).screen.text.plain
    assert "Shirt, S — 300 ⭐\nShirt, M — 300 ⭐" in text
    bare = await shopper.press(f"cart_set:{shirt.id}:1")  # no variant: never sent by us
    assert "Shirt — " not in bare.screen.text.plain


async def test_a_cart_has_a_limit_of_different_things(shop: Shop) -> None:
    shopper = shop.shopper()
    for _ in range(31):
        seen = await shopper.press(f"cart_add:{(await shop.product()).id}")
    answer = seen.only(AnswerButton)
    assert answer.alert and "up to 30" in answer.text
    assert len(await lines(shop.connection)) == 30
    cart = await shopper.press("cart")
    assert len(cart.buttons) < 100  # Telegram's limit


@pytest.mark.parametrize(
    "data",
    ["cart_set", "cart_set:", "cart_set:x:1", "cart_set:1.x:2", "cart_set:1:-1", "cart_count:x"]
    + ["cart_set:99:5", "cart_set:9999999999999999999:1", "cart_clear:no", "cart:x", "cart_forget"]
    + ["cart_quiet", "checkout:1", "checkout_pay:1.x.y", "checkout_ship:", "checkout_edit:x"]
    + ["checkout_field:1.name", "checkout_field:1.x", "checkout_shipping:0"],
)
async def test_foreign_data_changes_nothing_and_is_answered(shop: Shop, data: str) -> None:
    shopper = shop.shopper()
    seen = await shopper.press(data)
    assert seen.replies
    assert await lines(shop.connection) == [] and await shop.orders() == []


async def test_a_cart_is_of_one_shopper_in_one_shop(shop: Shop) -> None:
    tea, shopper = await shop.product(), shop.shopper()
    await in_cart(shopper, tea)
    other = await Shop.open(shop.connection)
    assert "empty" in (await other.shopper().press("cart")).screen.text.plain
    assert "empty" in (await shop.shopper(2).press("cart")).screen.text.plain
