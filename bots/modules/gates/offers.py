"""The gate before everything else, and what the owner has to mend."""

from datetime import timedelta

from bots.modules.gates import standing
from bots.modules.gates.handlers import router
from bots.modules.gates.settings import GatesSettings
from bots.modules.gates.standing import GateScope
from bots.sdk import memberships
from bots.sdk.context import Context
from bots.sdk.offers import Offers
from bots.sdk.points import Gate, NeedsYou
from bots.sdk.updates import Button
from core.events import Bilingual

offers = Offers[GatesSettings]()


@offers.provide(Gate)
async def gate(scope: GateScope) -> list[Gate]:
    if (
        isinstance(scope, Context)
        and isinstance(scope.update, Button)
        and router.find(scope.update)
    ):
        return []  # its own button, which is the way in
    closed = await standing.first_closed(scope)
    if closed is None:
        return []
    text, keyboard = await standing.shown(scope, closed)
    return [Gate(text=text, keyboard=keyboard)]


@offers.provide(NeedsYou)
async def unchecked(scope: GateScope) -> list[NeedsYou]:
    """Channels that Telegram says nothing about: everybody is let in there."""
    since = scope.now - timedelta(days=1)
    named = {channel.chat for channel in scope.settings.channels}
    failing = await memberships.failing(scope.connection, scope.bot_id, since)
    chats = sorted(named & failing.keys())
    if not chats:
        return []
    listed = ", ".join(f"{chat} ({failing[chat]})" for chat in chats)
    return [
        NeedsYou(
            kind="gate_unchecked",
            title=Bilingual("Подписку не проверить", "Subscriptions cannot be checked"),
            text=Bilingual(
                f"Telegram не отвечает, кто подписан: {listed}. Сделайте бота администратором "
                "канала; пока туда пускаем всех.",
                f"Telegram does not say who is subscribed: {listed}. Make the bot an administrator "
                "of the channel; until then everybody is let in.",
            ),
            at=scope.now,
            count=len(chats),
        )
    ]
