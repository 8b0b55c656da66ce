"""One time zone database: when days begin, local times, and the offsets sent to the engines."""

import re
import zoneinfo
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from core import zones

SINCE, UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ROOT = Path(__file__).parents[2]


def test_a_day_begins_at_midnight_or_at_the_change_that_skips_it() -> None:
    assert zones.day_start(date(2026, 3, 10), "Europe/Moscow") == datetime(
        2026, 3, 9, 21, tzinfo=UTC
    )
    # Beirut's clocks go from 24:00 to 01:00; Havana's show the hour after midnight twice.
    assert zones.day_start(date(2026, 3, 29), "Asia/Beirut") == datetime(
        2026, 3, 28, 22, tzinfo=UTC
    )
    assert zones.day_start(date(2025, 11, 2), "America/Havana") == datetime(
        2025, 11, 2, 4, tzinfo=UTC
    )
    # Toronto's went from 23:30 to 00:30 in 1919: that day has no first half hour.
    assert zones.day_start(date(1919, 3, 31), "America/Toronto") == datetime(
        1919, 3, 31, 4, 30, tzinfo=UTC
    )


def test_offsets_hold_from_a_change_to_the_next() -> None:
    held = zones.offsets("Europe/Berlin", SINCE.replace(year=2026), SINCE.replace(year=2027))
    assert held == [
        (SINCE.replace(year=2026), timedelta(hours=1)),
        (datetime(2026, 3, 29, 1, tzinfo=UTC), timedelta(hours=2)),
        (datetime(2026, 10, 25, 1, tzinfo=UTC), timedelta(hours=1)),
    ]
    odd = datetime(2026, 3, 29, 0, 59, 59, 500_000, tzinfo=UTC)
    assert [since for since, _ in zones.offsets("Europe/Berlin", odd, odd + SECOND)][1:] == [
        datetime(2026, 3, 29, 1, tzinfo=UTC)
    ]
    assert zones.offsets("UTC", SINCE, UNTIL) == [(SINCE, timedelta())]


@pytest.mark.parametrize("name", ["Europe/Nowhere", "../zones", "/etc/passwd", "", "Europe", "\0"])
def test_what_is_no_zone_is_refused_with_advice(name: str) -> None:
    with pytest.raises(zones.UnknownZone, match="Europe/Moscow"):
        zones.zone(name)


def test_the_hosts_files_decide_nothing(tmp_path: Path) -> None:
    rules = files("tzdata").joinpath("zoneinfo", "Asia", "Tokyo").read_bytes()
    (tmp_path / "America").mkdir()
    (tmp_path / "America" / "Vancouver").write_bytes(rules)
    zoneinfo.reset_tzpath(to=[str(tmp_path)])
    try:
        zones.zone.cache_clear()
        hosts = zoneinfo.ZoneInfo.no_cache("America/Vancouver")
        assert datetime(2026, 1, 15, tzinfo=hosts).utcoffset() == timedelta(hours=9)
        start = zones.day_start(date(2026, 1, 15), "America/Vancouver")
        assert start == datetime(2026, 1, 15, 8, tzinfo=UTC)
    finally:
        zoneinfo.reset_tzpath()


# What would ask the host's files, or an engine's own rules, when a day begins.
_ELSEWHERE = re.compile(
    r"ZoneInfo\(|available_timezones|toTimeZone|zone\w*:String"
    r"|(?:convert|replace)_time_zone\((?!\s*\"UTC\")"
    r"|AT TIME ZONE (?!'UTC')|time_zone=(?!\"UTC\")"
)


def test_no_other_file_knows_time_zones() -> None:
    parts = ("core", "api", "pipelines", "ingestion", "bots", "cli", "local", "simulator")
    found = {
        f"{path.relative_to(ROOT)}: {match.group()}"
        for part in parts
        for path in (ROOT / part).rglob("*.py")
        if path != ROOT / "core" / "zones.py"
        for match in _ELSEWHERE.finditer(path.read_text("utf-8"))
    }
    assert found == set()
