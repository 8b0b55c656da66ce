"""Partitions: the label is a calendar day, and each shop has that day in its own time zone."""

from collections.abc import Iterable
from datetime import date, datetime

import dagster as dg

from core.zones import day_of

# Etc/GMT-14 is UTC+14, where every date begins first: a label exists as soon as that day has begun
# for any shop. ClickHouse keeps events for two years at most, so nothing older can be computed.
DAYS = dg.DailyPartitionsDefinition(start_date="2025-01-01", timezone="Etc/GMT-14", end_offset=1)


def current_days(timezones: Iterable[str], now: datetime) -> list[date]:
    """The present calendar days in these time zones: none, one or two, in order."""
    return sorted({day_of(now, zone) for zone in timezones})
