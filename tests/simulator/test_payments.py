import pytest
from pyrogram import Client, raw, types
from pyrogram.errors import (
    BotPrecheckoutFailed,
    BotResponseTimeout,
    ChargeAlreadyRefunded,
    ChargeNotFound,
    FormSubmitDuplicate,
)

from simulator.demo import DEMO_BOTS
from simulator.simulator import Simulator
from simulator.world import payments
from tests.simulator.clients import TinyShop, until
from tests.simulator.test_messages import incoming

BOT = DEMO_BOTS[0]


async def invoice_of(shop: TinyShop, buyer: Client) -> types.InputInvoiceMessage:
    """An invoice for 25 Stars in the buyer's chat."""
    await buyer.send_message(BOT.username, "hello")
    await incoming(buyer)
    assert buyer.me is not None
    await shop.client.send_invoice(
        buyer.me.id, "Tea", "Green", "order:7", "XTR", [types.LabeledPrice("Tea", 25)]
    )
    message = (await incoming(buyer, 2))[0]
    assert message.invoice is not None and message.invoice.total_amount == 25
    return types.InputInvoiceMessage(chat_id=BOT.id, message_id=message.id)


async def pay(buyer: Client, invoice: types.InputInvoiceMessage) -> None:
    form = await buyer.get_payment_form(invoice)
    await buyer.send_payment_form(form.id, invoice)


async def stars(client: Client) -> int:
    me = raw.types.InputPeerSelf()
    return int((await client.invoke(raw.functions.payments.GetStarsStatus(peer=me))).balance.amount)


async def test_a_purchase_charges_and_tells_both(
    simulator: Simulator, shop: TinyShop, buyer: Client
) -> None:
    invoice = await invoice_of(shop, buyer)
    before = await stars(buyer)
    await pay(buyer, invoice)
    await until(lambda: shop.paid, "the payment")
    (charge,) = payments.charges(simulator.world.db)
    assert buyer.me is not None
    assert (charge.user, charge.bot, charge.amount) == (buyer.me.id, BOT.id, 25)
    (paid,) = shop.paid
    assert paid.telegram_payment_charge_id == charge.id
    assert (str(paid.total_amount), paid.currency) == ("25", "XTR")
    assert str(paid.invoice_payload) == "order:7"
    assert await stars(buyer) == before - 25

    async def is_thanked() -> bool:
        return bool((await incoming(buyer))[0].text == "Thank you! Order №7")

    await until(is_thanked, "the receipt")


async def test_a_refused_payment_takes_nothing(
    simulator: Simulator, shop: TinyShop, buyer: Client
) -> None:
    shop.accepts = False
    invoice = await invoice_of(shop, buyer)
    before = await stars(buyer)
    with pytest.raises(BotPrecheckoutFailed):
        await pay(buyer, invoice)
    assert payments.charges(simulator.world.db) == []
    assert await stars(buyer) == before
    shop.accepts = True
    await pay(buyer, invoice)
    assert len(payments.charges(simulator.world.db)) == 1


async def test_an_unanswered_payment_takes_nothing(
    simulator: Simulator, shop: TinyShop, buyer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice = await invoice_of(shop, buyer)
    monkeypatch.setattr(payments, "PRE_CHECKOUT_SECONDS", 0.05)
    for group in list(shop.client.dispatcher.groups):
        shop.client.dispatcher.groups[group].clear()
    with pytest.raises(BotResponseTimeout):
        await pay(buyer, invoice)
    assert payments.charges(simulator.world.db) == []


async def test_an_invoice_is_paid_once(simulator: Simulator, shop: TinyShop, buyer: Client) -> None:
    invoice = await invoice_of(shop, buyer)
    await pay(buyer, invoice)
    with pytest.raises(FormSubmitDuplicate):
        await pay(buyer, invoice)
    assert len(payments.charges(simulator.world.db)) == 1


async def test_a_refund_gives_the_stars_back_once(
    simulator: Simulator, shop: TinyShop, buyer: Client
) -> None:
    before = await stars(buyer)
    await pay(buyer, await invoice_of(shop, buyer))
    await until(lambda: shop.paid, "the payment")
    charge_id = shop.paid[0].telegram_payment_charge_id
    assert buyer.me is not None
    with pytest.raises(ChargeNotFound):
        await shop.client.refund_star_payment(buyer.me.id, "another")
    assert await shop.client.refund_star_payment(buyer.me.id, charge_id)
    assert await stars(buyer) == before
    with pytest.raises(ChargeAlreadyRefunded):
        await shop.client.refund_star_payment(buyer.me.id, charge_id)
    assert await stars(buyer) == before
    (charge,) = payments.charges(simulator.world.db)
    assert charge.refunded_at is not None
