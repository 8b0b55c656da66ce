"""What becomes of a booking: asked for, confirmed, declined, cancelled, paid too late."""

from datetime import timedelta

from bots.modules.bookings import services, store, times
from bots.modules.bookings.events import (
    BOOKING_CONFIRMED,
    BOOKING_ENDED,
    BOOKING_REQUESTED,
    BookedTime,
    BookingEnded,
)
from bots.modules.bookings.store import KEEPS, Booking, State, TimeTaken
from bots.modules.bookings.times import BookingsScope
from bots.sdk import next_steps
from bots.sdk.keyboards import AnyButton, keyboard
from bots.sdk.replies import SendText, Text
from bots.sdk.texts import paragraphs
from core.errors import Conflict
from core.events import Bilingual
from core.shop import fulfilment, order_refunds, orders, staff
from core.shop.order_refunds import NotRefundable, RefundDraft
from core.shop.orders import Order
from core.shop.staff import Doer


class AlreadyDecided(Conflict):
    """It was confirmed, declined or cancelled meanwhile."""

    code = "already_decided"
    explained = Bilingual(
        "По этой записи уже решили.",
        "This booking was decided about already.",
    )


async def ask_for(scope: BookingsScope, booking: Booking) -> None:
    """An order was made with it; where staff confirm, they are asked from now on."""
    booked = _booked(booking)
    scope.emit(
        BOOKING_REQUESTED,
        order_id=booking.order_id or 0,
        product_id=booking.product_id,
        props=booked,
    )
    if scope.settings.confirms == "staff":
        await store.move(scope.connection, booking, "requested")


async def paid(scope: BookingsScope, booking: Booking) -> bool:
    """Its order is paid: it is confirmed, unless staff have to. One whose places went back when the
    order ran out has its time again if that is free; False if it is lost."""
    if booking.state == "released":
        found = await times.services_of(scope, {booking.product_id: "service"})
        service = found.get(booking.product_id) or services.Service(product_id=booking.product_id)
        try:
            async with scope.connection.transaction():
                await store.seat_again(scope.connection, booking, times.capacity_of(scope, service))
        except TimeTaken:
            await _end(scope, booking, "lost", by="taken")
            words = scope.texts.get("told_lost", title=booking.title, when=_when(scope, booking))
            await _tell(scope, booking, "booking_lost", words)
            return False
        state: State = "requested" if scope.settings.confirms == "staff" else "held"
        booking = await store.move(scope.connection, booking, state)
    if booking.state == "held":
        await _confirm(scope, booking, by="")
    return True


async def _confirm(scope: BookingsScope, booking: Booking, *, by: str) -> Booking:
    booking = await store.move(scope.connection, booking, "confirmed", by=by)
    scope.emit(
        BOOKING_CONFIRMED,
        order_id=booking.order_id or 0,
        product_id=booking.product_id,
        props=_booked(booking),
    )
    remind_at = booking.starts_at - timedelta(hours=scope.settings.remind_hours)
    if scope.settings.remind_hours and remind_at > scope.now:
        data = {"booking": booking.id}
        await scope.later("remind", at=remind_at, key=str(booking.id), data=data)
    return booking


async def confirm(scope: BookingsScope, number: int, doer: Doer) -> Booking:
    """Staff or the owner confirm a time that was asked for. Raises NotFound, AlreadyDecided."""
    booking = await _undecided(scope, number, "requested")
    about = await _about(scope, booking)
    booking = await _confirm(about, booking, by=doer.name)
    await _record(scope, doer, "bookings.confirm", booking)
    is_paid = booking.order_status == "paid"
    await _tell(
        about,
        booking,
        "booking_confirmed",
        paragraphs(
            about.texts.get("told_confirmed", title=booking.title, when=_when(about, booking)),
            None if is_paid else about.texts.get("pay_then", number=booking.order_no),
        ),
    )
    return booking


async def decline(scope: BookingsScope, number: int, doer: Doer, reason: str = "") -> Booking:
    """Staff or the owner cannot take a time that was asked for. Raises NotFound,
    AlreadyDecided."""
    booking = await _undecided(scope, number, "requested")
    return await _give_up(scope, booking, "declined", doer, reason)


async def cancel(scope: BookingsScope, number: int, doer: Doer, reason: str = "") -> Booking:
    """The shop cancels a booking. Raises NotFound, AlreadyDecided."""
    booking = await _undecided(scope, number, *KEEPS)
    return await _give_up(scope, booking, "cancelled", doer, reason)


async def _give_up(
    scope: BookingsScope, booking: Booking, state: State, doer: Doer, reason: str
) -> Booking:
    about = await _about(scope, booking)
    booking = await _end(about, booking, state, by="shop", reason=reason, name=doer.name)
    await _record(scope, doer, f"bookings.{state}", booking)
    comes_back = await _settle(scope, booking, doer.name, always=True)
    words = "told_declined" if state == "declined" else "told_cancelled"
    await _tell(
        about,
        booking,
        f"booking_{state}",
        paragraphs(
            about.texts.get(words, title=booking.title, when=_when(about, booking)),
            reason or None,
            about.texts.get("money_back") if comes_back else None,
        ),
    )
    return booking


async def cancel_own(scope: BookingsScope, booking: Booking) -> bool:
    """The shopper cancels; whether their money is on its way back."""
    booking = await _end(scope, booking, "cancelled", by="shopper")
    return await _settle(scope, booking, "", always=scope.settings.refunds)


async def release(scope: BookingsScope, booking: Booking, by: str) -> None:
    """Its order came to nothing, or the money went back."""
    await _end(scope, booking, "released" if by == "unpaid" else "cancelled", by=by)


async def _end(
    scope: BookingsScope,
    booking: Booking,
    state: State,
    *,
    by: str,
    reason: str = "",
    name: str = "",
) -> Booking:
    ended = BookingEnded(**_booked(booking).model_dump(), by=by)
    scope.emit(
        BOOKING_ENDED, order_id=booking.order_id or 0, product_id=booking.product_id, props=ended
    )
    await scope.forget("remind", str(booking.id))
    return await store.move(scope.connection, booking, state, reason=reason, by=name)


async def _settle(scope: BookingsScope, booking: Booking, by: str, *, always: bool) -> bool:
    """What becomes of the order when its booking is given up: unpaid, it is given up too; paid for
    this booking alone, its money goes back. Whether it does."""
    if booking.order_id is None:
        return False
    order = await orders.own(scope.connection, scope.origin, booking.order_id)
    if len(order.lines) > 1:
        return False
    if order.status == "created":
        await fulfilment.cancel(scope.connection, scope.origin, order_id=order.id)
        return False
    if order.status != "paid" or not always:
        return False
    return await _refund(scope, order, by)


async def _refund(scope: BookingsScope, order: Order, by: str) -> bool:
    try:
        async with scope.connection.transaction():
            await order_refunds.ask(
                scope.connection,
                scope.origin,
                by,
                order_id=order.id,
                draft=RefundDraft(reason="booking"),
            )
    except NotRefundable:  # nothing was paid for it, or it is on its way back already
        return False
    return True


async def _undecided(scope: BookingsScope, number: int, *states: State) -> Booking:
    booking = await store.get(scope.connection, scope.bot_id, number, lock=True)
    if booking.state not in states:
        by = f" by {booking.decided_by}" if booking.decided_by else ""
        raise AlreadyDecided(f"the booking is {booking.state}{by}")
    return booking


async def _about(scope: BookingsScope, booking: Booking) -> BookingsScope:
    """On the shopper's matter, if they are still there."""
    return await scope.about(booking.buyer_no) or scope


async def _record(scope: BookingsScope, doer: Doer, action: str, booking: Booking) -> None:
    await staff.record(
        scope.connection,
        scope.origin,
        doer,
        action,
        f"booking:{booking.id}",
        order_id=booking.order_id or 0,
    )


async def _tell(scope: BookingsScope, booking: Booking, purpose: str, text: Text) -> None:
    if scope.customer is None:
        return
    message = SendText(text=text, keyboard=keyboard(*await ways_on(scope, booking)))
    await scope.send_durably(purpose, message, str(booking.id))


async def ways_on(scope: BookingsScope, booking: Booking) -> list[list[AnyButton]]:
    """The buttons under a message about a booking: to its order, and back to the beginning."""
    order = None
    if booking.order_id is not None:
        order = await orders.get(scope.connection, booking.order_id)
    return await next_steps.below(scope, order)


def _when(scope: BookingsScope, booking: Booking) -> str:
    return times.when(scope.texts, booking, scope.shop.timezone)


def _booked(booking: Booking) -> BookedTime:
    return BookedTime(booking=booking.id, starts_at=booking.starts_at, places=booking.places)
