"""An archived shop takes no changes: one rule for every route that names a shop in its path, or a
bot of one.

    @router.post("/restore")
    @works_archived
    async def restore_shop(shop_id: ShopId, …) -> …:

What ends something, or only looks like a change, says that it works nevertheless. A new route is
refused unless it says so.
"""

from fastapi import Request

from bots.sdk.panel import WORKS_ARCHIVED, works_archived
from core.postgres import Connection
from core.shop import archives
from core.shop.access import Visitor
from core.shop.archives import ShopArchived

__all__ = ["refuse_changes", "works_archived"]
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


async def refuse_changes(request: Request, connection: Connection, visitor: Visitor) -> None:
    """Raises ShopArchived for a change of an archived shop that the visitor sees; of another he is
    told by the route that it is not there."""
    if request.method in _READING or getattr(request.scope["endpoint"], WORKS_ARCHIVED, False):
        return
    shop_id, bot_id = (_number(request.path_params.get(name)) for name in ("shop_id", "bot_id"))
    if shop_id is None and bot_id is None:
        return
    found = await archives.find_archived(connection, shop_id=shop_id, bot_id=bot_id)
    if found is not None and visitor.sees(found):
        raise ShopArchived


def _number(value: object) -> int | None:
    """As an address may have it; what it may not have, the route refuses itself."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
