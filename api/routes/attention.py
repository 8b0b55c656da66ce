"""What needs the owner: bots that do not run, payments that nobody booked, bills that Telegram
refused, skipped updates, attempts to take a bot over, failing jobs, requests of modules, and what
is unusual about the panel's links."""

from typing import Annotated

from fastapi import APIRouter, Path

from api import attention_items
from api.access import AnyVisitor, ChosenShops, Owner, bot_transaction
from api.archived_shops import works_archived
from api.attention_items import AttentionItem
from api.missing_rates import missing_rates
from api.module_notices import failed_jobs, said_by_modules, without_contact
from api.problems import documented
from api.resources import UsesResources
from api.routes.bots import BotId
from core.shop import (
    access_alerts,
    bot_claims,
    bots,
    module_jobs,
    notices,
    risk_actions,
    unbooked,
    webhooks,
)

router = APIRouter(tags=["attention"])


@router.get("/attention", responses=documented(401, 404, 422))
async def list_attention(
    shops: ChosenShops, visitor: AnyVisitor, resources: UsesResources
) -> list[AttentionItem]:
    """The newest first."""
    shop_ids = [shop.id for shop in shops]
    async with resources.pool.acquire() as connection:
        found = await bots.of_shops(connection, shop_ids)
        items = [
            *attention_items.failed_bots(found),
            *attention_items.unbooked_payments(await unbooked.of_shops(connection, shop_ids)),
            *attention_items.claims(await bot_claims.of_shops(connection, shop_ids), found),
            *attention_items.stored_notices(await notices.of_shops(connection, shop_ids)),
            *attention_items.failed_jobs(await failed_jobs(connection, resources, shop_ids)),
            *attention_items.access_alerts(await access_alerts.of_visitor(connection, visitor)),
            *attention_items.webhooks_in_trouble(await webhooks.in_trouble(connection, shop_ids)),
            *attention_items.held_shoppers(await risk_actions.undecided(connection, shop_ids)),
            *attention_items.module_requests(await said_by_modules(connection, resources, found)),
        ]
    items += attention_items.missing_rates(await missing_rates(resources, shops))
    items += attention_items.missing_contacts(without_contact(resources, shops, found))
    return sorted(items, key=lambda item: item.at, reverse=True)


StoredId = Annotated[int, Path(gt=0, lt=2**63)]


@router.delete(
    "/attention/claims/{bot_id}", status_code=204, responses=documented(401, 403, 404, 422)
)
@works_archived
async def dismiss_claim(bot_id: BotId, visitor: Owner, resources: UsesResources) -> None:
    """The owner has read of the attempts to take the bot over."""
    async with bot_transaction(resources, visitor, bot_id) as (connection, _):
        await bot_claims.dismiss(connection, bot_id)


@router.delete(
    "/attention/notices/{bot_id}/{notice_id}",
    status_code=204,
    responses=documented(401, 403, 404, 422),
)
@works_archived
async def dismiss_notice(
    bot_id: BotId, notice_id: StoredId, visitor: Owner, resources: UsesResources
) -> None:
    """The owner has read it. It comes again if it happens again."""
    async with bot_transaction(resources, visitor, bot_id) as (connection, _):
        await notices.dismiss(connection, bot_id, notice_id)


@router.post(
    "/attention/jobs/{bot_id}/{job_id}/retry",
    status_code=204,
    responses=documented(401, 403, 404, 422),
)
async def try_job_again(
    bot_id: BotId, job_id: StoredId, visitor: Owner, resources: UsesResources
) -> None:
    """The worker runs the module's job at once, without waiting for its pause to end."""
    async with bot_transaction(resources, visitor, bot_id) as (connection, _):
        await module_jobs.try_again(connection, bot_id, job_id)


@router.delete(
    "/attention/jobs/{bot_id}/{job_id}",
    status_code=204,
    responses=documented(401, 403, 404, 422),
)
@works_archived
async def give_job_up(
    bot_id: BotId, job_id: StoredId, visitor: Owner, resources: UsesResources
) -> None:
    """The module's job is not tried again; a periodic one cannot be given up."""
    async with bot_transaction(resources, visitor, bot_id) as (connection, _):
        await module_jobs.drop(connection, bot_id, job_id)
