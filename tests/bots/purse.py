"""A stand-in for a payment method: it takes money by a bill, as `stars` and `provider` do."""

from typing import Any

from bots.sdk import payment, prices
from bots.sdk.context import Context, Scope
from bots.sdk.loading import EnabledModule
from bots.sdk.offers import Offers
from bots.sdk.points import PaymentMethod
from bots.sdk.router import Router
from bots.sdk.updates import PaymentReceived, PreCheckout, number_of
from core.errors import Refused
from core.money import Money
from core.shop import payments
from core.shop.orders import Order, ProductChanged
from core.shop.payments import Charge
from tests.bots.sdk.modules import NoteSettings, switched_on


def purse(
    key: str = "purse",
    currency: str = "XTR",
    most: int | None = None,
    least: int = 1,
    *,
    asks_shipping: bool = False,
    keeps: bool = False,
) -> EnabledModule:
    """A module that takes money by a bill, and looks at the price once more before it does; if it
    `keeps`, the goods are reserved for the bill, as `transfer` does."""
    offers, router = Offers[NoteSettings](), Router[NoteSettings]()

    async def ask(context: Context[Any], order: Order) -> None:
        if keeps and await payment.keep_for(context, order, minutes=60) is None:
            return
        context.invoice(
            title=f"No. {order.order_no}",
            description=key,
            payload=f"{key}:{order.id}",
            price=order.due,
        )

    @offers.provide(PaymentMethod)
    def method(_: Scope[NoteSettings], __: Money) -> list[PaymentMethod]:
        takes = frozenset({currency})
        way = PaymentMethod(
            key=key,
            label=key,
            currencies=takes,
            ask=ask,
            min_minor=least,
            max_minor=most,
            asks_shipping=asks_shipping,
        )
        return [way]

    router.pre_checkout(key)(_check)
    router.payment(key)(_book)
    return switched_on(key, offers=offers, router=router)


async def _check(context: Context[NoteSettings], update: PreCheckout) -> None:
    order_id = number_of(update.argument) or 0
    try:
        await prices.ensure_current(context, order_id)
        await payments.reserve(
            context.connection,
            context.origin,
            context.customer,
            order_id=order_id,
            amount_minor=update.amount_minor,
            currency=update.currency,
        )
    except ProductChanged:
        context.refuse("changed")
        await prices.renew(context, order_id)
    except Refused as error:
        context.refuse(error.code)
    else:
        context.approve()


async def _book(context: Context[NoteSettings], update: PaymentReceived) -> None:
    charge = Charge(
        provider=update.prefix,
        charge_id=update.charge_id,
        payer_telegram_id=context.customer.telegram_id,
        amount_minor=update.amount_minor,
        currency=update.currency,
    )
    await payments.pay(
        context.connection,
        context.origin,
        context.customer,
        order_id=number_of(update.argument) or 0,
        charge=charge,
    )
