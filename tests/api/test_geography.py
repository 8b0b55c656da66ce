"""A database of MaxMind's format is really read, and tells of impossible travel."""

from ipaddress import IPv4Network, ip_address
from pathlib import Path
from typing import Any

import pytest

from api.geography import UNKNOWN, Geography, Whereabouts
from core.errors import ConfigurationError
from core.postgres import Connection, Pool
from core.settings import Settings
from core.shop import access
from tests.api.conftest import eventually, serving
from tests.api.mmdb import Value, database

MOSCOW, TOKYO = "203.0.113.7", "198.51.100.9"


def _city(country: str, latitude: float, longitude: float) -> dict[str, Value]:
    return {
        "country": {"iso_code": country, "names": {"en": "a country of a rather long name indeed"}},
        "location": {"latitude": latitude, "longitude": longitude},
    }


@pytest.fixture(name="cities")
def written_database(tmp_path: Path) -> Path:
    file = tmp_path / "cities.mmdb"
    file.write_bytes(
        database(
            {
                IPv4Network("203.0.113.0/24"): _city("RU", 55.76, 37.62),
                IPv4Network("198.51.100.0/24"): _city("JP", 35.68, 139.69),
            }
        )
    )
    return file


def test_an_address_is_found_in_its_network(cities: Path) -> None:
    geography = Geography(cities)
    try:
        assert geography.of(ip_address(MOSCOW)) == Whereabouts("RU", (55.76, 37.62))
        assert geography.of(ip_address(TOKYO)).country == "JP"
        for unknown in ("192.0.2.1", "203.0.114.1", "2001:db8::1"):
            assert geography.of(ip_address(unknown)) == UNKNOWN, unknown
        assert geography.of(None) == UNKNOWN
    finally:
        geography.close()


@pytest.mark.parametrize("content", [b"", b"no database", b"\xab\xcd\xefMaxMind.com"])
def test_what_is_no_database_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.mmdb"
    file.write_bytes(content)
    with pytest.raises(ConfigurationError, match="VITRINA_GEOGRAPHY_FILE"):
        Geography(file)
    with pytest.raises(ConfigurationError, match="VITRINA_GEOGRAPHY_FILE"):
        Geography(tmp_path / "none.mmdb")


async def test_a_link_used_in_moscow_and_tokyo_at_once_is_an_alert(
    panel_settings: Settings, pool: Pool, connection: Connection, cities: Path
) -> None:
    settings = panel_settings.model_copy(
        update={"geography_file": cities, "trusted_proxies": "127.0.0.1"}
    )
    token = await access.create_link(connection, label="Anna", role="viewer")
    async with serving(settings, pool) as panel, panel.visitor("owner") as owner:

        async def travels() -> list[dict[str, Any]]:
            found = (await owner.get("/api/v1/access/alerts")).json()
            return [each for each in found if each["kind"] == "travel"]

        async def is_noticed() -> bool:
            return bool(await travels())

        for address in (MOSCOW, TOKYO):
            headers = {"x-forwarded-for": address}
            entered = await panel.client.post(
                "/api/v1/enter", json={"token": token}, headers=headers
            )
            assert entered.status_code == 204
            await panel.client.get("/api/v1/me", headers=headers)
        await eventually(is_noticed)
        (alert,) = await travels()
        assert alert["label"] == "Anna" and alert["details"]["kilometres"] > 7_000
        assert set(alert["details"]["countries"]) == {"JP", "RU"}
