"""The shopper's way with a code: entered, in the bill, in the order, taken away."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bots.sdk.replies import AnswerPreCheckout, SendInvoice, SendText
from core.postgres import Connection
from tests.bots.modules.cart.buying import Shop
from tests.bots.modules.promo.promotion import bank, entered, made, open_shop, pay_button
from tests.bots.purse import purse
from tests.bots.shopper import Seen, Shopper, events


async def in_cart(shop: Shop, shopper: Shopper, quantity: int = 1, **values: Any) -> int:
    product = await shop.product(**values)
    await shopper.press(f"cart_set:{product.id}:{quantity}")
    return product.id


async def bill_of(shopper: Shopper) -> SendInvoice:
    """Of what is in the cart."""
    return await asked(shopper, await shopper.press("cart_checkout"))


async def asked(shopper: Shopper, confirm: Seen) -> SendInvoice:
    bill = (await shopper.press(pay_button(confirm))).only(SendInvoice)
    return bill.model_copy(update={"on_sent": ()})


async def rejected(connection: Connection) -> list[str]:
    rows = await connection.fetch(
        "SELECT props FROM outbox WHERE event = 'promo_rejected' ORDER BY xid, pos"
    )
    return [json.loads(row["props"])["reason"] for row in rows]


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_a_code_is_a_line_of_the_bill_and_can_be_taken_away(
    connection: Connection, language: str
) -> None:
    shop = await open_shop(connection)
    shopper = shop.shopper(language=language)
    await in_cart(shop, shopper, 2, title="Tea")
    assert "promo:cart" not in (await shopper.press("cart")).buttons  # the shop has no code
    code = await made(shop)
    assert "promo:cart" in (await shopper.press("cart")).buttons
    asked_for = await shopper.press("promo:cart")
    assert {"ru": "Напишите промокод", "en": "Write your promo code"}[language] in (
        asked_for.screen.text.plain
    )
    cart = await shopper.write(" ѕрrіng ")  # partly Cyrillic
    line = {"ru": "Промокод SPRING: −60 ⭐", "en": "Promo code SPRING: −60 ⭐"}[language]
    assert line in cart.screen.text.plain and "540 ⭐" in cart.screen.text.plain
    assert "SPRING" in cart.screen.text.plain.split("\n\n")[0]  # the notice
    shown = await shopper.press("promo:cart")
    assert f"promo_remove:cart.{code.id}" in shown.buttons
    removed = await shopper.press(f"promo_remove:cart.{code.id}")
    assert "600 ⭐" in removed.screen.text.plain and line not in removed.screen.text.plain
    again = await shopper.press(f"promo_remove:cart.{code.id}")
    assert "600 ⭐" in again.screen.text.plain
    told = await events(connection)
    assert told.count("promo_applied") == 1 and "promo_rejected" not in told


async def test_an_order_is_paid_with_it_once(connection: Connection) -> None:
    shop = await open_shop(connection)
    await made(shop)
    shopper = shop.shopper()
    await in_cart(shop, shopper, 2, title="Tea")
    await entered(shopper, "spring")
    bill = await bill_of(shopper)
    assert bill.price.amount_minor == 540
    assert (await shopper.check_out(bill)).only(AnswerPreCheckout).ok
    await shopper.pay(bill)
    assert await shop.orders() == [("paid", 540)]
    props = await connection.fetchval("SELECT props FROM outbox WHERE event = 'order_paid'")
    assert json.loads(props)["discount_minor"] == 60
    uses = await connection.fetch("SELECT discount_minor FROM promo_uses")
    assert [row["discount_minor"] for row in uses] == [60]
    await in_cart(shop, shopper, 1)
    assert "Promo code SPRING" not in (await shopper.press("cart")).screen.text.plain
    assert "does not work" in (await entered(shopper, "SPRING")).screen.text.plain
    assert await rejected(connection) == ["used"]


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


async def test_a_single_product_is_bought_with_it(connection: Connection) -> None:
    shop = await open_shop(connection)
    await made(shop, kind="amount", amount_minor=50, currency="XTR")
    shopper = shop.shopper()
    tea = await shop.product()
    await shopper.press("promo_enter:cart")
    kept = await shopper.write("SPRING")
    assert "accepted" in kept.screen.text.plain and "empty" in kept.screen.text.plain
    confirm = await shopper.press(f"buy:{tea.id}")
    assert "Promo code SPRING: −50 ⭐" in confirm.screen.text.plain
    assert "promo:order" in confirm.buttons
    shown = await shopper.press("promo:order")
    back = await shopper.press("promo_back:order")
    assert "Total: 250 ⭐" in back.screen.text.plain and "promo_back:order" in shown.buttons
    assert (await asked(shopper, back)).price.amount_minor == 250


async def test_leaving_the_question_leads_back(connection: Connection) -> None:
    shop = await open_shop(connection)
    await made(shop)
    shopper = shop.shopper()
    await in_cart(shop, shopper, title="Tea")
    await shopper.press("promo:cart")
    assert "Tea" in (await shopper.write("Cancel")).screen.text.plain
    confirm = await shopper.press("cart_checkout")
    await shopper.press("promo:order")
    left = await shopper.write("Cancel")
    assert pay_button(left) == pay_button(confirm)


async def test_whatever_is_wrong_is_said_in_the_same_words(connection: Connection) -> None:
    shop = await open_shop(connection)
    now = datetime.now(UTC)
    await made(shop, "OFF1", ends_at=now - timedelta(days=1))
    await made(shop, "SOON", starts_at=now + timedelta(days=1))
    stranger = await connection.fetchval(
        "INSERT INTO customers (shop_id, telegram_id, buyer_no) VALUES ($1, 5, 99) RETURNING 99",
        shop.origin.shop_id,
    )
    await made(shop, "THEIRS", buyer_no=stranger)
    gone = await made(shop, "GONE")
    await connection.execute("UPDATE promo_codes SET is_active = false WHERE id = $1", gone.id)
    shopper = shop.shopper()
    said = {
        (await entered(shopper, code)).screen.text.plain
        for code in ("NOSUCH", "OFF1", "SOON", "THEIRS")
    }
    assert len(said) == 1 and "does not work" in said.pop()
    assert await rejected(connection) == ["unknown", "expired", "early", "not_yours"]
    locked = await entered(shopper, "GONE")
    assert "in 15 minutes" in locked.screen.text.plain


async def test_after_five_wrong_codes_even_a_right_one_is_locked(connection: Connection) -> None:
    shop = await open_shop(connection)
    await made(shop)
    shopper, other = shop.shopper(), shop.shopper(2)
    for number in range(5):
        last = await entered(shopper, f"GUESS{number}")
    right = await entered(shopper, "SPRING")
    said = [seen.screen.text.plain.split("\n\n")[0] for seen in (last, right)]
    assert said[0] == said[1] and "Too many" in said[0]
    assert await rejected(connection) == ["unknown"] * 5 + ["locked"]
    assert "accepted" in (await entered(other, "SPRING")).screen.text.plain
    await connection.execute("UPDATE promo_guesses SET locked_until = now()")
    assert "accepted" in (await entered(shopper, "SPRING")).screen.text.plain


async def test_wrong_codes_of_long_ago_do_not_lock(connection: Connection) -> None:
    shop = await open_shop(connection)
    await made(shop)
    shopper = shop.shopper()
    for number in range(4):
        await entered(shopper, f"GUESS{number}")
    await connection.execute(
        "UPDATE promo_guesses SET wrong_at = ARRAY(SELECT at - interval '5 minutes' "
        "FROM unnest(wrong_at) AS at)"
    )
    assert "does not work" in (await entered(shopper, "GUESS")).screen.text.plain
    assert "accepted" in (await entered(shopper, "SPRING")).screen.text.plain


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
    assert "this many promo codes: 2" in (await entered(shopper, "MORE")).screen.text.plain
    await shopper.pay(await bill_of(shopper))
    assert await shop.orders() == [("paid", 440)]


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


async def test_a_link_carries_a_code(connection: Connection) -> None:
    shop = await open_shop(connection)
    code = await made(shop)
    assert code.link == "promo_SPRING"
    shopper = shop.shopper()
    seen = await shopper.start(code.link)
    texts = [reply.text.plain for reply in seen.replies if isinstance(reply, SendText)]
    assert texts == ["The promo code SPRING is accepted.", "The counter"]
    assert (await shopper.start("ig")).screen.text.plain == "The counter"


async def test_the_command_takes_a_code_or_asks_for_one(connection: Connection) -> None:
    shop = await open_shop(connection)
    await made(shop)
    shopper = shop.shopper()
    await in_cart(shop, shopper, title="Tea")
    assert "Write your promo code" in (await shopper.command("promo")).screen.text.plain
    assert "does not work" in (await shopper.command("promo", "NOPE")).screen.text.plain
    assert "270 ⭐" in (await shopper.command("promo", "spring")).screen.text.plain


@pytest.mark.parametrize(
    "typed", ["\u202eGNIRPS", "🎁", "<b>x</b>", "S" * 200, "a\x00b", "שלום", "'; DROP TABLE x; --"]
)
async def test_whatever_is_typed_is_answered(connection: Connection, typed: str) -> None:
    shop = await open_shop(connection)
    shopper = shop.shopper()
    assert "does not work" in (await entered(shopper, typed)).screen.text.plain
    for data in ("promo", "promo:", "promo_remove:", "promo_remove:cart.-1", "promo_back:x.y"):
        assert (await shopper.press(data)).replies
