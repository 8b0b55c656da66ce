"""messages.*ForumTopic*: topics of a supergroup that is a forum."""

from typing import Any

from pyrogram.raw import functions, types

from simulator.wire.rpc import RpcError
from simulator.wire.tl import Object
from simulator.world import channel_box, channels, mailbox, topics
from simulator.world.calls import Call, Methods
from simulator.world.channels import Channel
from simulator.world.methods.peers import channel_of
from simulator.world.topics import Topic

MAX_TOPICS = 100


def methods() -> Methods:
    group = Methods()

    @group.on(functions.messages.CreateForumTopic)
    async def create(call: Call, query: functions.messages.CreateForumTopic) -> Object:
        forum = _forum(call, query.peer)
        topics.check_title(query.title)
        action = types.MessageActionTopicCreate(
            title=query.title,
            icon_color=query.icon_color or topics.DEFAULT_COLOR,
            icon_emoji_id=query.icon_emoji_id,
        )
        with call.world.change(call.session) as change:
            channels.require(change.db, forum, call.account.id, "manage_topics")
            if mailbox.find_sent(change.db, call.account.id, query.random_id) is not None:
                raise RpcError(400, "RANDOM_ID_DUPLICATE")
            sent = channel_box.announce(change, call.account, forum, action)
            topics.add(change.db, forum, call.account.id, sent.message_id, action)
            mailbox.keep_sent(change.db, call.account.id, query.random_id, sent)
        named = types.UpdateMessageID(id=sent.message_id, random_id=query.random_id)
        return call.world.result(change, call.account.id, named)

    @group.on(functions.messages.EditForumTopic)
    async def edit(call: Call, query: functions.messages.EditForumTopic) -> Object:
        forum = _forum(call, query.peer)
        if query.title is not None:
            topics.check_title(query.title)
        action = types.MessageActionTopicEdit(
            title=query.title, icon_emoji_id=query.icon_emoji_id, closed=query.closed
        )
        with call.world.change(call.session) as change:
            channels.require(change.db, forum, call.account.id, "manage_topics")
            topics.existing(change.db, forum, query.topic_id)
            topics.change(change.db, forum, query.topic_id, action)
            channel_box.announce(change, call.account, forum, action, topic=query.topic_id)
        return call.world.result(change, call.account.id)

    _add_deleting(group)
    _add_reading(group)
    return group


def _add_deleting(group: Methods) -> None:
    @group.on(functions.messages.DeleteTopicHistory)
    async def delete(call: Call, query: functions.messages.DeleteTopicHistory) -> Object:
        forum = _forum(call, query.peer)
        with call.world.change(call.session) as change:
            channels.require(change.db, forum, call.account.id, "delete_messages")
            topics.existing(change.db, forum, query.top_msg_id)
            ids = topics.remove(change.db, forum, query.top_msg_id)
            pts = channel_box.delete(change, call.account, forum, ids)
        return types.messages.AffectedHistory(pts=pts, pts_count=len(ids), offset=0)


def _add_reading(group: Methods) -> None:
    @group.on(functions.messages.GetForumTopics)
    async def get_topics(call: Call, query: functions.messages.GetForumTopics) -> Object:
        forum = _forum(call, query.peer)
        found = topics.listed(
            call.world.db,
            forum,
            before=query.offset_topic,
            words=query.q or "",
            limit=min(query.limit or MAX_TOPICS, MAX_TOPICS),
        )
        return _listed(call, forum, [_described(call, forum, each) for each in found])

    @group.on(functions.messages.GetForumTopicsByID)
    async def get_by_id(call: Call, query: functions.messages.GetForumTopicsByID) -> Object:
        forum = _forum(call, query.peer)
        shown: list[Any] = []
        for topic_id in query.topics:
            topic = topics.find(call.world.db, forum, topic_id)
            shown.append(
                _described(call, forum, topic) if topic else types.ForumTopicDeleted(id=topic_id)
            )
        return _listed(call, forum, shown)


def _forum(call: Call, peer: Any) -> Channel:
    """The forum meant, of which the caller is a member. Raises RpcError."""
    channel = channel_of(call, peer)
    channels.present(call.world.db, channel, call.account.id)
    if not channel.forum:
        raise RpcError(400, "CHANNEL_FORUM_MISSING")
    return channel


def _described(call: Call, forum: Channel, topic: Topic) -> types.ForumTopic:
    newest = channel_box.history(call.world.db, forum.id, limit=1, topic=topic.id)
    creator = topic.creator or call.account.id
    return types.ForumTopic(
        id=topic.id,
        date=topic.created_at,
        peer=forum.peer,
        title=topic.title,
        icon_color=topic.icon_color,
        icon_emoji_id=topic.icon_emoji,
        top_message=newest[0].id if newest else topic.id,
        read_inbox_max_id=0,
        read_outbox_max_id=0,
        unread_count=0,
        unread_mentions_count=0,
        unread_reactions_count=0,
        unread_poll_votes_count=0,
        from_id=types.PeerUser(user_id=creator),
        notify_settings=types.PeerNotifySettings(),
        my=topic.creator == call.account.id or None,
        closed=topic.closed or None,
    )


def _listed(call: Call, forum: Channel, shown: list[Any]) -> types.messages.ForumTopics:
    viewer, described = call.account.id, [e for e in shown if isinstance(e, types.ForumTopic)]
    posted = [channel_box.find(call.world.db, forum.id, each.top_message) for each in described]
    pts, _ = channels.position(call.world.db, forum.id)
    creators = {e.from_id.user_id for e in described if isinstance(e.from_id, types.PeerUser)}
    return types.messages.ForumTopics(
        count=len(shown),
        topics=shown,
        messages=[each.seen_by(viewer) for each in posted if each],
        chats=call.world.chats(viewer, (-forum.id,)),
        users=call.world.users(viewer, creators | {each.sender for each in posted if each}),
        pts=pts,
    )
