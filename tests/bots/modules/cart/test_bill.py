"""What a shopper is told of a bill that has changed."""

from hypothesis import given
from hypothesis import strategies as st

from bots.modules.cart import bill
from bots.modules.cart.bill import Bill
from bots.sdk.loading import load
from core.modules import Modules
from core.shop.pricing import Discount, Item, Rule, Shipping, Tax, quote

TEXTS = load(Modules.discover(), ["cart"])["cart"].texts["en"]

items = st.lists(
    st.builds(
        Item,
        product_id=st.integers(1, 4),
        title=st.just("Tea"),
        unit_price_minor=st.integers(0, 10**6),
        quantity=st.integers(1, 99),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda item: item.product_id,
)
rules: st.SearchStrategy[list[Rule]] = st.lists(
    st.one_of(
        st.builds(
            Discount, st.just("promo"), st.just("P"), st.just("m"), share_bp=st.integers(1, 10_000)
        ),
        st.builds(Shipping, st.just("C"), st.just("m"), st.integers(0, 10**4)),
        st.builds(Tax, st.just("T"), st.just("m"), st.integers(1, 10_000), st.booleans()),
    ),
    max_size=3,
    unique_by=lambda rule: type(rule).__name__,
)


def bill_of(found: list[Item], ruled: list[Rule]) -> Bill:
    return bill.of_quote(quote("XTR", found, ruled))


@given(items, rules, items, rules)
def test_only_what_differs_is_told_and_all_of_it(
    items_before: list[Item], before: list[Rule], items_now: list[Item], now: list[Rule]
) -> None:
    old, new = bill_of(items_before, before), bill_of(items_now, now)
    said = bill.changes(old, new, TEXTS)
    assert bill.changes(old, old, TEXTS) == ""
    assert (old.mark == new.mark) == (old == new)
    if old.total != new.total:
        now_due, due_before = new.total.worded("en"), old.total.worded("en")
        assert f"To pay: {now_due} instead of {due_before}" in said
    for line in new.lines:
        same = [each for each in old.lines if each.product_id == line.product_id]
        if same and same[0].price_minor != line.price_minor:
            assert new.money(line.price_minor).worded("en") in said


@given(items, rules)
def test_a_bill_comes_back_from_where_it_was_kept(found: list[Item], ruled: list[Rule]) -> None:
    shown = bill_of(found, ruled)
    assert Bill.model_validate(shown.model_dump(mode="json")) == shown
    assert len(shown.mark) == 8
