"""A shop's name and language, and its end: archived, restored, deleted for good."""

from datetime import UTC, datetime

from fastapi import APIRouter

from api.access import Owner, shop_transaction
from api.archived_shops import works_archived
from api.problems import documented
from api.resources import UsesResources
from api.routes.shops import ShopId, ShopView, ensure_shop_unchanged, view
from api.step_up import UsesStepUp
from api.versions import SeenTag
from core.postgres import Connection
from core.shop import archives, bots, owner_chats, shops
from core.shop.archives import ShopArchived
from core.shop.shops import NewLanguage, NewName, Shop

router = APIRouter(prefix="/shops/{shop_id}", tags=["shops"])


@router.put("/name", responses=documented(401, 403, 404, 412, 422, 428))
async def rename_shop(
    shop_id: ShopId,
    name: NewName,
    visitor: Owner,
    resources: UsesResources,
    seen: SeenTag,
) -> ShopView:
    """Gives the shop another name; running bots follow within seconds. 412 `changed_meanwhile` if
    the shop is not as in If-Match any more."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await ensure_shop_unchanged(connection, shop_id, seen)
        return await _view(connection, await shops.rename(connection, shop_id, name))


@router.put("/language", responses=documented(401, 403, 404, 412, 422, 428))
async def set_shop_language(
    shop_id: ShopId,
    wanted: NewLanguage,
    visitor: Owner,
    resources: UsesResources,
    seen: SeenTag,
) -> ShopView:
    """The language that its bots speak to shoppers whose own they do not know, and to the staff's
    groups; running bots follow within seconds. 412 as for the name."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await ensure_shop_unchanged(connection, shop_id, seen)
        return await _view(connection, await shops.set_language(connection, shop_id, wanted))


@router.post("/archive", responses=documented(401, 403, 404, 409, 422, 429))
async def archive_shop(
    shop_id: ShopId, visitor: Owner, resources: UsesResources, step_up: UsesStepUp
) -> ShopView:
    """Stops the shop's bots, and keeps its figures, orders and settings to be read; it can be
    restored at any time. To go on serving what was paid, pause its bots instead.

    403 `confirmation_needed`, 409 `shop_archived` if it is archived already.
    """
    async with shop_transaction(resources, visitor, shop_id) as (connection, shop):
        archives.refuse_archived(shop)
        await step_up.require(connection, "shop_archive", [shop_id], subject=shop.name)
        return await _view(
            connection, await archives.archive(connection, shop_id, datetime.now(UTC))
        )


@router.post("/restore", responses=documented(401, 403, 404, 409, 422))
@works_archived
async def restore_shop(shop_id: ShopId, visitor: Owner, resources: UsesResources) -> ShopView:
    """Takes an archived shop back, also one that was to be deleted: the bots that were stopped with
    it start again. 409 `shop_open` if it is not archived."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        return await _view(connection, await archives.restore(connection, shop_id))


@router.delete("", responses=documented(401, 403, 404, 409, 422, 429))
@works_archived
async def delete_shop(
    shop_id: ShopId, visitor: Owner, resources: UsesResources, step_up: UsesStepUp
) -> ShopView:
    """Archives the shop, and deletes it for good when `delete_after` has passed: everything that
    both stores have of it. Until then it can be restored, and its orders and figures be exported
    for the books.

    403 `confirmation_needed`; 409 `shop_archived` where its archived bots are the only ones that
    could ask its owner: restore it first.
    """
    async with shop_transaction(resources, visitor, shop_id) as (connection, shop):
        await _refuse_without_voice(connection, shop)
        await step_up.require(connection, "shop_deletion", [shop_id], subject=shop.name)
        return await _view(
            connection, await archives.ask_deletion(connection, shop_id, datetime.now(UTC))
        )


async def _refuse_without_voice(connection: Connection, shop: Shop) -> None:
    if shop.archived_at is None:
        return
    chats = await owner_chats.covering(connection, [shop.id])
    chats = chats or await owner_chats.concerned(connection, [shop.id])
    states = {(await bots.get(connection, chat.bot_id)).state for chat in chats}
    if states == {"stopped"}:
        raise ShopArchived


async def _view(connection: Connection, shop: Shop) -> ShopView:
    return view(shop, await bots.of_shops(connection, [shop.id]))
