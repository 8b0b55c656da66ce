"""From Buy to the receipt: the bill, the check before the payment, the payment."""

import structlog

from bots.modules.checkout_stars.events import CHECKOUT_STARTED
from bots.modules.checkout_stars.settings import CheckoutStarsSettings
from bots.modules.checkout_stars.store import open_order, status_of
from bots.sdk.context import Context
from bots.sdk.replies import SendText, Text
from bots.sdk.router import Router
from bots.sdk.texts import paragraphs
from bots.sdk.updates import Button, PaymentReceived, PreCheckout, number_of
from core.errors import NotFound, Refused
from core.money import STARS
from core.shop import catalogue, orders, payments
from core.shop.orders import Order, OrderClosed, OutOfStock
from core.shop.payments import Charge

log = structlog.get_logger()
router = Router[CheckoutStarsSettings]()

Checkout = Context[CheckoutStarsSettings]


@router.button("buy")
async def buy(context: Checkout, update: Button) -> None:
    product_id = number_of(update.argument)
    try:
        product = await catalogue.get(context.connection, context.shop.id, product_id or 0)
    except NotFound:
        context.answer(context.texts.label("gone"), alert=True)
        return
    if product.currency != STARS:
        context.answer(context.texts.label("not_for_stars"), alert=True)
        return
    order = await open_order(context.connection, context.bot_id, context.customer, product)
    if order is None:
        try:
            order = await orders.create(
                context.connection, context.origin, context.customer, product
            )
        except OutOfStock:
            context.answer(context.texts.label("sold_out"), alert=True)
            return
    started = context.event(
        CHECKOUT_STARTED,
        order_id=order.id,
        product_id=product.id,
        amount_minor=order.total_minor,
        currency=order.currency,
    )
    context.invoice(
        title=product.title,
        description=product.description or product.title,
        payload=f"order:{order.id}",
        price=order.total,
        on_sent=[started],
    )


@router.pre_checkout("order")
async def check(context: Checkout, update: PreCheckout) -> None:
    try:
        await payments.reserve(
            context.connection,
            context.origin,
            context.customer,
            order_id=number_of(update.argument) or 0,
            amount_minor=update.amount_minor,
            currency=update.currency,
        )
    except OutOfStock:
        context.refuse(context.texts.label("sold_out"))
    except OrderClosed:
        context.refuse(context.texts.label("closed"))
    except Refused:
        context.refuse(context.texts.label("refused"))
    else:
        context.approve()


@router.payment("order")
async def paid(context: Checkout, update: PaymentReceived) -> None:
    charge = Charge(
        provider=update.provider,
        charge_id=update.charge_id,
        payer_telegram_id=context.customer.telegram_id,
        amount_minor=update.amount_minor,
        currency=update.currency,
    )
    try:
        order = await payments.pay(
            context.connection,
            context.origin,
            context.customer,
            order_id=number_of(update.argument) or 0,
            charge=charge,
        )
    except NotFound:
        # It cannot be booked without an order; Telegram's list of the bot's payments has it.
        log.error("a payment names no order", bot=context.bot_id, charge=update.charge_id)
        await _send(context, "payment_held", update, context.texts.get("held"))
        return
    if order is None:
        return
    match await status_of(context.connection, charge.provider, charge.charge_id):
        case "held":
            await _send(context, "payment_held", update, context.texts.get("held"))
        case "succeeded":
            await _send(context, "receipt", update, _receipt(context, order))
        case "refunded":
            pass  # Telegram has told the shopper so


async def _send(context: Checkout, purpose: str, update: PaymentReceived, text: Text) -> None:
    key = f"{update.provider}:{update.charge_id}"
    await context.send_durably(purpose, SendText(text=text), key)


def _receipt(context: Checkout, order: Order) -> Text:
    texts, settings = context.texts, context.settings
    titles = "\n".join(
        f"{line.title} × {line.quantity}" if line.quantity > 1 else line.title
        for line in order.lines
    )
    thanks = {"ru": settings.thanks_ru, "en": settings.thanks_en}[texts.language]
    return paragraphs(
        texts.get("receipt", number=order.order_no, items=titles, total=order.total),
        texts.get("oversold") if order.attention == "oversold" else None,
        thanks or texts.get("thanks"),
    )
