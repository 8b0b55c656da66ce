"""When a broadcast may go out, and how long it takes: by the shop's clock."""

from datetime import date, datetime, time, timedelta

from bots.modules.broadcasts.settings import BroadcastsSettings
from core import zones

A_SECOND = 25
"""Messages of one bot, of Telegram's 30: the rest is for answers."""


LEAST = timedelta(minutes=15)
"""What is to begin less than that before the end of a day's hours has the next day's as well."""


def may_go(settings: BroadcastsSettings, at: datetime, zone: str) -> bool:
    """Whether broadcasts go out at this moment."""
    hour = at.astimezone(zones.zone(zone)).hour
    return settings.from_hour <= hour < settings.until_hour


def ends_at(settings: BroadcastsSettings, begin: datetime, zone: str, people: int) -> datetime:
    """When so many have it, if it begins then; nights are waited for. UTC."""
    left = timedelta(seconds=people / A_SECOND)
    at, day = begin, zones.day_of(begin, zone)
    while True:
        opens = zones.moment_at(day, time(settings.from_hour), zone)
        closes = _end_of(settings, day, zone)
        at = max(at, opens)
        if at < closes:
            if at + left <= closes:
                return at + left
            left -= closes - at
        day += timedelta(days=1)


def minute_of(at: datetime, zone: str) -> int:
    """The minute of the day by the shop's clock."""
    local = at.astimezone(zones.zone(zone))
    return local.hour * 60 + local.minute


def closes_at(settings: BroadcastsSettings, at: datetime, zone: str) -> datetime:
    """The end of the hours that it is then, or of the next ones. UTC."""
    closes = _end_of(settings, zones.day_of(at, zone), zone)
    if at < closes:
        return closes
    return _end_of(settings, zones.day_of(at, zone) + timedelta(days=1), zone)


def _end_of(settings: BroadcastsSettings, day: date, zone: str) -> datetime:
    if settings.until_hour == 24:
        return zones.day_start(day + timedelta(days=1), zone)
    return zones.moment_at(day, time(settings.until_hour), zone)
