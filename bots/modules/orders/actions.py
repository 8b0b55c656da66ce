"""What is done to orders, in the panel or by a button in the staff's group: the same functions.

Each is kept as a staff action, with who did it.
"""

from pydantic import BaseModel, ConfigDict, Field

from bots.modules.orders import notices
from bots.modules.orders.settings import OrdersSettings
from bots.sdk.context import Scope
from core.errors import NotFound, Refused
from core.shop import fulfilment, order_refunds, orders, staff
from core.shop.order_refunds import OrderRefund
from core.shop.orders import Order, Stage
from core.shop.refunds import WHOLE_ONLY
from core.shop.staff import Doer

OrdersScope = Scope[OrdersSettings]


class ParcelDraft(BaseModel):
    """`ships`: the order is on its way from now on."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    carrier: str = Field(default="", max_length=100, pattern=r"^[^\x00]*$")
    tracking_number: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")
    ships: bool = True


async def record(scope: OrdersScope, doer: Doer, action: str, order_id: int) -> None:
    """Keeps what somebody did to an order."""
    await staff.record(
        scope.connection, scope.origin, doer, action, f"order:{order_id}", order_id=order_id
    )


async def move(scope: OrdersScope, doer: Doer, order_id: int, stage: Stage) -> Order:
    """Raises NotFound, WrongStage."""
    order, is_new = await fulfilment.move(
        scope.connection, scope.origin, order_id=order_id, stage=stage
    )
    if is_new:
        await record(scope, doer, f"orders.{stage}", order_id)
    return order


async def cancel(scope: OrdersScope, doer: Doer, order_id: int) -> Order:
    """Raises NotFound, OrderClosed."""
    order = await fulfilment.cancel(scope.connection, scope.origin, order_id=order_id)
    await record(scope, doer, "orders.cancel", order_id)
    of_buyer = await scope.about(order.buyer_no)
    if of_buyer is not None:
        await notices.tell_cancelled(of_buyer, order)
    return order


async def note(scope: OrdersScope, doer: Doer, order_id: int, text: str) -> Order:
    """Raises NotFound, Refused."""
    await fulfilment.set_note(scope.connection, scope.origin, order_id=order_id, note=text)
    await record(scope, doer, "orders.note", order_id)
    return await orders.get(scope.connection, order_id)


async def add_parcel(scope: OrdersScope, doer: Doer, order_id: int, draft: ParcelDraft) -> Order:
    """Raises NotFound, WrongStage, TooManyParcels."""
    _, is_new = await fulfilment.add_parcel(
        scope.connection,
        scope.origin,
        order_id=order_id,
        carrier=draft.carrier,
        tracking_number=draft.tracking_number,
    )
    order = await orders.get(scope.connection, order_id)
    if draft.ships and "shipped" in fulfilment.next_stages(order):
        order = await move(scope, doer, order_id, "shipped")
    if is_new:
        await record(scope, doer, "orders.parcel", order_id)
    return order


async def remove_parcel(scope: OrdersScope, doer: Doer, order_id: int, parcel_id: int) -> Order:
    """Raises NotFound."""
    await fulfilment.remove_parcel(
        scope.connection, scope.origin, order_id=order_id, parcel_id=parcel_id
    )
    await record(scope, doer, "orders.parcel_removed", order_id)
    return await orders.get(scope.connection, order_id)


async def refund_whole(scope: OrdersScope, doer: Doer, order: Order) -> list[OrderRefund]:
    """All of a paid order's money goes back. What has not left the shop can be sold again.
    Raises NotFound, NotRefundable."""
    puts_back = not order.is_digital and order.stage in ("new", "processing")
    asked = await order_refunds.ask_whole(
        scope.connection, scope.origin, doer.name, order_id=order.id, puts_back=puts_back
    )
    await record(scope, doer, "orders.refund", order.id)
    return asked


async def refund_sent(
    scope: OrdersScope, doer: Doer, order_id: int, refund_id: int, way: str
) -> Order:
    """Raises NotFound, NotRefundable, and Refused for Stars, which Telegram alone gives back."""
    refund = await order_refunds.get(scope.connection, scope.origin, refund_id)
    if refund.order_id != order_id:
        raise NotFound(f"the order has no refund {refund_id}")
    if refund.provider in WHOLE_ONLY:
        raise Refused("only Telegram refunds Stars: wait until it confirms")
    if await order_refunds.complete(scope.connection, scope.origin, refund_id=refund_id, way=way):
        await record(scope, doer, "orders.refund_sent", order_id)
    return await orders.get(scope.connection, order_id)


async def give_refund_up(scope: OrdersScope, doer: Doer, order_id: int, refund_id: int) -> Order:
    """Raises NotFound, and Refused for one of Stars, which may be on its way."""
    refund = await order_refunds.get(scope.connection, scope.origin, refund_id)
    if refund.order_id != order_id:
        raise NotFound(f"the order has no refund {refund_id}")
    if refund.provider in WHOLE_ONLY:
        raise Refused("a refund of Stars cannot be stopped")
    await order_refunds.fail(scope.connection, scope.origin, refund_id=refund_id, error="given_up")
    await record(scope, doer, "orders.refund_given_up", order_id)
    return await orders.get(scope.connection, order_id)
