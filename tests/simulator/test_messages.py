from io import BytesIO
from typing import Any

import pytest
from pyrogram import Client, raw, types
from pyrogram.errors import MessageNotModified, UserIsBlocked, YouBlockedUser

from simulator.demo import DEMO_BOTS
from tests.simulator.clients import TinyShop, call, keyboard, until

BOT = DEMO_BOTS[0]


async def latest(client: Client, limit: int = 5) -> list[types.Message]:
    history = client.get_chat_history(BOT.username, limit=limit)
    assert history is not None
    return [message async for message in history]


async def incoming(client: Client, count: int = 1) -> list[types.Message]:
    """The newest messages, once the bot has written so many."""

    async def enough() -> list[types.Message]:
        messages = [m for m in await latest(client, 20) if not m.outgoing]
        return messages if len(messages) >= count else []

    found: list[types.Message] = await until(enough, f"{count} messages of the bot's")
    return found


async def test_a_keyboard_is_pressed_answered_and_edited(shop: TinyShop, buyer: Client) -> None:
    await buyer.send_message(BOT.username, "/start ig")
    (welcome,) = await incoming(buyer)
    assert isinstance(welcome.reply_markup, types.InlineKeyboardMarkup)
    button = welcome.reply_markup.inline_keyboard[0][0]
    answer = await buyer.request_callback_answer(BOT.id, welcome.id, str(button.callback_data))
    assert answer.message == "you pressed catalogue:0"
    (edited,) = await incoming(buyer)
    assert (edited.id, edited.text) == (welcome.id, "Products")
    assert edited.edit_date is not None
    assert shop.texts == ["/start ig"]


async def test_a_deep_link_starts_with_its_code(shop: TinyShop, buyer: Client) -> None:
    peer = await buyer.resolve_peer(BOT.username)
    query: Any = raw.functions.messages.StartBot
    await call(buyer, query(bot=peer, peer=peer, random_id=1, start_param="vk"))
    await until(lambda: shop.texts, "the start")
    assert shop.texts == ["/start vk"]


async def test_a_repeated_random_id_is_the_same_message(shop: TinyShop, buyer: Client) -> None:
    assert buyer.me is not None
    await buyer.send_message(BOT.username, "hello")
    await incoming(buyer)
    peer = await shop.client.resolve_peer(buyer.me.id)
    send: Any = raw.functions.messages.SendMessage
    query = send(peer=peer, message="once", random_id=77)
    first, second = await call(shop.client, query), await call(shop.client, query)
    assert first.updates[0].id == second.updates[0].id
    assert first.updates[1].pts == second.updates[1].pts
    texts = [message.text for message in await incoming(buyer, 2)]
    assert texts == ["once", "Welcome"]


async def test_a_reply_points_at_each_sides_own_id(shop: TinyShop, buyer: Client) -> None:
    for number in range(3):  # so that ids of the two boxes differ
        await buyer.send_message(BOT.username, f"message {number}")
    await incoming(buyer, 3)
    question = await buyer.send_message(BOT.username, "a question")
    assert question is not None and buyer.me is not None
    await incoming(buyer, 4)
    theirs = next(
        update.message
        for update in shop.raw
        if isinstance(update, raw.types.UpdateNewMessage)
        and isinstance(update.message, raw.types.Message)
        and update.message.message == "a question"
    )
    await shop.client.send_message(
        buyer.me.id, "an answer", reply_parameters=types.ReplyParameters(message_id=theirs.id)
    )
    newest = (await incoming(buyer, 5))[0]
    assert (newest.text, newest.reply_to_message_id) == ("an answer", question.id)


async def test_an_edit_that_changes_nothing_is_refused(shop: TinyShop, buyer: Client) -> None:
    await buyer.send_message(BOT.username, "hello")
    await incoming(buyer)
    assert buyer.me is not None
    sent = await shop.client.send_message(buyer.me.id, "text", reply_markup=keyboard("a"))
    assert sent is not None
    with pytest.raises(MessageNotModified):
        await sent.edit_text("text", reply_markup=keyboard("a"))
    changed = await sent.edit_text("text", reply_markup=keyboard("b"))
    assert changed.text == "text"


async def test_a_bots_delete_removes_both_copies(shop: TinyShop, buyer: Client) -> None:
    await buyer.send_message(BOT.username, "hello")
    await incoming(buyer)
    assert buyer.me is not None
    sent = await shop.client.send_message(buyer.me.id, "to be deleted")
    assert sent is not None
    await incoming(buyer, 2)
    await sent.delete()
    assert [message.text for message in await latest(buyer)] == ["Welcome", "hello"]


async def test_blocking_is_told_and_respected(shop: TinyShop, buyer: Client) -> None:
    await buyer.send_message(BOT.username, "hello")
    await incoming(buyer)
    assert buyer.me is not None
    await buyer.block_user(BOT.username)
    with pytest.raises(UserIsBlocked):
        await shop.client.send_message(buyer.me.id, "are you there?")
    with pytest.raises(YouBlockedUser):
        await buyer.send_message(BOT.username, "I am not")
    await buyer.unblock_user(BOT.username)
    await shop.client.send_message(buyer.me.id, "welcome back")
    told = await until(
        lambda: [u for u in shop.raw if isinstance(u, raw.types.UpdateBotStopped)][1:],
        "two notes about the block",
    )
    assert [(update.stopped, update.qts) for update in told] == [(False, 2)]


async def test_a_photo_comes_back_as_it_was_sent(shop: TinyShop, buyer: Client) -> None:
    await buyer.send_message(BOT.username, "hello")
    await incoming(buyer)
    assert buyer.me is not None
    picture = bytes(range(256)) * 4000  # more than one part
    file = BytesIO(picture)
    file.name = "tea.jpg"
    sent = await shop.client.send_photo(buyer.me.id, file, caption="Tea")
    assert sent is not None and sent.photo is not None
    # By its file id it is sent again without an upload.
    await shop.client.send_photo(buyer.me.id, sent.photo.file_id)
    for message in (await incoming(buyer, 3))[:2]:
        loaded = await buyer.download_media(message, in_memory=True)
        assert isinstance(loaded, BytesIO)
        assert loaded.getvalue() == picture


async def test_commands_are_kept(shop: TinyShop) -> None:
    commands = [types.BotCommand("start", "Open the shop")]
    await shop.client.set_bot_commands(commands)
    kept = await shop.client.get_bot_commands()
    assert [(each.command, each.description) for each in kept] == [("start", "Open the shop")]
