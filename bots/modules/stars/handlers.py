"""From the bill in Stars to the payment."""

from bots.modules.stars.settings import StarsSettings
from bots.sdk import payment
from bots.sdk.context import Context
from bots.sdk.router import Router
from bots.sdk.updates import PaymentReceived, PreCheckout, number_of
from core.shop import catalogue
from core.shop.orders import Order

router = Router[StarsSettings]()

Stars = Context[StarsSettings]


async def ask(context: Stars, order: Order) -> None:
    """Sends Telegram's own bill. Nothing is reserved yet: the pre-checkout does that."""
    context.invoice(
        title=_title(context, order),
        description=await _description(context, order),
        payload=f"order:{order.id}",
        price=order.due,
    )


def _title(context: Stars, order: Order) -> str:
    first, *others = order.lines
    if not others:
        return first.name
    return context.texts.label("and_more", title=first.name, count=len(others))


async def _description(context: Stars, order: Order) -> str:
    """Of one product its own, of several what they are."""
    if len(order.lines) == 1:
        line = order.lines[0]
        found = await catalogue.of_ids(context.connection, context.shop.id, [line.product_id])
        return (found[0].description if found else "") or line.name
    return ", ".join(
        f"{line.name} × {line.quantity}" if line.quantity > 1 else line.name for line in order.lines
    )


@router.pre_checkout("order")
async def check(context: Stars, update: PreCheckout) -> None:
    await payment.check_out(context, update)


@router.payment("order")
async def paid(context: Stars, update: PaymentReceived) -> None:
    charge = payment.charge_of(context, update)
    order_id = number_of(update.argument) or 0
    await payment.book(context, order_id=order_id, charge=charge)
