"""Owners' own chats with their bots, and what waits there for a button."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from api.access import AnyVisitor, Owner, bot_transaction
from api.archived_shops import works_archived
from api.problems import documented
from api.resources import UsesResources
from api.routes.bots import BotId
from api.routes.staff import TelegramId
from api.step_up import UsesStepUp
from core.errors import Conflict
from core.shop import confirmations, owner_chats
from core.shop.confirmations import Confirmation
from core.shop.owner_chats import OwnerChat

router = APIRouter(prefix="/access", tags=["access"])


class BotSilent(Conflict):
    """The bot only counts, and answers nobody."""

    code = "bot_silent"


class OwnerCodeDraft(BaseModel):
    """`panel_url`: where the owner opens the panel, as in `https://shop.example`; null: where this
    request was sent to. /panel answers with links there."""

    model_config = ConfigDict(extra="forbid")

    bot_id: int = Field(gt=0, lt=2**63)
    panel_url: str | None = Field(
        default=None, max_length=200, pattern=r"^https?://[A-Za-z0-9.\-\[\]:]+$"
    )


class OwnerCode(BaseModel):
    """Send `/owner <code>` to the bot, in the chat that you have with it alone. Shown once, works
    once, until `expires_at`."""

    code: str
    expires_at: datetime


@router.get("/owner-chats", responses=documented(401, 403))
async def list_owner_chats(visitor: Owner, resources: UsesResources) -> list[OwnerChat]:
    """The chats that were bound by links which you manage, oldest first."""
    async with resources.pool.acquire() as connection:
        return await owner_chats.managed(connection, visitor)


@router.post(
    "/owner-chats/codes", status_code=201, responses=documented(401, 403, 404, 409, 422, 429)
)
async def make_owner_code(
    draft: OwnerCodeDraft,
    visitor: Owner,
    resources: UsesResources,
    step_up: UsesStepUp,
    request: Request,
) -> OwnerCode:
    """Makes a code that binds your chat with a bot: with the rights of your link, and as long as
    that lives. Where a chat is bound already, its owner must confirm.

    409 `bot_silent` for a bot that only counts.
    """
    async with bot_transaction(resources, visitor, draft.bot_id) as (connection, bot):
        if bot.mode != "hosted":
            raise BotSilent("this bot only counts: it answers nobody, take another one")
        subject = f"@{bot.username}" if bot.username else str(bot.id)
        await step_up.require(connection, "owner_chat", visitor.shop_ids, subject=subject)
        panel_url = draft.panel_url or str(request.base_url).rstrip("/")
        code, expires_at = await owner_chats.create_code(
            connection, bot.id, visitor.link_id, panel_url
        )
        return OwnerCode(code=code, expires_at=expires_at)


@router.delete(
    "/owner-chats/{bot_id}/{telegram_id}",
    status_code=204,
    responses=documented(401, 403, 404, 422, 429),
)
@works_archived
async def unbind_owner_chat(
    bot_id: BotId,
    telegram_id: TelegramId,
    visitor: Owner,
    resources: UsesResources,
    step_up: UsesStepUp,
) -> None:
    """Takes a chat's rights away; an owner must confirm that, too. Who has lost his account uses
    the command `vitrina link unbind`."""
    async with bot_transaction(resources, visitor, bot_id) as (connection, _):
        chosen = [
            chat
            for chat in await owner_chats.managed(connection, visitor)
            if (chat.bot_id, chat.telegram_id) == (bot_id, telegram_id)
        ]
        if chosen:
            (chat,) = chosen
            subject = f"{chat.name} ({telegram_id})"
            await step_up.require(connection, "chat_unbinding", chat.shop_ids, subject=subject)
        await owner_chats.unbind(connection, visitor, bot_id, telegram_id)


ConfirmationId = Annotated[UUID, Path(description="From `confirmation_needed`.")]


@router.get("/confirmations/{confirmation_id}", responses=documented(401, 404, 422))
async def read_confirmation(
    confirmation_id: ConfirmationId, visitor: AnyVisitor, resources: UsesResources
) -> Confirmation:
    """Whether the owner has answered: ask every few seconds, and send the request again once
    `state` is `confirmed`."""
    async with resources.pool.acquire() as connection:
        return await confirmations.get(connection, visitor, confirmation_id)
