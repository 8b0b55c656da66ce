import json
from datetime import UTC, datetime, timedelta

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
from bots.sdk.points import NeedsYou
from bots.sdk.replies import AnswerButton, AnswerPreCheckout, SendInvoice
from core.money import Money
from core.postgres import Connection
from core.shop import orders, top_ups, wallets
from core.shop.pricing import Discount, Rule, Shipping, quote
from core.shop.wallets import EntryDraft
from tests.bots.modules.provider.billing import TOKEN, billed, opened
from tests.bots.paying import Paid
from tests.factories import create_customer


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
    reward = EntryDraft(
        buyer_no=buyer.buyer_no,
        kind="reward",
        amount=Money(40_000, "RUB"),
        key="given",
        at=datetime.now(UTC),
    )
    await wallets.post(connection, shop.origin, buyer.actor, reward)
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
