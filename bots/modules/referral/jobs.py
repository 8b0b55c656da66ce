"""Rewards are given when they are due."""

from bots.modules.referral import earning, store
from bots.modules.referral.earning import ReferralScope
from bots.modules.referral.settings import ReferralSettings
from bots.sdk.jobs import Jobs

jobs = Jobs[ReferralSettings]()


@jobs.every(minutes=5)
async def give(scope: ReferralScope) -> None:
    for reward in await store.due(scope.connection, scope.shop.id, scope.bot_id, scope.now):
        await earning.settle(scope, reward)
