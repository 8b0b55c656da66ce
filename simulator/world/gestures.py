"""A person's actions with a bot, through MTProto or by a scripted shopper."""

from typing import Any

from pyrogram.raw import types

from simulator.wire.rpc import RpcError
from simulator.world import accounts, botfather, channel_box, channels, group_box, groups, mailbox
from simulator.world.accounts import Account
from simulator.world.channels import Channel
from simulator.world.mailbox import Content, Sent, Stored
from simulator.world.world import Change, World

CALLBACK_SECONDS = 15.0


def write(
    change: Change, person: Account, bot: Account, content: Content, random_id: int | None = None
) -> Sent:
    """Send a message. Raises RpcError."""
    if accounts.has_blocked(change.db, person.id, bot.id):
        raise RpcError(400, "YOU_BLOCKED_USER")
    before = len(change.notices)
    sent = mailbox.send(change, person, bot, content, random_id)
    if bot.id == botfather.ID and len(change.notices) > before:  # not for a repeated random id
        botfather.hear(change, person, content.text)
    return sent


def start(
    change: Change, person: Account, bot: Account, code: str = "", random_id: int | None = None
) -> Sent:
    """Press Start, by a deep link if there is a code. Raises RpcError."""
    text = f"/start {code}".rstrip()
    command = types.MessageEntityBotCommand(offset=0, length=len("/start"))
    return write(change, person, bot, Content(text, [command]), random_id)


async def press(
    world: World, person: Account, message_id: int, data: bytes
) -> types.messages.BotCallbackAnswer:
    """Press an inline button, in a private chat or a basic group; `message_id` is that of the
    person's copy.

    Raises RpcError: BOT_RESPONSE_TIMEOUT if the bot does not answer in CALLBACK_SECONDS.
    """
    stored = mailbox.find(world.db, person.id, message_id)
    if stored is None or stored.message.out:
        raise RpcError(400, "MESSAGE_ID_INVALID")
    if stored.peer < 0:
        return await _press_in_group(world, person, stored, data)
    return await _ask(
        world, person, stored.peer, types.PeerUser(user_id=person.id), stored.twin, data
    )


async def _press_in_group(
    world: World, person: Account, stored: Stored, data: bytes
) -> types.messages.BotCallbackAnswer:
    group = groups.by_id(world.db, -stored.peer)
    groups.present(world.db, group, person.id)
    sent = group_box.of_sender(world.db, stored)
    if sent is None or not world.account(sent.box).is_bot:
        raise RpcError(400, "MESSAGE_ID_INVALID")
    return await _ask(world, person, sent.box, group.peer, sent.id, data)


async def press_in(
    world: World, person: Account, channel: Channel, message_id: int, data: bytes
) -> types.messages.BotCallbackAnswer:
    """Press a button of a bot's message in a channel or group. Raises RpcError."""
    posted = channel_box.find(world.db, channel.id, message_id)
    if posted is None or not world.account(posted.sender).is_bot:
        raise RpcError(400, "MESSAGE_ID_INVALID")
    if channel.username is None:
        channels.present(world.db, channel, person.id)
    return await _ask(world, person, posted.sender, channel.peer, message_id, data)


async def _ask(
    world: World, person: Account, bot_id: int, peer: Any, message_id: int, data: bytes
) -> types.messages.BotCallbackAnswer:
    def question(query_id: int) -> types.UpdateBotCallbackQuery:
        return types.UpdateBotCallbackQuery(
            query_id=query_id,
            user_id=person.id,
            peer=peer,
            msg_id=message_id,
            chat_instance=(bot_id * 1_000_003 + person.id) % 2**63,
            data=data,
        )

    chats = tuple(
        -chat_id
        for chat_id in (getattr(peer, "channel_id", None), getattr(peer, "chat_id", None))
        if chat_id is not None
    )
    try:
        answer: types.messages.BotCallbackAnswer = await world.ask(
            bot_id, person.id, question, CALLBACK_SECONDS, *chats
        )
    except TimeoutError as error:
        raise RpcError(400, "BOT_RESPONSE_TIMEOUT") from error
    return answer
