"""A paused bot: what it says, and what goes on."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bots.sdk.pausing import Pause, goes_on, replies_in
from bots.sdk.replies import AnswerButton, AnswerPreCheckout, AnswerShipping, SendText
from bots.sdk.updates import (
    Address,
    Blocked,
    Button,
    Command,
    Message,
    PaymentReceived,
    PaymentRefunded,
    PreCheckout,
    ShippingQuery,
    Start,
    Unblocked,
    Update,
)
from core.events import Bilingual
from core.postgres import Connection
from tests.bots.shopper import Shopper, enabled_modules
from tests.factories import create_origin, create_product

WHEN: dict[str, Any] = {"chat_id": 9001, "occurred_at": datetime(2026, 1, 1, tzinfo=UTC)}
BILL: dict[str, Any] = WHEN | {"payload": "1", "currency": "XTR"}
ADDRESS = Address(country="RU", city="Тула")
SAID = Pause(Bilingual("Мы в отпуске до пятницы.", "We are away until Friday."))
PRESSED = Button(action="cart", argument="", query_id=5, message_id=1, **WHEN)
CHECKED = PreCheckout(query_id=6, amount_minor=300, **BILL)


@pytest.mark.parametrize(
    "update",
    [
        Start(code="", **WHEN),
        Command(name="catalogue", argument="", **WHEN),
        Message(kind="text", text="hello", **WHEN),
    ],
    ids=["start", "command", "message"],
)
def test_whoever_writes_is_told_one_sentence_in_their_language(update: Update) -> None:
    (russian,) = replies_in(SAID, update, "ru")
    (english,) = replies_in(SAID, update, "en")
    assert isinstance(russian, SendText) and isinstance(english, SendText)
    assert russian.text.plain == "Мы в отпуске до пятницы."
    assert english.text.plain == "We are away until Friday."
    assert not replies_in(Pause(None), update, "ru")


def test_what_telegram_waits_for_is_answered_and_nothing_can_be_paid() -> None:
    shipping = ShippingQuery(query_id=7, payload="1", address=ADDRESS, **WHEN)
    for pause in (SAID, Pause(None)):
        (pressed,) = replies_in(pause, PRESSED, "en")
        (refused,) = replies_in(pause, CHECKED, "en")
        (unshipped,) = replies_in(pause, shipping, "en")
        assert isinstance(pressed, AnswerButton) and pressed.alert == (pause is SAID)
        assert isinstance(refused, AnswerPreCheckout) and not refused.ok and refused.error
        assert isinstance(unshipped, AnswerShipping) and unshipped.error


def test_what_is_owed_goes_on() -> None:
    paid = PaymentReceived(provider="stars", charge_id="c", amount_minor=300, **BILL)
    returned = PaymentRefunded(charge_id="c", amount_minor=300, **BILL)
    handled: list[Update] = [paid, returned, Blocked(**WHEN), Unblocked(**WHEN)]
    assert all(goes_on(update) for update in handled)
    for name in ("terms", "paysupport", "help", "privacy", "cancel"):
        assert goes_on(Command(name=name, argument="", **WHEN))
    withheld: list[Update] = [PRESSED, CHECKED, Start(code="", **WHEN)]
    assert not any(goes_on(update) for update in withheld)


async def test_a_payment_that_was_under_way_is_booked_in_the_pause(connection: Connection) -> None:
    origin = await create_origin(connection)
    product = await create_product(connection, origin.shop_id)
    enabled = enabled_modules(catalogue={}, cart={}, stars={}, orders={}, menu={})
    shopper = Shopper(connection, origin, enabled)
    invoice = await shopper.buy(product.id)
    shopper.pause = SAID
    for seen in (await shopper.start(), await shopper.write("hello")):
        assert seen.taken_by is None
        assert seen.only(SendText).text.plain == "Мы в отпуске до пятницы."
    refused = (await shopper.check_out(invoice)).only(AnswerPreCheckout)
    assert (refused.ok, refused.error) == (False, "Мы в отпуске до пятницы.")
    assert (await shopper.pay(invoice)).taken_by == "stars"
    assert await connection.fetchval("SELECT status FROM orders") == "paid"
    assert (await shopper.command("terms")).taken_by is not None
