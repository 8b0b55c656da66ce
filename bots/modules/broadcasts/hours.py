"""When a broadcast may go out, and how long it takes: by the shop's clock."""

from datetime import datetime, time, timedelta

from bots.modules.broadcasts.settings import BroadcastsSettings
from core import zones

A_SECOND = 25
"""Messages of one bot, of Telegram's 30: the rest is for answers."""


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
        closes = (
            zones.day_start(day + timedelta(days=1), zone)
            if settings.until_hour == 24
            else zones.moment_at(day, time(settings.until_hour), zone)
        )
        at = max(at, opens)
        if at < closes:
            if at + left <= closes:
                return at + left
            left -= closes - at
        day += timedelta(days=1)
