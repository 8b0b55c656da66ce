"""The limits of Telegram's bills, as it documents them."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from core.money import EXPONENTS, MOST_STARS, STARS, Money
from core.shop import bills


def currencies_of_aiogram() -> Any:
    """Its list alone: to load all of it takes longer than a hundred tests."""
    package = importlib.util.find_spec("aiogram")
    assert package is not None and package.origin is not None
    file = Path(package.origin).parent / "enums" / "currency.py"
    spec = importlib.util.spec_from_file_location("currencies_of_aiogram", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Currency


def test_the_currencies_are_those_that_another_library_reads_out_of_the_same_page() -> None:
    assert bills.CURRENCIES == {each.value for each in currencies_of_aiogram()} - {STARS}
    assert bills.CURRENCIES <= EXPONENTS.keys()


@pytest.mark.parametrize(
    ("amount", "currency", "is_taken"),
    [
        (1, STARS, True),
        (0, STARS, False),
        (MOST_STARS, STARS, True),
        (MOST_STARS + 1, STARS, False),
        (100, "USD", True),
        (99, "USD", False),
        (1_000_000, "USD", True),
        (1_000_001, "USD", False),
        (10**12 - 1, "UZS", True),
        (10**12, "UZS", False),
        (1000, "XPF", False),  # money, but none of Telegram's
    ],
)
def test_a_bill(amount: int, currency: str, is_taken: bool) -> None:
    assert bills.takes(Money(amount, currency)) is is_taken
