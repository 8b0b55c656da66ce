"""Which times of a service can be booked, and how one is written."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from bots.modules.bookings import services, store
from bots.modules.bookings.calendar import Slot, Taken, clock, free_places, slots
from bots.modules.bookings.services import Service
from bots.modules.bookings.settings import BookingsSettings
from bots.modules.bookings.store import Booking
from bots.sdk.context import Scope
from bots.sdk.dates import day_name
from bots.sdk.texts import Texts
from core.zones import day_of, day_start, zone

BookingsScope = Scope[BookingsSettings]
_DAY = timedelta(days=1)


async def services_of(scope: BookingsScope, kinds: Mapping[int, str]) -> dict[int, Service]:
    """Those of the products, by id with their kinds, that are booked in this bot."""
    return await services.services_of(
        scope.connection, scope.shop.id, kinds, all_products=scope.settings.all_products
    )


def calendar_of(scope: BookingsScope, service: Service) -> int:
    """A service with places of its own has its own calendar; the others share the shop's."""
    return service.product_id if service.places is not None else -scope.shop.id


def capacity_of(scope: BookingsScope, service: Service) -> int:
    return service.places if service.places is not None else scope.settings.places


def today(scope: BookingsScope) -> date:
    return day_of(scope.now, scope.shop.timezone)


def last_day(scope: BookingsScope) -> date:
    return today(scope) + timedelta(days=scope.settings.ahead_days)


async def free_slots(
    scope: BookingsScope,
    service: Service,
    first: date,
    last: date,
    places: int,
    *,
    but: int | None = None,
) -> dict[date, list[Slot]]:
    """The times with so many free places on each day from `first` to `last`, both included; days
    without any are left out. `but` is a booking whose own places count as free."""
    first, last = max(first, today(scope)), min(last, last_day(scope))
    if first > last:
        return {}
    taken = await _taken(scope, service, first, last, but)
    off = await services.days_off(scope.connection, scope.shop.id, first, last)
    closed = {each.day for each in off}
    earliest = scope.now + timedelta(hours=scope.settings.notice_hours)
    capacity = capacity_of(scope, service)
    found: dict[date, list[Slot]] = {}
    for number in range((last - first).days + 1):
        day = first + number * _DAY
        free = [
            slot
            for slot in ([] if day in closed else _of_day(scope, service, day))
            if slot.starts_at >= earliest and len(free_places(slot, taken, capacity)) >= places
        ]
        if free:
            found[day] = free
    return found


async def _taken(
    scope: BookingsScope, service: Service, first: date, last: date, but: int | None
) -> list[Taken]:
    zone_name = scope.shop.timezone
    span = Slot(day_start(first, zone_name), day_start(last + _DAY, zone_name))
    return await store.taken(scope.connection, calendar_of(scope, service), span, but=but)


def _of_day(scope: BookingsScope, service: Service, day: date) -> Sequence[Slot]:
    return list(
        slots(
            day,
            scope.settings.open_on(day),
            scope.shop.timezone,
            step_minutes=scope.settings.step_minutes,
            minutes=service.minutes or scope.settings.minutes,
        )
    )


def time_name(moment: datetime, zone_name: str) -> str:
    """By the shop's clock; an hour that there is twice has its offset with it."""
    hour = timedelta(hours=1)
    others = [moment + part * hour / 2 for part in (-4, -2, -1, 1, 2, 4)]
    return clock(moment, zone_name, others=others)


def when(texts: Texts, booking: Booking, zone_name: str) -> str:
    """Day and time of a booking."""
    return texts.label(
        "when",
        day=day_name(texts.language, booking.starts_at.astimezone(zone(zone_name)).date()),
        time=time_name(booking.starts_at, zone_name),
    )
