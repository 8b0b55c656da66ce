"""messages.* and channels.*: reading messages."""

from collections.abc import Iterable, Sequence
from typing import Any

from pyrogram.raw import functions, types

from simulator.wire.rpc import RpcError
from simulator.wire.tl import Object, true
from simulator.world import channel_box, channels, mailbox
from simulator.world.calls import Call, Methods
from simulator.world.channels import Channel
from simulator.world.methods.peers import channel_of, number_of, peer_of

MAX_HISTORY = 100


def methods() -> Methods:
    group = Methods()
    _add_by_id(group)

    @group.on(functions.messages.GetHistory)
    async def get_history(call: Call, query: functions.messages.GetHistory) -> Object:
        if call.account.is_bot:
            raise RpcError(400, "BOT_METHOD_INVALID")
        peer = peer_of(call, query.peer)
        bounds = {
            "limit": min(query.limit or MAX_HISTORY, MAX_HISTORY),
            "below": min(filter(None, (query.offset_id, query.max_id)), default=0),
            "above": query.min_id,
            "skip": max(query.add_offset, 0),
        }
        if isinstance(peer, Channel):
            _check_readable(call, peer)
            posted = channel_box.history(call.world.db, peer.id, **bounds)
            return found_posts(call, peer, [each.seen_by(call.account.id) for each in posted])
        chat = number_of(peer)
        stored = mailbox.history(call.world.db, call.account.id, chat, **bounds)
        return _found(call, [each.message for each in stored], {chat})

    @group.on(functions.messages.ReadHistory)
    async def read_history(call: Call, _query: functions.messages.ReadHistory) -> Object:
        query = "SELECT pts FROM accounts WHERE id = ?"
        (pts,) = call.world.db.execute(query, (call.account.id,)).fetchone()
        return types.messages.AffectedMessages(pts=pts, pts_count=0)

    @group.on(functions.channels.ReadHistory)
    async def read_posts(call: Call, query: functions.channels.ReadHistory) -> Object:
        channel_of(call, query.channel)
        return true()

    @group.on(functions.messages.SetTyping)
    async def set_typing(call: Call, query: functions.messages.SetTyping) -> Object:
        peer_of(call, query.peer)
        return true()

    return group


def _add_by_id(group: Methods) -> None:
    @group.on(functions.messages.GetMessages)
    async def get_messages(call: Call, query: functions.messages.GetMessages) -> Object:
        db, box = call.world.db, call.account.id
        messages: list[Any] = []
        peers: set[int] = set()
        for each in query.id:
            stored = mailbox.find(db, box, getattr(each, "id", 0))
            if isinstance(each, types.InputMessageReplyTo):
                answered = _answered(stored.message if stored else None)
                stored = mailbox.find(db, box, answered)
            message_id = getattr(each, "id", 0)
            messages.append(stored.message if stored else types.MessageEmpty(id=message_id))
            peers |= {stored.peer} if stored else set()
        return _found(call, messages, peers)

    @group.on(functions.channels.GetMessages)
    async def get_posts(call: Call, query: functions.channels.GetMessages) -> Object:
        channel = channel_of(call, query.channel)
        _check_readable(call, channel)
        messages: list[Any] = []
        for each in query.id:
            message_id = getattr(each, "id", 0)
            posted = channel_box.find(call.world.db, channel.id, message_id)
            if isinstance(each, types.InputMessageReplyTo):
                answered = _answered(posted.message if posted else None)
                posted = channel_box.find(call.world.db, channel.id, answered)
            messages.append(
                posted.seen_by(call.account.id) if posted else types.MessageEmpty(id=message_id)
            )
        return found_posts(call, channel, messages)


def _answered(message: Any) -> int:
    """The id of the message that another replies to; 0 if it replies to none."""
    header = getattr(message, "reply_to", None)
    return int(getattr(header, "reply_to_msg_id", 0) or 0)


def _check_readable(call: Call, channel: Channel) -> None:
    """Members may read a channel, and anyone if it has a username."""
    if channel.username is None or call.account.is_bot:
        channels.present(call.world.db, channel, call.account.id)


def _found(call: Call, messages: Sequence[Any], peers: Iterable[int]) -> Object:
    viewer, named = call.account.id, set(peers)
    return types.messages.Messages(
        messages=list(messages),
        topics=[],
        chats=call.world.chats(viewer, named),
        users=call.world.users(viewer, named | _authors(messages) | {viewer}),
    )


def _authors(messages: Sequence[Any]) -> set[int]:
    return {
        each.from_id.user_id
        for each in messages
        if isinstance(getattr(each, "from_id", None), types.PeerUser)
    }


def found_posts(call: Call, channel: Channel, messages: Sequence[Any]) -> Object:
    """Messages of a channel with the users and chats that they name."""
    viewer = call.account.id
    pts, _ = channels.position(call.world.db, channel.id)
    return types.messages.ChannelMessages(
        pts=pts,
        count=len(messages),
        messages=list(messages),
        topics=[],
        chats=call.world.chats(viewer, (-channel.id,)),
        users=call.world.users(viewer, _authors(messages)),
    )
