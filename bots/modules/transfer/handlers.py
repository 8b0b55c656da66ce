"""How to pay by transfer, and what a shopper presses when they have."""

from datetime import timedelta

from bots.modules.transfer.settings import TransferSettings
from bots.modules.transfer.wording import worded
from bots.sdk import next_steps, payment
from bots.sdk.context import Context
from bots.sdk.dates import deadline
from bots.sdk.keyboards import button, keyboard
from bots.sdk.router import Router
from bots.sdk.texts import paragraphs
from bots.sdk.updates import Button, number_of
from core.errors import NotFound
from core.shop import orders
from core.shop.orders import Order

router = Router[TransferSettings]()

Transfer = Context[TransferSettings]


async def ask(context: Transfer, order: Order) -> None:
    """Shows where to pay an order, and keeps its units meanwhile."""
    kept = await payment.keep_for(context, order, minutes=context.settings.wait_minutes)
    if kept is not None:
        await _show(context, kept)


async def _show(context: Transfer, order: Order) -> None:
    texts, settings = context.texts, context.settings
    until = order.expires_at or context.now + timedelta(minutes=settings.wait_minutes)
    text = paragraphs(
        texts.get(worded("how_to_pay", order.purpose), number=order.order_no, total=order.due),
        settings.requisites.get(texts.language),
        texts.get(
            worded("kept_until", order.purpose),
            until=deadline(texts.language, until, context.shop.timezone),
        ),
        texts.get("then_send_proof"),
    )
    sent = [button(texts.label("send_proof"), "transfer_paid", order.id)]
    context.reply(text, keyboard(sent, *await next_steps.below(context)))


async def open_order(context: Transfer, argument: str) -> Order | None:
    """The shopper's own order, if it can still be paid; otherwise they are told why not."""
    try:
        order = await orders.own(context.connection, context.origin, number_of(argument) or 0)
    except NotFound:
        order = None
    if order is None or order.buyer_no != context.customer.buyer_no:
        context.answer(context.texts.label("no_such_order"), alert=True)
        return None
    if order.status != "created":
        key = "already_paid" if order.status == "paid" else "no_longer_open"
        context.answer(
            context.texts.label(worded(key, order.purpose), number=order.order_no), alert=True
        )
        return None
    return order


@router.button("transfer")
async def show_again(context: Transfer, update: Button) -> None:
    order = await open_order(context, update.argument)
    if order is not None:
        context.answer()
        await _show(context, order)


@router.button("transfer_paid", in_pause=True)
async def send_proof(context: Transfer, update: Button) -> None:
    order = await open_order(context, update.argument)
    if order is not None:
        context.answer()
        text = context.texts.get(
            worded("ask_proof", order.purpose), number=order.order_no, total=order.due
        )
        await context.ask("proof", text, data={"order": order.id})
