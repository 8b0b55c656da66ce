"""Bills in the panel."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from bots.modules.cryptopay import store
from bots.modules.cryptopay.settings import CryptopaySettings
from bots.modules.cryptopay.store import Bill, State
from bots.sdk.panel import PanelScope, panel_scope

router = APIRouter()
Panel = Annotated[PanelScope[CryptopaySettings], Depends(panel_scope)]


@router.get("/bills")
async def list_bills(panel: Panel, state: Annotated[State | None, Query()] = None) -> list[Bill]:
    """Bills and what became of them, the newest first, at most two hundred."""
    return await store.listed(panel.connection, panel.bot_id, state)
