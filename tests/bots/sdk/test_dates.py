"""Days and deadlines as shoppers read them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bots.sdk.dates import day_name, deadline
from core.shop.shops import Language

NEW_YEAR = datetime(2026, 12, 31, 21, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "zone", "words"),
    [
        ("ru", "Europe/Moscow", "1 января, 00:30 (Москва)"),
        ("en", "America/New_York", "31 December, 16:30 (New York)"),
        ("ru", "Etc/GMT-5", "1 января, 02:30 (UTC+5)"),
    ],
)
def test_a_deadline_is_by_the_clock_that_it_names(
    language: Language, zone: str, words: str
) -> None:
    assert deadline(language, NEW_YEAR, zone) == words


@pytest.mark.parametrize("language", ["ru", "en"])
def test_each_day_of_a_year_has_its_own_name(language: Language) -> None:
    year = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    names = [day_name(language, day) for day in year]
    assert len(set(names)) == 365
    assert len({name.split(",")[0] for name in names}) == 7
    assert len({name.rpartition(" ")[2] for name in names}) == 12
