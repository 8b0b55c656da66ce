"""The shopper's buttons: day, time, and giving a booking up."""

from datetime import date, datetime, timedelta

from bots.modules.bookings import choosing, course, store, times
from bots.modules.bookings.calendar import minute_of
from bots.modules.bookings.choosing import MOST_PLACES, Bookings
from bots.modules.bookings.settings import BookingsSettings
from bots.modules.bookings.store import Booking
from bots.sdk import ordering
from bots.sdk.keyboards import AnyButton, button, keyboard
from bots.sdk.points import OrderPage
from bots.sdk.router import Router
from bots.sdk.updates import Button, number_of
from core.errors import NotFound
from core.shop import order_refunds, orders

router = Router[BookingsSettings]()


def _parts(argument: str) -> tuple[int, int, str]:
    """The product, for how many, and the rest; zeros for what was not sent by us."""
    product, _, rest = argument.partition(".")
    places, _, rest = rest.partition(".")
    return number_of(product) or 0, min(number_of(places) or 1, MOST_PLACES) or 1, rest


def _day(text: str) -> date | None:
    if not (text.isascii() and text.isdigit() and len(text) == 8):
        return None
    try:
        return datetime.strptime(text, "%Y%m%d").date()
    except ValueError:
        return None


@router.button("booking_days")
async def days(context: Bookings, update: Button) -> None:
    product_id, places, rest = _parts(update.argument)
    await choosing.ask_day(context, product_id, places, _day(rest))


@router.button("booking_day")
async def day(context: Bookings, update: Button) -> None:
    product_id, places, rest = _parts(update.argument)
    chosen = _day(rest)
    if chosen is None:
        await choosing.ask_day(context, product_id, places)
    else:
        await choosing.ask_time(context, product_id, places, chosen)


@router.button("booking_time")
async def time(context: Bookings, update: Button) -> None:
    product_id, places, rest = _parts(update.argument)
    starts_at = minute_of(rest)
    if starts_at is None:
        await choosing.ask_day(context, product_id, places)
        return
    if await choosing.keep(context, product_id, places, starts_at):
        await ordering.go_on(context)


async def _own(context: Bookings, argument: str) -> Booking | None:
    """The booking of a button, if it is theirs and they can still cancel it; otherwise they are
    told why not."""
    try:
        booking = await store.get(
            context.connection, context.bot_id, number_of(argument) or 0, lock=True
        )
    except NotFound:
        booking = None
    if booking is None or booking.buyer_no != context.customer.buyer_no:
        context.answer(context.texts.label("not_found"), alert=True)
        return None
    if not booking.is_ahead(context.now):
        context.answer(context.texts.label("over"), alert=True)
        return None
    if booking.order_id is not None and await order_refunds.is_going_back(
        context.connection, booking.order_id
    ):
        context.answer(context.texts.label("going_back"), alert=True)
        return None
    if booking.starts_at - timedelta(hours=context.settings.cancel_hours) < context.now:
        hours = context.settings.cancel_hours
        context.answer(context.texts.label("too_late", hours=hours), alert=True)
        return None
    return booking


@router.button("booking_cancel")
async def ask_cancel(context: Bookings, update: Button) -> None:
    booking = await _own(context, update.argument)
    if booking is None:
        return
    texts = context.texts
    when = times.when(texts, booking, context.shop.timezone)
    context.edit(
        texts.get("cancel_sure", title=booking.title, when=when),
        keyboard(
            [button(texts.label("cancel_yes"), "booking_cancelled", booking.id)],
            *await _back(context, booking),
        ),
    )


async def _back(context: Bookings, booking: Booking) -> list[list[AnyButton]]:
    pages: list[AnyButton] = []
    if booking.order_id is not None:
        order = await orders.get(context.connection, booking.order_id)
        pages += [each.button for each in await context.offered(OrderPage, order)]
    return [pages, await choosing.home(context)]


@router.button("booking_cancelled")
async def cancel(context: Bookings, update: Button) -> None:
    booking = await _own(context, update.argument)
    if booking is None:
        return
    comes_back = await course.cancel_own(context, booking)
    key = "cancelled_refund" if comes_back else "cancelled"
    context.edit(context.texts.get(key), keyboard(*await _back(context, booking)))
