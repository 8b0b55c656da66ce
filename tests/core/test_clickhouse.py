import pytest

from core.clickhouse import Address


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("http://u:p@store/db", "http://store:8123/"),
        ("https://u:p@store/db", "https://store:8443/"),
        ("https://u:p@store:443/db", "https://store:443/"),
        ("http://", "http://127.0.0.1:8123/"),
        ("http://u:p@[::1]:9123/db", "http://[::1]:9123/"),
    ],
)
def test_the_port_follows_the_scheme(url: str, endpoint: str) -> None:
    assert Address.parse(url).endpoint == endpoint


def test_user_and_password_may_hold_any_character() -> None:
    address = Address.parse("http://an%40na:p%3Aw%2F@store/shop")
    assert (address.username, address.password, address.database) == ("an@na", "p:w/", "shop")
    assert "p:w/" not in repr(address)
