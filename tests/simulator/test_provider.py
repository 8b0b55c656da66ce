from functools import partial
from typing import Any

import pytest
from pyrogram import Client, raw, types
from pyrogram.errors import (
    BotPrecheckoutFailed,
    PaymentProviderInvalid,
    RPCError,
)
from pyrogram.handlers import RawUpdateHandler

from simulator.demo import DEMO_BOTS
from tests.simulator.clients import TinyShop, call, until
from tests.simulator.test_media import met
from tests.simulator.test_messages import incoming

BOT = DEMO_BOTS[0]
TOKEN = "381764678:TEST:12345"
PRICES = [types.LabeledPrice("Tea", 15_000), types.LabeledPrice("Delivery", 5_000)]
CARD = raw.types.InputPaymentCredentials(data=raw.types.DataJSON(data='{"type": "card"}'))


async def invoice_in_roubles(shop: TinyShop, buyer: Client, **asked: Any) -> Any:
    """An invoice for 200 roubles, as the payer names it."""
    user_id = await met(buyer)
    await shop.client.send_invoice(
        user_id, "Tea", "Green", "order:7", "RUB", PRICES, provider_token=TOKEN, **asked
    )
    message = (await incoming(buyer, 2))[0]
    assert message.invoice is not None and message.invoice.total_amount == 20_000
    peer: Any = await buyer.resolve_peer(BOT.username)
    return raw.types.InputInvoiceMessage(peer=peer, msg_id=message.id)


async def pay(buyer: Client, invoice: Any, info_id: str | None = None) -> Any:
    form_of: Any = raw.functions.payments.GetPaymentForm
    form = await call(buyer, form_of(invoice=invoice))
    assert form.native_provider == "simulator"
    send: Any = raw.functions.payments.SendPaymentForm
    return await call(
        buyer,
        send(form_id=form.form_id, invoice=invoice, credentials=CARD, requested_info_id=info_id),
    )


async def test_a_payment_in_roubles_has_a_charge_of_each_side(
    shop: TinyShop, buyer: Client
) -> None:
    before = await buyer.get_stars_balance()
    await pay(buyer, await invoice_in_roubles(shop, buyer))
    await until(lambda: shop.paid, "the payment")
    (paid,) = shop.paid
    assert str(paid.currency) == "RUB" and int(paid.total_amount) == 20_000
    assert str(paid.provider_payment_charge_id).startswith("ch_")
    assert paid.telegram_payment_charge_id != paid.provider_payment_charge_id
    assert await buyer.get_stars_balance() == before


async def test_what_the_shop_asks_for_is_checked_and_given_to_it(
    shop: TinyShop, buyer: Client
) -> None:
    invoice = await invoice_in_roubles(shop, buyer, need_email=True, need_phone_number=True)
    with pytest.raises(RPCError, match="REQUESTED_INFO_INVALID"):
        await pay(buyer, invoice)
    validate: Any = raw.functions.payments.ValidateRequestedInfo

    async def fill_in(email: str) -> Any:
        info = raw.types.PaymentRequestedInfo(phone="79990000001", email=email)
        return await call(buyer, validate(invoice=invoice, info=info))

    with pytest.raises(RPCError, match="REQ_INFO_EMAIL_INVALID"):
        await fill_in("nonsense")
    await pay(buyer, invoice, (await fill_in("a@example.org")).id)
    await until(lambda: shop.paid, "the payment")
    assert shop.paid[0].order_info is not None
    assert shop.paid[0].order_info.email == "a@example.org"


async def test_the_payer_is_shown_why_the_shop_refuses(shop: TinyShop, buyer: Client) -> None:
    shown: list[Any] = []

    async def note(_client: Client, update: Any, _users: Any, _chats: Any) -> None:
        if isinstance(update, raw.types.UpdateServiceNotification):
            shown.append(update)

    buyer.add_handler(RawUpdateHandler(note))
    shop.accepts = False
    with pytest.raises(BotPrecheckoutFailed):
        await pay(buyer, await invoice_in_roubles(shop, buyer))
    await until(lambda: shown, "the reason")
    assert (shown[0].popup, shown[0].message) == (True, "Sold out")


async def test_money_needs_a_provider(shop: TinyShop, buyer: Client) -> None:
    user_id = await met(buyer)
    for token, currency in ((None, "RUB"), ("nonsense", "EUR"), (TOKEN, "XTR")):
        with pytest.raises(PaymentProviderInvalid):
            await shop.client.send_invoice(
                user_id, "Tea", "x", "order:1", currency, PRICES, provider_token=token
            )


async def test_a_bots_stars_are_listed_page_by_page(shop: TinyShop, buyer: Client) -> None:
    user_id = await met(buyer)
    for number in range(2):
        await shop.client.send_invoice(
            user_id, "Tea", "x", f"order:{number}", "XTR", [types.LabeledPrice("Tea", 10)]
        )
        invoice = next(m for m in await incoming(buyer, 2 + number) if m.invoice)
        target = types.InputInvoiceMessage(chat_id=BOT.id, message_id=invoice.id)
        form = await buyer.get_payment_form(target)
        await buyer.send_payment_form(form.id, target)
        await until(partial(_has_paid, shop, number + 1), "the payment")
    charges = [str(each.telegram_payment_charge_id) for each in shop.paid]
    await shop.client.refund_star_payment(user_id, charges[0])
    assert await shop.client.get_stars_balance() == 10
    query: Any = raw.functions.payments.GetStarsTransactions
    own = raw.types.InputPeerSelf()
    first = await call(shop.client, query(peer=own, offset="", limit=2))
    rest = await call(shop.client, query(peer=own, offset=first.next_offset, limit=2))
    found = [(each.id, each.amount.amount, bool(each.refund)) for each in first.history]
    assert found == [(charges[0], -10, True), (charges[1], 10, False)]
    assert [(each.id, each.amount.amount) for each in rest.history] == [(charges[0], 10)]
    assert rest.next_offset is None


def _has_paid(shop: TinyShop, count: int) -> bool:
    return len(shop.paid) >= count
