"""What Telegram signs for a Mini App, by its own definition and by tampering."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.settings import TELEGRAM_LAUNCH_KEY
from core.shop.mini_app import InitDataInvalid, read_launch
from tests import launches
from tests.launches import LAUNCH_KEY

TOKEN = "7000000001:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
NOW = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
FORGER = Ed25519PrivateKey.from_private_bytes(b"another key, not that of Telegra")


def signed(token: str = TOKEN, at: datetime = NOW, **changes: Any) -> str:
    return launches.signed(token, at, **changes)


def forged(**changes: str) -> str:
    """What whoever has the token makes of a launch that Telegram signed."""
    fields = dict(parse_qsl(signed())) | changes
    fields.pop("hash")
    return launches.hashed(fields, TOKEN)


def test_a_fresh_launch_tells_who_pressed() -> None:
    launch = read_launch(signed(), TOKEN, LAUNCH_KEY, NOW + timedelta(minutes=4))
    assert launch.telegram_id == 555
    assert read_launch(signed(query_id="another"), TOKEN, LAUNCH_KEY, NOW).mark != launch.mark
    with pytest.raises(InitDataInvalid):
        read_launch(signed(), TOKEN, TELEGRAM_LAUNCH_KEY, NOW)


def test_whoever_has_the_token_makes_no_second_launch_of_one() -> None:
    told = dict(parse_qsl(signed()))["signature"]
    # The last of 86 characters has four bits that say nothing.
    other = forged(signature=f"{told[:-1]}{'BRhx'['AQgw'.index(told[-1])]}")
    marks = {
        read_launch(data, TOKEN, LAUNCH_KEY, NOW).mark
        for data in (signed(), other, forged(signature=f"{told}=="))
    }
    assert len(marks) == 1


@pytest.mark.parametrize(
    "init_data",
    [
        pytest.param("", id="empty"),
        pytest.param("hash=", id="no fields"),
        pytest.param("user=%7B%22id%22%3A555%7D&hash=" + "0" * 64, id="invented"),
        pytest.param(signed().replace("555", "556"), id="another person"),
        pytest.param(signed() + "&start_param=x", id="a field more"),
        pytest.param(signed() + "&query_id=x", id="a field twice"),
        pytest.param(signed().replace("hash=", "hash=é"), id="not ascii"),
        pytest.param(signed(token=TOKEN[:-1] + "d"), id="another bot"),
        pytest.param(launches.signed(TOKEN, NOW, by=FORGER), id="another signer"),
        pytest.param(forged(user='{"id": 556}'), id="another person, by the token"),
        pytest.param(forged(auth_date=str(int(NOW.timestamp()) + 1)), id="later, by the token"),
        pytest.param(forged(start_param="x"), id="a field more, by the token"),
        pytest.param(forged(signature=""), id="unsigned"),
        pytest.param(forged(signature="é"), id="signature not ascii"),
        pytest.param(forged(signature="AAAA"), id="signature too short"),
        pytest.param(signed(at=NOW - timedelta(minutes=6)), id="too old"),
        pytest.param(signed(at=NOW + timedelta(minutes=2)), id="from the future"),
        pytest.param(signed(auth_date="1e9"), id="no moment"),
        pytest.param(signed(auth_date="9" * 11), id="beyond time"),
        pytest.param(signed(user="555"), id="no person"),
        pytest.param(signed(user='{"id": true}'), id="no number"),
        pytest.param("&".join(f"a{n}=1" for n in range(50)), id="too many fields"),
    ],
)
def test_whatever_else_opens_nothing(init_data: str) -> None:
    with pytest.raises(InitDataInvalid):
        read_launch(init_data, TOKEN, LAUNCH_KEY, NOW)
