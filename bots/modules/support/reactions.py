"""Staff are told of an answer that did not arrive: the shopper has blocked the bot, say."""

from bots.modules.support import cards, store
from bots.modules.support.cards import SupportScope
from bots.modules.support.events import TICKET_UNREACHED
from bots.modules.support.settings import SupportSettings
from bots.sdk.reactions import Reactions
from core.events import Event

reactions = Reactions[SupportSettings]()


@reactions.on(TICKET_UNREACHED)
async def unreached(scope: SupportScope, event: Event) -> None:
    props = event.props or {}
    ticket = await store.get(scope.connection, scope.bot_id, props["ticket"])
    await cards.tell_unreached(scope, ticket, event.occurred_at.isoformat())
