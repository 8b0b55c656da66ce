"""What Telegram signs for a Mini App, by its own definition and by tampering."""

import hmac
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from core.shop.mini_app import InitDataInvalid, read_launch

TOKEN = "7000000001:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
NOW = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)


def signed(token: str = TOKEN, at: datetime = NOW, **changes: str) -> str:
    """As Telegram makes it."""
    fields = {
        "auth_date": str(int(at.timestamp())),
        "query_id": "AAHdF6IQAAAAAN0XohDhrOrc",
        "signature": "zL-ucjNyREiHDE8aihFwpfR9aggP2xiAo3NSpfe",
        "user": json.dumps({"id": 555, "first_name": "Ольга & Co=", "language_code": "ru"}),
    } | changes
    told = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    key = hmac.new(b"WebAppData", token.encode(), "sha256").digest()
    return urlencode(fields | {"hash": hmac.new(key, told.encode(), "sha256").hexdigest()})


def test_a_fresh_launch_tells_who_pressed() -> None:
    launch = read_launch(signed(), TOKEN, NOW + timedelta(minutes=4))
    assert launch.telegram_id == 555
    assert read_launch(signed(query_id="another"), TOKEN, NOW).mark != launch.mark


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
        read_launch(init_data, TOKEN, NOW)
