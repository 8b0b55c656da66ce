"""What modules need from their owner: failed jobs, their own requests, and a contact if they take
money."""

from collections.abc import Sequence
from typing import Any

from api.resources import Resources
from bots.sdk.context import Scope
from bots.sdk.points import NeedsYou
from bots.sdk.reacting import acting
from core.events import Bilingual
from core.postgres import Connection
from core.shop import module_jobs
from core.shop.bots import Bot
from core.shop.module_jobs import FailedJob
from core.shop.shops import Shop


async def failed_jobs(
    connection: Connection, resources: Resources, shop_ids: Sequence[int]
) -> list[tuple[FailedJob, Bilingual]]:
    """With the module's title, the newest first."""
    manifests = resources.modules.manifests
    return [
        (
            job,
            (
                manifests[job.module].title
                if job.module in manifests
                else Bilingual(job.module, job.module)
            ),
        )
        for job in await module_jobs.failed_of_shops(connection, shop_ids)
    ]


def without_contact(resources: Resources, shops: Sequence[Shop], bots: Sequence[Bot]) -> list[Bot]:
    """One bot of each shop that takes money although shoppers are not told how to reach its
    owner."""
    paid_by = {key for key, module in resources.loaded.items() if module.takes_money}
    silent = {shop.id for shop in shops if not shop.imprint.contact}
    found: dict[int, Bot] = {}
    for bot in bots:
        if bot.shop_id in silent and bot.mode == "hosted" and paid_by.intersection(bot.modules):
            found.setdefault(bot.shop_id, bot)
    return list(found.values())


async def said_by_modules(
    connection: Connection, resources: Resources, bots: Sequence[Bot]
) -> list[tuple[Bot, NeedsYou]]:
    """The `NeedsYou` offers of these bots' modules; bots without such modules cost nothing."""
    speaking = {key for key, module in resources.loaded.items() if NeedsYou in module.offers.points}
    said: list[tuple[Bot, NeedsYou]] = []
    for bot in bots:
        if bot.mode == "observed" or not speaking.intersection(bot.modules):
            continue
        async with (
            connection.transaction(),
            acting(connection, resources.loaded, bot.id, resources.keys) as transaction,
        ):
            if transaction.enabled:
                scope: Scope[Any] = Scope(transaction, transaction.enabled[0])
                said += [(bot, item) for item in await scope.offered(NeedsYou)]
    return said
