"""A broadcast on its way: who has their turn now, and what they get.

A recipient's turn and their durable message are one transaction of the bot's worker, fenced by its
lease. The message's identity is made of the broadcast and the person, so that whatever is killed in
between, Telegram takes it once (`bots.sdk.transaction.random_id_of`).
"""

from datetime import UTC
from typing import Any

from bots.modules.broadcasts import audience, clocks, hours, store, turns
from bots.modules.broadcasts.drafts import BroadcastDraft, worded
from bots.modules.broadcasts.events import (
    BROADCAST_MESSAGE_ATTEMPTED,
    BROADCAST_MESSAGE_DELIVERED,
    BROADCAST_MESSAGE_FAILED,
)
from bots.modules.broadcasts.settings import BroadcastsSettings
from bots.modules.broadcasts.store import Broadcast
from bots.modules.broadcasts.turns import Turn
from bots.sdk.context import Scope
from bots.sdk.keyboards import AnyButton, button, keyboard, link
from bots.sdk.replies import SendText
from bots.sdk.transaction import random_id_of

AHEAD_SECONDS = 12
AHEAD = AHEAD_SECONDS * hours.A_SECOND
"""Messages that are queued at most: what a cancelled broadcast has to take back."""
# Telegram's words for somebody who has shut the bot out, or is no longer there.
_BLOCKED = frozenset({"USER_IS_BLOCKED", "INPUT_USER_DEACTIVATED"})
STILL_GOING = 60  # of a cancelled one: what the worker may have taken up


def purpose_of(broadcast_id: int) -> str:
    """Of its messages; the sender lets everything else go first."""
    return f"broadcast:{broadcast_id}"


def random_id(bot_id: int, chat_id: int, broadcast_id: int, buyer_no: int) -> int:
    """Of the message of a broadcast to a person."""
    return random_id_of(bot_id, chat_id, purpose_of(broadcast_id), str(buyer_no))


async def go_on(scope: Scope[BroadcastsSettings]) -> None:
    """Queues what is due, as much as goes out in the next seconds."""
    is_open = hours.may_go(scope.settings, scope.now, scope.shop.timezone)
    room, has_begun = AHEAD, False
    for broadcast in await store.under_way(scope.connection, scope.bot_id, scope.now):
        if broadcast.state == "scheduled":
            if _is_missed(scope, broadcast):
                await store.miss(scope.connection, broadcast, scope.now)
                continue
            if not is_open or has_begun:  # of many people one fills the seconds of a run
                continue
            has_begun = True
            if not await _begin(scope, broadcast):
                continue
        await _settle_lost(scope, broadcast.id)
        room -= await store.queued(scope.connection, broadcast.id)
        taken = 0
        if room > 0:
            taken = await _queue(scope, broadcast, room, is_open=is_open)
            room -= taken
        if not taken:
            await _end_if_over(scope, broadcast)


def _is_missed(scope: Scope[BroadcastsSettings], broadcast: Broadcast) -> bool:
    """Whether it could not begin on its evening: the shop was archived, or the bot away."""
    assert broadcast.starts_at is not None  # it is scheduled
    latest = hours.closes_at(scope.settings, broadcast.starts_at + hours.LEAST, scope.shop.timezone)
    return scope.now >= latest


async def _begin(scope: Scope[BroadcastsSettings], broadcast: Broadcast) -> bool:
    draft = broadcast.draft
    try:
        if not await audience.enter(scope, broadcast.id, draft.audience, len(draft.texts)):
            return False  # the next run enters more of them
    except audience.UnknownGroup:
        # Nobody knows any more who was meant: it goes to nobody, and says so by being empty.
        await store.end(scope.connection, broadcast, "cancelled")
        return False
    await store.begin(scope.connection, broadcast)
    return True


async def _queue(
    scope: Scope[BroadcastsSettings], broadcast: Broadcast, most: int, *, is_open: bool
) -> int:
    settings = scope.settings
    own = clocks.open_ones(
        settings,
        scope.now.astimezone(UTC),
        broadcast.own_from,
        broadcast.starts_at,
        among=clocks.all_clocks(),
    )
    if not is_open and not own:
        return 0
    turn = Turn(most, is_open, own, settings.most_messages, settings.cap_days)
    recipients = await turns.take(scope.connection, broadcast, scope.shop.id, turn, now=scope.now)
    for each in recipients:
        if each.state == "queued" and each.customer is not None:
            about: Scope[Any] = Scope(scope.transaction, scope.item, each.customer)
            await _send(about, broadcast, each.text_no)
    return len(recipients)


async def _send(about: Scope[Any], broadcast: Broadcast, text_no: int) -> None:
    assert about.customer is not None
    props = {"broadcast": broadcast.id, "text": text_no}
    message = message_of(about, broadcast.id, broadcast.draft, text_no).model_copy(
        update={
            "on_sent": (
                about.event(BROADCAST_MESSAGE_ATTEMPTED, props=props),
                about.event(BROADCAST_MESSAGE_DELIVERED, props=props),
            ),
            "on_lost": (
                about.event(BROADCAST_MESSAGE_ATTEMPTED, props=props),
                about.event(BROADCAST_MESSAGE_FAILED, props=props),
            ),
        }
    )
    purpose = purpose_of(broadcast.id)
    await about.send_durably(purpose, message, str(about.customer.buyer_no))


def message_of(
    about: Scope[Any], broadcast_id: int, draft: BroadcastDraft, text_no: int
) -> SendText:
    """The message as this person gets it, with the way out always under it."""
    texts, leads = about.texts, draft.leads
    name = about.customer.first_name if about.customer is not None else ""
    label = leads.label.get(about.language)
    first: list[AnyButton] = []
    if leads.to == "page":
        first = [link(label, leads.url)]
    elif leads.to != "nothing":
        first = [button(label, "broadcast", broadcast_id)]
    return SendText(
        text=worded(draft, text_no, about.language, name),
        keyboard=keyboard(first, [button(texts.label("stop"), "broadcast_stop", broadcast_id)]),
    )


def lost_state(error: str | None) -> str:
    """A recipient's state by the reason for which Telegram refused the message."""
    return "blocked" if error in _BLOCKED else "failed"


async def _settle_lost(scope: Scope[BroadcastsSettings], broadcast_id: int) -> None:
    """What became of messages of which the module was not told, for it was off, or its reaction
    failed; a message that is there no more was an erased person's."""
    connection, bot_id = scope.connection, scope.bot_id
    ids = {
        random_id(bot_id, telegram_id, broadcast_id, buyer_no): buyer_no
        for buyer_no, telegram_id in await store.long_queued(connection, broadcast_id)
    }
    if not ids:
        return
    found = await store.outcomes(connection, bot_id, list(ids))
    for each, buyer_no in ids.items():
        outcome = found.get(each)
        if outcome is None:
            state, at = "gone", scope.now
        elif outcome.state == "pending":
            continue
        elif outcome.state == "sent":
            state, at = "delivered", outcome.sent_at or scope.now
        else:
            state, at = lost_state(outcome.error), scope.now
        await store.settle(connection, broadcast_id, buyer_no, state, at)


async def _end_if_over(scope: Scope[BroadcastsSettings], broadcast: Broadcast) -> None:
    """Once nobody waits, and nothing is on its way."""
    if not await store.is_open(scope.connection, broadcast.id):
        await store.end(scope.connection, broadcast, "done")


async def cancel(scope: Scope[Any], broadcast: Broadcast) -> None:
    """Stops it: what the worker has taken up already, some dozens, still goes."""
    await store.cancel_waiting(
        scope.connection, scope.bot_id, broadcast.id, purpose_of(broadcast.id), STILL_GOING
    )
    await store.end(scope.connection, broadcast, "cancelled")
