"""What needs the owner: bots that do not run, payments that nobody booked, bills that Telegram
refused, updates passed over, attempts on a bot, jobs of modules that fail, what modules say."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel

from api.access import ChosenShops, Owner
from api.missing_rates import missing_rates
from api.module_notices import failed_jobs, said_by_modules, without_contact
from api.problems import documented
from api.resources import UsesResources
from api.routes.bots import BotId, seen_bot
from api.routes.modules import Translated
from bots.sdk.points import NeedsYou
from core.events import Bilingual
from core.shop import bots, module_jobs, notices, unbooked
from core.shop.bots import Bot
from core.shop.module_jobs import FailedJob

router = APIRouter(tags=["attention"])


class AttentionItem(BaseModel):
    """Something that a person must look at; `reason` is a code.

    `bot_failed`: why it does not run. `payment_unbooked`: of `amount_minor` in `currency`, charged
    under `charge_id`; why no module took it. `bot_claimed`: somebody tried, `count` times, to
    connect the bot to another shop, with its own token (`own_token`) or another (`other_token`).
    `bill_refused`: Telegram's error to a bill for `subject` of `amount_minor` in `currency`, and
    how often (`count`). `updates_skipped`: why Telegram could not be asked for `count` updates (0:
    it does not say how many), which nobody has handled. The last two have a `notice_id`.
    `job_failed`: what `module` (its `title`) could not do, `count` times; it is tried again.
    `module_says`: what a module wants done, in its own words; `link` is a path below it.
    `contact_missing`: the shop's bots take money, and its imprint names no way to reach the seller.
    `rate_missing`: of `count` days since `at` the shop's sums in `currency`, its own, are unknown,
    for it sold in the currencies of `reason` (by commas), whose rate nobody told; no bot's
    (`bot_id` 0).
    `is_periodic`: a job that comes again by itself, and can't be given up.
    """

    kind: Literal[
        "bot_failed",
        "payment_unbooked",
        "bot_claimed",
        "bill_refused",
        "updates_skipped",
        "job_failed",
        "module_says",
        "contact_missing",
        "rate_missing",
    ]
    shop_id: int
    bot_id: int
    at: datetime
    reason: str
    amount_minor: int | None = None
    currency: str | None = None
    charge_id: str | None = None
    count: int = 1
    subject: str | None = None
    notice_id: int | None = None
    module: str | None = None
    title: Translated | None = None
    text: Translated | None = None
    link: str | None = None
    job_id: int | None = None
    is_periodic: bool = False


@router.get("/attention", responses=documented(401, 404, 422))
async def list_attention(shops: ChosenShops, resources: UsesResources) -> list[AttentionItem]:
    """The newest first."""
    shop_ids = [shop.id for shop in shops]
    async with resources.pool.acquire() as connection:
        known = await bots.of_shops(connection, shop_ids)
        payments = await unbooked.of_shops(connection, shop_ids)
        claims = await bots.claims_of_shops(connection, shop_ids)
        told = await notices.of_shops(connection, shop_ids)
        jobs = await failed_jobs(connection, resources, shop_ids)
        said = await said_by_modules(connection, resources, known)
    shop_of = {bot.id: bot.shop_id for bot in known}
    items = [
        AttentionItem(
            kind="bot_failed",
            shop_id=bot.shop_id,
            bot_id=bot.id,
            at=bot.state_changed_at,
            reason=bot.state_reason or "",
        )
        for bot in known
        if bot.state == "failed"
    ]
    items += [
        AttentionItem(
            kind="payment_unbooked",
            at=payment.occurred_at,
            **payment.model_dump(
                include={"shop_id", "bot_id", "reason", "amount_minor", "currency", "charge_id"}
            ),
        )
        for payment in payments
    ]
    items += [
        AttentionItem(
            kind="bot_claimed",
            shop_id=shop_of[claim.bot_id],
            bot_id=claim.bot_id,
            at=claim.last_at,
            reason="own_token" if claim.knows_token else "other_token",
            count=claim.attempts,
        )
        for claim in claims
        if claim.bot_id in shop_of
    ]
    items += [
        AttentionItem(
            at=notice.last_at,
            count=notice.times,
            notice_id=notice.id,
            **notice.model_dump(
                include={
                    *("kind", "shop_id", "bot_id", "reason"),
                    *("amount_minor", "currency", "subject"),
                }
            ),
        )
        for notice in told
    ]
    items += _of_modules(jobs, said)
    items += [
        AttentionItem(
            kind="rate_missing",
            shop_id=lack.shop_id,
            bot_id=0,
            at=lack.since,
            reason=", ".join(lack.currencies),
            currency=lack.base_currency,
            count=lack.days,
        )
        for lack in await missing_rates(resources, shops)
    ]
    items += [
        AttentionItem(
            kind="contact_missing",
            shop_id=bot.shop_id,
            bot_id=bot.id,
            at=bot.state_changed_at,
            reason="",
        )
        for bot in without_contact(resources, shops, known)
    ]
    return sorted(items, key=lambda item: item.at, reverse=True)


def _of_modules(
    jobs: list[tuple[FailedJob, Bilingual]], said: list[tuple[Bot, NeedsYou]]
) -> list[AttentionItem]:
    return [
        *(
            AttentionItem(
                kind="job_failed",
                at=job.failed_at,
                reason=job.error,
                count=job.attempts,
                title=Translated.of(title),
                job_id=job.id,
                **job.model_dump(include={"shop_id", "bot_id", "module", "is_periodic"}),
            )
            for job, title in jobs
        ),
        *(
            AttentionItem(
                kind="module_says",
                shop_id=bot.shop_id,
                bot_id=bot.id,
                at=item.at,
                reason=item.kind,
                count=item.count,
                module=item.module,
                title=Translated.of(item.title),
                text=Translated.of(item.text),
                link=item.link or None,
            )
            for bot, item in said
        ),
    ]


@router.delete(
    "/attention/claims/{bot_id}", status_code=204, responses=documented(401, 403, 404, 422)
)
async def dismiss_claim(bot_id: BotId, visitor: Owner, resources: UsesResources) -> None:
    """The owner has read of the attempts on a bot."""
    async with resources.pool.acquire() as connection, connection.transaction():
        await seen_bot(connection, visitor, bot_id)
        await bots.dismiss_claim(connection, bot_id)


NoticeId = Annotated[int, Path(gt=0, lt=2**63)]


@router.delete(
    "/attention/notices/{bot_id}/{notice_id}",
    status_code=204,
    responses=documented(401, 403, 404, 422),
)
async def dismiss_notice(
    bot_id: BotId, notice_id: NoticeId, visitor: Owner, resources: UsesResources
) -> None:
    """The owner has read it. It comes again if it happens again."""
    async with resources.pool.acquire() as connection, connection.transaction():
        await seen_bot(connection, visitor, bot_id)
        await notices.dismiss(connection, bot_id, notice_id)


JobId = Annotated[int, Path(gt=0, lt=2**63)]


@router.post(
    "/attention/jobs/{bot_id}/{job_id}/retry",
    status_code=204,
    responses=documented(401, 403, 404, 422),
)
async def try_job_again(
    bot_id: BotId, job_id: JobId, visitor: Owner, resources: UsesResources
) -> None:
    """The worker runs the module's job at once, and not when its pause is over."""
    async with resources.pool.acquire() as connection, connection.transaction():
        await seen_bot(connection, visitor, bot_id)
        await module_jobs.try_again(connection, bot_id, job_id)


@router.delete(
    "/attention/jobs/{bot_id}/{job_id}",
    status_code=204,
    responses=documented(401, 403, 404, 422),
)
async def give_job_up(
    bot_id: BotId, job_id: JobId, visitor: Owner, resources: UsesResources
) -> None:
    """The module's job is not tried again; one that comes by the clock cannot be given up."""
    async with resources.pool.acquire() as connection, connection.transaction():
        await seen_bot(connection, visitor, bot_id)
        await module_jobs.drop(connection, bot_id, job_id)
