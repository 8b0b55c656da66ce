"""Prices: discounts and additions, their order and their rounding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.shop.pricing import (
    Adjustment,
    Discount,
    FreeShipping,
    Gift,
    Item,
    Rule,
    Shipping,
    Tax,
    divide,
    half_up,
    quote,
)
from tests.properties import examples

TEA = Item(1, "Tea", 1290_50, 2)
CUP = Item(2, "Cup", 499_00)


def promo(share_bp: int = 0, amount_minor: int = 0) -> Discount:
    return Discount("promo", "SPRING", "promo", share_bp, amount_minor)


def test_lines_alone() -> None:
    priced = quote("RUB", [TEA, CUP])
    assert (priced.goods_minor, priced.total_minor) == (3080_00, 3080_00)
    assert str(priced.total) == "3 080.00 ₽"


def test_every_step_sees_what_the_ones_before_left() -> None:
    rules: list[Rule] = [
        Tax("VAT 20 %", "cart", 2000),
        Shipping("Courier", "cart", 350_00, free_from_minor=3000_00, reference="courier"),
        Discount("loyalty", "Points", "loyalty", amount_minor=100_00),
        promo(share_bp=1000),
    ]
    priced = quote("RUB", [TEA, CUP], rules)
    assert priced.adjustments == (
        Adjustment("promo", "SPRING", "promo", -308_00),
        Adjustment("loyalty", "Points", "loyalty", -100_00),
        Adjustment("shipping", "Courier", "cart", 350_00, "courier"),  # 2,672 is below 3,000
        Adjustment("tax", "VAT 20 %", "cart", 604_40),
    )
    assert priced.total_minor == 3080_00 - 408_00 + 350_00 + 604_40


def test_a_tax_inside_the_prices_is_told_and_not_added() -> None:
    priced = quote("RUB", [CUP], [Tax("VAT 20 %", "cart", 2000, is_included=True)])
    (tax,) = priced.adjustments
    assert (tax.amount_minor, tax.is_included) == (83_17, True)  # 499 × 20 / 120
    assert (priced.tax_minor, priced.total_minor) == (0, 499_00)


def test_shipping_is_free_from_a_sum_or_by_a_code() -> None:
    courier = Shipping("Courier", "cart", 350_00, free_from_minor=3080_00)
    assert quote("RUB", [TEA, CUP], [courier]).shipping_minor == 0
    free = FreeShipping("promo", "FREE", "promo")
    priced = quote("RUB", [CUP], [courier, free])
    assert (priced.shipping_minor, priced.adjustments[0].label) == (0, "Courier (FREE)")


def test_a_discount_of_one_product_leaves_the_others_alone() -> None:
    only_tea = Discount("promo", "TEA", "promo", amount_minor=9_000_00, product_ids=frozenset({1}))
    priced = quote("RUB", [TEA, CUP], [only_tea])
    assert [line.discount_minor for line in priced.lines] == [2581_00, 0]
    assert priced.total_minor == 499_00


def test_nothing_is_left_to_pay_and_never_less() -> None:
    priced = quote("XTR", [Item(1, "A", 3)], [promo(share_bp=10_000), promo(amount_minor=5)])
    assert (priced.total_minor, len(priced.adjustments)) == (0, 1)


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"), [(1, 2, 1), (3, 2, 2), (149, 100, 1), (0, 7, 0)]
)
def test_half_up(numerator: int, denominator: int, rounded: int) -> None:
    assert half_up(numerator, denominator) == rounded


@pytest.mark.parametrize("items", [[], [Item(1, "A", 1, 0)], [Item(1, "A", -1)]])
def test_what_is_no_order_is_refused(items: list[Item]) -> None:
    with pytest.raises(ValueError):
        quote("RUB", items)


@pytest.mark.parametrize("values", [{}, {"share_bp": 1, "amount_minor": 1}, {"share_bp": 10_001}])
def test_what_is_no_discount_is_refused(values: dict[str, int]) -> None:
    with pytest.raises(ValueError):
        promo(**values)


_ITEMS = st.lists(
    st.builds(
        Item,
        product_id=st.integers(1, 3),
        title=st.just("A"),
        unit_price_minor=st.integers(0, 10**10),
        quantity=st.integers(1, 100),
    ),
    min_size=1,
    max_size=6,
)
_SOME = st.one_of(st.none(), st.frozensets(st.integers(1, 3)))
_KINDS = st.sampled_from(["promo", "referral", "loyalty"])
_RULES = st.lists(
    st.one_of(
        st.builds(
            Discount, _KINDS, st.just("D"), st.just("m"), st.integers(1, 10_000), product_ids=_SOME
        ),
        st.builds(
            Discount,
            _KINDS,
            st.just("D"),
            st.just("m"),
            amount_minor=st.integers(1, 10**11),
            product_ids=_SOME,
        ),
        st.builds(Shipping, st.just("S"), st.just("m"), st.integers(0, 10**6)),
        st.builds(FreeShipping, _KINDS, st.just("F"), st.just("m")),
        st.builds(Tax, st.just("T"), st.just("m"), st.integers(1, 5000), st.booleans()),
    ),
    max_size=6,
)


@examples(200)
@given(_ITEMS, _RULES)
def test_a_bill_always_adds_up(items: list[Item], rules: list[Rule]) -> None:
    priced = quote("RUB", items, rules)
    added = [each.amount_minor for each in priced.adjustments if not each.is_included]
    assert priced.total_minor == priced.goods_minor + sum(added) >= 0
    off = [each.amount_minor for each in priced.adjustments if each.amount_minor < 0]
    assert priced.discount_minor == -sum(off)
    assert all(0 <= line.discount_minor <= line.item.gross_minor for line in priced.lines)


@examples(200)
@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**9), min_size=1, max_size=8))
def test_what_is_divided_adds_up(amount: int, weights: list[int]) -> None:
    amount = min(amount, sum(weights))
    parts = divide(amount, weights)
    assert sum(parts) == amount
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))


def test_a_gift_is_a_line_whose_whole_price_is_taken_off() -> None:
    mug = Item(7, "Mug", 120)
    gift = Gift("promo", "GIFT", "promo", mug, "3")
    priced = quote("XTR", [Item(1, "Tea", 300)], [promo(share_bp=1000), gift])
    assert [(line.item.title, line.item.is_gift, line.discount_minor) for line in priced.lines] == [
        ("Tea", False, 30),
        ("Mug", True, 120),
    ]
    assert priced.adjustments[1] == Adjustment("promo", "GIFT", "promo", -120, "3")
    assert (priced.goods_minor, priced.discount_minor, priced.total_minor) == (420, 150, 270)
