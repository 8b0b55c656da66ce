"""Bookings in the staff's groups: what is asked for, with buttons that do what the panel's do."""

from bots.modules.bookings import course, store, times
from bots.modules.bookings.settings import BookingsSettings
from bots.modules.bookings.store import Booking, State
from bots.modules.bookings.times import BookingsScope
from bots.sdk import staffing
from bots.sdk.keyboards import Keyboard, button, keyboard
from bots.sdk.replies import Text
from bots.sdk.staffing import StaffContext, StaffDesk
from bots.sdk.updates import StaffPress, number_of

desk = StaffDesk[BookingsSettings]()
Staff = StaffContext[BookingsSettings]
PURPOSE = "staff_booking"
STATES: dict[State, str] = {
    "held": "state_held",
    "requested": "state_requested",
    "confirmed": "state_confirmed",
    "released": "state_released",
    "declined": "state_declined",
    "cancelled": "state_cancelled",
    "lost": "state_lost",
}


def card(scope: BookingsScope, booking: Booking) -> tuple[Text, Keyboard | None]:
    """The time, and what can be said to it while nobody has."""
    texts = scope.item.texts[scope.shop.language]
    text = texts.get(
        "staff_card",
        number=booking.order_no,
        title=booking.title,
        when=times.when(texts, booking, scope.shop.timezone),
        places=booking.places,
        state=texts.label(STATES[booking.state]),
    )
    if booking.state != "requested":
        return text, None
    return text, keyboard(
        [
            button(texts.label("confirm"), "booking_confirm", booking.id),
            button(texts.label("decline"), "booking_decline", booking.id),
        ]
    )


async def tell_asked(scope: BookingsScope, booking: Booking) -> None:
    """Tells each bound group that a time was asked for, once."""
    text, under = card(scope, booking)
    await staffing.tell(scope, PURPOSE, text, str(booking.id), keyboard=under)


@desk.button("booking_confirm", right="orders")
async def confirm(context: Staff, update: StaffPress) -> None:
    await _decide(context, update, is_taken=True)


@desk.button("booking_decline", right="orders")
async def decline(context: Staff, update: StaffPress) -> None:
    await _decide(context, update, is_taken=False)


async def _decide(context: Staff, update: StaffPress, *, is_taken: bool) -> None:
    number = number_of(update.argument) or 0
    booking = await store.get(context.connection, context.bot_id, number, lock=True)
    texts = context.item.texts[context.shop.language]
    if booking.state != "requested":  # somebody was faster, here or in the panel
        context.answer(texts.label("staff_already"), alert=True)
    elif is_taken:
        booking = await course.confirm(context, booking.id, context.doer)
        context.answer(texts.label("staff_done", name=context.doer.name))
    else:
        booking = await course.decline(context, booking.id, context.doer)
        context.answer(texts.label("staff_done", name=context.doer.name))
    context.edit(*card(context, booking))
