"""A payment in Stars is to go back: Telegram is asked for it."""

from bots.modules.stars.jobs import PROVIDER
from bots.modules.stars.settings import StarsSettings
from bots.sdk.context import Scope
from bots.sdk.reactions import Reactions
from core.events import Event
from core.shop.order_refunds import REFUND_REQUESTED

reactions = Reactions[StarsSettings]()


@reactions.on(REFUND_REQUESTED)
async def requested(scope: Scope[StarsSettings], event: Event) -> None:
    if event.outcome == PROVIDER:
        # A key of its own: one that is running does not take this one with it.
        key = f"{event.order_id}:{event.occurred_at.isoformat()}"
        await scope.later("give_back", at=scope.now, key=key)
