"""A paid order brings a reward, which waits; money that goes back takes it away."""

from bots.modules.referral import earning, store
from bots.modules.referral.earning import ReferralScope
from bots.modules.referral.settings import ReferralSettings
from bots.sdk.reactions import Reactions
from core.events import ORDER_PAID, REFUND_COMPLETED, Event

reactions = Reactions[ReferralSettings]()


@reactions.on(ORDER_PAID)
async def paid(scope: ReferralScope, event: Event) -> None:
    if scope.customer is not None:
        await earning.earn(scope, event.order_id)


@reactions.on(REFUND_COMPLETED)
async def refunded(scope: ReferralScope, event: Event) -> None:
    for reward in await store.of_order(scope.connection, scope.shop.id, event.order_id):
        await earning.settle(scope, reward, only_lost=True)
