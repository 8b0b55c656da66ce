"""Points as a part of an order's price."""

from bots.modules.loyalty import points, store
from bots.modules.loyalty.settings import LoyaltySettings
from bots.sdk.context import Scope
from bots.sdk.points import Basket
from core.errors import Refused
from core.events import Bilingual
from core.shop import orders

LoyaltyScope = Scope[LoyaltySettings]
KEY = "loyalty"  # of adjustments


class PointsGone(Refused):
    """The shopper has fewer points by now than the order was made with."""

    code = "points_gone"
    explained = Bilingual(
        "Баллов уже меньше: посмотрите заказ ещё раз.",
        "There are fewer points by now: look at the order once more.",
    )


async def may_pay(scope: LoyaltyScope, basket: Basket) -> int:
    """How many points could pay the basket now, of a shopper who wants to or not. Of an order, none
    more than it was made with."""
    currency = scope.shop.currency
    if scope.settings.gives != "points" or basket.currency != currency or basket.order_id:
        return 0
    found = await store.balance(scope.connection, basket.customer, scope.now)
    return points.payable(
        found.usable, basket.goods.amount_minor, scope.settings.most_pay_percent, currency
    )


async def discount_minor(scope: LoyaltyScope, basket: Basket) -> int:
    """What points take off the basket, in minor units: an order keeps what it was made with."""
    if basket.order_id:
        return await store.taken_off(scope.connection, basket.order_id)
    if not await store.wants(scope.connection, basket.customer):
        return 0
    if basket.is_firm:
        await store.lock(scope.connection, basket.customer)
    return points.worth(await may_pay(scope, basket), scope.shop.currency).amount_minor


async def keep(scope: LoyaltyScope, order_id: int) -> None:
    """An order that was made with points keeps them, until it is cancelled, runs out or its money
    goes back. Raises PointsGone."""
    amount_minor = await store.taken_off(scope.connection, order_id)
    if not amount_minor or scope.customer is None:
        return
    order = await orders.get(scope.connection, order_id)
    wanted = points.needed(amount_minor, order.currency)
    await store.lock(scope.connection, scope.customer)
    if not await store.spend(scope.connection, scope.customer, order_id, wanted, scope.now):
        raise PointsGone(f"order {order_id} was made with {wanted} points, and there are fewer")
