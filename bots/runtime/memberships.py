"""Asking Telegram whether somebody is in a channel or group.

Source: https://core.telegram.org/method/channels.getParticipant
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import structlog
from pyrogram import raw
from pyrogram.errors import FloodWait, InternalServerError, RPCError, UserNotParticipant
from pyrogram.utils import get_channel_id

from bots.sdk.memberships import MembershipAnswer, MembershipUnasked
from bots.sdk.updates import GroupJoined, GroupLeft, MembershipChanged

if TYPE_CHECKING:  # whose updates this translates
    from bots.runtime.client import BotClient

log = structlog.get_logger()

T = TypeVar("T")
Participant: TypeAlias = raw.types.UpdateChatParticipant | raw.types.UpdateChannelParticipant


async def answered(
    handled: Callable[[], Awaitable[T]],
    known: dict[str, MembershipAnswer],
    ask: Callable[[str], Awaitable[MembershipAnswer]],
) -> T:
    """Handles an update. What a module has to know of a chat is asked outside of its transaction,
    once about each chat, and the update is handled again."""
    while True:
        try:
            return await handled()
        except MembershipUnasked as unasked:
            known[unasked.chat] = await ask(unasked.chat)


async def ask_telegram(client: "BotClient", telegram_id: int, chat: str) -> MembershipAnswer:
    """Never raises: a channel that cannot be asked about keeps nobody out of the shop."""
    channel_id: int | None = None
    try:
        peer = await client.resolve_peer(int(chat) if chat.startswith("-") else chat)
        person = await client.resolve_peer(telegram_id)
        if not isinstance(peer, raw.types.InputPeerChannel) or person is None:
            return MembershipAnswer(None, error="NOT_A_CHANNEL")
        channel_id = peer.channel_id
        found: raw.types.channels.ChannelParticipant = await client.call(
            raw.functions.channels.GetParticipant(
                channel=raw.types.InputChannel(channel_id=channel_id, access_hash=peer.access_hash),
                participant=person,
            )
        )
    except UserNotParticipant:
        return MembershipAnswer(False, channel_id)
    except FloodWait:
        return MembershipAnswer(None, channel_id, "FLOOD_WAIT", passes=True)
    except (RPCError, OSError, KeyError, ValueError) as error:
        code = str(getattr(error, "ID", None) or type(error).__name__)
        log.warning("a membership is not known", chat=chat, code=code)
        passes = isinstance(error, OSError | InternalServerError)
        return MembershipAnswer(None, channel_id, code[:100], passes=passes)
    return MembershipAnswer(is_in(found.participant), channel_id)


def is_in(participant: object) -> bool:
    """Whether this is the state of somebody who is there."""
    if isinstance(participant, raw.types.ChannelParticipantBanned):
        return not participant.left
    return participant is not None and not isinstance(participant, raw.types.ChannelParticipantLeft)


def own_change(
    update: Participant, at: datetime, titles: Mapping[int, str]
) -> GroupJoined | GroupLeft:
    """The bot itself was added or removed."""
    chat_id = (
        -update.chat_id
        if isinstance(update, raw.types.UpdateChatParticipant)
        else get_channel_id(update.channel_id)
    )
    if not is_in(update.new_participant):
        return GroupLeft(chat_id=chat_id, occurred_at=at)
    return GroupJoined(chat_id=chat_id, occurred_at=at, title=titles.get(chat_id, ""))


def others_change(update: Participant, at: datetime) -> MembershipChanged | None:
    """Somebody else came or went; of small groups nobody asks."""
    if not isinstance(update, raw.types.UpdateChannelParticipant):
        return None
    return MembershipChanged(
        chat_id=get_channel_id(update.channel_id),
        occurred_at=at,
        channel_id=update.channel_id,
        person_id=update.user_id,
        is_member=is_in(update.new_participant),
    )
