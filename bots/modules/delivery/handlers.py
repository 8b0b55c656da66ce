"""The shopper opens what they have bought again."""

from bots.modules.delivery import handing, store
from bots.modules.delivery.settings import DeliverySettings
from bots.sdk import next_steps
from bots.sdk.context import Context
from bots.sdk.keyboards import keyboard
from bots.sdk.router import Router
from bots.sdk.texts import paragraphs
from bots.sdk.updates import Button, number_of
from core.errors import NotFound
from core.shop import orders, risk_standing

router = Router[DeliverySettings]()


@router.button("goods")
async def again(context: Context[DeliverySettings], update: Button) -> None:
    try:
        order = await orders.get(context.connection, number_of(update.argument) or 0)
    except NotFound:
        order = None
    customer, texts = context.customer, context.texts
    if order is None or (order.shop_id, order.buyer_no) != (customer.shop_id, customer.buyer_no):
        context.answer(texts.label("not_yours"), alert=True)
        return
    if order.status != "paid":
        context.answer(texts.label("not_paid"), alert=True)
        return
    found, files = await handing.contents(context, order)
    if not found and not files:
        context.answer(texts.label("nothing_yet"), alert=True)
        return
    most = context.settings.most_downloads
    if await risk_standing.enforce(
        context.connection,
        context.origin,
        context.customer.buyer_no,
        "goods",
        action="stop",
        order_id=order.id,
    ):
        context.answer(texts.label("stopped"), alert=True)
        return
    if not await store.count_opening(context.connection, order.id, most):
        context.answer(texts.label("too_often", most=most), alert=True)
        return
    for file in files:
        context.reply_document(file)
    text = paragraphs(texts.get("goods", number=order.order_no), *found)
    context.reply(text, keyboard(*await next_steps.below(context, order)))
