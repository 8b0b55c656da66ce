from pathlib import Path
from typing import Any

import pytest
from pyrogram import Client, raw, types
from pyrogram.errors import (
    ChannelForumMissing,
    ChatAdminRequired,
    TopicClosed,
    TopicDeleted,
    TopicNotModified,
)

from simulator.demo import DEMO_BOTS
from simulator.simulator import Simulator
from tests.simulator.clients import TinyShop, call, person, until
from tests.simulator.test_channels import texts_in

BOT = DEMO_BOTS[0]
RIGHTS = types.ChatAdministratorRights(can_manage_topics=True)


async def test_an_order_has_a_topic_of_its_own(
    simulator: Simulator, data_dir: Path, shop: TinyShop, buyer: Client
) -> None:
    async with person(simulator.port, data_dir, "+79990000009") as owner:
        created = await owner.create_supergroup("Orders", is_forum=True)
        assert created.id is not None
        group = created.id
        await owner.add_chat_members(group, BOT.username)
        await until(lambda: shop.raw, "being added")
        with pytest.raises(ChatAdminRequired):
            await shop.client.create_forum_topic(group, "Order 7")
        await owner.promote_chat_member(group, BOT.username, RIGHTS)
        topic = await shop.client.create_forum_topic(group, "Order 7")
        other = await shop.client.create_forum_topic(group, "Order 8")
        assert topic.id is not None and other.id is not None
        sent = await shop.client.send_message(group, "paid", message_thread_id=topic.id)
        assert sent is not None
        assert (sent.message_thread_id, sent.topic_message) == (topic.id, True)
        reply = await owner.send_message(
            group, "thanks", reply_parameters=types.ReplyParameters(message_id=sent.id)
        )
        assert reply is not None and reply.message_thread_id == topic.id
        await until(lambda: "thanks" in texts_in(shop, group), "the answer")
        general = await owner.send_message(group, "to all")
        assert general is not None and not general.topic_message
        listed = owner.get_forum_topics(group)
        found = {each.title: each.top_message.id async for each in listed if each.top_message}
        assert list(found) == ["Order 8", "Order 7", "General"]
        assert found["Order 8"] == other.id and found["Order 7"] >= reply.id
        await shop.client.close_forum_topic(group, topic.id)
        with pytest.raises(TopicNotModified):
            await shop.client.close_forum_topic(group, topic.id)
        (described,) = await owner.get_forum_topics_by_id(group, [topic.id])
        assert described.is_closed
        await owner.set_chat_username(group, "tea_orders")
        await buyer.join_chat("tea_orders")
        with pytest.raises(TopicClosed):
            await buyer.send_message("tea_orders", "late", message_thread_id=topic.id)
        with pytest.raises(TopicDeleted):
            await buyer.send_message("tea_orders", "lost", message_thread_id=999)


async def test_a_plain_group_has_no_topics_until_it_is_a_forum(buyer: Client) -> None:
    group = await buyer.create_supergroup("Plain")
    assert group.id is not None
    with pytest.raises(ChannelForumMissing):
        await buyer.create_forum_topic(group.id, "Order 1")
    assert await buyer.toggle_forum_topics(group.id, is_forum=True)
    topic = await buyer.create_forum_topic(group.id, "Order 1")
    query: Any = raw.functions.messages.GetForumTopicsByID
    peer = await buyer.resolve_peer(group.id)
    listed = await call(buyer, query(peer=peer, topics=[topic.id, 77]))
    kinds = [type(each).__name__ for each in listed.topics]
    assert kinds == ["ForumTopic", "ForumTopicDeleted"]
