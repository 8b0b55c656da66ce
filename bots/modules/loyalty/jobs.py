"""Money back, when the time for returns is over; points that are owed."""

from bots.modules.loyalty import earning, store
from bots.modules.loyalty.paying import LoyaltyScope
from bots.modules.loyalty.settings import LoyaltySettings
from bots.sdk.jobs import Job, Jobs

jobs = Jobs[LoyaltySettings]()


@jobs.task("give_back")
async def give_back(scope: LoyaltyScope, job: Job) -> None:
    data = job.data
    if not await earning.give_back(scope, data["order"], data["percent"], data["tier"]):
        again = scope.now + earning.ASKED_AGAIN
        await scope.later("give_back", at=again, key=job.key, data=data)


@jobs.task("settle")
async def settle(scope: LoyaltyScope, _: Job) -> None:
    """What the shopper owes after a refund."""
    if scope.customer is not None:
        await store.settle(scope.connection, scope.shop.id, scope.customer.buyer_no, scope.now)
