from bots.sdk.context import Scope
from bots.sdk.errands import Errand
from bots.sdk.jobs import Job, Jobs
from tests.toy.gift import store
from tests.toy.gift.client import is_paid
from tests.toy.gift.settings import GiftSettings

jobs = Jobs[GiftSettings]()


@jobs.every(hours=1)
async def count(scope: Scope[GiftSettings]) -> None:
    await store.of_bot(scope.connection, scope.bot_id)


@jobs.task("remind")
async def remind(scope: Scope[GiftSettings], job: Job) -> None:
    if scope.customer is not None:
        text = scope.texts.get("remind", number=job.data["gift"])
        await scope.send_durably("notice_gift", text, job.key)


@jobs.outside("ask_service")
async def ask_service(errand: Errand[GiftSettings], job: Job) -> None:
    if await is_paid(errand.http, job.data["url"], job.data["gift"]):
        async with errand.transaction() as scope:
            await store.mark_paid(scope.connection, scope.bot_id, job.data["gift"])
