"""What became of each message, noted when Telegram has said so."""

from bots.modules.broadcasts import sending, store
from bots.modules.broadcasts.events import (
    BROADCAST_MESSAGE_DELIVERED,
    BROADCAST_MESSAGE_FAILED,
)
from bots.modules.broadcasts.settings import BroadcastsSettings
from bots.sdk.context import Scope
from bots.sdk.reactions import Reactions
from core.events import Event

reactions = Reactions[BroadcastsSettings]()


@reactions.on(BROADCAST_MESSAGE_DELIVERED)
async def delivered(scope: Scope[BroadcastsSettings], event: Event) -> None:
    await _settle(scope, event, is_delivered=True)


@reactions.on(BROADCAST_MESSAGE_FAILED)
async def failed(scope: Scope[BroadcastsSettings], event: Event) -> None:
    await _settle(scope, event, is_delivered=False)


async def _settle(scope: Scope[BroadcastsSettings], event: Event, *, is_delivered: bool) -> None:
    number = (event.props or {}).get("broadcast")
    if scope.customer is None or not isinstance(number, int):
        return
    telegram_id, buyer_no = scope.customer.telegram_id, scope.customer.buyer_no
    random_id = sending.random_id(scope.bot_id, telegram_id, number, buyer_no)
    error = await store.take_message(scope.connection, scope.bot_id, random_id)
    state = "delivered" if is_delivered else sending.lost_state(error)
    await store.settle(scope.connection, number, buyer_no, state, event.occurred_at)
