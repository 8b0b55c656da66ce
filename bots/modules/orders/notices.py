"""Notices to a shopper about an order: durable, and once for each cause."""

from bots.modules.orders import screens
from bots.modules.orders.settings import OrdersSettings
from bots.sdk import next_steps
from bots.sdk.context import Scope
from bots.sdk.keyboards import keyboard
from bots.sdk.replies import SendText, Text, split_text
from bots.sdk.texts import paragraphs
from core.money import Money
from core.shop import fulfilment, order_refunds
from core.shop.order_refunds import OrderRefund
from core.shop.orders import Order
from core.shop.refunds import WHOLE_ONLY
from core.shop.wallets import WALLET

OrdersScope = Scope[OrdersSettings]
_TOLD = {
    "processing": "told_processing",
    "shipped": "told_shipped",
    "delivered": "told_delivered",
}


async def send_receipt(scope: OrdersScope, order: Order) -> None:
    """The receipt of a paid order."""
    if scope.customer is None:
        return
    text, under = await screens.receipt(scope, order)
    *parts, last = split_text(text)
    for number, part in enumerate(parts):
        await scope.send_durably("receipt", SendText(text=part), f"{order.id}#{number}")
    await scope.send_durably("receipt", SendText(text=last, keyboard=under), str(order.id))


async def _tell(scope: OrdersScope, order: Order, purpose: str, text: Text, key: str) -> None:
    if scope.customer is None:  # erased, or of a shop of its own code
        return
    first = (await next_steps.below(scope, order))[:1]
    await scope.send_durably(purpose, SendText(text=text, keyboard=keyboard(*first)), key)


async def tell_stage(scope: OrdersScope, order: Order) -> None:
    """Notifies the shopper of the goods' next stage; digital goods are their own notice."""
    if not scope.settings.tell_stages or order.stage == "new" or order.is_digital:
        return
    text = paragraphs(
        scope.texts.get(_TOLD[order.stage], number=order.order_no),
        await _parcels(scope, order) if order.stage == "shipped" else None,
    )
    await _tell(scope, order, "notice_stage", text, f"{order.id}:{order.stage}")


async def tell_parcels(scope: OrdersScope, order: Order) -> None:
    """By which number the goods are followed."""
    if not scope.settings.tell_stages:
        return
    parcels = await fulfilment.parcels_of(scope.connection, order.id)
    text = paragraphs(
        scope.texts.get("told_parcel", number=order.order_no), await _parcels(scope, order)
    )
    newest = max((parcel.id for parcel in parcels), default=0)
    await _tell(scope, order, "notice_parcel", text, f"{order.id}:{newest}")


async def _parcels(scope: OrdersScope, order: Order) -> str:
    return "\n".join(
        scope.texts.label("parcel", carrier=each.carrier, number=each.tracking_number).strip(" :")
        for each in await fulfilment.parcels_of(scope.connection, order.id)
    )


async def tell_refunds(scope: OrdersScope, order: Order) -> None:
    """What went back, each refund once. Of Stars Telegram tells itself."""
    for refund in await order_refunds.of_order(scope.connection, order.id):
        if refund.state == "done" and refund.provider not in WHOLE_ONLY:
            await _tell_refund(scope, order, refund)


async def _tell_refund(scope: OrdersScope, order: Order, refund: OrderRefund) -> None:
    amount = Money(refund.amount_minor, order.currency)
    key = "told_refund_to_wallet" if refund.way == WALLET else "told_refund"
    text = scope.texts.get(key, number=order.order_no, amount=amount)
    await _tell(scope, order, "notice_refund", text, str(refund.id))


async def tell_cancelled(scope: OrdersScope, order: Order) -> None:
    """That the shop has given an unpaid order up."""
    text = scope.texts.get("told_cancelled", number=order.order_no)
    await _tell(scope, order, "notice_cancelled", text, str(order.id))
