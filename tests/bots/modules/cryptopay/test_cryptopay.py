import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import ValidationError

from bots.modules.cryptopay import client, hooks, store
from bots.modules.cryptopay.client import Invoice
from bots.modules.cryptopay.settings import CryptopaySettings
from bots.sdk.context import Scope
from bots.sdk.hooks import HookCall
from bots.sdk.keyboards import Keyboard, LinkButton
from bots.sdk.outside import OutsideError
from bots.sdk.points import NeedsYou, OrderAction
from bots.sdk.replies import AnswerButton, SendText
from core.money import Money
from core.postgres import Connection, Pool
from core.shop import orders
from core.shop.orders import Order
from tests.bots.cryptopay import TOKEN, CryptoPay, running, signed
from tests.bots.paying import Paid
from tests.bots.shopper import outgoing

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture(name="quick")
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bots.sdk.outside.TRIES", 1)


@pytest.fixture(name="pay")
async def stand_in(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[CryptoPay]:
    async with running() as pay:
        monkeypatch.setitem(client.ADDRESSES, "test", pay.address)
        yield pay


@pytest.fixture(name="shop")
async def opened(connection: Connection, pay: CryptoPay) -> Paid:
    assert pay.address
    settings = {"token": TOKEN, "network": "test", "assets": ["USDT", "TON"]}
    return await Paid.open(connection, cryptopay=settings)


async def billed(shop: Paid, price_minor: int = 150_050) -> Order:
    """An order whose shopper has the bill."""
    shopper = shop.shopper()
    order = await shop.order(shopper, await shop.product(price_minor=price_minor, stock=3))
    await shop.asked(shopper, order)
    await shop.run_jobs()
    return order


async def called(shop: Paid, update: dict[str, Any], token: str = TOKEN) -> str | None:
    """Crypto Pay calls the web hook; the call's key if it is taken."""
    body, signature = signed(update, token)
    call = HookCall({"crypto-pay-api-signature": signature}, {}, body)
    async with shop.transaction() as transaction:
        item = next(each for each in shop.enabled if each.key == "cryptopay")
        scope: Scope[Any] = Scope(transaction, item)
        key = hooks.hook.key_of(scope.settings, call)
        if key is not None:
            await hooks.hook.run(scope, call)
        return key


async def offered(shop: Paid, point: Any, about: object = None) -> Any:
    async with shop.transaction() as transaction:
        return await Scope(transaction, transaction.enabled[0]).offered(point, about)


async def states(shop: Paid) -> list[tuple[str, str | None]]:
    bills = await store.listed(shop.connection, shop.origin.bot_id, None)
    return [(bill.state, bill.error) for bill in bills]


async def test_from_the_bill_to_the_web_hook(shop: Paid, pay: CryptoPay) -> None:
    shopper = shop.shopper()
    order = await shop.order(shopper, await shop.product(price_minor=150_050))
    assert "being made" in (await shop.asked(shopper, order)).screen.text.plain
    assert pay.calls == []  # nothing is asked for inside the shopper's transaction
    await shop.run_jobs()
    invoice = pay.invoices[1]
    assert (invoice["amount"], invoice["fiat"]) == ("1500.50", "RUB")
    assert invoice["accepted_assets"] == ["USDT", "TON"]
    ((chat_id, purpose, bill),) = await outgoing(shop.connection)
    assert (chat_id, purpose) == (9001, "cryptopay_bill")
    assert isinstance(bill, SendText) and isinstance(bill.keyboard, Keyboard)
    (button,) = bill.keyboard.rows[0]
    assert isinstance(button, LinkButton) and button.url == invoice["bot_invoice_url"]

    update = pay.pay(1)
    assert await called(shop, update) == "paid:1"
    assert (await shop.reread(order)).status == "paid"
    assert await shop.payments() == [("cryptopay", "succeeded", 150_050, "RUB")]
    # 0.05 USDT at 90.5 RUB are 4.525 RUB: 453 kopecks, half up.
    ((*_, props),) = await shop.facts("payment_succeeded")
    assert json.loads(props) == {"fee_minor": 453}
    details = await shop.connection.fetchval("SELECT details FROM payments")
    assert details == {
        "invoice_id": "1",
        "paid_asset": "USDT",
        "paid_amount": "16.580110",
        "paid_fiat_rate": "90.5",
        "paid_usd_rate": "1.0",
        "fee_asset": "USDT",
        "fee_amount": "0.05",
        "fee_minor": 453,
    }
    assert await states(shop) == [("paid", None)]


async def test_a_payment_without_a_word_is_found_by_asking(shop: Paid, pay: CryptoPay) -> None:
    order = await billed(shop)
    await shop.run_periodic("cryptopay", "look")
    assert (await shop.reread(order)).status == "created"
    pay.pay(1, "TON")
    await shop.run_periodic("cryptopay", "look")
    assert (await shop.reread(order)).status == "paid"
    calls = len(pay.calls)
    await shop.run_periodic("cryptopay", "look")
    assert len(pay.calls) == calls  # nothing is open: nobody is asked


async def test_a_replay_is_harmless_and_so_is_asking_at_the_same_moment(
    shop: Paid, pay: CryptoPay, pool: Pool
) -> None:
    order = await billed(shop)
    update = pay.pay(1)

    async def call() -> None:
        async with pool.acquire() as connection:
            await called(Paid(connection, shop.origin, shop.enabled), update)

    await asyncio.gather(*(call() for _ in range(10)))
    await shop.run_periodic("cryptopay", "look")
    assert (await shop.reread(order)).status == "paid"
    assert len(await shop.payments()) == 1
    assert len(await shop.facts("payment_succeeded")) == 1
    assert len(await shop.facts("order_paid")) == 1


@pytest.mark.parametrize("wrong", ["token", "body", "none", "shape"])
async def test_what_crypto_pay_did_not_sign_is_not_taken(
    shop: Paid, pay: CryptoPay, wrong: str
) -> None:
    await billed(shop)
    update = pay.pay(1)
    settings = CryptopaySettings.model_validate({"token": TOKEN})
    if wrong == "shape":
        update["payload"]["amount"] = "a lot"
    body, signature = signed(update, "another" if wrong == "token" else TOKEN)
    if wrong == "body":
        body = body.replace(b"1500.50", b"9500.50")
    headers = {} if wrong == "none" else {"crypto-pay-api-signature": signature}
    assert hooks.hook.key_of(settings, HookCall(headers, {}, body)) is None
    nobody = CryptopaySettings()
    assert hooks.hook.key_of(nobody, HookCall(headers, {}, body)) is None


async def test_other_updates_are_taken_and_change_nothing(shop: Paid) -> None:
    order = await billed(shop)
    update = {"update_id": 5, "update_type": "check_activated", "payload": {"check_id": 1}}
    assert await called(shop, update) == "update:5"
    assert (await shop.reread(order)).status == "created"


async def test_another_apps_or_bots_invoice_is_left_alone(shop: Paid, pay: CryptoPay) -> None:
    order = await billed(shop)
    update = pay.pay(1)
    for payload in ("", "another shop", "1:1", f"{shop.origin.bot_id}:999"):
        update["payload"] = {**update["payload"], "payload": payload}
        assert await called(shop, update) == "paid:1"
    assert (await shop.reread(order)).status == "created" and await shop.payments() == []


async def test_a_second_press_brings_the_same_bill(shop: Paid, pay: CryptoPay) -> None:
    shopper = shop.shopper()
    order = await shop.order(shopper)
    await shop.asked(shopper, order)
    await shop.asked(shopper, order)
    assert await shop.run_jobs() == 1 and len(pay.invoices) == 1
    shown = await shop.asked(shopper, order)
    (button,) = shown.rows[0]
    assert isinstance(button, LinkButton) and button.url.endswith("IV1")
    await shop.connection.execute("UPDATE orders SET method = 'cryptopay'")
    (action,) = await offered(shop, OrderAction, await shop.reread(order))
    assert "valid for 60 min" in (await shopper.press(action.button.data)).screen.text.plain


async def test_a_refused_bill_is_told_to_both(shop: Paid, pay: CryptoPay) -> None:
    pay.refusal = "AMOUNT_TOO_SMALL"
    order = await billed(shop, 1)
    ((_, purpose, message),) = await outgoing(shop.connection)
    assert purpose == "cryptopay_failed"
    assert isinstance(message, SendText) and "not charged" in message.text.plain
    ((needed),) = await offered(shop, NeedsYou)
    assert needed.kind == "cryptopay_refused" and "AMOUNT_TOO_SMALL" in needed.text.en
    pay.refusal = None
    shopper = shop.shopper()
    await shop.asked(shopper, order)
    await shop.run_jobs()
    assert await states(shop) == [("open", None), ("failed", "AMOUNT_TOO_SMALL")]
    assert await offered(shop, NeedsYou) == ()


async def test_when_nobody_answers_the_job_is_tried_again(shop: Paid, pay: CryptoPay) -> None:
    pay.is_away = True
    shopper = shop.shopper()
    order = await shop.order(shopper)
    await shop.asked(shopper, order)
    with pytest.raises(OutsideError):
        await shop.run_jobs()
    assert await states(shop) == [("asked", None)]


async def test_an_order_that_is_closed_takes_its_bill_with_it(shop: Paid, pay: CryptoPay) -> None:
    order = await billed(shop)
    async with shop.transaction() as transaction:
        customer = await transaction.person(order.buyer_no)
        assert customer is not None
        await orders.cancel(shop.connection, transaction.origin, customer, order_id=order.id)
    await shop.run_jobs()
    assert pay.invoices == {} and await states(shop) == [("withdrawn", None)]


async def test_money_for_an_order_that_has_lapsed_is_held(shop: Paid, pay: CryptoPay) -> None:
    order = await billed(shop)
    pay.pay(1)
    async with shop.transaction() as transaction:
        await shop.connection.execute("UPDATE orders SET expires_at = now()")
        await orders.expire_due(shop.connection, transaction.origin)
    await shop.run_jobs()  # it would have been withdrawn
    assert (await shop.reread(order)).attention == "already_expired"
    assert await shop.payments() == [("cryptopay", "held", 150_050, "RUB")]
    assert [purpose for _, purpose, _ in await outgoing(shop.connection)][-1] == "payment_held"


async def test_an_expired_bill_makes_room_for_another(shop: Paid, pay: CryptoPay) -> None:
    order = await billed(shop)
    pay.invoices[1]["status"] = "expired"
    await shop.run_periodic("cryptopay", "look")
    await shop.asked(shop.shopper(), order)
    await shop.run_jobs()
    assert await states(shop) == [("open", None), ("expired", None)]


@pytest.mark.parametrize("argument", ["", "0", "x", "9" * 40])
async def test_a_tampered_button_is_answered(shop: Paid, argument: str) -> None:
    answer = (await shop.shopper().press(f"cryptopay:{argument}")).only(AnswerButton)
    assert answer.alert and "no such order" in answer.text


async def test_without_a_token_it_is_not_offered_and_the_owner_is_told(
    connection: Connection,
) -> None:
    shop = await Paid.open(connection, cryptopay={})
    shopper = shop.shopper()
    seen = await shop.asked(shopper, await shop.order(shopper))
    assert seen.only(AnswerButton).text == ""
    ((needed),) = await offered(shop, NeedsYou)
    assert needed.kind == "cryptopay_without_token"


@pytest.mark.parametrize(
    ("amount", "fiat", "price"),
    [
        ("15", "RUB", Money(1500, "RUB")),
        ("15.5", "RUB", Money(1550, "RUB")),
        ("15.555", "RUB", None),
        ("15", "rub", None),
        ("15", None, None),
    ],
)
def test_a_sum_is_in_whole_minor_units_or_none(
    amount: str, fiat: str | None, price: Money | None
) -> None:
    invoice = Invoice.model_validate(
        {"invoice_id": 1, "status": "paid", "amount": amount, "fiat": fiat}
    )
    assert invoice.price == price


def test_a_fee_in_another_coin_than_the_payments_is_not_known() -> None:
    told = {"invoice_id": 1, "status": "paid", "amount": "10", "fiat": "USD", "paid_asset": "TON"}
    told |= {"paid_fiat_rate": "3", "fee_amount": "0.1"}
    assert Invoice.model_validate(told | {"fee_asset": "TON"}).fee_minor == 30
    assert Invoice.model_validate(told | {"fee_asset": "USDT"}).fee_minor is None
    with pytest.raises(ValidationError):
        Invoice.model_validate(told | {"status": "gone"})
