"""Broadcasts in the panel: written, tried, scheduled, watched, cancelled."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bots.modules.broadcasts import audience, clocks, drafts, hours, results, sending, store
from bots.modules.broadcasts.drafts import Audience, BroadcastDraft
from bots.modules.broadcasts.events import BROADCAST_CREATED
from bots.modules.broadcasts.results import BroadcastResult
from bots.modules.broadcasts.settings import BroadcastsSettings
from bots.modules.broadcasts.store import Broadcast
from bots.sdk.context import Scope
from bots.sdk.panel import PanelScope, panel_scope, works_archived
from core.errors import ChangedMeanwhile, Conflict, Refused
from core.events import Bilingual
from core.shop import access, catalogue, customers, owner_chats, staff

router = APIRouter()
Panel = Annotated[PanelScope[BroadcastsSettings], Depends(panel_scope)]
Number = Annotated[int, Path(gt=0, lt=2**63)]
_LONGEST = timedelta(days=365)


class NotADraft(Conflict):
    """It is scheduled, goes out, or is over."""

    code = "broadcast_not_draft"
    explained = Bilingual(
        "Рассылка уже не черновик. Запланированную сначала снимите с отправки.",
        "The broadcast is no draft any more. Take a scheduled one back first.",
    )


class NothingToCancel(Conflict):
    """It is no longer, or not yet, on its way."""

    code = "broadcast_not_under_way"
    explained = Bilingual(
        "Эту рассылку нечего отменять: она не отправляется.",
        "There is nothing to cancel: this broadcast is not on its way.",
    )


class NobodyToReach(Refused):
    """The audience is empty."""

    code = "broadcast_to_nobody"
    explained = Bilingual(
        "Под условия никто не подходит: измените, кому отправить.",
        "Nobody fits the conditions: change whom it goes to.",
    )


class NoOwnChat(Refused):
    """A test goes to the owner's own chat, and there is none."""

    code = "broadcast_no_own_chat"
    explained = Bilingual(
        "Привяжите свой чат с ботом (раздел «Доступ»): пробное сообщение придёт туда.",
        "Bind your own chat with the bot (under “Access”): the test comes there.",
    )


class BadStart(Refused):
    """A time that is over, or too far away."""

    code = "broadcast_bad_start"
    explained = Bilingual(
        "Назначьте время в будущем, не дальше года.",
        "Name a time in the future, within a year.",
    )


class DraftChange(BaseModel):
    """A draft in place of the one whose version was seen."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=1)
    draft: BroadcastDraft


class BroadcastStart(BaseModel):
    """When it is to begin; at once without `at`. With `version`, only what was seen goes out."""

    model_config = ConfigDict(extra="forbid")

    at: AwareDatetime | None = None
    version: int | None = Field(default=None, ge=1)


class BroadcastPreview(BaseModel):
    """What would happen if it began at `starts_at`: to how many it goes, when the last one has it,
    and how long that is without the nights. Telegram takes no money for it."""

    people: int
    starts_at: datetime
    ends_at: datetime
    seconds: int


class ShownBroadcast(BaseModel):
    """A broadcast with what became of it so far."""

    broadcast: Broadcast
    result: BroadcastResult


class BroadcastPage(BaseModel):
    """The newest first; `next_before`: give it as `before` for what follows."""

    broadcasts: list[ShownBroadcast]
    next_before: int | None


class AudienceGroup(BaseModel):
    """A group that the audience may name by its key: a daily segment, or what a module knows."""

    key: str
    title_ru: str
    title_en: str
    people: int


class AudienceGroups(BaseModel):
    """`segments` are those of the daily RFM, as of its last day; `groups` are as of now."""

    segments: dict[str, int]
    groups: list[AudienceGroup]


class BroadcastTest(BaseModel):
    """Into how many chats of the owner's the test went."""

    chats: int


async def _shown(panel: PanelScope[BroadcastsSettings], broadcast: Broadcast) -> ShownBroadcast:
    return ShownBroadcast(
        broadcast=broadcast, result=await results.read(panel.connection, broadcast.id)
    )


async def _check(panel: PanelScope[BroadcastsSettings], draft: BroadcastDraft) -> None:
    """Raises BadText, NotFound."""
    drafts.check(draft)
    if draft.leads.product_id is not None and draft.leads.to == "product":
        await catalogue.get(panel.connection, panel.shop.id, draft.leads.product_id)


async def _record(panel: PanelScope[BroadcastsSettings], action: str, number: int) -> None:
    await staff.record(
        panel.connection, panel.origin, panel.doer, f"broadcasts.{action}", f"broadcast:{number}"
    )


@router.get("/broadcasts")
async def list_broadcasts(
    panel: Panel,
    before: Annotated[int | None, Query(gt=0, lt=2**63)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> BroadcastPage:
    """The bot's broadcasts with their results."""
    found = await store.listed(panel.connection, panel.bot_id, before=before, limit=limit + 1)
    page = found[:limit]
    return BroadcastPage(
        broadcasts=[await _shown(panel, each) for each in page],
        next_before=page[-1].id if len(found) > limit else None,
    )


@router.get("/groups")
async def list_groups(panel: Panel) -> AudienceGroups:
    """What an audience can be made of, besides the customers' own facts."""
    known = await audience.groups(panel)
    return AudienceGroups(
        segments=dict(await store.sizes(panel.connection, panel.shop.id)),
        groups=[
            AudienceGroup(
                key=key,
                title_ru=each.title.ru,
                title_en=each.title.en,
                people=len(await each.members()),
            )
            for key, each in known.items()
        ],
    )


@router.post("/preview")
async def preview(
    wanted: Audience,
    panel: Panel,
    at: Annotated[AwareDatetime | None, Query()] = None,
) -> BroadcastPreview:
    """To how many it would go, and until when. 422 `unknown_group`."""
    people = await audience.reach(panel, wanted)
    begin = max(at or panel.now, panel.now)
    seconds = -(-people // hours.A_SECOND)
    own_from = _own_from(panel, at)
    ends = [
        hours.ends_at(panel.settings, begin, panel.shop.timezone, people),
        *(
            clocks.opens_at(panel.settings, begin.astimezone(UTC), each, own_from)
            + timedelta(seconds=seconds)
            for each in await audience.own_clocks(panel, wanted)
        ),
    ]
    return BroadcastPreview(people=people, starts_at=begin, ends_at=max(ends), seconds=seconds)


def _own_from(panel: PanelScope[BroadcastsSettings], at: datetime | None) -> int | None:
    """From which minute of the day those get it who have a clock of their own, if it is to begin at
    that moment."""
    return None if at is None else hours.minute_of(at, panel.shop.timezone)


@router.post("/broadcasts", status_code=201)
async def add_broadcast(draft: BroadcastDraft, panel: Panel) -> ShownBroadcast:
    """A draft. 422 `bad_text`; 404 for a product that is not on sale."""
    await _check(panel, draft)
    made = await store.create(panel.connection, panel.shop.id, panel.bot_id, draft, panel.doer.name)
    await _record(panel, "add", made.id)
    return await _shown(panel, made)


@router.get("/broadcasts/{broadcast_id}")
async def get_broadcast(broadcast_id: Number, panel: Panel) -> ShownBroadcast:
    """One of the bot's."""
    return await _shown(panel, await store.get(panel.connection, panel.bot_id, broadcast_id))


@router.put("/broadcasts/{broadcast_id}")
async def change_broadcast(
    broadcast_id: Number, change: DraftChange, panel: Panel
) -> ShownBroadcast:
    """Rewrites a draft. 409 `broadcast_not_draft`, 412 `changed_meanwhile` if it has another
    version by now."""
    await _check(panel, change.draft)
    found = await _draft(panel, broadcast_id, version=change.version)
    await store.rewrite(panel.connection, found, change.draft)
    await _record(panel, "change", found.id)
    return await get_broadcast(broadcast_id, panel)


async def _draft(
    panel: PanelScope[BroadcastsSettings], broadcast_id: int, *, version: int | None = None
) -> Broadcast:
    """Raises NotFound, NotADraft, and ChangedMeanwhile if `version` was seen and it is another."""
    found = await store.get(panel.connection, panel.bot_id, broadcast_id, lock=True)
    if found.state != "draft":
        raise NotADraft(f"broadcast {broadcast_id} is {found.state}")
    if version not in (None, found.version):
        raise ChangedMeanwhile("somebody else has changed the draft", f'"{found.version}"')
    return found


@router.post("/broadcasts/{broadcast_id}/test")
async def try_broadcast(broadcast_id: Number, panel: Panel) -> BroadcastTest:
    """Sends each text to the visitor's own chats with the bot; nothing is counted. 422
    `broadcast_no_own_chat`."""
    found = await store.get(panel.connection, panel.bot_id, broadcast_id)
    lasting = await access.lasting_link(panel.connection, panel.visitor.link_id)
    chats = [
        each
        for each in await owner_chats.of_bot(panel.connection, panel.bot_id)
        if each.link_id == lasting
    ]
    if not chats:
        raise NoOwnChat("no chat with the bot is bound by your link")
    for chat in chats:
        own = await customers.find(panel.connection, panel.shop.id, chat.telegram_id)
        about: Scope[BroadcastsSettings] = Scope(panel.transaction, panel.item, own)
        for text_no in range(len(found.draft.texts)):
            await about.send_durably(
                "notice_broadcast_test",
                sending.message_of(about, found.id, found.draft, text_no),
                f"{found.id}:{found.version}:{text_no}:{panel.now.timestamp()}",
                chat_id=chat.telegram_id,
            )
    return BroadcastTest(chats=len(chats))


@router.post("/broadcasts/{broadcast_id}/schedule")
async def schedule_broadcast(
    broadcast_id: Number, start: BroadcastStart, panel: Panel
) -> ShownBroadcast:
    """From then on it goes by itself, within the hours of the module's settings; to shoppers who
    have said what time it is at theirs from the same time of their own day on. 409
    `broadcast_not_draft`, 412 `changed_meanwhile` if it has another version than was seen, 422
    `broadcast_to_nobody`, `broadcast_bad_start`, `unknown_group`."""
    found = await _draft(panel, broadcast_id, version=start.version)
    at = start.at or panel.now
    if not panel.now - timedelta(minutes=1) <= at <= panel.now + _LONGEST:
        raise BadStart(f"{at:%Y-%m-%d %H:%M} is over, or over a year away")
    if not await audience.reach(panel, found.draft.audience):
        raise NobodyToReach("nobody fits the audience")
    await _check(panel, found.draft)
    await store.schedule(panel.connection, found, at, _own_from(panel, start.at))
    panel.emit(BROADCAST_CREATED, props={"broadcast": found.id})
    await _record(panel, "schedule", found.id)
    return await get_broadcast(broadcast_id, panel)


@router.post("/broadcasts/{broadcast_id}/cancel")
@works_archived
async def cancel_broadcast(broadcast_id: Number, panel: Panel) -> ShownBroadcast:
    """A scheduled one is a draft again; one that goes out stops, but for the few messages that are
    on the wire. Also in an archived shop, so that nothing goes out once it is restored. 409
    `broadcast_not_under_way`."""
    found = await store.get(panel.connection, panel.bot_id, broadcast_id, lock=True)
    if found.state == "scheduled":
        await store.take_back(panel.connection, found)
    elif found.state == "sending":
        await sending.cancel(panel, found)
    else:
        raise NothingToCancel(f"broadcast {broadcast_id} is {found.state}")
    await _record(panel, "cancel", found.id)
    return await get_broadcast(broadcast_id, panel)


@router.delete("/broadcasts/{broadcast_id}", status_code=204)
async def remove_broadcast(broadcast_id: Number, panel: Panel) -> None:
    """Removes a draft. 409 `broadcast_not_draft`."""
    found = await _draft(panel, broadcast_id)
    await store.remove(panel.connection, found)
    await _record(panel, "remove", found.id)
