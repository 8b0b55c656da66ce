"""A receipt by 54-FZ: whatever was ordered, it adds up to the bill, in fields as YooKassa has them.

Fields and limits: https://yookassa.ru/developers/api#create_payment_receipt and
https://yookassa.ru/developers/payment-acceptance/receipts/54fz/parameters-values
"""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bots.modules.provider.receipt import provider_data
from bots.modules.provider.settings import ProviderSettings
from bots.sdk.replies import SendInvoice
from core.postgres import Connection
from core.shop.orders import Order, OrderAdjustment, OrderLine
from core.shop.pricing import Discount, FreeShipping, Item, Quote, Rule, Shipping, Tax, quote
from tests.bots.paying import Paid
from tests.properties import examples

MOST_LINES = 30  # of a cart
MOST_ITEMS = 80  # of a receipt made by YooKassa itself; by the shop's own till 100
YOOKASSA = ProviderSettings(receipt="yookassa", vat_code=4, tax_system_code=2)
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=200)


def order_of(priced: Quote, tip_minor: int = 0) -> Order:
    """An order as it is stored of what was priced."""
    return Order(
        id=1,
        shop_id=1,
        order_no=1,
        bot_id=1,
        buyer_no=1,
        status="created",
        currency=priced.currency,
        total_minor=priced.total_minor + tip_minor,
        discount_minor=priced.discount_minor,
        shipping_minor=priced.shipping_minor,
        tax_minor=priced.tax_minor,
        tip_minor=tip_minor,
        refunded_minor=0,
        method="",
        stage="new",
        attention=None,
        created_at=datetime.now(UTC),
        paid_at=None,
        expires_at=None,
        lines=[
            OrderLine(
                product_id=line.item.product_id,
                title=line.item.title,
                unit_price_minor=line.item.unit_price_minor,
                quantity=line.item.quantity,
                variant_title=line.item.variant_title,
                kind=line.item.kind,
                discount_minor=line.discount_minor,
            )
            for line in priced.lines
        ],
        adjustments=[
            OrderAdjustment(
                kind=each.kind,
                label=each.label,
                source=each.source,
                reference=each.reference,
                amount_minor=each.amount_minor,
                is_included=each.is_included,
            )
            for each in priced.adjustments
        ],
    )


ITEMS = st.builds(
    Item,
    product_id=st.integers(1, 9),
    title=NAMES,
    unit_price_minor=st.integers(0, 10**8),
    quantity=st.integers(1, 999),
    variant_title=st.just("") | NAMES,
    kind=st.sampled_from(["physical", "digital", "service"]),
)
SHARES = st.builds(
    Discount, st.just("promo"), NAMES, st.just("promo"), share_bp=st.integers(1, 10_000)
)
AMOUNTS = st.builds(
    Discount, st.just("loyalty"), NAMES, st.just("points"), amount_minor=st.integers(1, 10**9)
)
RULES = st.lists(
    st.one_of(
        SHARES,
        AMOUNTS,
        st.just(FreeShipping("promo", "Подарок", "promo")),
        st.builds(Shipping, st.just("") | NAMES, st.just("cart"), st.integers(0, 10**6)),
        st.builds(
            Tax,
            NAMES,
            st.just("cart"),
            st.integers(1, 3_000),
            is_included=st.booleans(),
            on_shipping=st.booleans(),
        ),
    ),
    max_size=6,
)


def items_of(order: Order, settings: ProviderSettings = YOOKASSA) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = provider_data(order, settings)["receipt"]["items"]
    return found


def total_of(items: list[dict[str, Any]]) -> Decimal:
    return sum(
        (Decimal(each["quantity"]) * Decimal(each["amount"]["value"]) for each in items), Decimal()
    )


@examples(200)
@given(st.lists(ITEMS, min_size=1, max_size=MOST_LINES), RULES, st.integers(0, 10**5))
def test_the_items_add_up_to_the_bill_in_the_published_fields(
    wanted: list[Item], rules: list[Rule], tip_minor: int
) -> None:
    priced = quote("RUB", wanted, rules)
    items = items_of(order_of(priced, tip_minor))
    assert total_of(items) == priced.total.major
    assert len(items) <= MOST_ITEMS
    for each in items:
        assert each.keys() == {
            *("description", "quantity", "amount", "vat_code"),
            *("payment_mode", "payment_subject"),
        }
        assert 1 <= len(each["description"]) <= 128
        assert re.fullmatch(r"[1-9]\d{0,4}\.00", each["quantity"])
        assert each["amount"]["currency"] == "RUB"
        assert re.fullmatch(r"\d+\.\d\d", each["amount"]["value"])
        assert Decimal(each["amount"]["value"]) > 0
        assert each["vat_code"] == 4 and each["payment_mode"] == "full_payment"
        assert each["payment_subject"] in {"commodity", "service"}
    json.dumps(items)


TEA = Item(1, "Чай", 9_999, 3)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], [("Чай", "3.00", "99.99")]),
        (
            [Discount("promo", "−10 %", "promo", share_bp=1000)],  # 26,997 kopecks
            [("Чай", "3.00", "89.99")],
        ),
        (
            [Discount("loyalty", "Баллы", "points", amount_minor=1)],
            [("Чай", "1.00", "99.98"), ("Чай", "2.00", "99.99")],
        ),
        (
            [Shipping("Курьером", "cart", 30_000)],
            [("Чай", "3.00", "99.99"), ("Курьером", "1.00", "300.00")],
        ),
        (
            [Shipping("", "cart", 30_000)],
            [("Чай", "3.00", "99.99"), ("Доставка", "1.00", "300.00")],
        ),
        ([Shipping("Курьером", "cart", 30_000, free_from_minor=1)], [("Чай", "3.00", "99.99")]),
        # What is in the prices changes nothing; what is on top goes into the price of each.
        ([Tax("НДС", "cart", 2000, is_included=True)], [("Чай", "3.00", "99.99")]),
        (
            [Tax("НДС", "cart", 2000)],  # 29,997 + 5,999 kopecks
            [("Чай", "1.00", "119.98"), ("Чай", "2.00", "119.99")],
        ),
    ],
    ids=range(8),
)
def test_discounts_shipping_and_taxes_stand_as_the_law_wants_them(
    rules: list[Rule], expected: list[tuple[str, str, str]]
) -> None:
    items = items_of(order_of(quote("RUB", [TEA], rules)))
    assert [
        (each["description"], each["quantity"], each["amount"]["value"]) for each in items
    ] == expected


def test_a_long_name_is_cut_to_what_a_receipt_takes() -> None:
    (item,) = items_of(order_of(quote("RUB", [Item(1, "я" * 129, 100)])))
    assert item["description"] == "я" * 128


def test_a_tip_is_no_item() -> None:
    order = order_of(quote("RUB", [TEA]), tip_minor=500)
    assert total_of(items_of(order)) == Decimal("299.97")


@examples(100)
@given(st.lists(ITEMS, min_size=1, max_size=5), RULES, st.data())
def test_of_what_a_wallet_pays_in_part_the_receipt_is_for_the_rest(
    wanted: list[Item], rules: list[Rule], data: st.DataObject
) -> None:
    order = order_of(quote("RUB", wanted, rules))
    part = data.draw(st.integers(0, order.total_minor))
    order = order.model_copy(update={"wallet_minor": part})
    assert total_of(items_of(order)) == order.due.major


def test_a_top_up_is_an_advance() -> None:
    bare = order_of(quote("RUB", [TEA])).model_copy(
        update={"lines": [], "purpose": "top_up", "total_minor": 50_000}
    )
    (item,) = items_of(bare)
    assert (item["payment_mode"], item["payment_subject"]) == ("advance", "payment")
    assert (item["description"], item["amount"]["value"]) == ("Пополнение кошелька", "500.00")


@pytest.mark.parametrize("vat_code", [1, 12])
def test_the_vat_code_is_that_of_every_item(vat_code: int) -> None:
    settings = ProviderSettings(receipt="yookassa", vat_code=vat_code)
    order = order_of(quote("RUB", [TEA, TEA], [Shipping("Курьером", "cart", 1)]))
    assert {each["vat_code"] for each in items_of(order, settings)} == {vat_code}
    assert "tax_system_code" not in provider_data(order, settings)["receipt"]


@pytest.mark.parametrize("field", ["vat_code", "tax_system_code"])
@pytest.mark.parametrize("code", [-1, 13])
def test_a_code_that_is_not_published_is_refused(field: str, code: int) -> None:
    with pytest.raises(ValidationError):
        ProviderSettings.model_validate({"receipt": "yookassa", field: code})


def test_a_bill_in_another_currency_has_no_receipt() -> None:
    assert not provider_data(order_of(quote("USD", [TEA])), YOOKASSA)


@pytest.mark.parametrize("contact", ["email", "phone"])
async def test_the_contact_that_a_receipt_needs_is_asked_and_passed_on(
    connection: Connection, contact: str
) -> None:
    settings = {"token": "T:TEST:1", "receipt": "yookassa", "receipt_contact": contact}
    shop = await Paid.open(connection, provider=settings)
    shopper = shop.shopper()
    order = await shop.order(shopper, await shop.product(price_minor=150_000))
    terms = (await shop.asked(shopper, order)).only(SendInvoice).terms
    assert terms is not None
    assert contact in terms.asks and terms.to_provider == (contact,)
    assert total_of(terms.provider_data["receipt"]["items"]) == Decimal(1500)
