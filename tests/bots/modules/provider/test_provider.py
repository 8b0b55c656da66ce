import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pyrogram import raw

from bots.modules.provider.receipt import in_whole_units, provider_data
from bots.modules.provider.settings import ProviderSettings
from bots.runtime.calls import call_of
from bots.sdk.bills import BillTerms, PriceLine
from bots.sdk.context import Scope
from bots.sdk.loading import EnabledModule
from bots.sdk.offers import Offers
from bots.sdk.points import Basket, NeedsYou, PriceRule, ShippingOption
from bots.sdk.replies import AnswerButton, AnswerPreCheckout, AnswerShipping, SendInvoice
from bots.sdk.updates import Address, PayerInfo
from core.money import Money
from core.postgres import Connection
from core.shop import orders, top_ups, wallets
from core.shop.orders import Order
from core.shop.pricing import Discount, Rule, Shipping, quote
from core.shop.wallets import EntryDraft
from tests.bots.paying import Paid
from tests.bots.sdk.modules import NoteSettings, switched_on
from tests.factories import create_customer

TOKEN = "390540012:TEST:12345"


async def opened(connection: Connection, **settings: Any) -> Paid:
    return await Paid.open(connection, provider={"token": TOKEN} | settings)


async def billed(shop: Paid, price_minor: int = 150_000) -> tuple[Order, SendInvoice]:
    shopper = shop.shopper()
    order = await shop.order(shopper, await shop.product(price_minor=price_minor, stock=3))
    return order, (await shop.asked(shopper, order)).only(SendInvoice)


async def test_from_the_bill_to_the_payment(connection: Connection) -> None:
    shop = await opened(connection)
    order, bill = await billed(shop)
    assert (bill.payload, bill.price) == (f"bill:{order.id}", Money(150_000, "RUB"))
    assert bill.terms is not None and bill.terms.provider == "provider"
    assert TOKEN not in bill.model_dump_json()  # it is added where the bill is sent
    shopper = shop.shopper()
    assert (await shopper.check_out(bill)).only(AnswerPreCheckout).ok
    charge = {"provider": "telegram", "charge_id": "c1", "provider_charge_id": "ch_1"}
    for _ in range(2):
        await shopper.pay(bill, **charge)
    assert await shop.payments() == [("telegram", "succeeded", 150_000, "RUB")]
    details = await connection.fetchval("SELECT details FROM payments")
    assert details == {"provider_charge_id": "ch_1"}
    assert (await shop.reread(order)).status == "paid"


async def test_a_bill_for_what_a_wallet_leaves_and_one_for_a_top_up(
    connection: Connection,
) -> None:
    shop = await opened(connection)
    shopper = shop.shopper()
    order = await shop.order(shopper, await shop.product(price_minor=150_000, title="Tea"))
    buyer = await create_customer(
        connection, shop.origin.shop_id, telegram_id=shopper.profile.telegram_id, language="en"
    )
    given = EntryDraft(
        buyer_no=buyer.buyer_no,
        kind="reward",
        amount=Money(40_000, "RUB"),
        key="given",
        at=datetime.now(UTC),
    )
    await wallets.post(connection, shop.origin, buyer.actor, given)
    await wallets.hold(connection, order.id, 40_000)
    bill = (await shop.asked(shopper, order)).only(SendInvoice)
    assert bill.price == Money(110_000, "RUB") and bill.terms is not None
    assert [(each.label, each.amount_minor) for each in bill.terms.lines] == [
        ("Tea", 150_000),
        ("From the wallet", -40_000),
    ]
    top_up = await top_ups.place(
        connection,
        shop.origin,
        buyer,
        Money(70_000, "RUB"),
        method="telegram",
        expires_in=timedelta(hours=1),
    )
    bill = (await shop.asked(shopper, top_up)).only(SendInvoice)
    assert (bill.title, bill.price) == ("Wallet top-up", Money(70_000, "RUB"))
    assert (await shopper.check_out(bill)).only(AnswerPreCheckout).ok
    await shopper.pay(bill, provider="telegram")
    free = await wallets.free_in(connection, shop.origin.shop_id, buyer.buyer_no, "RUB")
    assert free == Money(70_000, "RUB")


@pytest.mark.parametrize(("tip", "is_taken"), [(0, True), (15_000, True), (15_001, False)])
async def test_a_tip_is_taken_up_to_the_most(
    connection: Connection, tip: int, is_taken: bool
) -> None:
    shop = await opened(connection, most_tip_percent=10, tip_percents=[5, 10, 15])
    order, bill = await billed(shop)
    assert bill.terms is not None
    assert (bill.terms.most_tip_minor, bill.terms.suggested_tips) == (15_000, (7_500, 15_000))
    shopper = shop.shopper()
    asked = await shopper.check_out(bill, amount_minor=150_000 + tip)
    assert asked.only(AnswerPreCheckout).ok == is_taken
    if is_taken:
        # Another try brings the bill without the tip of this one.
        again = (await shop.asked(shopper, order)).only(SendInvoice)
        assert again.price == Money(150_000, "RUB")
        await shopper.pay(bill, amount_minor=150_000 + tip, provider="telegram")
        paid = await shop.reread(order)
        assert (paid.status, paid.tip_minor) == ("paid", tip)


def test_the_call_has_what_telegram_takes() -> None:
    bill = SendInvoice(
        title="Tea",
        description="Tea",
        payload="bill:1",
        price=Money(900, "RUB"),
        terms=BillTerms(
            provider="provider",
            lines=(
                PriceLine(label="Tea", amount_minor=1000),
                PriceLine(label="Promo", amount_minor=-100),
            ),
            asks=("email", "name"),
            to_provider=("email",),
            most_tip_minor=90,
            suggested_tips=(45, 90),
            provider_data={"receipt": {"items": []}},
        ),
    )
    call = call_of(bill, raw.types.InputPeerSelf(), 1, token=TOKEN)
    media = call.media
    assert media.provider == TOKEN and json.loads(media.provider_data.data) == {
        "receipt": {"items": []}
    }
    invoice = media.invoice
    assert [(price.label, price.amount) for price in invoice.prices] == [
        ("Tea", 1000),
        ("Promo", -100),
    ]
    assert invoice.email_requested and invoice.name_requested and invoice.email_to_provider
    assert not (invoice.phone_requested or invoice.shipping_address_requested)
    assert (invoice.max_tip_amount, invoice.suggested_tip_amounts) == (90, [45, 90])
    with pytest.raises(ValidationError, match="add up"):
        SendInvoice(**bill.model_dump() | {"price": Money(901, "RUB")})


async def test_a_receipt_has_every_item_and_adds_up(connection: Connection) -> None:
    shop = await opened(connection)
    buyer = await create_customer(connection, shop.origin.shop_id)
    one, two = await shop.product(title="Чай", price_minor=9_999), await shop.product()
    rules: list[Rule] = [
        Discount("promo", "−10 %", "promo", share_bp=1000),
        Shipping("Курьером", "cart", 30_000),
    ]
    priced = quote("RUB", [one.item(3), two.item(1)], rules)
    order = await orders.place(connection, shop.origin, buyer, priced)
    settings = ProviderSettings(receipt="yookassa", vat_code=4, tax_system_code=2)
    receipt = provider_data(order, settings)["receipt"]
    assert receipt["tax_system_code"] == 2
    total = sum(
        round(float(each["quantity"]) * float(each["amount"]["value"]) * 100)
        for each in receipt["items"]
    )
    assert total == order.total_minor
    assert receipt["items"][-1] == {
        "description": "Курьером",
        "quantity": "1.00",
        "amount": {"value": "300.00", "currency": "RUB"},
        "vat_code": 4,
        "payment_mode": "full_payment",
        "payment_subject": "service",
    }
    assert not provider_data(order, ProviderSettings())


@given(st.integers(0, 10**9), st.integers(1, 500))
def test_a_line_divides_into_units_of_whole_prices(cost: int, quantity: int) -> None:
    units = in_whole_units(cost, quantity)
    assert sum(count * price for count, price in units) == cost
    assert sum(count for count, _ in units) <= quantity
    assert len({price for _, price in units}) == len(units) <= 2


async def test_with_a_receipt_the_contact_is_asked_and_no_tip(connection: Connection) -> None:
    shop = await opened(connection, receipt="yookassa", most_tip_percent=10, asks=["name"])
    _, bill = await billed(shop)
    terms = bill.terms
    assert terms is not None
    assert (terms.asks, terms.to_provider, terms.most_tip_minor) == (
        ("email", "name"),
        ("email",),
        0,
    )


WAYS = {"Courier": 30_000, "Pick-up": 0}
ADDRESS = Address(country="RU", city="Moscow", street="Arbat, 1", post_code="119019")


def carrier(ways: Mapping[str, int]) -> EnabledModule:
    """Brings goods in these ways, by name with their prices."""
    offers = Offers[NoteSettings]()

    @offers.provide(ShippingOption)
    def options(_: Scope[NoteSettings], __: Basket) -> list[ShippingOption]:
        return [
            ShippingOption(key=name, label=name, rule=Shipping(name, "carrier", price), order=place)
            for place, (name, price) in enumerate(ways.items())
        ]

    @offers.provide(PriceRule)
    def chosen(_: Scope[NoteSettings], basket: Basket) -> list[PriceRule]:
        name = basket.fields.get("shipping", "")
        return [PriceRule(rule=Shipping(name, "carrier", ways[name]))] if name in ways else []

    return switched_on("carrier", offers=offers)


async def shipping_shop(connection: Connection, ways: Mapping[str, int] | None = None) -> Paid:
    """A shop whose bills ask how the goods come, and whether there is a tip."""
    settings = {"token": TOKEN, "asks_shipping": True, "most_tip_percent": 10}
    shop = await Paid.open(connection, provider=settings)
    shop.enabled = [*shop.enabled, carrier(WAYS if ways is None else ways)]
    return shop


async def asked_ways(shop: Paid, bill: SendInvoice) -> AnswerShipping:
    return (await shop.shopper().ask_shipping(bill, address=ADDRESS)).only(AnswerShipping)


async def test_a_bill_asks_how_the_goods_come(connection: Connection) -> None:
    shop = await shipping_shop(connection)
    order, bill = await billed(shop)
    assert bill.terms is not None and bill.terms.is_flexible and "address" in bill.terms.asks
    assert bill.payload == f"shipped_bill:{order.id}.150000"
    assert bill.price == Money(150_000, "RUB")


async def test_ways_of_shipping_are_offered_at_what_they_add(connection: Connection) -> None:
    shop = await shipping_shop(connection)
    order, bill = await billed(shop)
    answer = await asked_ways(shop, bill)
    assert [(each.title, each.lines[0].amount_minor) for each in answer.choices] == [
        ("Courier", 30_000),
        ("Pick-up", 0),
    ]
    courier, _ = answer.choices
    shopper = shop.shopper()
    total = 150_000 + 30_000 + 5_000  # with a tip
    approved = await shopper.check_out(bill, amount_minor=total, shipping_key=courier.key)
    assert approved.only(AnswerPreCheckout).ok
    info = PayerInfo(name="Anna", email="a@example.org", address=ADDRESS)
    await shopper.pay(
        bill, amount_minor=total, shipping_key=courier.key, info=info, provider="telegram"
    )
    paid = await shop.reread(order)
    assert (paid.status, paid.shipping_minor, paid.tip_minor, paid.total_minor) == (
        "paid",
        30_000,
        5_000,
        total,
    )
    assert [(each.kind, each.amount_minor) for each in paid.adjustments] == [
        ("shipping", 30_000),
        ("tip", 5_000),
    ]
    assert {each.field: each.value for each in paid.details} == {
        "name": "Anna",
        "email": "a@example.org",
        "address": "119019, RU, Moscow, Arbat, 1",
    }
    ((_, amount, _, props),) = await shop.facts("order_paid")
    order_props = json.loads(props)
    assert (amount, order_props["shipping_minor"], order_props["tip_minor"]) == (
        total,
        30_000,
        5_000,
    )


async def test_the_way_that_was_paid_is_the_orders(connection: Connection) -> None:
    shop = await shipping_shop(connection)
    order, bill = await billed(shop)
    courier, pick_up = (await asked_ways(shop, bill)).choices
    shopper = shop.shopper()
    for way, total in ((courier, 180_000), (pick_up, 150_000)):
        asked = await shopper.check_out(bill, amount_minor=total, shipping_key=way.key)
        assert asked.only(AnswerPreCheckout).ok
    # Another try was made after the one that Telegram took the money for.
    await shopper.pay(bill, amount_minor=180_000, shipping_key=courier.key, provider="telegram")
    paid = await shop.reread(order)
    assert (paid.status, paid.shipping_minor, paid.total_minor) == ("paid", 30_000, 180_000)


@pytest.mark.parametrize("key", ["", "nonsense", "nonsense.30000", "{}.29999", "{}.", "{}"])
async def test_a_way_that_has_gone_is_refused_in_words(connection: Connection, key: str) -> None:
    shop = await shipping_shop(connection)
    order, bill = await billed(shop)
    courier, _ = (await asked_ways(shop, bill)).choices
    chosen = key.format(courier.key.partition(".")[0])
    seen = await shop.shopper().check_out(bill, amount_minor=180_000, shipping_key=chosen)
    refusal = seen.only(AnswerPreCheckout)
    assert not refusal.ok and "way of shipping" in refusal.error
    assert (await shop.reread(order)).shipping_minor == 0


async def test_a_way_that_costs_more_by_now_is_refused(connection: Connection) -> None:
    shop = await shipping_shop(connection)
    order, bill = await billed(shop)
    courier, _ = (await asked_ways(shop, bill)).choices
    shop.enabled = (await shipping_shop(connection, WAYS | {"Courier": 40_000})).enabled
    seen = await shop.shopper().check_out(bill, amount_minor=180_000, shipping_key=courier.key)
    assert "way of shipping" in seen.only(AnswerPreCheckout).error
    shop.enabled = (await shipping_shop(connection, {})).enabled
    nowhere = await asked_ways(shop, bill)
    assert not nowhere.choices and "cannot deliver" in nowhere.error
    assert (await shop.reread(order)).status == "created"


async def test_another_price_of_the_goods_is_no_tip(connection: Connection) -> None:
    shop = await shipping_shop(connection)
    _, bill = await billed(shop)
    courier, _ = (await asked_ways(shop, bill)).choices
    await connection.execute("UPDATE products SET price_minor = price_minor - 100")
    seen = await shop.shopper().check_out(bill, amount_minor=180_000, shipping_key=courier.key)
    refusal = seen.only(AnswerPreCheckout)
    assert not refusal.ok and "changed" in refusal.error


async def test_ways_are_told_to_the_orders_own_shopper_alone(connection: Connection) -> None:
    shop = await shipping_shop(connection)
    order, bill = await billed(shop)
    strangers = await shop.shopper(2).ask_shipping(bill, address=ADDRESS)
    assert "no longer valid" in strangers.only(AnswerShipping).error
    for payload in ("shipped_bill:0.1", "shipped_bill:x", f"shipped_bill:{'9' * 30}.1"):
        seen = await shop.shopper().ask_shipping(bill, address=ADDRESS, payload=payload)
        assert "no longer valid" in seen.only(AnswerShipping).error
    await connection.execute("UPDATE orders SET status = 'cancelled' WHERE id = $1", order.id)
    assert "cancelled" in (await asked_ways(shop, bill)).error


async def test_what_is_not_carried_has_no_shipping(connection: Connection) -> None:
    shop = await shipping_shop(connection)
    shopper = shop.shopper()
    order = await shop.order(shopper, await shop.product(kind="digital"))
    bill = (await shop.asked(shopper, order)).only(SendInvoice)
    assert bill.payload == f"bill:{order.id}"
    assert bill.terms is not None and not bill.terms.is_flexible


def test_a_receipt_needs_the_price_of_shipping_before() -> None:
    with pytest.raises(ValidationError, match="54-FZ"):
        ProviderSettings(asks_shipping=True, receipt="yookassa")


@pytest.mark.parametrize("payload", ["bill:0", "bill:x", "bill:" + "9" * 30])
async def test_a_tampered_bill_is_refused(connection: Connection, payload: str) -> None:
    shop = await opened(connection)
    _, bill = await billed(shop)
    refusal = (await shop.shopper().check_out(bill, payload=payload)).only(AnswerPreCheckout)
    assert not refusal.ok and "no longer valid" in refusal.error


async def test_without_a_token_it_is_not_offered_and_the_owner_is_told(
    connection: Connection,
) -> None:
    shop = await Paid.open(connection, provider={})
    shopper = shop.shopper()
    seen = await shop.asked(shopper, await shop.order(shopper))
    assert seen.only(AnswerButton).text == ""
    async with shop.transaction() as transaction:
        ((needed),) = await Scope(transaction, transaction.enabled[0]).offered(NeedsYou)
    assert needed.kind == "provider_without_token"


@pytest.mark.parametrize(
    ("price_minor", "currency", "is_offered"),
    [
        (99, "USD", False),
        (100, "USD", True),
        (1_000_000, "USD", True),
        (1_000_001, "USD", False),
        (5_000, "XPF", False),
        (5_000, "RUB", True),
    ],
)
async def test_what_telegram_makes_no_bill_of_is_not_offered(
    connection: Connection, price_minor: int, currency: str, is_offered: bool
) -> None:
    shop = await opened(connection)
    shopper = shop.shopper()
    product = await shop.product(price_minor=price_minor, currency=currency)
    seen = await shop.asked(shopper, await shop.order(shopper, product))
    assert seen.only(AnswerButton).text == ("telegram" if is_offered else "")


async def test_currencies_without_bills_are_named(connection: Connection) -> None:
    shop = await opened(connection, currencies=("RUB", "XPF", "XTR"))
    async with shop.transaction() as transaction:
        ((needed),) = await Scope(transaction, transaction.enabled[0]).offered(NeedsYou)
    assert needed.kind == "provider_currencies" and "XPF, XTR" in needed.text.en
    assert ProviderSettings(currencies=("RUB", "XPF")).accepted == {"RUB"}


def test_tips_are_written_in_ascending_order() -> None:
    with pytest.raises(ValidationError, match="ascending"):
        ProviderSettings(tip_percents=(10, 5))
