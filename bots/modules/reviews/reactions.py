"""When a review is asked for: some days after the delivery, or later if nobody notes one."""

from datetime import timedelta

from bots.modules.reviews.screens import ReviewsScope
from bots.modules.reviews.settings import ReviewsSettings
from bots.sdk.reactions import Reactions
from core.events import ORDER_PAID, Event
from core.shop.fulfilment import ORDER_STATUS_CHANGED

reactions = Reactions[ReviewsSettings]()


@reactions.on(ORDER_PAID)
async def paid(scope: ReviewsScope, event: Event) -> None:
    await _ask_in(scope, event.order_id, scope.settings.paid_days, replace=False)


@reactions.on(ORDER_STATUS_CHANGED)
async def moved(scope: ReviewsScope, event: Event) -> None:
    if event.outcome == "delivered":
        await _ask_in(scope, event.order_id, scope.settings.ask_days, replace=True)


async def _ask_in(scope: ReviewsScope, order_id: int, days: int, *, replace: bool) -> None:
    if not scope.settings.asks or scope.customer is None:
        return
    at = scope.now + timedelta(days=days)
    data = {"order": order_id}
    await scope.later("ask", at=at, key=str(order_id), data=data, replace=replace)
