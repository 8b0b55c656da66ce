"""The goods are the order's in the very transaction in which it is paid, and go out after it."""

from bots.modules.delivery import handing
from bots.modules.delivery.events import GOODS_ASSIGNED
from bots.modules.delivery.settings import DeliverySettings
from bots.sdk.context import Scope
from bots.sdk.reactions import Reactions
from core.events import ORDER_PAID, Event
from core.shop import orders

reactions = Reactions[DeliverySettings]()


@reactions.on(ORDER_PAID, required=True)
async def assign(scope: Scope[DeliverySettings], event: Event) -> None:
    order = await orders.get(scope.connection, event.order_id)
    if order.status == "paid":  # not so if it went back before it was booked
        await handing.assign(scope, order)


@reactions.on(GOODS_ASSIGNED, required=True)
async def send(scope: Scope[DeliverySettings], event: Event) -> None:
    await handing.send(scope, await orders.get(scope.connection, event.order_id))
