"""Gates in the panel: how many have passed, and the channels that cannot be checked."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from bots.modules.gates import store
from bots.modules.gates.settings import GatesSettings
from bots.modules.gates.store import Tally
from bots.sdk import memberships
from bots.sdk.panel import PanelScope, panel_scope

router = APIRouter()
Panel = Annotated[PanelScope[GatesSettings], Depends(panel_scope)]


class CheckedChannel(BaseModel):
    """A channel of the settings; `error` is Telegram's code if it could not be asked within the
    last day, empty otherwise."""

    chat: str
    error: str


class Standing(BaseModel):
    """Which gates have been passed by how many of the shop's customers, and how the channels do."""

    passed: list[Tally]
    channels: list[CheckedChannel]


@router.get("/standing")
async def get_standing(panel: Panel) -> Standing:
    """As of now."""
    since = panel.now - timedelta(days=1)
    failing = await memberships.failing(panel.connection, panel.bot_id, since)
    return Standing(
        passed=await store.tallies(panel.connection, panel.shop.id),
        channels=[
            CheckedChannel(chat=each.chat, error=failing.get(each.chat, ""))
            for each in panel.settings.channels
        ],
    )
