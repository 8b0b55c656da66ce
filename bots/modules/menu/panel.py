"""The menu's entries, for an owner who puts them in order."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from bots.modules.menu.offers import Entry, entries
from bots.modules.menu.settings import MenuSettings
from bots.sdk.context import Scope
from bots.sdk.panel import PanelScope, panel_scope
from core.events import Actor

router = APIRouter()
Panel = Annotated[PanelScope[MenuSettings], Depends(panel_scope)]


class MenuEntryView(BaseModel):
    """An entry as the settings `order` and `hidden` name it. `module` null: the owner's."""

    key: str
    module: str | None
    label: dict[str, str]
    is_hidden: bool


@router.get("/entries")
async def list_entries(panel: Panel) -> list[MenuEntryView]:
    """All that there are, in the order in which shoppers see them, the hidden ones among them."""
    russian, english = await _entries(panel, "ru"), await _entries(panel, "en")
    return [
        MenuEntryView(
            key=entry.key,
            module=entry.module or None,
            label={"ru": entry.button.text, "en": same.button.text},
            is_hidden=entry.is_hidden,
        )
        for entry, same in zip(russian, english, strict=True)
    ]


async def _entries(panel: PanelScope[MenuSettings], language: str) -> list[Entry]:
    """As a shopper of that language sees them."""
    nobody = Actor(lang=language)
    return await entries(Scope(panel.transaction, panel.item, None, nobody))
