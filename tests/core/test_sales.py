"""Refunds of which only the amount is known, split into goods, tax and shipping."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import sales

_minor = st.integers(0, 10**13)


@given(_minor, _minor, _minor, st.lists(st.integers(1, 10**13), max_size=5))
def test_the_parts_of_a_refund_are_of_it_and_of_the_order(
    goods: int, tax: int, shipping: int, refunds: list[int]
) -> None:
    paid = goods + tax + shipping
    told = {"paid_minor": paid, "tax_minor": tax, "shipping_minor": shipping}
    left = paid
    back = {"tax_minor": 0, "shipping_minor": 0}
    for wanted in refunds:
        amount = min(wanted, left)
        left -= amount
        parts = sales.refund_parts(amount, **told)
        assert sum(parts.values()) <= amount
        for name, minor in parts.items():
            back[name] += minor
    assert back["tax_minor"] <= tax and back["shipping_minor"] <= shipping


@given(_minor, _minor, _minor)
def test_a_whole_refund_gives_back_all_of_each(goods: int, tax: int, shipping: int) -> None:
    paid = goods + tax + shipping
    parts = sales.refund_parts(paid, paid_minor=paid, tax_minor=tax, shipping_minor=shipping)
    assert (parts.get("tax_minor", 0), parts.get("shipping_minor", 0)) == (tax, shipping)


@pytest.mark.parametrize(
    ("amount", "paid", "tax", "shipping", "expected"),
    [
        (600, 1200, 200, 100, {"tax_minor": 100, "shipping_minor": 50}),
        (1, 1200, 200, 100, {}),  # rounded down: the last kopeck is of the goods
        (5000, 1200, 200, 100, {"tax_minor": 200, "shipping_minor": 100}),  # beyond: goods
        (600, 1200, 0, 0, {}),
        (0, 0, 0, 0, {}),
        (10, 10, 20, 0, {}),  # states more tax than was paid
    ],
)
def test_some_refunds(
    amount: int, paid: int, tax: int, shipping: int, expected: dict[str, int]
) -> None:
    found = sales.refund_parts(amount, paid_minor=paid, tax_minor=tax, shipping_minor=shipping)
    assert found == expected
