"""What payment methods have in common: reserving an order while it is paid, booking the payment."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from bots.sdk import next_steps, prices
from bots.sdk.asking import platform_texts
from bots.sdk.context import Context, Scope
from bots.sdk.keyboards import AnyButton, keyboard
from bots.sdk.points import Home
from bots.sdk.replies import SendText
from bots.sdk.texts import Texts
from bots.sdk.updates import PaymentReceived, PreCheckout, number_of
from core.errors import NotFound, Refused
from core.shop import payments
from core.shop.orders import Order, OrderClosed, OutOfStock, ProductChanged
from core.shop.payments import Charge

log = structlog.get_logger()


class ShippingGone(Refused):
    """The chosen shipping option no longer exists, or has another price."""

    code = "shipping_gone"


class ShipsNowhere(Refused):
    """There is no way to ship the order's goods."""

    code = "ships_nowhere"


async def keep_for(context: Context[Any], order: Order, *, minutes: int) -> Order | None:
    """Reserves an order's units while it is paid outside of Telegram, and returns the present
    order.

    None if it cannot be paid any more: the shopper has been told why.
    """

    async def reserve() -> Order | None:
        return await payments.reserve(
            context.connection,
            context.origin,
            context.customer,
            order_id=order.id,
            amount_minor=order.due.amount_minor - order.tip_minor,  # of an attempt with another
            currency=order.currency,
            minutes=minutes,
        )

    return await unless_refused(context, order, reserve)


async def unless_refused(
    context: Context[Any], order: Order, act: Callable[[], Awaitable[Order | None]]
) -> Order | None:
    """Does something with an order at today's prices; if it is refused, nothing of it stays, the
    shopper is told why (with today's bill if a price has changed), and None is returned."""
    try:
        await prices.ensure_current(context, order.id)
        async with context.connection.transaction():
            return await act()
    except ProductChanged as error:
        if not await prices.renew(context, order.id):
            await _say_no(context, error)
        return None
    except Refused as error:
        await _say_no(context, error)
        return None


async def _say_no(context: Context[Any], error: Refused) -> None:
    words = _words(context).get(_why(error))
    context.reply(words, keyboard(*[[each] for each in await homes(context)]))


async def check_out(
    context: Context[Any], update: PreCheckout, *, most_tip_minor: int = 0
) -> Order | None:
    """Answers Telegram's query before a payment: whether the order is theirs, open, of this amount,
    at today's prices and in stock.

    None if it is refused; if a price has changed, the shopper is shown today's bill.
    """
    order_id = number_of(update.argument) or 0
    try:
        await prices.ensure_current(context, order_id)
        order = await payments.reserve(
            context.connection,
            context.origin,
            context.customer,
            order_id=order_id,
            amount_minor=update.amount_minor,
            currency=update.currency,
            most_tip_minor=most_tip_minor,
        )
    except Refused as error:
        await refuse(context, error, order_id)
        return None
    context.approve()
    return order


async def refuse(context: Context[Any], error: Refused, order_id: int) -> None:
    """Stops the payment with a reason; if a price has changed, with today's bill."""
    context.refuse(reason(context, error))
    if isinstance(error, ProductChanged):
        await prices.renew(context, order_id)


def reason(scope: Scope[Any], error: Refused) -> str:
    """Why an order cannot be paid, as its shopper reads it."""
    return _words(scope).label(_why(error))


async def book(
    scope: Scope[Any], *, order_id: int, charge: Charge, is_decided: bool = False
) -> Order | None:
    """Books what the scope's shopper has paid, once a charge; None if it was booked before, or if
    there is no such order. `is_decided` as in `payments.pay`.

    If the money is held, its payer is told so, durably; sending the receipt is not done here.
    Raises ValueError if the scope has no customer.
    """
    customer = scope.customer
    if customer is None:
        raise ValueError("a payment is somebody's")
    try:
        order = await payments.pay(
            scope.connection,
            scope.origin,
            customer,
            order_id=order_id,
            charge=charge,
            is_decided=is_decided,
        )
    except NotFound:
        # It cannot be booked without an order; its provider's own list has it.
        log.error("a payment names no order", bot=scope.bot_id, charge=charge.charge_id)
        await _tell_held(scope, charge, None)
        return None
    if order is None:
        return None
    status = await payments.status_of(scope.connection, charge.provider, charge.charge_id)
    if status == "held":
        await _tell_held(scope, charge, order)
    return order


def charge_of(context: Context[Any], update: PaymentReceived, **more: Any) -> Charge:
    """A payment that Telegram has reported; `more` as in `Charge`."""
    return Charge(
        provider=update.provider,
        charge_id=update.charge_id,
        payer_telegram_id=context.customer.telegram_id,
        amount_minor=update.amount_minor,
        currency=update.currency,
        **more,
    )


def top_up_title(scope: Scope[Any]) -> str:
    """What the bill of a wallet's top-up is for."""
    return _words(scope).label("wallet_top_up")


def wallet_label(scope: Scope[Any]) -> str:
    """A bill's line for what the shopper's wallet pays of it."""
    return _words(scope).label("from_wallet")


async def homes(context: Context[Any]) -> list[AnyButton]:
    """The ways back to the shopper's starting point."""
    return [home.button for home in await context.offered(Home)]


async def _tell_held(scope: Scope[Any], charge: Charge, order: Order | None) -> None:
    """Only the customer of the order gets a link to it: somebody else may have paid it."""
    customer = scope.customer
    is_theirs = order is not None and customer is not None and order.buyer_no == customer.buyer_no
    under = keyboard(*await next_steps.below(scope, order if is_theirs else None))
    message = SendText(text=_words(scope).get("payment_held"), keyboard=under)
    await scope.send_durably("payment_held", message, f"{charge.provider}:{charge.charge_id}")


def _words(scope: Scope[Any]) -> Texts:
    return platform_texts()[scope.language]


def _why(error: Refused) -> str:
    match error:
        case OutOfStock():
            return "order_sold_out"
        case ProductChanged():
            return "order_changed"
        case OrderClosed():
            return "order_closed"
        case ShippingGone():
            return "shipping_gone"
        case ShipsNowhere():
            return "ships_nowhere"
        case _:
            return "order_refused"
