"""A bot with a cart and ways to pay, and the people who buy in it."""

from collections.abc import Callable
from typing import Any

from bots.sdk import prices
from bots.sdk.context import Context, Scope
from bots.sdk.loading import EnabledModule
from bots.sdk.offers import Offers
from bots.sdk.points import PaymentMethod, PriceRule
from bots.sdk.router import Router
from bots.sdk.updates import PaymentReceived, PreCheckout, number_of
from core.events import Origin
from core.money import Money
from core.postgres import Connection
from core.shop import payments
from core.shop.catalogue import Product
from core.shop.orders import Order, ProductChanged
from core.shop.payments import Charge
from core.shop.pricing import Rule
from tests.bots.sdk.modules import NoteSettings, switched_on
from tests.bots.shopper import Shopper, enabled_modules
from tests.factories import create_origin, create_product


def purse(
    key: str = "purse", currency: str = "XTR", most: int | None = None, least: int = 1
) -> EnabledModule:
    """A module that takes money by a bill, and looks at the price once more before it does."""
    offers, router = Offers[NoteSettings](), Router[NoteSettings]()

    async def ask(context: Context[Any], order: Order) -> None:
        context.invoice(
            title=f"No. {order.order_no}",
            description=key,
            payload=f"{key}:{order.id}",
            price=order.total,
        )

    @offers.provide(PaymentMethod)
    def method(_: Scope[NoteSettings], __: Money) -> list[PaymentMethod]:
        takes = frozenset({currency})
        way = PaymentMethod(
            key=key, label=key, currencies=takes, ask=ask, min_minor=least, max_minor=most
        )
        return [way]

    @router.pre_checkout(key)
    async def check(context: Context[NoteSettings], update: PreCheckout) -> None:
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
        else:
            context.approve()

    router.payment(key)(_book)
    return switched_on(key, offers=offers, router=router)


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


def giver(rule: Callable[[], Rule | None]) -> EnabledModule:
    """A module that changes prices: by whatever the rule is at that moment."""
    offers = Offers[NoteSettings]()

    @offers.provide(PriceRule)
    def rules(_: Scope[NoteSettings], __: object) -> list[PriceRule]:
        found = rule()
        return [] if found is None else [PriceRule(rule=found)]

    return switched_on("giver", offers=offers)


class Shop:
    """A bot that sells."""

    def __init__(
        self, connection: Connection, origin: Origin, enabled: list[EnabledModule]
    ) -> None:
        self.connection = connection
        self.origin = origin
        self.enabled = enabled

    @classmethod
    async def open(cls, connection: Connection, *others: EnabledModule, **settings: Any) -> "Shop":
        own = enabled_modules(cart=settings, catalogue={}, menu={})
        enabled = [*own, *(others or (purse(),))]
        return cls(connection, await create_origin(connection), enabled)

    async def product(self, **values: Any) -> Product:
        return await create_product(self.connection, self.origin.shop_id, **values)

    def shopper(self, number: int = 1, language: str = "en") -> Shopper:
        return Shopper(
            self.connection,
            self.origin,
            self.enabled,
            telegram_id=9000 + number,
            language=language,
        )

    async def orders(self) -> list[tuple[Any, ...]]:
        """Status and total of each, the oldest first."""
        rows = await self.connection.fetch("SELECT status, total_minor FROM orders ORDER BY id")
        return [tuple(row) for row in rows]
