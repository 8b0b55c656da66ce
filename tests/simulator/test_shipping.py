"""Shipping and tips of bills in money, as on Telegram, through the real client."""

from typing import Any

import pytest
from pyrogram import Client, raw
from pyrogram.errors import RPCError
from pyrogram.handlers import RawUpdateHandler

from tests.simulator.clients import TinyShop, call, until
from tests.simulator.test_media import met
from tests.simulator.test_messages import incoming
from tests.simulator.test_provider import BOT, CARD, TOKEN

ADDRESS: dict[str, str] = {
    "street_line1": "Arbat, 1",
    "street_line2": "",
    "city": "Moscow",
    "state": "",
    "country_iso2": "RU",
    "post_code": "119019",
}
OPTIONS = [("courier", 5_000), ("pick-up", 0)]


def ships(shop: TinyShop, *, error: str | None = None) -> list[Any]:
    """The shop answers shipping queries with OPTIONS, or with a reason; what it was asked."""
    asked: list[Any] = []

    async def answer(_client: Client, update: Any, _users: Any, _chats: Any) -> None:
        if not isinstance(update, raw.types.UpdateBotShippingQuery):
            return
        asked.append(update)
        options = [
            raw.types.ShippingOption(
                id=name,
                title=name,
                prices=[raw.types.LabeledPrice(label=name, amount=amount)],
            )
            for name, amount in OPTIONS
        ]
        query: Any = raw.functions.messages.SetBotShippingResults
        results = {"error": error} if error else {"shipping_options": options}
        await call(shop.client, query(query_id=update.query_id, **results))

    shop.client.add_handler(RawUpdateHandler(answer), group=5)
    return asked


async def invoiced(shop: TinyShop, buyer: Client, **asked: Any) -> Any:
    user_id = await met(buyer)
    peer = await shop.client.resolve_peer(user_id)
    query: Any = raw.functions.messages.SendMedia
    invoice = raw.types.Invoice(
        currency="RUB",
        prices=[raw.types.LabeledPrice(label="Tea", amount=20_000)],
        **({"flexible": True, "shipping_address_requested": True} | asked),
    )
    media = raw.types.InputMediaInvoice(
        title="Tea",
        description="Green",
        invoice=invoice,
        payload=b"order:7",
        provider=TOKEN,
        provider_data=raw.types.DataJSON(data="{}"),
        start_param="",
    )
    await call(shop.client, query(peer=peer, media=media, message="", random_id=7))
    message = (await incoming(buyer, 2))[0]
    bot: Any = await buyer.resolve_peer(BOT.username)
    return raw.types.InputInvoiceMessage(peer=bot, msg_id=message.id)


async def fill_in(buyer: Client, invoice: Any, **changes: str) -> Any:
    validate: Any = raw.functions.payments.ValidateRequestedInfo
    address = raw.types.PostAddress(**(ADDRESS | changes))
    info = raw.types.PaymentRequestedInfo(shipping_address=address)
    return await call(buyer, validate(invoice=invoice, info=info))


async def pay(buyer: Client, invoice: Any, **chosen: Any) -> Any:
    form: Any = await call(buyer, raw.functions.payments.GetPaymentForm(invoice=invoice))
    send: Any = raw.functions.payments.SendPaymentForm
    return await call(
        buyer, send(form_id=form.form_id, invoice=invoice, credentials=CARD, **chosen)
    )


async def test_a_chosen_way_and_a_tip_are_in_the_payment(shop: TinyShop, buyer: Client) -> None:
    asked = ships(shop)
    tips = {"max_tip_amount": 2_000, "suggested_tip_amounts": [500, 2_000]}
    invoice = await invoiced(shop, buyer, **tips)
    with pytest.raises(RPCError, match="ADDRESS_POSTCODE_INVALID"):
        await fill_in(buyer, invoice, post_code="")
    filled = await fill_in(buyer, invoice)
    assert [(each.id, each.prices[0].amount) for each in filled.shipping_options] == OPTIONS
    assert asked[0].shipping_address.city == "Moscow" and asked[0].payload == b"order:7"
    for wrong, error in (
        ({"requested_info_id": filled.id}, "SHIPPING_OPTION_INVALID"),
        ({"requested_info_id": filled.id, "shipping_option_id": "x"}, "SHIPPING_OPTION_INVALID"),
        ({"shipping_option_id": "courier"}, "REQUESTED_INFO_INVALID"),
    ):
        with pytest.raises(RPCError, match=error):
            await pay(buyer, invoice, **wrong)
    chosen = {"requested_info_id": filled.id, "shipping_option_id": "courier"}
    with pytest.raises(RPCError, match="TIP_AMOUNT_INVALID"):
        await pay(buyer, invoice, tip_amount=2_001, **chosen)
    await pay(buyer, invoice, tip_amount=1_500, **chosen)
    await until(lambda: shop.paid, "the payment")
    (paid,) = shop.paid
    assert int(paid.total_amount) == 20_000 + 5_000 + 1_500
    assert paid.shipping_option_id == "courier" and paid.order_info is not None


async def test_the_payer_is_shown_why_nothing_comes_there(shop: TinyShop, buyer: Client) -> None:
    ships(shop, error="Not to Mars")
    shown: list[Any] = []

    async def note(_client: Client, update: Any, _users: Any, _chats: Any) -> None:
        if isinstance(update, raw.types.UpdateServiceNotification):
            shown.append(update)

    buyer.add_handler(RawUpdateHandler(note))
    with pytest.raises(RPCError, match="SHIPPING_NOT_AVAILABLE"):
        await fill_in(buyer, await invoiced(shop, buyer))
    await until(lambda: shown, "the reason")
    assert shown[0].message == "Not to Mars"


@pytest.mark.parametrize(
    "tips", [(2_000, [2_001]), (2_000, [5, 5]), (2_000, [9, 5]), (0, [5]), (9, [1, 2, 3, 4, 5])]
)
async def test_tips_are_few_ascending_and_below_the_most(
    shop: TinyShop, buyer: Client, tips: tuple[int, list[int]]
) -> None:
    most, suggested = tips
    with pytest.raises(RPCError, match="TIP_AMOUNT_INVALID"):
        await invoiced(shop, buyer, max_tip_amount=most, suggested_tip_amounts=suggested)
