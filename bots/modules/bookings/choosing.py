"""A shopper chooses day and time by buttons, on the way to their order."""

from datetime import date, datetime, timedelta

from bots.modules.bookings import store, times
from bots.modules.bookings.calendar import minutes_of
from bots.modules.bookings.services import Service
from bots.modules.bookings.settings import BookingsSettings
from bots.sdk.context import Context
from bots.sdk.dates import day_name
from bots.sdk.keyboards import AnyButton, button, keyboard
from bots.sdk.points import Home
from bots.sdk.texts import paragraphs
from core import zone_names
from core.errors import NotFound
from core.shop import catalogue
from core.shop.catalogue import Product
from core.zones import day_of, day_start

Bookings = Context[BookingsSettings]
_DAYS_A_PAGE = 10
_DAYS_A_ROW, _TIMES_A_ROW = 2, 4
_MOST_TIMES = 80
MOST_PLACES = 500


def _rows(buttons: list[AnyButton], width: int) -> list[list[AnyButton]]:
    return [buttons[start : start + width] for start in range(0, len(buttons), width)]


async def home(context: Bookings) -> list[AnyButton]:
    return [each.button for each in (await context.offered(Home))[:1]]


async def service_of(context: Bookings, product_id: int) -> tuple[Product, Service] | None:
    """A product that is booked; None if it does not exist any more, or is sold without a time."""
    try:
        product = await catalogue.get(context.connection, context.shop.id, product_id)
    except NotFound:
        return None
    found = await times.services_of(context, {product.id: product.kind})
    return (product, found[product.id]) if product.id in found else None


async def ask_day(
    context: Bookings, product_id: int, places: int, first: date | None = None
) -> None:
    """The days on which there is a time, ten at once; says so if there is none."""
    texts = context.texts
    found = await service_of(context, product_id)
    if found is None:
        context.edit(texts.get("gone"), keyboard(await home(context)))
        return
    product, service = found
    begin = max(first or times.today(context), times.today(context))
    own = await _own(context, product_id)
    free = await times.free_slots(context, service, begin, times.last_day(context), places, but=own)
    days = list(free)
    if not days:
        context.edit(
            paragraphs(
                texts.get("no_times", title=product.title),
                texts.get("contact", contact=context.shop.imprint.contact)
                if context.shop.imprint.contact
                else None,
            ),
            keyboard(await home(context)),
        )
        return
    shown: list[AnyButton] = [
        button(day_name(texts.language, day), "booking_day", f"{product_id}.{places}.{day:%Y%m%d}")
        for day in days[:_DAYS_A_PAGE]
    ]
    turns: list[AnyButton] = []
    if begin > times.today(context):
        turns.append(button(texts.label("first_days"), "booking_days", f"{product_id}.{places}"))
    if len(days) > _DAYS_A_PAGE:
        onwards = f"{product_id}.{places}.{days[_DAYS_A_PAGE]:%Y%m%d}"
        turns.append(button(texts.label("later_days"), "booking_days", onwards))
    context.edit(
        paragraphs(texts.get("ask_day", title=product.title), _zone_note(context, days[0])),
        keyboard(*_rows(shown, _DAYS_A_ROW), turns, await home(context)),
    )


async def _own(context: Bookings, product_id: int) -> int | None:
    """What they have chosen of it already, whose places are free to them."""
    chosen = await store.current(context.connection, context.bot_id, context.customer, product_id)
    return chosen.id if chosen is not None and chosen.order_id is None else None


def _zone_note(context: Bookings, day: date) -> str:
    """Whose clock the times are by."""
    texts, zone_name = context.texts, context.shop.timezone
    place = zone_names.spoken(zone_name, texts.language, day_start(day, zone_name))
    return texts.label("zone", place=place)


async def ask_time(context: Bookings, product_id: int, places: int, day: date) -> None:
    """The times of a day; the days again if there is none any more."""
    texts, found = context.texts, await service_of(context, product_id)
    if found is None:
        context.edit(texts.get("gone"), keyboard(await home(context)))
        return
    product, service = found
    own = await _own(context, product_id)
    free = await times.free_slots(context, service, day, day, places, but=own)
    if day not in free:
        context.answer(texts.label("day_taken"), alert=True)
        await ask_day(context, product_id, places)
        return
    shown: list[AnyButton] = [
        button(
            times.time_name(slot.starts_at, context.shop.timezone),
            "booking_time",
            f"{product_id}.{places}.{minutes_of(slot.starts_at)}",
        )
        for slot in free[day][:_MOST_TIMES]
    ]
    back: list[AnyButton] = [
        button(texts.label("other_day"), "booking_days", f"{product_id}.{places}")
    ]
    text = paragraphs(
        texts.get("ask_time", title=product.title, day=day_name(texts.language, day)),
        _zone_note(context, day),
    )
    context.edit(text, keyboard(*_rows(shown, _TIMES_A_ROW), back, await home(context)))


async def keep(context: Bookings, product_id: int, places: int, starts_at: datetime) -> bool:
    """Reserves a shown time for the shopper; False if it is not available, and the shopper has been
    told so."""
    texts, found = context.texts, await service_of(context, product_id)
    if found is None:
        context.edit(texts.get("gone"), keyboard(await home(context)))
        return False
    product, service = found
    own = await _own(context, product_id)
    day = day_of(starts_at, context.shop.timezone)
    free = await times.free_slots(context, service, day, day, places, but=own)
    offered = [each for each in free.get(day, []) if each.starts_at == starts_at]
    try:
        if not offered:
            raise store.TimeTaken("it is not offered any more")
        async with context.connection.transaction():
            await store.choose(
                context.connection,
                context.bot_id,
                context.customer,
                product_id=product.id,
                title=product.title,
                slot=offered[0],
                places=places,
                calendar=times.calendar_of(context, service),
                capacity=times.capacity_of(context, service),
                hold=timedelta(minutes=context.settings.hold_minutes),
            )
    except store.TimeTaken:
        context.answer(texts.label("time_taken"), alert=True)
        if day in free:
            await ask_time(context, product_id, places, day)
        else:
            await ask_day(context, product_id, places)
        return False
    return True
