import re
from pathlib import Path
from typing import Any

import pytest
from pyrogram import Client, types
from pyrogram.errors import AccessTokenInvalid, AuthKeyUnregistered

from simulator.simulator import Simulator
from tests.simulator.clients import client_of, started

TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{35}")


async def said(client: Client, text: str) -> types.Message:
    """BotFather's answer to a message."""
    mine = await client.send_message("BotFather", text)
    assert mine is not None
    history = client.get_chat_history("BotFather", limit=1)
    assert history is not None
    (answer,) = [message async for message in history]
    assert answer.id > mine.id
    return answer


async def token_in(client: Client, text: str) -> str:
    found = TOKEN.search(str((await said(client, text)).text))
    assert found is not None
    return found[0]


async def make_bot(client: Client, username: str) -> str:
    await said(client, "/newbot")
    await said(client, "My shop")
    return await token_in(client, username)


async def test_a_new_bot_signs_in_with_its_token(
    simulator: Simulator, data_dir: Path, buyer: Client
) -> None:
    assert "/newbot" in str((await said(buyer, "/start")).text)
    assert "name for your bot" in str((await said(buyer, "/newbot")).text)
    assert "username for your bot" in str((await said(buyer, "My shop")).text)
    assert "must end in 'bot'" in str((await said(buyer, "my_shop")).text)
    assert "invalid" in str((await said(buyer, "1bot")).text)
    assert "taken" in str((await said(buyer, "demo_tea_bot")).text)
    token = await token_in(buyer, "my_shop_bot")
    async with started(client_of(simulator.port, data_dir, bot_token=token)) as bot:
        assert bot.me is not None
        assert (bot.me.username, bot.me.first_name) == ("my_shop_bot", "My shop")
    assert "@my_shop_bot" in str((await said(buyer, "/mybots")).text)
    assert await token_in(buyer, "/token @my_shop_bot") == token


async def test_a_revoked_token_ends_the_bots_sessions(
    simulator: Simulator, data_dir: Path, buyer: Client
) -> None:
    old = await make_bot(buyer, "my_shop_bot")
    client = client_of(simulator.port, data_dir, bot_token=old)
    await client.start()
    asked = await said(buyer, "/revoke")
    assert isinstance(asked.reply_markup, types.ReplyKeyboardMarkup)
    new = await token_in(buyer, "@my_shop_bot")
    assert new != old
    with pytest.raises(AuthKeyUnregistered):
        await client.get_me()
    session: Any = client.session
    await session.stop()  # `stop` would ask once more
    with pytest.raises(AccessTokenInvalid):
        await client_of(simulator.port, data_dir, bot_token=old).start()
    async with started(client_of(simulator.port, data_dir, bot_token=new)) as bot:
        assert bot.me is not None and bot.me.username == "my_shop_bot"


async def test_nobody_gets_the_token_of_anothers_bot(buyer: Client) -> None:
    assert "no bots" in str((await said(buyer, "/token")).text)
    assert "Invalid bot" in str((await said(buyer, "/token @demo_tea_bot")).text)
    assert "Unrecognized" in str((await said(buyer, "/nonsense")).text)
