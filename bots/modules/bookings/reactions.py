"""A booking goes with its order: made, paid, run out, given up, paid back."""

from bots.modules.bookings import course, staff, store
from bots.modules.bookings.settings import BookingsSettings
from bots.modules.bookings.times import BookingsScope
from bots.sdk.reactions import Reactions
from core.events import (
    ORDER_CANCELLED,
    ORDER_CREATED,
    ORDER_PAID,
    REFUND_COMPLETED,
    Event,
)
from core.shop import orders
from core.shop.orders import ORDER_EXPIRED

reactions = Reactions[BookingsSettings]()


@reactions.on(ORDER_CREATED, required=True)
async def ordered(scope: BookingsScope, event: Event) -> None:
    order = await orders.get(scope.connection, event.order_id)
    products = [line.product_id for line in order.lines]
    for booking in await store.attach(
        scope.connection, order.id, order.buyer_no, order.shop_id, products
    ):
        await course.ask_for(scope, booking)
        if scope.settings.confirms == "staff":
            await staff.tell_asked(
                scope, await store.get(scope.connection, scope.bot_id, booking.id)
            )


@reactions.on(ORDER_PAID, required=True)
async def paid(scope: BookingsScope, event: Event) -> None:
    order = await orders.get(scope.connection, event.order_id)
    if order.status != "paid":  # not so if it went back before it was booked
        return
    for booking in await store.of_order(scope.connection, order.id):
        if not await course.paid(scope, booking):
            lost = await store.get(scope.connection, scope.bot_id, booking.id)
            await staff.tell_asked(scope, lost)


@reactions.on(ORDER_EXPIRED, required=True)
async def expired(scope: BookingsScope, event: Event) -> None:
    await _release(scope, event.order_id, "unpaid")


@reactions.on(ORDER_CANCELLED, required=True)
async def cancelled(scope: BookingsScope, event: Event) -> None:
    await _release(scope, event.order_id, "unpaid")


@reactions.on(REFUND_COMPLETED, required=True)
async def refunded(scope: BookingsScope, event: Event) -> None:
    order = await orders.get(scope.connection, event.order_id)
    if order.status == "refunded":
        await _release(scope, order.id, "refund")


async def _release(scope: BookingsScope, order_id: int, by: str) -> None:
    for booking in await store.of_order(scope.connection, order_id):
        if booking.state in store.KEEPS:
            await course.release(scope, booking, by)
