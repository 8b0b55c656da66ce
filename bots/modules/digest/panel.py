"""The digest in the panel: what owners were sent, and one to try."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from bots.modules.digest import told
from bots.modules.digest.settings import DigestSettings
from bots.modules.digest.told import SentReport
from bots.sdk.panel import PanelScope, panel_scope
from core.shop import owner_chats

router = APIRouter()
Panel = Annotated[PanelScope[DigestSettings], Depends(panel_scope)]


class DigestState(BaseModel):
    """When and to whom it goes: `hour` by the shop's clock; `chats` how many owners have bound one,
    without which nobody is told; `asked_at` since when a digest to try is on its way, if one is."""

    daily: bool
    weekly: bool
    hour: int
    chats: int
    asked_at: datetime | None
    reports: list[SentReport]


@router.get("/reports")
async def read_reports(panel: Panel) -> DigestState:
    """The digests and alerts of the last 60 days, the newest first, at most 200."""
    shop_id = panel.shop.id
    return DigestState(
        daily=panel.settings.daily,
        weekly=panel.settings.weekly,
        hour=panel.settings.hour,
        chats=await _owners(panel),
        asked_at=await told.asked_at(panel.connection, shop_id),
        reports=await told.newest(panel.connection, shop_id),
    )


@router.post("/test")
async def send_test(panel: Panel) -> DigestState:
    """Sends the digest of yesterday to the owners' chats now, within about a minute: the figures
    are computed beside the requests. Asked for again before it has come, it comes once."""
    await told.ask(panel.connection, panel.shop.id)
    return await read_reports(panel)


async def _owners(panel: PanelScope[DigestSettings]) -> int:
    chats = await owner_chats.covering(panel.connection, [panel.shop.id])
    return len({each.telegram_id for each in chats})
