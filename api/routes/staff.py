"""Staff: the groups that a bot writes to, who may press buttons there, and what was done."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from api.access import Owner, bot_transaction
from api.archived_shops import works_archived
from api.problems import documented
from api.resources import UsesResources
from api.routes.bots import BotId
from api.versions import SeenTag, SeenTagOrNone
from core.shop import bots, staff
from core.shop.staff import Doer, StaffAction, StaffChat, StaffMember
from core.versions import ensure_unchanged, tag_of

router = APIRouter(prefix="/bots/{bot_id}/staff", tags=["staff"])

TelegramId = Annotated[int, Path(gt=0, lt=2**63)]
ChatId = Annotated[int, Path(ge=-(2**63), lt=0)]


class ChatView(StaffChat):
    """Whoever changes it sends `version` as If-Match."""

    version: str


class MemberView(StaffMember):
    """Whoever changes it sends `version` as If-Match."""

    version: str


class StaffView(BaseModel):
    """The bot's groups, and the staff of its shop."""

    chats: list[ChatView]
    members: list[MemberView]


class BindingCode(BaseModel):
    """Send `/staff <code>` in the group; the code is shown once, works once, and until
    `expires_at`."""

    code: str
    expires_at: datetime


class ChatChange(BaseModel):
    """Whether every member of the group may press buttons, or only staff."""

    model_config = ConfigDict(extra="forbid")

    anyone_may_press: bool


class MemberState(BaseModel):
    """What the version of a member is made of; without a name nobody is there."""

    name: str | None
    rights: list[str] | None


class MemberDraft(BaseModel):
    """`rights` null: everything."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")
    rights: list[Annotated[str, Field(pattern=r"^[a-z_]+(\.[a-z_]+)?$")]] | None = Field(
        default=None, max_length=50
    )


_NOBODY = MemberState(name=None, rights=None)


def _chat_state(chat: StaffChat) -> ChatChange:
    """What the version of a group is made of: its trouble, too, changes by itself."""
    return ChatChange(anyone_may_press=chat.anyone_may_press)


def _member_state(member: StaffMember | None) -> MemberState:
    if member is None:
        return _NOBODY
    return MemberState(name=member.name, rights=member.rights)


def _chat_view(chat: StaffChat) -> ChatView:
    return ChatView(**chat.model_dump(), version=tag_of(_chat_state(chat)))


def _member_view(member: StaffMember) -> MemberView:
    return MemberView(**member.model_dump(), version=tag_of(_member_state(member)))


@router.get("", responses=documented(401, 403, 404, 422))
async def read_staff(bot_id: BotId, visitor: Owner, resources: UsesResources) -> StaffView:
    async with bot_transaction(resources, visitor, bot_id) as (connection, bot):
        return StaffView(
            chats=[_chat_view(each) for each in await staff.chats_of(connection, bot_id)],
            members=[
                _member_view(each) for each in await staff.members_of(connection, bot.shop_id)
            ],
        )


@router.post("/codes", status_code=201, responses=documented(401, 403, 404, 422))
async def make_code(bot_id: BotId, visitor: Owner, resources: UsesResources) -> BindingCode:
    """Makes a code that binds a group once."""
    async with bot_transaction(resources, visitor, bot_id) as (connection, _):
        code, expires_at = await staff.create_code(connection, bot_id, visitor.label)
        return BindingCode(code=code, expires_at=expires_at)


@router.put("/chats/{chat_id}", responses=documented(401, 403, 404, 412, 422, 428))
async def change_chat(
    bot_id: BotId,
    chat_id: ChatId,
    change: ChatChange,
    visitor: Owner,
    resources: UsesResources,
    seen: SeenTag,
) -> ChatView:
    """Sets who may press there. 412 `changed_meanwhile` if that is not as in If-Match any more."""
    async with bot_transaction(resources, visitor, bot_id) as (connection, bot):
        await staff.lock(connection, bot.shop_id)
        ensure_unchanged(_chat_state(await staff.chat_of(connection, bot_id, chat_id)), seen)
        return _chat_view(
            await staff.let_anyone_press(connection, bot_id, chat_id, change.anyone_may_press)
        )


@router.delete("/chats/{chat_id}", status_code=204, responses=documented(401, 403, 404, 422))
@works_archived
async def unbind_chat(
    bot_id: BotId, chat_id: ChatId, visitor: Owner, resources: UsesResources
) -> None:
    """Unbinds a group: the bot no longer writes there."""
    async with bot_transaction(resources, visitor, bot_id) as (connection, _):
        await staff.chat_of(connection, bot_id, chat_id)
        await staff.unbind(connection, bot_id, chat_id)
        origin = await bots.origin_of(connection, bot_id)
        doer = Doer(visitor.label, link_id=visitor.link_id)
        await staff.record(connection, origin, doer, "staff.unbind", f"chat:{chat_id}")


@router.put("/members/{telegram_id}", responses=documented(401, 403, 404, 412, 422, 428))
async def put_member(
    bot_id: BotId,
    telegram_id: TelegramId,
    draft: MemberDraft,
    visitor: Owner,
    resources: UsesResources,
    seen: SeenTagOrNone,
) -> MemberView:
    """Makes somebody staff of the bot's shop (`If-None-Match: *`), or changes what they may do. 412
    `changed_meanwhile` if they are not as in If-Match any more, or staff already."""
    async with bot_transaction(resources, visitor, bot_id) as (connection, bot):
        await staff.lock(connection, bot.shop_id)
        known = await staff.member(connection, bot.shop_id, telegram_id)
        ensure_unchanged(_member_state(known), tag_of(_NOBODY) if seen is None else seen)
        member = await staff.add_member(
            connection,
            bot.shop_id,
            telegram_id,
            draft.name,
            added_by=visitor.label,
            rights=draft.rights,
        )
        return _member_view(member)


@router.delete("/members/{telegram_id}", status_code=204, responses=documented(401, 403, 404, 422))
@works_archived
async def remove_member(
    bot_id: BotId, telegram_id: TelegramId, visitor: Owner, resources: UsesResources
) -> None:
    """Removes somebody from the staff."""
    async with bot_transaction(resources, visitor, bot_id) as (connection, bot):
        await staff.remove_member(connection, bot.shop_id, telegram_id)


@router.get("/actions", responses=documented(401, 403, 404, 422))
async def list_actions(
    bot_id: BotId, visitor: Owner, resources: UsesResources
) -> list[StaffAction]:
    """What staff and visitors of the panel did in the shop, the newest first."""
    async with bot_transaction(resources, visitor, bot_id) as (connection, bot):
        return await staff.actions_of(connection, bot.shop_id)
