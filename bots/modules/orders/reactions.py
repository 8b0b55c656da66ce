"""Who is notified of an order, once: its shopper and, in their groups, the staff."""

from bots.modules.orders import notices, staff
from bots.modules.orders.settings import OrdersSettings
from bots.sdk.context import Scope
from bots.sdk.reactions import Reactions
from core.events import ORDER_PAID, PAYMENT_FAILED, REFUND_COMPLETED, Event
from core.shop import orders
from core.shop.fulfilment import ORDER_STATUS_CHANGED, SHIPMENT_UPDATED
from core.shop.order_refunds import REFUND_REQUESTED

reactions = Reactions[OrdersSettings]()
OrdersScope = Scope[OrdersSettings]


@reactions.on(ORDER_PAID)
async def receipt(scope: OrdersScope, event: Event) -> None:
    order = await orders.get(scope.connection, event.order_id)
    if order.status == "paid":  # not so if it went back before it was booked
        await notices.send_receipt(scope, order)


@reactions.on(ORDER_PAID)
async def tell_staff(scope: OrdersScope, event: Event) -> None:
    order = await orders.get(scope.connection, event.order_id)
    if order.status == "paid":
        await staff.tell_paid(scope, order)


@reactions.on(PAYMENT_FAILED)
async def tell_held(scope: OrdersScope, event: Event) -> None:
    if event.outcome in ("mismatch", "doubted"):
        await staff.tell_held(scope, await orders.get(scope.connection, event.order_id))


@reactions.on(REFUND_REQUESTED)
async def tell_to_refund(scope: OrdersScope, event: Event) -> None:
    await staff.tell_to_refund(scope, await orders.get(scope.connection, event.order_id))


@reactions.on(ORDER_STATUS_CHANGED)
async def stage(scope: OrdersScope, event: Event) -> None:
    order = await orders.get(scope.connection, event.order_id)
    if order.stage == event.outcome:
        await notices.tell_stage(scope, order)


@reactions.on(SHIPMENT_UPDATED)
async def parcel(scope: OrdersScope, event: Event) -> None:
    moved = any(
        each.event.type == ORDER_STATUS_CHANGED and each.event.order_id == event.order_id
        for each in scope.transaction.journal
    )
    if event.outcome == "shipped" and not moved:  # the stage's own notice names the parcels
        await notices.tell_parcels(scope, await orders.get(scope.connection, event.order_id))


@reactions.on(REFUND_COMPLETED)
async def refunded(scope: OrdersScope, event: Event) -> None:
    await notices.tell_refunds(scope, await orders.get(scope.connection, event.order_id))
