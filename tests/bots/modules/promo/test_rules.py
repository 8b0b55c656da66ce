"""Codes as people type them, their limits, and how they stack; without a database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bots.modules.promo.codes import Code, PromoDraft, key_of, link_code
from bots.modules.promo.rules import Entry, Facts, Standing, refusal, stacked, verdict
from bots.sdk.points import Basket
from core.shop.customers import Customer
from core.shop.pricing import Item, Rule, Shipping, quote

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
ANNA = Customer(
    telegram_id=1,
    shop_id=1,
    buyer_no=7,
    is_staff=False,
    is_test=False,
    first_source_id=None,
    last_source_id=None,
    session_no=1,
)


def code(number: int = 1, **values: Any) -> Code:
    values = {"kind": "percent", "code": f"C{number}"} | values
    if values["kind"] == "percent":
        values.setdefault("share_bp", 1000)
    return Code(**{"id": number, "is_active": True, "version": 1, "created_at": NOW} | values)


@pytest.mark.parametrize(
    "typed",
    [
        "SPRING-5",
        "spring-5",
        "  Spring-5\n",
        "s p r i n g - 5",
        "SРRІNG-5",  # Р and І are Cyrillic
        "spring\u20135",
        "spr\u200bing-5\ufeff",
        "ｓｐｒｉｎｇ-5",
    ],
)
def test_one_code_is_typed_in_many_ways(typed: str) -> None:
    assert key_of(typed) == "SPRING-5"


@pytest.mark.parametrize(
    "typed", ["", " ", "-", "_A", "A B!", "🎁", "<b>", "x" * 33, "a'b", "\x00"]
)
def test_what_cannot_be_a_code_has_no_key(typed: str) -> None:
    assert key_of(typed) == ""


@given(st.text(max_size=60))
def test_a_key_is_its_own_key(typed: str) -> None:
    assert key_of(key_of(typed)) == key_of(typed)


def test_a_link_carries_what_telegram_allows() -> None:
    assert link_code("Чай") is None
    assert link_code("ТЕА") == "promo_TEA"  # Cyrillic letters that look like Latin ones


@pytest.mark.parametrize(
    ("values", "standing", "expected"),
    [
        ({}, Standing(), None),
        ({"is_active": False}, Standing(), "switched_off"),
        ({"starts_at": NOW + timedelta(seconds=1)}, Standing(), "early"),
        ({"starts_at": NOW}, Standing(), None),
        ({"ends_at": NOW}, Standing(), "expired"),
        ({"ends_at": NOW + timedelta(seconds=1)}, Standing(), None),
        ({"most_uses": 2}, Standing(used=1), None),
        ({"most_uses": 2}, Standing(used=2), "used_up"),
        ({}, Standing(used_by_buyer=1), "used"),
        ({"most_per_buyer": None}, Standing(used_by_buyer=9), None),
        ({"first_order_only": True}, Standing(has_ordered=True), "not_first"),
        ({}, Standing(has_ordered=True), None),
        ({"buyer_no": 7}, Standing(), None),
        ({"buyer_no": 8}, Standing(), "not_yours"),
    ],
    ids=range(14),
)
def test_limits(values: dict[str, Any], standing: Standing, expected: str | None) -> None:
    assert refusal(code(**values), standing, ANNA.buyer_no, NOW) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "percent"},
        {"kind": "percent", "share_bp": 0},
        {"kind": "percent", "share_bp": 10_001},
        {"kind": "percent", "share_bp": 1, "amount_minor": 1, "currency": "RUB"},
        {"kind": "amount", "amount_minor": 5},
        {"kind": "amount", "amount_minor": -5, "currency": "RUB"},
        {"kind": "amount", "amount_minor": 5, "currency": "XXX"},
        {"kind": "goods"},
        {"kind": "shipping", "gift_product_id": 1},
        {"kind": "shipping", "gift_variant_id": 1},
        {"kind": "shipping", "least_minor": 5},
        {"kind": "shipping", "starts_at": NOW, "ends_at": NOW},
        {"kind": "shipping", "starts_at": NOW, "ends_at": "2027-01-01T00:00:00"},
        {"kind": "shipping", "starts_at": "0001-01-01T00:00:00+14:00"},
        {"kind": "shipping", "ends_at": "9999-12-31T23:59:00-12:00"},
        {"kind": "shipping", "most_uses": 0},
        {"kind": "shipping", "code": "!!"},
        {"kind": "shipping", "code": "a"},
    ],
    ids=range(18),
)
def test_a_code_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PromoDraft(**{"code": "SPRING"} | wrong)


def entries(*codes: Code) -> list[Entry]:
    return [Entry(each, Standing()) for each in codes]


def test_a_code_that_stands_alone_gives_way_to_a_later_one() -> None:
    alone, other = code(1), code(2)
    one, two = code(3, is_together=True), code(4, is_together=True)
    for typed, left in (
        ((alone, other), [2]),
        ((alone, one), [3]),
        ((one, alone), [1]),
        ((one, two), [3, 4]),
        ((one, two, alone, one), [3]),
    ):
        assert [each.code.id for each in stacked(entries(*typed))] == left


@given(st.permutations(range(1, 7)))
def test_the_order_in_which_codes_are_typed_does_not_matter(order: list[int]) -> None:
    together: dict[str, Any] = {"is_together": True}
    codes = {
        1: code(1, share_bp=500, **together),
        2: code(2, share_bp=2000, **together),
        3: code(3, kind="amount", amount_minor=50, currency="XTR", **together),
        4: code(4, kind="goods", gift_product_id=9, **together),
        5: code(5, kind="shipping", **together),
        6: code(6, share_bp=500, **together),
    }
    found = stacked(entries(*(codes[number] for number in order)))
    assert [each.code.id for each in found] == [4, 2, 1, 6, 3, 5]


def basket(*items: Item, currency: str = "XTR") -> Basket:
    return Basket(items=items, currency=currency, customer=ANNA)


TEA, BOOK = Item(1, "Tea", 300, 2), Item(2, "Book", 100, kind="digital")
MUG = Item(9, "Mug", 120)


@pytest.mark.parametrize(
    ("values", "items", "facts", "expected"),
    [
        ({}, (TEA,), Facts(), None),
        ({"least_minor": 600, "currency": "XTR"}, (TEA,), Facts(), None),
        ({"least_minor": 601, "currency": "XTR"}, (TEA,), Facts(), "least"),
        ({"least_minor": 1, "currency": "RUB"}, (TEA,), Facts(), "currency"),
        ({"product_ids": [2]}, (TEA,), Facts(frozenset()), "products"),
        ({"product_ids": [2]}, (TEA, BOOK), Facts(frozenset({2})), None),
        ({"kind": "goods", "gift_product_id": 9}, (TEA,), Facts(gift=MUG), None),
        ({"kind": "goods", "gift_product_id": 9}, (TEA,), Facts(), "no_gift"),
        ({"kind": "goods", "gift_product_id": 9}, (BOOK,), Facts(gift=MUG), "no_gift"),
        ({"kind": "goods", "gift_product_id": 2}, (TEA,), Facts(gift=BOOK), None),
        ({"kind": "shipping"}, (BOOK,), Facts(), "no_shipping"),
        ({"kind": "shipping"}, (TEA, BOOK), Facts(), None),
        ({"ends_at": NOW}, (TEA,), Facts(), "invalid"),
    ],
    ids=range(13),
)
def test_what_fits_a_basket(
    values: dict[str, Any], items: tuple[Item, ...], facts: Facts, expected: str | None
) -> None:
    found = verdict(Entry(code(**values), Standing()), basket(*items), facts, NOW, "P")
    assert found.misfit == expected
    assert (found.rule is None) == (expected is not None)


ITEMS = st.lists(
    st.builds(Item, st.integers(1, 4), st.just("T"), st.integers(1, 10_000), st.integers(1, 9)),
    min_size=1,
    max_size=5,
)
CODES = st.lists(
    st.one_of(
        st.builds(lambda share: {"share_bp": share}, st.integers(1, 10_000)),
        st.builds(
            lambda amount: {"kind": "amount", "amount_minor": amount, "currency": "XTR"},
            st.integers(1, 200_000),
        ),
        st.just({"kind": "goods", "gift_product_id": 9}),
        st.just({"kind": "shipping"}),
    ),
    max_size=5,
)


@given(ITEMS, CODES, st.frozensets(st.integers(1, 4)) | st.none(), st.integers(0, 500))
def test_whatever_is_stacked_adds_up_and_is_never_below_zero(
    items: list[Item], codes: list[dict[str, Any]], only: frozenset[int] | None, price: int
) -> None:
    made = [code(number, is_together=True, **each) for number, each in enumerate(codes, 1)]
    rules: list[Rule] = [Shipping("Courier", "cart", price, reference="c")]
    for entry in stacked(entries(*made)):
        facts = Facts(only, MUG if entry.code.kind == "goods" else None)
        found = verdict(entry, basket(*items), facts, NOW, entry.code.code)
        if found.rule is not None:
            rules.append(found.rule)
    priced = quote("XTR", items, rules)
    taken = sum(each.amount_minor for each in priced.adjustments if each.kind == "promo")
    assert priced.discount_minor == -taken
    assert all(0 <= each.discount_minor <= each.item.gross_minor for each in priced.lines)
    assert priced.total_minor == priced.goods_minor + taken + priced.shipping_minor >= 0
    gifts = [line for line in priced.lines if line.item.is_gift]
    assert all(line.discount_minor == line.item.gross_minor for line in gifts)
    assert [line.item for line in priced.lines if not line.item.is_gift] == items
