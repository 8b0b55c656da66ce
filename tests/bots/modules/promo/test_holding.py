"""A code is kept by an unpaid order, checked again when it is paid, and free again."""

from bots.sdk.replies import AnswerPreCheckout
from core.postgres import Connection
from core.shop import customers, orders, payments
from tests.bots.modules.promo.promotion import (
    asked,
    bank,
    bill_of,
    entered,
    in_cart,
    made,
    open_shop,
    pay_button,
    rejected,
)
from tests.factories import charge_of


async def test_a_code_that_ends_between_bill_and_payment_is_told(connection: Connection) -> None:
    shop = await open_shop(connection)
    await made(shop)
    shopper = shop.shopper()
    await in_cart(shop, shopper, title="Tea")
    await entered(shopper, "SPRING")
    bill = await bill_of(shopper)
    await connection.execute("UPDATE promo_codes SET ends_at = now()")
    refused = await shopper.check_out(bill)
    assert not refused.only(AnswerPreCheckout).ok
    text = refused.screen.text.plain
    assert "Promo code SPRING: no longer in the order" in text
    assert "To pay: 300 ⭐ instead of 270 ⭐" in text and "no longer valid" in text
    await shopper.pay(await asked(shopper, refused))
    assert await shop.orders() == [("cancelled", 270), ("paid", 300)]


async def test_a_code_that_ends_after_the_bill_was_shown_is_told(connection: Connection) -> None:
    shop = await open_shop(connection)
    await made(shop)
    shopper = shop.shopper()
    await in_cart(shop, shopper, title="Tea")
    await entered(shopper, "SPRING")
    confirm = await shopper.press("cart_checkout")
    await connection.execute("UPDATE promo_codes SET is_active = false")
    changed = await shopper.press(pay_button(confirm))
    assert "To pay: 300 ⭐ instead of 270 ⭐" in changed.screen.text.plain
    assert await shop.orders() == []


async def test_an_unpaid_order_keeps_the_last_use_and_gives_it_back(
    connection: Connection,
) -> None:
    shop = await open_shop(connection)
    await made(shop, most_uses=1)
    first, second = shop.shopper(1), shop.shopper(2)
    for shopper in (first, second):
        await in_cart(shop, shopper, title="Tea")
    await entered(first, "SPRING")
    await entered(second, "SPRING")
    bill = await bill_of(first)
    assert "no longer valid" in (await second.press("cart")).screen.text.plain
    await connection.execute(
        "UPDATE orders SET status = 'expired', expires_at = NULL WHERE status = 'created'"
    )
    assert "−30 ⭐" in (await second.press("cart")).screen.text.plain
    await second.pay(await bill_of(second))
    assert not (await first.check_out(bill)).only(AnswerPreCheckout).ok
    assert "no longer valid" in (await first.press("cart")).screen.text.plain
    assert await shop.orders() == [("expired", 270), ("paid", 270)]


async def test_a_changed_cart_takes_its_code_along(connection: Connection) -> None:
    shop = await open_shop(connection)
    await made(shop, most_uses=1, first_order_only=True)
    shopper = shop.shopper()
    tea = await in_cart(shop, shopper, title="Tea")
    await entered(shopper, "SPRING")
    await bill_of(shopper)
    await shopper.press(f"cart_set:{tea}:2")
    assert (await bill_of(shopper)).price.amount_minor == 540
    assert await shop.orders() == [("cancelled", 270), ("created", 540)]


async def test_of_two_bills_with_one_use_the_older_one_loses_it(connection: Connection) -> None:
    shop = await open_shop(connection)
    await made(shop)
    shopper = shop.shopper()
    tea, cup = await shop.product(title="Tea"), await shop.product(title="Cup")
    await entered(shopper, "SPRING")
    older = await asked(shopper, await shopper.press(f"buy:{tea.id}"))
    newer = await asked(shopper, await shopper.press(f"buy:{cup.id}"))
    assert (older.price.amount_minor, newer.price.amount_minor) == (270, 270)
    assert (await shopper.check_out(newer)).only(AnswerPreCheckout).ok
    refused = await shopper.check_out(older)
    assert not refused.only(AnswerPreCheckout).ok
    assert "kept for your unpaid order" in refused.screen.text.plain
    await shopper.pay(newer)
    assert await shop.orders() == [("cancelled", 270), ("paid", 270)]


async def test_a_first_order_code_is_for_the_first_order(connection: Connection) -> None:
    shop = await open_shop(connection)
    await made(shop, first_order_only=True, most_per_buyer=None)
    shopper = shop.shopper()
    tea = await shop.product()
    await shopper.pay(await shopper.buy(tea.id))
    assert "does not work" in (await entered(shopper, "SPRING")).screen.text.plain
    assert await rejected(connection) == ["not_first"]


async def test_a_way_to_pay_that_keeps_the_order_at_once_takes_the_code(
    connection: Connection,
) -> None:
    shop = await open_shop(connection, bank())
    mug = await shop.product(title="Mug", stock=1)
    await made(shop, most_uses=1, is_together=True)
    await made(shop, "GIFT", kind="goods", gift_product_id=mug.id, is_together=True)
    shopper, other = shop.shopper(), shop.shopper(2)
    await in_cart(shop, shopper, title="Tea")
    await entered(shopper, "SPRING")
    await entered(other, "SPRING")
    await entered(shopper, "GIFT")
    sent = await shopper.press(pay_button(await shopper.press("cart_checkout")))
    assert sent.screen.text.plain == "Send 270"
    assert await connection.fetchval("SELECT count(*) FROM promo_uses") == 2
    await in_cart(shop, other, title="Tea")
    assert "no longer valid" in (await other.press("cart")).screen.text.plain


async def test_an_order_that_can_still_be_paid_keeps_its_code(connection: Connection) -> None:
    """By transfer, whose proof comes after the units are for others again."""
    shop = await open_shop(connection, bank())
    await made(shop)
    shopper = shop.shopper()
    tea, cup = await shop.product(title="Tea"), await shop.product(title="Cup")
    await entered(shopper, "SPRING")
    await shopper.press(pay_button(await shopper.press(f"buy:{tea.id}")))
    await connection.execute("UPDATE orders SET reserved_until = now() - interval '1 minute'")
    assert (await shopper.press(f"buy:{cup.id}")).screen.text.plain == "Send 300"
    await shopper.press(f"cart_set:{cup.id}:1")
    assert "kept for your unpaid order" in (await shopper.press("cart")).screen.text.plain

    older = await orders.get(connection, await connection.fetchval("SELECT min(id) FROM orders"))
    payer = await customers.numbered(connection, older.shop_id, older.buyer_no)
    assert payer is not None
    async with connection.transaction():
        await payments.keep_waiting(connection, older.id, minutes=60)
        await payments.pay(
            connection, shop.origin, payer, order_id=older.id, charge=charge_of(older, payer)
        )
    assert await shop.orders() == [("paid", 270), ("created", 300)]


async def test_an_order_whose_time_to_pay_is_over_gives_its_code_back(
    connection: Connection,
) -> None:
    shop = await open_shop(connection, bank())
    await made(shop)
    shopper = shop.shopper()
    tea, cup = await shop.product(title="Tea"), await shop.product(title="Cup")
    await entered(shopper, "SPRING")
    await shopper.press(pay_button(await shopper.press(f"buy:{tea.id}")))
    await connection.execute("UPDATE orders SET reserved_until = now(), expires_at = now()")
    seen = await shopper.press(pay_button(await shopper.press(f"buy:{cup.id}")))
    assert seen.screen.text.plain == "Send 270"
    assert await connection.fetchval("SELECT count(*) FROM promo_uses") == 1
