import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bots.sdk.keyboards import button, keyboard, link
from bots.sdk.updates import split


def test_data_fits_in_63_bytes_not_characters() -> None:
    assert button("Ok", "find", "a" * 58).data == "find:" + "a" * 58
    for argument in ("a" * 59, "ы" * 30):
        with pytest.raises(ValidationError, match="63 bytes"):
            button("Too long", "find", argument)


@pytest.mark.parametrize("action", ["", "Menu", "1x", "has space", "меню", "a-b"])
def test_an_action_is_a_plain_name(action: str) -> None:
    with pytest.raises(ValidationError):
        button("Text", action)


def test_a_button_needs_a_text() -> None:
    with pytest.raises(ValidationError):
        button("", "menu")


@given(
    st.from_regex(r"[a-z][a-z0-9_]{0,15}", fullmatch=True),
    st.text(st.characters(codec="ascii"), min_size=1, max_size=40),
)
def test_what_a_button_carries_comes_back(action: str, argument: str) -> None:
    assert split(button("Text", action, argument).data) == (action, argument)


def test_empty_rows_are_left_out() -> None:
    one = keyboard([], [button("A", "a")], [])
    assert one is not None and [len(row) for row in one.rows] == [1]
    assert keyboard([], []) is None


@pytest.mark.parametrize("url", ["javascript:alert(1)", "example.org", "https://a b", ""])
def test_a_link_opens_a_page_and_nothing_else(url: str) -> None:
    assert link("Site", "https://example.org/a?b=1").url == "https://example.org/a?b=1"
    with pytest.raises(ValidationError):
        link("Site", url)
