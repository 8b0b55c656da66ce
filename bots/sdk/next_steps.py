"""The buttons under messages that stay in the chat: a notice, a receipt, delivered goods."""

from typing import Any

from bots.sdk.context import Scope
from bots.sdk.keyboards import AnyButton
from bots.sdk.points import Home, OrderPage
from core.shop.orders import Order


async def below(scope: Scope[Any], order: Order | None = None) -> list[list[AnyButton]]:
    """Rows of buttons: to the order's page, if the message is about one, and to the beginning.
    What they open comes as a new message."""
    rows: list[list[AnyButton]] = []
    if order is not None:
        rows += [[each.below] for each in (await scope.offered(OrderPage, order))[:1]]
    return rows + [[each.below] for each in (await scope.offered(Home))[:1]]
