"""What support does later: stores pictures, and ends conversations that have gone quiet."""

from datetime import timedelta

from bots.modules.support import conversation, store
from bots.modules.support.cards import SupportScope
from bots.modules.support.settings import SupportSettings
from bots.sdk.errands import Errand
from bots.sdk.jobs import Job, Jobs
from core.errors import NotFound
from core.shop import files
from core.shop.files import FileRefused, Use

jobs = Jobs[SupportSettings]()
_AT_ONCE = 100  # tickets that are closed in one transaction


@jobs.outside("fetch")
async def fetch(errand: Errand[SupportSettings], job: Job) -> None:
    """Stores the picture or PDF of a message, so that the panel can show it."""
    number = job.data["message"]
    async with errand.transaction() as scope:
        try:
            message = await store.message(scope.connection, number)
        except NotFound:
            return  # its shopper has been erased meanwhile
    content = await errand.fetch(message.file_id)
    async with errand.transaction() as scope:
        try:
            message = await store.message(scope.connection, number)
        except NotFound:
            return
        use = Use(store.OWNER, store.key_of(number), message.file_name, message.buyer_no)
        try:
            async with scope.connection.transaction():
                file = await files.keep(scope.connection, scope.shop.id, "proof", content, use)
        except FileRefused as error:
            await store.note_content(scope.connection, number, sha256=None, trouble=error.detail)
            return
        await store.note_content(scope.connection, number, sha256=file.sha256)


@jobs.every(hours=1)
async def close_quiet(scope: SupportScope) -> None:
    """Closes what was answered and in which the shopper has written nothing since."""
    await _close_some(scope)


@jobs.task("close_more")
async def close_more(scope: SupportScope, _: Job) -> None:
    """Goes on with those that one transaction was too short for."""
    await _close_some(scope)


async def _close_some(scope: SupportScope) -> None:
    if not scope.settings.close_days:
        return
    before = scope.now - timedelta(days=scope.settings.close_days)
    quiet = await store.quiet_since(scope.connection, scope.bot_id, before, limit=_AT_ONCE)
    for ticket_id in quiet:
        await conversation.close_quiet(scope, ticket_id, before)
    if len(quiet) == _AT_ONCE:
        await scope.later("close_more", at=scope.now)
