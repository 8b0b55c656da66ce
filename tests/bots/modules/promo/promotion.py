"""A bot with a cart, promo codes and a way to pay."""

import json
from typing import Any

from bots.modules.promo import owned_codes
from bots.modules.promo.codes import Code, PromoDraft
from bots.sdk import payment
from bots.sdk.context import Context, Scope
from bots.sdk.loading import EnabledModule
from bots.sdk.offers import Offers
from bots.sdk.points import PaymentMethod
from bots.sdk.replies import SendInvoice
from core.money import Money
from core.postgres import Connection
from core.shop.orders import Order
from tests.bots.counter import counter
from tests.bots.modules.cart.buying import Shop
from tests.bots.purse import purse
from tests.bots.sdk.modules import NoteSettings, switched_on
from tests.bots.shopper import Seen, Shopper, enabled_modules
from tests.factories import create_origin


async def open_shop(
    connection: Connection,
    *others: EnabledModule,
    cart: dict[str, Any] | None = None,
    **settings: Any,
) -> Shop:
    own = enabled_modules(cart=cart or {}, promo=settings)
    ways = others or (purse(),)
    return Shop(connection, await create_origin(connection), [*own, counter(), *ways])


def bank() -> EnabledModule:
    """A way to pay that takes the money elsewhere, and keeps the order for it at once."""
    offers = Offers[NoteSettings]()

    async def ask(context: Context[Any], order: Order) -> None:
        kept = await payment.keep_for(context, order, minutes=60)
        if kept is not None:
            context.reply(f"Send {kept.total_minor}")

    @offers.provide(PaymentMethod)
    def method(_: Scope[NoteSettings], __: Money) -> list[PaymentMethod]:
        takes = frozenset({"XTR"})
        return [PaymentMethod(key="bank", label="bank", currencies=takes, ask=ask)]

    return switched_on("bank", offers=offers)


async def made(shop: Shop, code: str = "SPRING", **values: Any) -> Code:
    """A code; 10 % off unless something else is said."""
    values.setdefault("kind", "percent")
    if values["kind"] == "percent":
        values.setdefault("share_bp", 1000)
    draft = PromoDraft(code=code, **values)
    return await owned_codes.add(shop.connection, shop.origin.shop_id, draft)


async def entered(shopper: Shopper, code: str, place: str = "cart") -> Seen:
    """What the shopper sees after having typed a code."""
    await shopper.press(f"promo_enter:{place}")
    return await shopper.write(code)


def pay_button(seen: Seen) -> str:
    return next(data for data in seen.buttons if data.startswith("checkout_pay:"))


async def in_cart(shop: Shop, shopper: Shopper, quantity: int = 1, **values: Any) -> int:
    product = await shop.product(**values)
    await shopper.press(f"cart_set:{product.id}:{quantity}")
    return product.id


async def bill_of(shopper: Shopper) -> SendInvoice:
    """Of what is in the cart."""
    return await asked(shopper, await shopper.press("cart_checkout"))


async def asked(shopper: Shopper, confirm: Seen) -> SendInvoice:
    bill = (await shopper.press(pay_button(confirm))).only(SendInvoice)
    return bill.model_copy(update={"on_sent": ()})


async def rejected(connection: Connection) -> list[str]:
    rows = await connection.fetch(
        "SELECT props FROM outbox WHERE event = 'promo_rejected' ORDER BY xid, pos"
    )
    return [json.loads(row["props"])["reason"] for row in rows]
