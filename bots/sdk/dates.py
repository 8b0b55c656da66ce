"""Days and times as shoppers read them, in the shop's time zone."""

from datetime import date, datetime

from bots.sdk.asking import platform_texts
from bots.sdk.texts import Texts
from core import zone_names
from core.shop.shops import Language
from core.zones import zone


def day_name(language: Language, day: date) -> str:
    """Weekday, day and month, without a year: dates in messages are at most months away."""
    texts = platform_texts()[language]
    weekday = texts.label("weekdays").split()[day.weekday()]
    return texts.label("day", weekday=weekday, number=day.day, month=_month(texts, day))


def _month(texts: Texts, day: date) -> str:
    return texts.label("months").split()[day.month - 1]


def deadline(language: Language, moment: datetime, zone_name: str) -> str:
    """Day and time in the shop's time zone, with the zone's name, because the shopper may be in
    another."""
    local = moment.astimezone(zone(zone_name))
    texts = platform_texts()[language]
    return texts.label(
        "deadline",
        number=local.day,
        month=_month(texts, local.date()),
        time=f"{local:%H:%M}",
        place=zone_names.spoken(zone_name, language, moment),
    )
