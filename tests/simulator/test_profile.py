from typing import Any

import pytest
from pyrogram import Client, raw, types
from pyrogram.errors import BotCommandInvalid

from simulator.demo import DEMO_BOTS
from simulator.simulator import Simulator
from simulator.world import profiles
from tests.simulator.clients import TinyShop, call
from tests.simulator.test_media import file_of, loaded, met

BOT = DEMO_BOTS[0]
PORTRAIT = bytes(range(200)) * 30


async def test_a_bots_photo_is_seen_and_downloaded(shop: TinyShop, buyer: Client) -> None:
    await met(buyer)
    for picture in (b"an older one", PORTRAIT):
        photo = types.InputChatPhotoStatic(file_of(picture, "me.jpg"))
        assert await shop.client.set_profile_photo(photo)
    bot = await buyer.get_users(BOT.username)
    assert isinstance(bot, types.User) and bot.photo is not None
    assert await loaded(buyer, bot.photo.big_file_id) == PORTRAIT
    me = await shop.client.get_chat("me")
    assert me is not None and me.photo is not None
    assert await loaded(shop.client, me.photo) == PORTRAIT
    photos = buyer.get_chat_photos(BOT.username)
    assert photos is not None
    found = [photo async for photo in photos]
    assert [await loaded(buyer, each) for each in found] == [PORTRAIT, b"an older one"]


async def test_name_and_descriptions_are_changed(shop: TinyShop, buyer: Client) -> None:
    bot = shop.client
    await bot.set_bot_name("Tea and more")
    await bot.set_bot_info_description("We sell tea.")
    await bot.set_bot_info_short_description("Tea")
    assert await bot.get_bot_name() == "Tea and more"
    assert await bot.get_bot_info_description() == "We sell tea."
    assert await bot.get_bot_info_short_description() == "Tea"
    seen = await buyer.get_chat(BOT.username)
    assert seen is not None and (seen.first_name, seen.bio) == ("Tea and more", "Tea")
    query: Any = raw.functions.users.GetFullUser
    full = await call(buyer, query(id=await buyer.resolve_peer(BOT.username)))
    assert full.full_user.bot_info.description == "We sell tea."


async def test_the_menu_button_is_kept(shop: TinyShop) -> None:
    bot = shop.client
    assert isinstance(await bot.get_chat_menu_button(), types.MenuButtonDefault)
    button: Any = types.MenuButtonCommands
    await bot.set_chat_menu_button(menu_button=button())
    assert isinstance(await bot.get_chat_menu_button(), types.MenuButtonCommands)


async def test_commands_are_checked_reset_and_shown(shop: TinyShop, buyer: Client) -> None:
    bot = shop.client
    with pytest.raises(BotCommandInvalid):
        await bot.set_bot_commands([types.BotCommand("Not Good", "x")])
    await bot.set_bot_commands([types.BotCommand("shop", "Open the shop")])
    query: Any = raw.functions.users.GetFullUser
    full = await call(buyer, query(id=await buyer.resolve_peer(BOT.username)))
    assert [each.command for each in full.full_user.bot_info.commands] == ["shop"]
    await bot.delete_bot_commands()
    assert not await bot.get_bot_commands()


async def test_a_private_chat_shows_the_commands_of_the_narrowest_list(
    shop: TinyShop, simulator: Simulator
) -> None:
    bot, world = shop.client, simulator.world
    scope: Any = types.BotCommandScopeAllPrivateChats
    private = scope()

    def shown(language: str) -> list[str]:
        found = profiles.commands_shown(world.db, BOT.id, language)
        return [each.command for each in found]

    for name, options in (
        ("all", {}),
        ("english", {"language_code": "en"}),
        ("private", {"scope": private}),
    ):
        await bot.set_bot_commands([types.BotCommand(name, "x")], **options)
    assert (shown("en"), shown("ru")) == (["private"], ["private"])
    await bot.delete_bot_commands(scope=private)
    assert (shown("en"), shown("ru")) == (["english"], ["all"])
    assert [each.command for each in await bot.get_bot_commands(language_code="en")] == ["english"]
