import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import EXPONENTS, Money, exponent, known_currency

currencies = st.sampled_from(["XTR", "RUB", "USD", "JPY", "KWD"])


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(450, "XTR"), "450 ⭐"),
        (Money(1234567, "RUB"), "12 345.67 ₽"),
        (Money(-5, "USD"), "-0.05 $"),
        (Money(1500, "KWD"), "1.500 KWD"),
    ],
)
def test_text(money: Money, text: str) -> None:
    assert str(money) == text


@pytest.mark.parametrize(
    ("money", "russian", "english"),
    [
        (Money(450, "XTR"), "450 ⭐", "450 ⭐"),
        (Money(180000, "RUB"), "1 800 ₽", "1,800 ₽"),
        (Money(180050, "RUB"), "1 800,50 ₽", "1,800.50 ₽"),
        (Money(-5, "USD"), "−0,05 $", "−0.05 $"),
        (Money(0, "RUB"), "0 ₽", "0 ₽"),
        (Money(1500, "KWD"), "1,500 KWD", "1.500 KWD"),
    ],
)
def test_money_as_people_write_it(money: Money, russian: str, english: str) -> None:
    assert (money.worded("ru"), money.worded("en")) == (russian, english)


@given(st.integers(), st.integers(), currencies)
def test_addition_is_exact_at_any_size(left: int, right: int, currency: str) -> None:
    total = Money(left, currency) + Money(right, currency)
    assert total.amount_minor == left + right


def test_currencies_do_not_mix() -> None:
    with pytest.raises(ValueError, match="cannot add"):
        _ = Money(1, "XTR") + Money(1, "RUB")


@given(st.integers(min_value=0, max_value=10**9), st.integers(1, 999), currencies)
def test_times_is_repeated_addition(amount: int, quantity: int, currency: str) -> None:
    assert Money(amount, currency).times(quantity).amount_minor == amount * quantity


def test_a_lower_case_code_is_refused() -> None:
    with pytest.raises(ValueError, match="not a currency"):
        Money(1, "rub")


@pytest.mark.parametrize(
    ("digits", "codes"),
    [
        (0, "XTR JPY KRW VND CLP ISK XOF XAF XPF UGX RWF PYG BIF DJF GNF KMF VUV UYI"),
        (2, "RUB USD EUR HUF COP IDR PKR KZT UZS TRY MGA MRU IRR LBP SOS"),
        (3, "KWD BHD JOD TND OMR IQD LYD"),
        (4, "CLF UYW"),
    ],
)
def test_each_currency_has_its_own_decimals(digits: int, codes: str) -> None:
    assert {exponent(known_currency(code)) for code in codes.split()} == {digits}


def test_every_code_of_iso_4217_that_somebody_pays_in_is_known() -> None:
    assert len(EXPONENTS) == 172
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in EXPONENTS)
    for code in ("XAU", "XXX", "XTS", "rub", "RU", "РУБ", ""):
        with pytest.raises(ValueError, match="ISO 4217"):
            known_currency(code)
