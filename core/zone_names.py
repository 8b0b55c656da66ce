"""How people call a time zone: by its city, or by how far its clocks are from UTC."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files

from core.zones import names, zone


@cache
def _cities() -> Mapping[str, Mapping[str, str]]:
    """By language, then by IANA name; of English ones those that the name does not say itself.

    The exemplar cities of Unicode CLDR 48 (https://cldr.unicode.org, Unicode License v3).
    """
    found: dict[str, dict[str, str]] = json.loads(
        files("core").joinpath("zone_cities.json").read_text("utf-8")
    )
    return found


def city(name: str, language: str) -> str | None:
    """The city whose clocks a zone names, in a language ("ru" or "en"); None if it names none, as
    `Etc/GMT-3` and `UTC` do not."""
    cities = _cities()
    if name not in cities["ru"]:
        return None
    return cities[language].get(name) or name.rpartition("/")[2].replace("_", " ")


@cache
def with_cities() -> tuple[str, ...]:
    """The zones that name a city, by their IANA names in order, of those that exist."""
    return tuple(sorted(name for name in _cities()["ru"] if name in names()))


def offset(moment: datetime, name: str) -> str:
    """How far the zone's clocks are from UTC then: "UTC+3", "UTC-3:30", "UTC". Raises
    UnknownZone."""
    minutes = (moment.astimezone(zone(name)).utcoffset() or timedelta()) // timedelta(minutes=1)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


def spoken(name: str, language: str, moment: datetime) -> str:
    """The zone's city, or its offset at a moment if it has none. Raises UnknownZone."""
    return city(name, language) or offset(moment, name)
