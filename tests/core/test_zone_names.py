"""What people call a time zone, in both languages, whichever zone a shop has."""

import re
from datetime import UTC, datetime

import pytest

from core import zone_names, zones

WINTER, SUMMER = datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "ru", "en"),
    [
        ("Europe/Moscow", "Москва", "Moscow"),
        ("Asia/Yekaterinburg", "Екатеринбург", "Yekaterinburg"),
        ("America/New_York", "Нью-Йорк", "New York"),
        ("America/Argentina/Buenos_Aires", "Буэнос-Айрес", "Buenos Aires"),
        ("Asia/Calcutta", "Калькутта", "Kolkata"),  # an old name of a zone
        ("US/Eastern", "Нью-Йорк", "New York"),
        ("Etc/GMT-3", "UTC+3", "UTC+3"),  # POSIX signs: three hours east
        ("Etc/UTC", "UTC", "UTC"),
        ("UTC", "UTC", "UTC"),
        ("EST", "UTC-5", "UTC-5"),
    ],
)
def test_a_zone_is_named_by_its_city_or_its_offset(name: str, ru: str, en: str) -> None:
    assert (zone_names.spoken(name, "ru", WINTER), zone_names.spoken(name, "en", WINTER)) == (
        ru,
        en,
    )


@pytest.mark.parametrize(
    ("name", "moment", "offset"),
    [
        ("Europe/Berlin", WINTER, "UTC+1"),
        ("Europe/Berlin", SUMMER, "UTC+2"),
        ("Asia/Kolkata", WINTER, "UTC+5:30"),
        ("Asia/Kathmandu", WINTER, "UTC+5:45"),
        ("America/St_Johns", WINTER, "UTC-3:30"),
        ("Pacific/Kiritimati", WINTER, "UTC+14"),
        ("Europe/London", WINTER, "UTC"),
    ],
)
def test_an_offset_is_that_of_the_moment(name: str, moment: datetime, offset: str) -> None:
    assert zone_names.offset(moment, name) == offset


def test_no_zone_is_called_by_its_technical_name() -> None:
    for name in sorted(zones.names()):
        russian, english = (zone_names.spoken(name, each, WINTER) for each in ("ru", "en"))
        offset = r"UTC([+-]\d{1,2}(:\d\d)?)?"
        assert re.fullmatch(rf"[А-ЯЁа-яё .,’()-]+|{offset}", russian), name
        assert not re.search("[/_А-Яа-я]", english), name


def test_a_name_that_no_zone_has_is_refused() -> None:
    with pytest.raises(zones.UnknownZone):
        zone_names.spoken("Mars/Olympus", "ru", WINTER)
