"""What codes give: gifts, free shipping, several together, and what does not fit."""

from typing import Any

from bots.sdk.context import Scope
from bots.sdk.points import Reward, RewardWay
from bots.sdk.replies import AnswerPreCheckout, SendText
from bots.sdk.transaction import Transaction
from core.money import Money
from core.postgres import Connection
from core.shop import customers, shops
from tests.bots.modules.promo.promotion import (
    asked,
    bill_of,
    entered,
    in_cart,
    made,
    open_shop,
    pay_button,
)
from tests.bots.purse import purse
from tests.bots.shopper import outgoing


async def test_a_gift_is_a_line_that_costs_nothing(connection: Connection) -> None:
    shop = await open_shop(connection)
    mug = await shop.product(title="Mug", price_minor=120, stock=1)
    await made(shop, kind="goods", gift_product_id=mug.id)
    shopper = shop.shopper()
    await in_cart(shop, shopper, title="Tea")
    cart = (await entered(shopper, "SPRING")).screen.text.plain
    assert "Mug — 120 ⭐" in cart and "Promo code SPRING: −120 ⭐" in cart
    assert "Total: 300 ⭐" in cart
    bill = await bill_of(shopper)
    assert (await shopper.check_out(bill)).only(AnswerPreCheckout).ok
    await shopper.pay(bill)
    assert await shop.orders() == [("paid", 300)]
    assert await connection.fetchval("SELECT stock FROM products WHERE id = $1", mug.id) == 0
    lines = await connection.fetch(
        "SELECT is_gift, unit_price_minor - discount_minor AS paid FROM order_lines ORDER BY line"
    )
    assert [tuple(row) for row in lines] == [(False, 300), (True, 0)]


async def test_a_gift_that_has_run_out_is_told_before_paying(connection: Connection) -> None:
    shop = await open_shop(connection)
    mug = await shop.product(title="Mug", price_minor=120, stock=1)
    await made(shop, kind="goods", gift_product_id=mug.id)
    shopper = shop.shopper()
    tea = await shop.product(title="Tea")
    await entered(shopper, "SPRING")
    bill = await asked(shopper, await shopper.press(f"buy:{tea.id}"))
    await connection.execute("UPDATE products SET stock = 0 WHERE id = $1", mug.id)
    refused = await shopper.check_out(bill)
    assert not refused.only(AnswerPreCheckout).ok
    assert "Mug: no longer in the order" in refused.screen.text.plain
    assert "no gift for this order" in refused.screen.text.plain
    assert (await asked(shopper, refused)).price.amount_minor == 300


async def test_the_last_one_is_given_once(connection: Connection) -> None:
    shop = await open_shop(connection)
    mug = await shop.product(title="Mug", price_minor=120, stock=1)
    for code in ("ONE", "TWO"):
        await made(shop, code, kind="goods", gift_product_id=mug.id, is_together=True)
    shopper = shop.shopper()
    await in_cart(shop, shopper, title="Tea")
    await entered(shopper, "ONE")
    cart = (await entered(shopper, "TWO")).screen.text.plain
    assert cart.count("Mug — 120 ⭐") == 1 and "Promo code TWO: there is no gift" in cart
    bill = await bill_of(shopper)
    assert (await shopper.check_out(bill)).only(AnswerPreCheckout).ok
    await shopper.pay(bill)
    assert await shop.orders() == [("paid", 300)]


async def test_shipping_is_free_with_it(connection: Connection) -> None:
    courier = {"title": {"ru": "Курьер", "en": "Courier"}, "price_minor": 100}
    shop = await open_shop(connection, cart={"shipping": [courier]})
    await made(shop, kind="shipping", most_uses=1)
    shopper = shop.shopper()
    await in_cart(shop, shopper, title="Tea")
    cart = (await entered(shopper, "SPRING")).screen.text.plain
    assert "Promo code SPRING: shipping is free" in cart
    bill = await bill_of(shopper)
    assert bill.price.amount_minor == 300
    await shopper.pay(bill)
    assert await connection.fetchval("SELECT count(*) FROM promo_uses") == 1
    assert await connection.fetchval("SELECT count(*) FROM promo_entered") == 0


async def test_a_pick_up_does_not_use_free_shipping_up(connection: Connection) -> None:
    ways = [
        {"title": {"ru": "Курьер", "en": "Courier"}, "price_minor": 100},
        {"title": {"ru": "Самовывоз", "en": "Pick-up"}, "needs_address": False},
    ]
    shop = await open_shop(connection, cart={"shipping": ways})
    await made(shop, kind="shipping")
    shopper = shop.shopper()
    tea = await shop.product()
    await entered(shopper, "SPRING")
    for way, uses in ((1, 0), (0, 1)):
        offered = await shopper.press(f"buy:{tea.id}")
        if "checkout_edit" in " ".join(offered.buttons):
            edit = next(each for each in offered.buttons if each.startswith("checkout_edit"))
            change = (await shopper.press(edit)).buttons[0]
            offered = await shopper.press(change)
        confirm = await shopper.press(offered.buttons[way])
        bill = await asked(shopper, confirm)
        assert bill.price.amount_minor == 300
        await shopper.pay(bill)
        assert await connection.fetchval("SELECT count(*) FROM promo_uses") == uses


async def test_a_bill_that_asks_for_shipping_keeps_the_code_for_it(connection: Connection) -> None:
    courier = {"title": {"ru": "Курьер", "en": "Courier"}, "price_minor": 100}
    flexible = purse(asks_shipping=True)
    shop = await open_shop(connection, flexible, cart={"shipping": [courier]})
    await made(shop, kind="shipping")
    shopper = shop.shopper()
    await in_cart(shop, shopper, title="Tea")
    await entered(shopper, "SPRING")
    assert (await bill_of(shopper)).price.amount_minor == 300
    assert await connection.fetchval("SELECT count(*) FROM promo_uses") == 1


async def test_what_does_not_fit_the_basket_says_why_and_waits(connection: Connection) -> None:
    shop = await open_shop(connection)
    tea = await shop.product(title="Tea")
    await made(shop, "BIG", least_minor=500, currency="XTR")
    await made(shop, "CUPS", product_ids=[tea.id])
    shopper = shop.shopper()
    await in_cart(shop, shopper, title="Cup")
    assert "for orders from 500 ⭐" in (await entered(shopper, "BIG")).screen.text.plain
    replaced = (await entered(shopper, "CUPS")).screen.text.plain
    assert "in place of BIG" in replaced and "for other products" in replaced
    await shopper.press(f"cart_set:{tea.id}:1")
    assert "Promo code CUPS: −30 ⭐" in (await shopper.press("cart")).screen.text.plain


async def test_codes_that_go_together_apply_in_one_order(connection: Connection) -> None:
    shop = await open_shop(connection, most_together=2)
    together: dict[str, Any] = {"is_together": True}
    await made(shop, "MINUS", kind="amount", amount_minor=100, currency="XTR", **together)
    await made(shop, "TEN", **together)
    await made(shop, "MORE", **together)
    shopper = shop.shopper()
    await in_cart(shop, shopper, 2, title="Tea")
    await entered(shopper, "MINUS")
    cart = (await entered(shopper, "TEN")).screen.text.plain
    assert "Promo code TEN: −60 ⭐\nPromo code MINUS: −100 ⭐" in cart
    assert "440 ⭐" in cart
    assert "fit into this order (at most 2)" in (await entered(shopper, "MORE")).screen.text.plain
    await shopper.pay(await bill_of(shopper))
    assert await shop.orders() == [("paid", 440)]
    await connection.execute("UPDATE promo_codes SET most_per_buyer = NULL, ends_at = NULL")
    for code in ("MINUS", "TEN"):
        await entered(shopper, code)
    await connection.execute("UPDATE promo_codes SET ends_at = now() WHERE code = 'TEN'")
    assert "MORE is accepted." in (await entered(shopper, "MORE")).screen.text.plain


async def test_a_discount_of_more_than_everything_leaves_nothing_to_pay(
    connection: Connection,
) -> None:
    shop = await open_shop(connection)
    await made(shop, kind="amount", amount_minor=10_000, currency="XTR", first_order_only=True)
    shopper = shop.shopper()
    await in_cart(shop, shopper, title="Tea")
    await entered(shopper, "SPRING")
    confirm = await shopper.press("cart_checkout")
    assert "Total: 0 ⭐" in confirm.screen.text.plain
    await shopper.press(pay_button(confirm))
    assert await shop.orders() == [("paid", 0)]


async def test_a_reward_is_a_code_of_ones_own_for_one_order(connection: Connection) -> None:
    shop = await open_shop(connection)
    shopper, other = shop.shopper(), shop.shopper(2)
    async with connection.transaction():
        settings = await shops.get(connection, shop.origin.shop_id)
        transaction = Transaction(connection, shop.origin, settings, enabled=shop.enabled)
        item = next(each for each in shop.enabled if each.key == "promo")
        buyer = await customers.touch(connection, shop.origin.shop_id, shopper.profile)
        scope: Scope[Any] = Scope(transaction, item, buyer)
        reward = Reward(amount=Money(50, "XTR"), key="referral:1", reason="Thank you!")
        (way,) = await scope.offered(RewardWay, reward.amount)
        await way.give(scope.of(way), reward)
    ((_, _, message),) = await outgoing(connection)
    assert isinstance(message, SendText)
    code: str = await connection.fetchval("SELECT code FROM promo_codes")
    assert message.text.plain == f"Thank you! Your promo code {code}: 50 ⭐ off one order."
    assert "menu:below" in repr(message.keyboard)
    for each in (other, shopper):
        await in_cart(shop, each, title="Tea")
    assert "Total: 300 ⭐" not in (await entered(other, code)).screen.text.plain
    assert "Total: 250 ⭐" in (await entered(shopper, code)).screen.text.plain
