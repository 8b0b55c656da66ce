"""Orders for which something was missing get it once it is there."""

from bots.modules.delivery import handing, store
from bots.modules.delivery.settings import DeliverySettings
from bots.sdk.context import Scope
from bots.sdk.jobs import Jobs

jobs = Jobs[DeliverySettings]()


@jobs.every(minutes=1)
async def retry(scope: Scope[DeliverySettings]) -> None:
    for order_id in await store.may_come_now(scope.connection, scope.bot_id):
        await handing.catch_up(scope, order_id)
