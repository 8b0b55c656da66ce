"""The shopper's way with a code: entered, in the bill, in the order, taken away."""

import json

import pytest

from bots.modules.promo.people import PEOPLE
from bots.sdk.replies import AnswerPreCheckout, SendText
from core import people
from core.postgres import Connection
from tests.bots.modules.promo.promotion import (
    asked,
    bill_of,
    entered,
    in_cart,
    made,
    open_shop,
    pay_button,
    rejected,
)
from tests.bots.shopper import events


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


HOSTILE = ("\u202eGNIRPS", "🎁", "<b>x</b>", "S" * 200, "a\x00b", "שלום", "'; DROP TABLE x; --")


async def test_whatever_is_typed_or_pressed_is_answered(connection: Connection) -> None:
    shop = await open_shop(connection)
    for number, typed in enumerate(HOSTILE):
        seen = await entered(shop.shopper(number), typed)
        assert "does not work" in seen.screen.text.plain
    for data in ("promo", "promo:", "promo_remove:", "promo_remove:cart.-1", "promo_back:x.y"):
        assert (await shop.shopper().press(data)).replies


async def test_nothing_of_an_erased_shopper_is_kept(connection: Connection) -> None:
    shop = await open_shop(connection)
    await made(shop)
    shopper = shop.shopper()
    await in_cart(shop, shopper, title="Tea")
    await entered(shopper, "NOSUCH")
    await entered(shopper, "SPRING")
    await shopper.pay(await bill_of(shopper))
    await made(shop, "THEIRS", buyer_no=1)
    await entered(shopper, "THEIRS")
    whose = (shop.origin.shop_id, 1)
    handed_out = await people.export(connection, PEOPLE, *whose)
    assert handed_out["promo_codes"][0]["code"] == "THEIRS"
    assert len(handed_out["promo_entered"]) == len(handed_out["promo_guesses"]) == 1
    await people.erase(connection, PEOPLE, *whose)
    assert not any((await people.count(connection, PEOPLE, *whose)).values())
    assert await connection.fetchval("SELECT count(*) FROM promo_uses") == 1  # the shop's figures
