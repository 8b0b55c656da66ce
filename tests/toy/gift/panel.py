from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from bots.sdk.panel import PanelScope, panel_scope
from core.errors import Conflict, NotFound
from core.shop import customers, staff
from tests.toy.gift import store
from tests.toy.gift.events import GIFT_GIVEN
from tests.toy.gift.settings import GiftSettings
from tests.toy.gift.store import Gift

router = APIRouter()
Panel = Annotated[PanelScope[GiftSettings], Depends(panel_scope)]


class GiftDraft(BaseModel):
    buyer_no: int
    note: str = Field(max_length=100)


class TooManyGifts(Conflict):
    code = "too_many_gifts"


@router.get("/gifts")
async def list_gifts(panel: Panel) -> list[Gift]:
    """Every gift of the bot."""
    return await store.of_bot(panel.connection, panel.bot_id)


@router.post("/gifts", status_code=201)
async def give(draft: GiftDraft, panel: Panel) -> Gift:
    """Gives a gift."""
    customer = await customers.numbered(panel.connection, panel.shop.id, draft.buyer_no)
    if customer is None:
        raise NotFound(f"there is no customer {draft.buyer_no}")
    gift = await store.add(
        panel.connection, panel.shop.id, panel.bot_id, draft.buyer_no, draft.note
    )
    panel.transaction.emit(customer.actor, GIFT_GIVEN, props={"gift": gift.id})
    await staff.record(panel.connection, panel.origin, panel.doer, "gift.give", f"gift:{gift.id}")
    if len(await store.of_bot(panel.connection, panel.bot_id)) > panel.settings.most:
        raise TooManyGifts(f"there are {panel.settings.most} gifts already")
    return gift


@router.get("/notes")
async def list_notes(panel: Panel) -> list[str]:
    """What gifts say, for owners."""
    panel.require_owner()
    return [gift.note for gift in await store.of_bot(panel.connection, panel.bot_id)]
