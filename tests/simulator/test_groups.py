"""Basic groups, as clients and bots see them, and their migration to supergroups."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pyrogram import Client, enums, raw, types
from pyrogram.errors import (
    ChatAdminRequired,
    ChatIdInvalid,
    ChatTitleEmpty,
    ChatWriteForbidden,
    MessageIdInvalid,
    PeerIdInvalid,
    UserAlreadyParticipant,
    UserNotParticipant,
)
from pyrogram.handlers import ChatMemberUpdatedHandler

from simulator.demo import DEMO_BOTS
from simulator.simulator import Simulator
from tests.simulator.clients import TinyShop, call, keyboard, person, until

BOT = DEMO_BOTS[0]


@pytest.fixture(name="owner")
async def groups_owner(simulator: Simulator, data_dir: Path) -> AsyncIterator[Client]:
    async with person(simulator.port, data_dir, "+79990000009") as client:
        yield client


async def group_of(owner: Client, *users: str | int) -> int:
    group = await owner.create_group("Tea staff", list(users or (BOT.username,)))
    assert group.id is not None and group.type is enums.ChatType.GROUP
    return group.id


def said_in(shop: TinyShop, chat_id: int) -> list[Any]:
    """What landed in the bot's box of a group's messages, actions by their kind."""
    heard: list[Any] = [
        update.message for update in shop.raw if isinstance(update, raw.types.UpdateNewMessage)
    ]
    found = [
        each
        for each in heard
        if isinstance(each.peer_id, raw.types.PeerChat)
        and each.peer_id.chat_id == -chat_id
        and not each.out
    ]
    return [
        type(each.action).__name__ if isinstance(each, raw.types.MessageService) else each.message
        for each in found
    ]


async def read(client: Client, group: int) -> list[types.Message]:
    """What a member reads, the newest first, without the tiny shop's greetings."""
    history = [each async for each in client.get_chat_history(group)]
    return [each for each in history if each.text != "Welcome"]


async def test_members_read_and_a_bot_hears_what_is_said_to_it(
    shop: TinyShop, owner: Client, buyer: Client
) -> None:
    group = await group_of(owner)
    assert buyer.me is not None and buyer.me.id is not None
    await owner.add_chat_members(group, buyer.me.id)
    with pytest.raises(UserAlreadyParticipant):
        await owner.add_chat_members(group, buyer.me.id)
    await owner.send_message(group, "among ourselves")
    await buyer.send_message(group, "/staff@another_bot CODE")
    asked = await buyer.send_message(group, "/staff CODE")
    await until(lambda: "/staff CODE" in said_in(shop, group), "the command")
    assert said_in(shop, group) == [
        "MessageActionChatCreate",
        "MessageActionChatAddUser",
        "/staff CODE",
    ]
    sent = await shop.client.send_message(group, "an order", reply_markup=keyboard("take:7"))
    assert sent is not None and asked is not None
    history = await read(buyer, group)
    assert [each.text for each in history[:4]] == [
        *("an order", "/staff CODE", "/staff@another_bot CODE", "among ourselves")
    ]
    assert history[0].id != sent.id  # each member has ids of their own
    assert history[0].from_user is not None and history[0].from_user.id == BOT.id
    await buyer.send_message(
        group, "it is mine", reply_parameters=types.ReplyParameters(message_id=history[0].id)
    )
    await until(lambda: "it is mine" in said_in(shop, group), "a reply to the bot")
    await shop.client.edit_message_text(group, sent.id, "an order, taken")
    history = await read(owner, group)
    assert history[1].text == "an order, taken"
    assert history[0].reply_to_message_id == history[1].id


async def test_a_button_in_a_group(shop: TinyShop, owner: Client, buyer: Client) -> None:
    group = await group_of(owner)
    await shop.client.send_message(group, "an order", reply_markup=keyboard("take:7"))
    (card,) = [each async for each in owner.get_chat_history(group, limit=1)]
    answer = await owner.request_callback_answer(group, card.id, "take:7")
    assert answer.message == "you pressed take:7" and shop.pressed == ["take:7"]
    query = next(each for each in shop.raw if isinstance(each, raw.types.UpdateBotCallbackQuery))
    assert isinstance(query.peer, raw.types.PeerChat) and -query.peer.chat_id == group
    assert owner.me is not None and query.user_id == owner.me.id
    with pytest.raises(MessageIdInvalid):  # whoever is not in it has no such message
        await buyer.request_callback_answer(group, card.id, "take:7")


async def test_who_is_taken_out_writes_no_more(shop: TinyShop, owner: Client) -> None:
    changes: list[types.ChatMemberUpdated] = []

    async def note(_client: Client, update: types.ChatMemberUpdated) -> None:
        changes.append(update)

    shop.client.add_handler(ChatMemberUpdatedHandler(note))
    group = await group_of(owner)
    await until(lambda: len(changes) == 1, "the bot has come")
    await shop.client.send_message(group, "here I am")
    await owner.ban_chat_member(group, BOT.username)
    await until(lambda: len(changes) == 2, "the bot was taken out")
    assert changes[1].new_chat_member is None and changes[1].old_chat_member is not None
    await until(lambda: "MessageActionChatDeleteUser" in said_in(shop, group), "its last message")
    with pytest.raises(ChatWriteForbidden):
        await shop.client.send_message(group, "and now?")
    with pytest.raises(UserNotParticipant):
        await owner.ban_chat_member(group, BOT.username)
    await owner.add_chat_members(group, BOT.username)
    assert await shop.client.send_message(group, "again")
    with pytest.raises(ChatAdminRequired):
        await shop.client.set_chat_title(group, "Mine")
    await owner.set_chat_title(group, "Staff")
    with pytest.raises(ChatTitleEmpty):
        await owner.set_chat_title(group, " ")
    shown: Any = await shop.client.get_chat(group)
    assert shown.title == "Staff"
    assert await owner.get_chat_members_count(group) == 2


async def test_a_group_becomes_a_supergroup(shop: TinyShop, owner: Client) -> None:
    group = await group_of(owner)
    query: Any = raw.functions.messages.MigrateChat
    with pytest.raises(ChatAdminRequired):
        await call(shop.client, query(chat_id=-group))
    await call(owner, query(chat_id=-group))

    def moved() -> list[Any]:
        return [
            update.message
            for update in shop.raw
            if isinstance(getattr(update, "message", None), raw.types.MessageService)
            and isinstance(
                update.message.action,
                raw.types.MessageActionChatMigrateTo | raw.types.MessageActionChannelMigrateFrom,
            )
        ]

    await until(lambda: len(moved()) == 2, "both messages")
    left, came = moved()
    assert left.action.channel_id == came.peer_id.channel_id
    assert came.action.chat_id == left.peer_id.chat_id == -group
    supergroup = -1_000_000_000_000 - left.action.channel_id
    with pytest.raises(PeerIdInvalid):
        await shop.client.send_message(group, "late")
    with pytest.raises(ChatIdInvalid):
        await owner.add_chat_members(group, "me")
    assert await shop.client.send_message(supergroup, "on we go")
    shown: Any = await owner.get_chat(supergroup)
    assert shown.type is enums.ChatType.SUPERGROUP
    assert await owner.toggle_forum_topics(supergroup, is_forum=True)
    topic = await owner.create_forum_topic(supergroup, "Orders")
    assert topic.id is not None
    assert await shop.client.send_message(supergroup, "paid", message_thread_id=topic.id)
    await owner.delete_forum_topic(supergroup, topic.id)
    with pytest.raises(Exception, match="TOPIC_DELETED"):
        await shop.client.send_message(supergroup, "lost", message_thread_id=topic.id)


async def test_a_bot_that_was_away_learns_of_the_group(
    simulator: Simulator, shop: TinyShop, owner: Client
) -> None:
    group = await group_of(owner)
    await until(lambda: said_in(shop, group), "the group")
    await owner.send_message(group, "/staff ONE")
    await until(lambda: "/staff ONE" in said_in(shop, group), "the first")
    query = "SELECT pts FROM accounts WHERE id = ?"
    (pts,) = simulator.world.db.execute(query, (BOT.id,)).fetchone()
    await owner.send_message(group, "/staff TWO")
    missed = await call(
        shop.client, raw.functions.updates.GetDifference(pts=pts, date=1, qts=10**6)
    )
    texts = [each.message for each in missed.new_messages if each.message != "Welcome"]
    assert texts == ["/staff TWO"]
    assert [each.title for each in missed.chats] == ["Tea staff"]
