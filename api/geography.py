"""Where an address lies, by an offline database in MaxMind's format (.mmdb), if there is one."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any

from core.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """A country by ISO 3166-1, empty if it is not known, and (latitude, longitude) in degrees,
    which only databases of cities have."""

    country: str = ""
    point: tuple[float, float] | None = None


UNKNOWN = Whereabouts()


def whereabouts(record: object) -> Whereabouts:
    """What a database's record says, of GeoLite2, GeoIP2, DB-IP or their like."""
    if not isinstance(record, Mapping):
        return UNKNOWN
    country = record.get("country")
    code = country.get("iso_code") if isinstance(country, Mapping) else record.get("country_code")
    location = record.get("location")
    point = None
    if isinstance(location, Mapping):
        latitude, longitude = location.get("latitude"), location.get("longitude")
        if isinstance(latitude, int | float) and isinstance(longitude, int | float):
            point = float(latitude), float(longitude)
    return Whereabouts(code if isinstance(code, str) else "", point)


class Geography:
    """An open database; `file` None: none, and everything is unknown.

    Raises ConfigurationError if it cannot be read, or the package that reads it is not installed.
    """

    def __init__(self, file: Path | None) -> None:
        self._reader: Any = None if file is None else _opened(file)
        self._kept = lru_cache(maxsize=10_000)(self._find)

    def of(self, address: IPv4Address | IPv6Address | None) -> Whereabouts:
        """Where the address lies, as far as it is known."""
        return self._kept(address)

    def _find(self, address: IPv4Address | IPv6Address | None) -> Whereabouts:
        if self._reader is None or address is None:
            return UNKNOWN
        try:
            return whereabouts(self._reader.get(address))
        except ValueError:  # of IPv6, in a database of IPv4 alone
            return UNKNOWN

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()


def _opened(file: Path) -> Any:
    try:
        maxminddb = import_module("maxminddb")
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            "VITRINA_GEOGRAPHY_FILE needs the package maxminddb: install it beside Vitrina "
            "(pip install maxminddb), or leave the setting empty"
        ) from error
    try:
        return maxminddb.open_database(str(file))
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
        raise ConfigurationError(
            f"VITRINA_GEOGRAPHY_FILE: {file} is no database in MaxMind's format: {error}"
        ) from error
