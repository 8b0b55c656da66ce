"""An order keeps the points that it was made with; a paid one brings points or money back."""

from bots.modules.loyalty import earning, paying, store
from bots.modules.loyalty.events import LOYALTY_SPENT, LoyaltySpending
from bots.modules.loyalty.paying import LoyaltyScope
from bots.modules.loyalty.settings import LoyaltySettings
from bots.sdk.reactions import Reactions
from core.events import ORDER_CREATED, ORDER_PAID, REFUND_COMPLETED, Event
from core.shop import orders

reactions = Reactions[LoyaltySettings]()


@reactions.on(ORDER_CREATED, required=True)
async def ordered(scope: LoyaltyScope, event: Event) -> None:
    """Whatever priced the order, no points are spent twice."""
    await paying.keep(scope, event.order_id)


@reactions.on(REFUND_COMPLETED)
async def refunded(scope: LoyaltyScope, event: Event) -> None:
    """Points of what went back are owed where they were spent."""
    if scope.customer is not None:
        # A key of each refund's own: the job of the one before may be under way.
        key = f"refund:{event.order_id}:{event.occurred_at.isoformat()}"
        await earning.settle_later(scope, scope.customer.buyer_no, key)


@reactions.on(ORDER_PAID)
async def paid(scope: LoyaltyScope, event: Event) -> None:
    if scope.customer is None:
        return
    order = await orders.get(scope.connection, event.order_id)
    spent = await store.spent_in(scope.connection, order.id)
    if spent:
        await store.choose(scope.connection, scope.customer, wants_to=False)
        scope.emit(
            LOYALTY_SPENT,
            order_id=order.id,
            amount_minor=await store.taken_off(scope.connection, order.id),
            currency=order.currency,
            props=LoyaltySpending(points=spent),
        )
    await earning.earn(scope, order)
