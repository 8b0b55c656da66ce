"""The owner's calendar: bookings, days off, services, free times."""

from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from bots.modules.bookings import choosing, course, services, store, times
from bots.modules.bookings.services import DayOff, Service
from bots.modules.bookings.settings import BookingsSettings
from bots.modules.bookings.store import Booking, State
from bots.sdk.panel import PanelScope, SeenTag, panel_scope
from core.errors import NotFound, Refused
from core.shop import staff
from core.zones import day_start

router = APIRouter()
Panel = Annotated[PanelScope[BookingsSettings], Depends(panel_scope)]
Number = Annotated[int, Path(gt=0, lt=2**63)]
_MOST_DAYS = 400
# Years that every calendar and time zone knows.
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2200, 1, 1))]


class Decision(BaseModel):
    """Why a booking is declined or cancelled; the shopper reads it as it is."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    reason: str = Field(default="", max_length=500, pattern=r"^[^\x00]*$")


class DayOffDraft(BaseModel):
    """`note` is for the owner alone."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    note: str = Field(default="", max_length=200, pattern=r"^[^\x00]*$")


class ServiceDraft(BaseModel):
    """How a product is booked: null is as the module's settings say. `places`: a calendar of its
    own, for a class; null: it shares the shop's."""

    model_config = ConfigDict(extra="forbid")

    is_booked: bool = True
    minutes: int | None = Field(default=None, ge=5, le=1440)
    places: int | None = Field(default=None, ge=1, le=500)


class ServiceRow(Service):
    """A service with its title."""

    title: str


class FreeTime(BaseModel):
    """A time that can be booked."""

    starts_at: datetime
    ends_at: datetime


@router.get("/bookings")
async def list_bookings(
    panel: Panel,
    since: Annotated[Day | None, Query()] = None,
    until: Annotated[Day | None, Query()] = None,
    state: Annotated[State | None, Query()] = None,
    after: Annotated[int | None, Query(gt=0, lt=2**63)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> list[Booking]:
    """By when they begin, from a day to another of the shop's calendar, both included; `after` is
    the last one of the page before."""
    zone_name = panel.shop.timezone
    return await store.listed(
        panel.connection,
        panel.bot_id,
        since=day_start(since, zone_name) if since else None,
        until=day_start(until + timedelta(days=1), zone_name) if until else None,
        state=state,
        after=after,
        limit=limit,
    )


@router.post("/bookings/{booking_id}/confirm")
async def confirm_booking(booking_id: Number, panel: Panel) -> Booking:
    """Confirms the booking and tells the shopper. 409 `already_decided` if somebody was faster."""
    return await course.confirm(panel, booking_id, panel.doer)


@router.post("/bookings/{booking_id}/decline")
async def decline_booking(booking_id: Number, decision: Decision, panel: Panel) -> Booking:
    """Declines the booking and tells the shopper; the time is free again. If the order is for this
    booking alone, it is cancelled or its money refunded."""
    return await course.decline(panel, booking_id, panel.doer, decision.reason)


@router.post("/bookings/{booking_id}/cancel")
async def cancel_booking(booking_id: Number, decision: Decision, panel: Panel) -> Booking:
    """As declining, also of one that was confirmed."""
    return await course.cancel(panel, booking_id, panel.doer, decision.reason)


@router.get("/days-off")
async def list_days_off(
    panel: Panel,
    since: Annotated[Day | None, Query()] = None,
    until: Annotated[Day | None, Query()] = None,
) -> list[DayOff]:
    """From today on, for a year, unless other days are named."""
    first = since or times.today(panel)
    last = until or first + timedelta(days=_MOST_DAYS)
    return await services.days_off(panel.connection, panel.shop.id, first, last)


@router.put("/days-off/{day}")
async def put_day_off(day: Day, draft: DayOffDraft, panel: Panel) -> DayOff:
    """Nothing more can be booked that day; bookings that are there stay."""
    day_off = DayOff(day=day, note=draft.note)
    await services.put_day_off(panel.connection, panel.shop.id, day_off)
    await staff.record(panel.connection, panel.origin, panel.doer, "bookings.day_off", f"day:{day}")
    return day_off


@router.delete("/days-off/{day}", status_code=204)
async def remove_day_off(day: Day, panel: Panel) -> None:
    """The day's hours are those of its weekday again."""
    await services.remove_day_off(panel.connection, panel.shop.id, day)
    await staff.record(panel.connection, panel.origin, panel.doer, "bookings.day_on", f"day:{day}")


@router.get("/services")
async def list_services(panel: Panel) -> list[ServiceRow]:
    """What is sold as a service, and whatever else is booked."""
    found = await services.all_services(
        panel.connection, panel.shop.id, all_products=panel.settings.all_products
    )
    return [ServiceRow(title=title, **service.model_dump()) for title, service in found]


@router.put("/services/{product_id}")
async def put_service(
    product_id: Number, draft: ServiceDraft, panel: Panel, seen: SeenTag
) -> Service:
    """Bookings that are there keep their times and places. 412 `changed_meanwhile` if the service
    has another `version` by now."""
    service = Service(product_id=product_id, **draft.model_dump())
    await services.put_service(panel.connection, panel.shop.id, service, seen=seen)
    await staff.record(
        panel.connection, panel.origin, panel.doer, "bookings.service", f"product:{product_id}"
    )
    return service


@router.get("/free-times")
async def list_free_times(
    panel: Panel,
    product_id: Annotated[int, Query(gt=0, lt=2**63)],
    day: Day,
    places: Annotated[int, Query(ge=1, le=choosing.MOST_PLACES)] = 1,
) -> list[FreeTime]:
    """What a shopper would be offered that day."""
    found = await services.all_services(
        panel.connection, panel.shop.id, all_products=panel.settings.all_products
    )
    service = next((each for _, each in found if each.product_id == product_id), None)
    if service is None:
        raise NotFound(f"product {product_id} is not booked: state it as a service first")
    if not service.is_booked:
        raise Refused(f"product {product_id} is sold without a time")
    free = await times.free_slots(panel, service, day, day, places)
    return [FreeTime(starts_at=slot.starts_at, ends_at=slot.ends_at) for slot in free.get(day, [])]
