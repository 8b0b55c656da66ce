import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigurationError
from core.secrets import KeyRing

FIRST = base64.b64encode(b"a" * 32).decode()
SECOND = base64.b64encode(b"b" * 32).decode()


@given(st.binary(max_size=300))
def test_opens_what_it_sealed(plain: bytes) -> None:
    keys = KeyRing.parse(f"1:{FIRST}")
    assert keys.open(keys.seal(plain, "bots|1|token"), "bots|1|token") == plain


def test_a_value_moved_to_another_row_does_not_open() -> None:
    keys = KeyRing.parse(f"1:{FIRST}")
    sealed = keys.seal(b"secret", "bots|1|token")
    with pytest.raises(ConfigurationError, match="moved or altered"):
        keys.open(sealed, "bots|2|token")


@given(st.integers(min_value=0, max_value=40), st.integers(1, 255))
def test_an_altered_value_does_not_open(position: int, change: int) -> None:
    keys = KeyRing.parse(f"1:{FIRST}")
    sealed = bytearray(keys.seal(b"0123456789abc", "row"))
    sealed[position] ^= change
    with pytest.raises(ConfigurationError):
        keys.open(bytes(sealed), "row")


def test_the_highest_key_seals_and_older_ones_still_open() -> None:
    old = KeyRing.parse(f"1:{FIRST}").seal(b"x", "row")
    ring = KeyRing.parse(f"1:{FIRST},2:{SECOND}")
    assert ring.open(old, "row") == b"x"
    assert ring.seal(b"x", "row")[0] == 2


def test_a_lost_key_is_named_as_the_cause() -> None:
    sealed = KeyRing.parse(f"2:{SECOND}").seal(b"x", "row")
    with pytest.raises(ConfigurationError, match="put the old key back"):
        KeyRing.parse(f"1:{FIRST}").open(sealed, "row")


@pytest.mark.parametrize("text", [None, "", "x", "1:short", f"0:{FIRST}", f"one:{FIRST}", "1:!!!"])
def test_a_malformed_ring_says_what_to_set_and_quotes_no_key(text: str | None) -> None:
    with pytest.raises(ConfigurationError, match="VITRINA_SECRET_KEYS") as error:
        KeyRing.parse(text)
    assert FIRST not in error.value.detail
