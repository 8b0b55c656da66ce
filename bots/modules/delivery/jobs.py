"""Orders for which something was missing get it once it is there; staff hear of few keys."""

from bots.modules.delivery import handing, store
from bots.modules.delivery.settings import DeliverySettings
from bots.sdk import staffing
from bots.sdk.context import Scope
from bots.sdk.jobs import Jobs
from bots.sdk.texts import paragraphs

_LINES = 30  # of one notice to staff

jobs = Jobs[DeliverySettings]()


@jobs.every(minutes=1)
async def retry(scope: Scope[DeliverySettings]) -> None:
    for order_id in await handing.waiting(scope):
        await handing.catch_up(scope, order_id)


@jobs.every(minutes=1)
async def tell_few(scope: Scope[DeliverySettings]) -> None:
    """Staff are notified once, and again after keys were added and have run low again."""
    found = await store.newly_few(
        scope.connection, scope.shop.id, scope.bot_id, scope.settings.few_keys, scope.now
    )
    if not found:
        return
    items = "\n".join(f"{each.title} — {each.free}" for each in found[:_LINES])
    more = len(found) - _LINES
    text = paragraphs(
        scope.texts.get("few", items=items),
        scope.texts.get("few_more", count=more) if more > 0 else None,
    )
    key = f"{scope.now:%Y%m%dT%H%M%S%f}"
    await staffing.tell(scope, "few_keys", text, key, topic="stock")
