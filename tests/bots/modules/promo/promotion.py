"""A bot with a cart, promo codes and a way to pay."""

from typing import Any

from bots.modules.promo import owned_codes
from bots.modules.promo.codes import Code, PromoDraft
from core.postgres import Connection
from tests.bots.counter import counter
from tests.bots.modules.cart.buying import Shop
from tests.bots.purse import purse
from tests.bots.shopper import Seen, Shopper, enabled_modules
from tests.factories import create_origin


async def open_shop(
    connection: Connection, *, cart: dict[str, Any] | None = None, **settings: Any
) -> Shop:
    own = enabled_modules(cart=cart or {}, promo=settings)
    return Shop(connection, await create_origin(connection), [*own, counter(), purse()])


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
