"""A shop that is paid by a provider, and a bill of it."""

from typing import Any

from bots.sdk.replies import SendInvoice
from core.postgres import Connection
from core.shop.orders import Order
from tests.bots.paying import Paid

TOKEN = "390540012:TEST:12345"


async def opened(connection: Connection, **settings: Any) -> Paid:
    return await Paid.open(connection, provider={"token": TOKEN} | settings)


async def billed(shop: Paid, price_minor: int = 150_000) -> tuple[Order, SendInvoice]:
    shopper = shop.shopper()
    order = await shop.order(shopper, await shop.product(price_minor=price_minor, stock=3))
    return order, (await shop.asked(shopper, order)).only(SendInvoice)
