"""`vitrina link code`: an owner's chat is bound without the panel."""

import pytest

from cli import links
from core.errors import ConfigurationError, Conflict, NotFound
from core.postgres import Connection
from core.settings import Settings
from core.shop import access, owner_chats
from tests.factories import create_bot, create_shop

URL = "https://shop.example"


async def test_a_code_by_command_binds_a_chat_with_the_rights_of_the_link(
    database_url: str, connection: Connection
) -> None:
    settings = Settings(_env_file=None, database_url=database_url)
    shop = await create_shop(connection)
    bot = await create_bot(connection, shop)
    link_id, _ = await access.insert_link(
        connection, label="mine", role="owner", shop_ids=[shop.id]
    )
    code = await links.owner_code(settings, bot.id, link_id, URL)
    assert await owner_chats.bind(connection, bot.id, code, telegram_id=501, name="Анна")
    (chat,) = await owner_chats.of_bot(connection, bot.id)
    assert (chat.link_id, chat.shop_ids) == (link_id, [shop.id])
    for address in ("shop.example", "javascript:alert(1)", "https://x/y", ""):
        with pytest.raises(ConfigurationError, match="--panel"):
            await links.owner_code(settings, bot.id, link_id, address)


async def test_no_code_for_whoever_may_not_decide(
    database_url: str, connection: Connection
) -> None:
    settings = Settings(_env_file=None, database_url=database_url)
    shop, other = await create_shop(connection), await create_shop(connection)
    bot = (await create_bot(connection, shop)).id
    silent = (await create_bot(connection, shop, mode="observed", modules=[])).id
    mine, _ = await access.insert_link(connection, label="mine", role="owner")
    viewer, _ = await access.insert_link(connection, label="his", role="viewer")
    foreign, _ = await access.insert_link(
        connection, label="hers", role="owner", shop_ids=[other.id]
    )
    refused = ((silent, mine), (bot, viewer), (bot, foreign))
    for bot_id, number in refused:
        with pytest.raises(Conflict):
            await links.owner_code(settings, bot_id, number, URL)
    for bot_id, number in ((bot, 9999), (9999, mine)):
        with pytest.raises(NotFound):
            await links.owner_code(settings, bot_id, number, URL)
