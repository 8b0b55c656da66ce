"""What an owner has to decide about broadcasts."""

from bots.modules.broadcasts import store
from bots.modules.broadcasts.settings import BroadcastsSettings
from bots.sdk.context import Scope
from bots.sdk.offers import Offers
from bots.sdk.points import NeedsYou
from core.events import Bilingual

offers = Offers[BroadcastsSettings]()


@offers.provide(NeedsYou)
async def missed(scope: Scope[BroadcastsSettings]) -> list[NeedsYou]:
    """Those that did not go out on their evening."""
    found = await store.missed(scope.connection, scope.bot_id)
    if not found:
        return []
    titles = ", ".join(f"«{title}»" for title, _ in found)
    quoted = ", ".join(f"“{title}”" for title, _ in found)
    return [
        NeedsYou(
            kind="broadcast_missed",
            title=Bilingual("Рассылка не ушла", "A broadcast did not go out"),
            text=Bilingual(
                f"В назначенный вечер магазин или бот не работал: {titles}. Это снова черновик: "
                "назначьте другое время или удалите.",
                f"The shop or the bot was not at work that evening: {quoted}. It is a draft again: "
                "name another time, or remove it.",
            ),
            at=max(at for _, at in found),
            count=len(found),
        )
    ]
