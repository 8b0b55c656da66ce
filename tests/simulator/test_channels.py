from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pyrogram import Client, enums, raw, types
from pyrogram.errors import (
    ChannelPrivate,
    ChatAdminRequired,
    ChatWriteForbidden,
    MessageDeleteForbidden,
    PersistentTimestampInvalid,
    UserAlreadyParticipant,
    UserNotParticipant,
)
from pyrogram.handlers import ChatMemberUpdatedHandler, EditedMessageHandler

from simulator.demo import DEMO_BOTS
from simulator.simulator import Simulator
from tests.simulator.clients import TinyShop, call, keyboard, person, until

BOT = DEMO_BOTS[0]
RIGHTS = types.ChatAdministratorRights(
    can_post_messages=True, can_delete_messages=True, can_restrict_members=True
)


@pytest.fixture(name="owner")
async def channels_owner(simulator: Simulator, data_dir: Path) -> AsyncIterator[Client]:
    async with person(simulator.port, data_dir, "+79990000009") as client:
        yield client


@pytest.fixture(name="changes")
def members_changes(shop: TinyShop) -> list[types.ChatMemberUpdated]:
    """What the bot hears of members, itself among them."""
    heard: list[types.ChatMemberUpdated] = []

    async def note(_client: Client, update: types.ChatMemberUpdated) -> None:
        heard.append(update)

    shop.client.add_handler(ChatMemberUpdatedHandler(note))
    return heard


async def channel_of(owner: Client, name: str = "tea_news") -> int:
    channel = await owner.create_channel("Tea news", "What is new")
    assert channel.id is not None
    await owner.set_chat_username(channel.id, name)
    return channel.id


async def group_of(owner: Client, name: str = "tea_friends") -> int:
    group = await owner.create_supergroup("Tea friends")
    assert group.id is not None
    await owner.set_chat_username(group.id, name)
    return group.id


def texts_in(shop: TinyShop, chat_id: int) -> list[str]:
    """What the bot was told of a channel's or group's messages."""
    return [
        update.message.message
        for update in shop.raw
        if isinstance(update, raw.types.UpdateNewChannelMessage)
        and isinstance(update.message, raw.types.Message)
        and isinstance(update.message.peer_id, raw.types.PeerChannel)
        and update.message.peer_id.channel_id == -1_000_000_000_000 - chat_id
    ]


def statuses(changes: list[types.ChatMemberUpdated]) -> set[tuple[Any, Any]]:
    """From what to what."""

    def status(member: types.ChatMember | None) -> Any:
        return member.status if member else None

    return {(status(each.old_chat_member), status(each.new_chat_member)) for each in changes}


async def test_the_gate_knows_who_has_subscribed(
    owner: Client, shop: TinyShop, buyer: Client, changes: list[Any]
) -> None:
    channel = await channel_of(owner)
    assert buyer.me is not None
    await buyer.send_message(BOT.username, "hello")
    await until(lambda: shop.texts, "the greeting")
    with pytest.raises(ChatAdminRequired):
        await shop.client.get_chat_member("tea_news", buyer.me.id)
    await owner.promote_chat_member(channel, BOT.username, RIGHTS)
    with pytest.raises(UserNotParticipant):
        await shop.client.get_chat_member("tea_news", buyer.me.id)
    await buyer.join_chat("tea_news")
    member = await shop.client.get_chat_member("tea_news", buyer.me.id)
    assert member.status is enums.ChatMemberStatus.MEMBER
    with pytest.raises(UserAlreadyParticipant):
        await buyer.join_chat("tea_news")
    await buyer.leave_chat("tea_news")
    with pytest.raises(UserNotParticipant):
        await shop.client.get_chat_member("tea_news", buyer.me.id)
    await until(lambda: len(changes) == 3, "promotion, join and departure")
    status = enums.ChatMemberStatus
    assert statuses(changes) == {
        (None, status.ADMINISTRATOR),
        (None, status.MEMBER),
        (status.MEMBER, None),
    }


async def test_a_banned_person_stays_out_until_pardoned(
    owner: Client, shop: TinyShop, buyer: Client
) -> None:
    channel = await channel_of(owner)
    await owner.promote_chat_member(channel, BOT.username, RIGHTS)
    assert buyer.me is not None
    await buyer.join_chat("tea_news")
    me = buyer.me.id
    await until(lambda: any(getattr(u, "user_id", 0) == me for u in shop.raw), "the join")
    await shop.client.ban_chat_member("tea_news", me)
    with pytest.raises(ChannelPrivate):
        await buyer.join_chat("tea_news")
    assert (
        await shop.client.get_chat_member("tea_news", me)
    ).status is enums.ChatMemberStatus.BANNED
    await shop.client.unban_chat_member("tea_news", me)
    await buyer.join_chat("tea_news")


async def test_posts_reach_the_subscribers_and_only_editors_write(
    owner: Client, shop: TinyShop, buyer: Client
) -> None:
    channel = await channel_of(owner)
    await buyer.join_chat("tea_news")
    with pytest.raises(ChatWriteForbidden):
        await buyer.send_message("tea_news", "may I?")
    with pytest.raises(ChatWriteForbidden):
        await shop.client.send_message("tea_news", "may I?")
    await owner.promote_chat_member(channel, BOT.username, RIGHTS)
    edits: list[types.Message] = []

    async def note(_client: Client, message: types.Message) -> None:
        edits.append(message)

    buyer.add_handler(EditedMessageHandler(note))
    sent = await shop.client.send_message("tea_news", "new tea", reply_markup=keyboard("more"))
    assert sent is not None and sent.outgoing
    (post,) = await posts(buyer, 1)
    assert (post.text, post.id, post.from_user) == ("new tea", sent.id, None)
    answer = await buyer.request_callback_answer("tea_news", post.id, "more")
    assert answer.message == "you pressed more"
    await sent.edit_text("newer tea")
    await until(lambda: edits, "the edit")
    assert edits[0].text == "newer tea"
    with pytest.raises(MessageDeleteForbidden):
        await buyer.delete_messages("tea_news", sent.id)
    await owner.send_message(channel, "from me")
    await until(lambda: "from me" in texts_in(shop, channel), "the owner's post")
    await sent.delete()
    left = [message.text for message in await posts(buyer, 1)]
    assert "from me" in left and "newer tea" not in left


async def posts(client: Client, count: int, chat: str = "tea_news") -> list[types.Message]:
    async def enough() -> list[types.Message]:
        history = client.get_chat_history(chat, limit=20)
        assert history is not None
        found = [message async for message in history if message.text]
        return found if len(found) >= count else []

    found: list[types.Message] = await until(enough, f"{count} posts")
    return found


async def test_a_bot_in_a_group_hears_what_is_meant_for_it(
    owner: Client, shop: TinyShop, buyer: Client, changes: list[Any]
) -> None:
    group = await group_of(owner)
    await buyer.join_chat("tea_friends")
    await owner.add_chat_members(group, BOT.username)
    await until(lambda: changes, "being added")
    assert changes[0].new_chat_member.status is enums.ChatMemberStatus.MEMBER
    reply = await shop.client.send_message(group, "I am here")
    assert reply is not None
    for text in ("just talk", "/help", "/help@other_bot", f"hi @{BOT.username}"):
        await buyer.send_message("tea_friends", text)
    await buyer.send_message(
        "tea_friends", "an answer", reply_parameters=types.ReplyParameters(message_id=reply.id)
    )
    await until(lambda: "an answer" in texts_in(shop, group), "the answer")
    assert texts_in(shop, group) == ["/help", f"hi @{BOT.username}", "an answer"]
    await owner.promote_chat_member(group, BOT.username, RIGHTS)
    await buyer.send_message("tea_friends", "more talk")
    await until(lambda: "more talk" in texts_in(shop, group), "all that is said")
    await owner.promote_chat_member(
        group,
        BOT.username,
        types.ChatAdministratorRights(can_manage_chat=False),
    )
    await owner.ban_chat_member(group, BOT.username)
    await until(lambda: len(changes) == 4, "being thrown out")
    status = enums.ChatMemberStatus
    assert statuses(changes) == {
        (None, status.MEMBER),
        (status.MEMBER, status.ADMINISTRATOR),
        (status.ADMINISTRATOR, status.MEMBER),
        (status.MEMBER, status.BANNED),
    }
    with pytest.raises(ChannelPrivate):
        query: Any = raw.functions.channels.GetFullChannel
        await owner.set_chat_username(group, None)
        await call(shop.client, query(channel=await shop.client.resolve_peer(group)))


async def test_members_are_listed(owner: Client, shop: TinyShop, buyer: Client) -> None:
    group = await group_of(owner)
    await buyer.join_chat("tea_friends")
    await owner.add_chat_members(group, BOT.username)
    await until(lambda: texts_in(shop, group) or shop.raw, "the bot's coming")
    listed = shop.client.get_chat_members(group)
    found = [member.user.id async for member in listed if member.user]
    assert owner.me is not None and buyer.me is not None
    assert sorted(found) == sorted([owner.me.id, buyer.me.id, BOT.id])
    chat = await buyer.get_chat("tea_friends")
    assert chat is not None
    assert (chat.members_count, chat.type) == (3, enums.ChatType.SUPERGROUP)


async def test_what_was_missed_of_a_channel_comes_by_its_own_difference(
    owner: Client, shop: TinyShop, buyer: Client
) -> None:
    group = await group_of(owner)
    await buyer.join_chat("tea_friends")
    await owner.add_chat_members(group, BOT.username)
    await until(lambda: shop.raw, "being added")
    query: Any = raw.functions.updates.GetChannelDifference

    async def missed(client: Client, pts: int, limit: int = 100) -> Any:
        peer = await client.resolve_peer(group)
        every = raw.types.ChannelMessagesFilterEmpty()
        return await call(client, query(channel=peer, filter=every, pts=pts, limit=limit))

    now = (await missed(owner, 1)).pts
    assert isinstance(await missed(owner, now), raw.types.updates.ChannelDifferenceEmpty)
    for text in ("one", "/two", "three"):
        await owner.send_message(group, text)
    first = await missed(buyer, now, limit=2)
    assert len(first.new_messages) == 2
    assert (first.pts, bool(first.final)) == (now + 2, False)
    rest = await missed(buyer, first.pts)
    texts = [each.message for each in [*first.new_messages, *rest.new_messages] if not each.out]
    assert [text for text in texts if text != "Welcome"] == ["one", "/two", "three"]
    mine = (await missed(owner, now)).new_messages
    assert [each.message for each in mine if each.out] == ["one", "/two", "three"]
    heard = await missed(shop.client, now)
    assert [each.message for each in heard.new_messages if not each.out] == ["/two"]
    assert heard.pts >= now + 3
    with pytest.raises(PersistentTimestampInvalid):
        await missed(owner, 10_000)
