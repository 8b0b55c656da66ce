"""What goes on by itself: sending, and forgetting to whom."""

from bots.modules.broadcasts import results, retention, sending
from bots.modules.broadcasts.settings import BroadcastsSettings
from bots.sdk.context import Scope
from bots.sdk.jobs import Jobs

jobs = Jobs[BroadcastsSettings]()


@jobs.every(seconds=5, rests_in_pause=True)
async def send(scope: Scope[BroadcastsSettings]) -> None:
    await sending.go_on(scope)


@jobs.every(minutes=10)
async def forget(scope: Scope[BroadcastsSettings]) -> None:
    """A month after the end only the figures are kept."""
    for broadcast in await retention.over_long_ago(scope.connection, scope.bot_id):
        result = await results.read(scope.connection, broadcast.id)
        await retention.keep_result(scope.connection, broadcast.id, result)
        if not await retention.sweep(scope.connection, broadcast.id):
            break  # the rest the next time: a run has only so many seconds
