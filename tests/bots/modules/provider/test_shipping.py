"""Shipping that is chosen in the bill: ways, their prices, and what the order has of them."""

import json
from collections.abc import Mapping

import pytest
from pydantic import ValidationError

from bots.modules.provider.settings import ProviderSettings
from bots.sdk.context import Scope
from bots.sdk.loading import EnabledModule
from bots.sdk.offers import Offers
from bots.sdk.points import Basket, PriceRule, ShippingOption
from bots.sdk.replies import AnswerPreCheckout, AnswerShipping, SendInvoice
from bots.sdk.updates import Address, PayerInfo
from core.money import Money
from core.postgres import Connection
from core.shop.pricing import Shipping
from tests.bots.modules.provider.billing import TOKEN, billed
from tests.bots.paying import Paid
from tests.bots.sdk.modules import NoteSettings, switched_on

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
    assert order_props["is_digital"] is False  # said, not left out: refunds go by it
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
