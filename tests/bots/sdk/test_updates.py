from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.sdk.updates import Message, length_bucket, likeness, number_of, split


@pytest.mark.parametrize(
    ("data", "parts"),
    [
        ("menu", ("menu", "")),
        ("product:12", ("product", "12")),
        ("a:b:c", ("a", "b:c")),
        ("", ("", "")),
    ],
)
def test_data_is_an_action_and_its_argument(data: str, parts: tuple[str, str]) -> None:
    assert split(data) == parts


@pytest.mark.parametrize(
    "argument", ["", "-1", "+1", "1.0", "01", "1 ", "1\n", "١٢", "1e3", "9" * 19, "x", "1;--"]
)
def test_what_we_never_sent_is_no_number(argument: str) -> None:
    assert number_of(argument) is None


@given(st.integers(min_value=0, max_value=10**18 - 1))
def test_a_number_that_we_sent_comes_back(number: int) -> None:
    assert number_of(str(number)) == number


@given(st.text())
def test_any_other_text_is_refused_or_is_that_number(text: str) -> None:
    number = number_of(text)
    assert number is None or (str(number) == text and number < 2**63)


@given(st.text())
def test_a_length_bucket_tells_no_more_than_a_power_of_two(text: str) -> None:
    bucket = length_bucket(text)
    assert len(text) <= bucket < 2 * max(len(text), 1)
    assert bucket & (bucket - 1) == 0


@given(st.text(), st.integers(min_value=-(2**62), max_value=2**62))
def test_the_same_words_share_a_bucket(text: str, chat_id: int) -> None:
    bucket = likeness(text, chat_id)
    assert likeness(f"  {text}\n", chat_id) == bucket
    assert bucket in range(1, 256) if text.split() else bucket == 0


def test_the_same_words_of_other_people_are_in_other_buckets() -> None:
    buckets = {likeness("hello", chat_id) for chat_id in range(1000)}
    assert len(buckets) > 200


@pytest.mark.parametrize(
    ("text", "has_link"),
    [
        ("see https://shop.example/a", True),
        ("пиши t.me/easy", True),
        ("ask @somebody", True),
        ("my mail is a@example.org", False),
        ("do you have it in blue?", False),
    ],
)
def test_a_link_is_seen(text: str, has_link: bool) -> None:
    message = Message(chat_id=1, occurred_at=datetime.now(UTC), kind="text", text=text)
    assert message.has_link is has_link
