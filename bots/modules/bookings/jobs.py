"""By the clock: choices lapse, shoppers are reminded."""

from bots.modules.bookings import course, store, times
from bots.modules.bookings.events import BOOKING_REMINDED, BookedTime
from bots.modules.bookings.settings import BookingsSettings
from bots.modules.bookings.times import BookingsScope
from bots.sdk.jobs import Job, Jobs
from bots.sdk.keyboards import button, keyboard
from bots.sdk.replies import SendText
from bots.sdk.updates import number_of
from core.errors import NotFound

jobs = Jobs[BookingsSettings]()


@jobs.every(minutes=1)
async def lapse(scope: BookingsScope) -> None:
    await store.release_lapsed(scope.connection, scope.bot_id)


@jobs.task("remind")
async def remind(scope: BookingsScope, job: Job) -> None:
    try:
        booking = await store.get(
            scope.connection, scope.bot_id, number_of(str(job.data["booking"])) or 0
        )
    except NotFound:  # its shopper was erased
        return
    theirs = await scope.about(booking.buyer_no)
    if booking.state != "confirmed" or not booking.is_ahead(scope.now) or theirs is None:
        return
    texts = theirs.texts
    details = BookedTime(booking=booking.id, starts_at=booking.starts_at, places=booking.places)
    reminded = theirs.event(
        BOOKING_REMINDED,
        order_id=booking.order_id or 0,
        product_id=booking.product_id,
        props=details,
    )
    message = SendText(
        text=texts.get(
            "reminder",
            title=booking.title,
            when=times.when(texts, booking, scope.shop.timezone),
        ),
        keyboard=keyboard(
            [button(texts.label("cancel"), "booking_cancel", booking.id)],
            *await course.ways_on(theirs, booking),
        ),
        on_sent=(reminded,),
    )
    await theirs.send_durably("booking_reminder", message, str(booking.id))
