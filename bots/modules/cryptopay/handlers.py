"""Paying in Crypto Bot."""

from bots.modules.cryptopay import store
from bots.modules.cryptopay.settings import CryptopaySettings
from bots.modules.cryptopay.store import Bill
from bots.modules.cryptopay.wording import worded
from bots.sdk import next_steps, payment
from bots.sdk.context import Context, Scope
from bots.sdk.keyboards import Keyboard, keyboard, link
from bots.sdk.replies import Text
from bots.sdk.router import Router
from bots.sdk.updates import Button, number_of
from core.errors import NotFound
from core.shop import orders
from core.shop.orders import Order

router = Router[CryptopaySettings]()

Cryptopay = Context[CryptopaySettings]


async def ask(context: Cryptopay, order: Order) -> None:
    """Has a bill made for an order, or shows the one that there is; its units are kept meanwhile.
    Crypto Pay is asked by a job: no shopper's transaction waits for it."""
    kept = await payment.keep_for(context, order, minutes=context.settings.wait_minutes)
    if kept is None:
        return
    bill = await store.current(context.connection, kept)
    if bill is not None and bill.state == "open":
        context.reply(*await shown(context, bill))
        return
    if bill is None:
        number = await store.add(context.connection, context.bot_id, context.customer, kept)
        await context.later("bill", at=context.now, key=str(number), data={"bill": number})
    context.reply(
        context.texts.get(worded("making", kept.purpose), number=kept.order_no, total=kept.due),
        keyboard(*await next_steps.below(context)),
    )


async def shown(scope: Scope[CryptopaySettings], bill: Bill) -> tuple[Text, Keyboard | None]:
    """The bill, with the button that opens it in Crypto Bot."""
    texts = scope.texts
    text = texts.get(
        worded("bill", bill.purpose),
        number=bill.order_no,
        total=bill.price,
        minutes=scope.settings.wait_minutes,
    )
    pays = link(texts.label("pay", total=bill.price), bill.url)
    return text, keyboard([pays], *await next_steps.below(scope))


@router.button("cryptopay")
async def show_again(context: Cryptopay, update: Button) -> None:
    try:
        order = await orders.own(
            context.connection, context.origin, number_of(update.argument) or 0
        )
    except NotFound:
        order = None
    if order is None or order.buyer_no != context.customer.buyer_no:
        context.answer(context.texts.label("no_such_order"), alert=True)
    elif order.status != "created":
        key = worded("no_longer_open", order.purpose)
        context.answer(context.texts.label(key, number=order.order_no), alert=True)
    else:
        context.answer()
        await ask(context, order)
