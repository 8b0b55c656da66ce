"""A bot's modules: which can be on together, who changed what, no change overwritten unseen."""

import asyncio

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from core import postgres
from core.errors import ChangedMeanwhile
from core.events import Bilingual
from core.module_settings import Secret, Vault
from core.modules import Manifest, ModuleNotFound, Modules
from core.postgres import BOTS_CHANNEL, Connection
from core.shop import bot_modules, bots
from core.shop.bot_modules import Author, ModuleNeeded, ModuleNeeds
from tests import patience
from tests.factories import KEYS, create_bot, create_shop

NAME = Bilingual("а", "a")
OWNER = Author("owner", 7)


class GiftSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    most: int = 1
    token: Secret | None = None


def manifest(key: str, *requires: str) -> Manifest:
    return Manifest(key, NAME, NAME, GiftSettings, requires=requires)


KNOWN = Modules(
    "made.up",
    {
        each.key: each
        for each in (
            manifest("stock"),
            manifest("cart", "stock"),
            manifest("promo", "cart"),
            manifest("menu"),
        )
    },
)


async def made_bot(connection: Connection, *modules: str) -> int:
    bot = await create_bot(connection, await create_shop(connection), modules=list(modules))
    return bot.id


async def on(connection: Connection, bot_id: int) -> list[str]:
    return (await bots.get(connection, bot_id)).modules


async def test_what_is_required_comes_with_it_or_it_is_refused(connection: Connection) -> None:
    bot_id = await made_bot(connection, "menu")
    with pytest.raises(ModuleNeeds, match="promo needs stock, cart"):
        await bot_modules.switch_on(connection, KNOWN, bot_id, "promo", OWNER)
    switched = await bot_modules.switch_on(
        connection, KNOWN, bot_id, "promo", OWNER, with_required=True
    )
    assert switched == ["stock", "cart", "promo"]
    assert await on(connection, bot_id) == ["menu", "stock", "cart", "promo"]
    assert await bot_modules.switch_on(connection, KNOWN, bot_id, "promo", OWNER) == []
    with pytest.raises(ModuleNotFound):
        await bot_modules.switch_on(connection, KNOWN, bot_id, "nothing", OWNER)


async def test_what_others_need_goes_with_them_or_stays(connection: Connection) -> None:
    bot_id = await made_bot(connection, "menu", "stock", "cart", "promo")
    with pytest.raises(ModuleNeeded, match="cart, promo cannot work without stock"):
        await bot_modules.switch_off(connection, KNOWN, bot_id, "stock", OWNER)
    gone = await bot_modules.switch_off(
        connection, KNOWN, bot_id, "stock", OWNER, with_requiring=True
    )
    assert gone == ["cart", "promo", "stock"]
    assert await on(connection, bot_id) == ["menu"]


async def test_settings_survive_being_off_and_are_kept_with_who_wrote_them(
    connection: Connection,
) -> None:
    bot_id = await made_bot(connection, "menu", "stock")
    vault = Vault(bot_id, "stock", KEYS)
    token = "a-secret-of-20-chars"
    first = await bot_modules.write_settings(
        connection, manifest("stock"), vault, {"most": 2, "token": token}, OWNER, seen_version=1
    )
    await bot_modules.switch_off(connection, KNOWN, bot_id, "stock", OWNER)
    await bot_modules.switch_on(connection, KNOWN, bot_id, "stock", OWNER)
    row = await bot_modules.get(connection, bot_id, "stock")
    assert row and row.settings == first.settings and row.version == 4
    changes = await bot_modules.history(connection, bot_id, "stock")
    assert [(change.version, change.action, change.changed_by) for change in changes] == [
        (4, "switched_on", "owner"),
        (3, "switched_off", "owner"),
        (2, "settings", "owner"),
        (1, "begun", ""),
    ]
    assert token not in str(await connection.fetch("SELECT * FROM bot_module_changes"))


async def test_a_change_is_undone_by_a_version_of_its_own(connection: Connection) -> None:
    bot_id = await made_bot(connection, "stock")
    vault = Vault(bot_id, "stock", KEYS)
    for seen, most in ((1, 5), (2, 6)):
        await bot_modules.write_settings(
            connection, manifest("stock"), vault, {"most": most}, OWNER, seen_version=seen
        )
    for version, settings in ((2, {"most": 5}), (1, {})):
        row = await bot_modules.get(connection, bot_id, "stock")
        assert row is not None
        back = await bot_modules.restore(
            connection, manifest("stock"), vault, version, OWNER, seen_version=row.version
        )
        assert back.settings == settings
    newest = (await bot_modules.history(connection, bot_id, "stock"))[0]
    assert (newest.version, newest.action, newest.restored_version) == (5, "restored", 1)
    with pytest.raises(ModuleNotFound, match="no version 99"):
        await bot_modules.restore(connection, manifest("stock"), vault, 99, OWNER, seen_version=5)


async def test_what_was_seen_before_anothers_change_is_not_written(connection: Connection) -> None:
    bot_id = await made_bot(connection, "stock")
    vault = Vault(bot_id, "stock", KEYS)
    write = bot_modules.write_settings
    await write(connection, manifest("stock"), vault, {"most": 5}, OWNER, seen_version=1)
    with pytest.raises(ChangedMeanwhile):
        await write(connection, manifest("stock"), vault, {"most": 6}, OWNER, seen_version=1)
    with pytest.raises(ValidationError):
        await write(connection, manifest("stock"), vault, {"most": "x"}, OWNER, seen_version=2)
    row = await bot_modules.get(connection, bot_id, "stock")
    assert row and row.settings == {"most": 5}


async def test_one_that_was_never_on_may_be_set_before(connection: Connection) -> None:
    bot_id = await made_bot(connection, "menu")
    vault = Vault(bot_id, "stock", KEYS)
    row = await bot_modules.write_settings(
        connection, manifest("stock"), vault, {"most": 5}, OWNER, seen_version=0
    )
    assert (row.enabled, row.version) == (False, 2)
    assert await on(connection, bot_id) == ["menu"]


async def test_a_bot_that_comes_back_keeps_its_settings_in_its_own_shop_alone(
    connection: Connection,
) -> None:
    shop = await create_shop(connection)
    bot = await create_bot(connection, shop, modules=["stock", "menu"])
    vault = Vault(bot.id, "stock", KEYS)
    await bot_modules.write_settings(
        connection, manifest("stock"), vault, {"most": 5}, OWNER, seen_version=1
    )
    await bots.remove(connection, bot.id)
    back = await create_bot(connection, shop, bot_id=bot.id, modules=["stock"])
    assert back.modules == ["stock"]
    row = await bot_modules.get(connection, bot.id, "stock")
    assert row and row.settings == {"most": 5}
    await bots.remove(connection, bot.id)
    await create_bot(connection, await create_shop(connection), bot_id=bot.id, modules=["stock"])
    row = await bot_modules.get(connection, bot.id, "stock")
    assert row and row.settings == {}
    assert await bot_modules.history(connection, bot.id, "stock") == []


async def test_workers_hear_of_it_when_it_commits(
    connection: Connection, database_url: str
) -> None:
    bot_id = await made_bot(connection, "menu", "stock")
    heard: asyncio.Queue[str] = asyncio.Queue()
    listener = await postgres.connect(database_url)
    await listener.add_listener(BOTS_CHANNEL, lambda *told: heard.put_nowait(told[3]))
    try:
        await bot_modules.order(connection, bot_id, ["stock"])
        assert await on(connection, bot_id) == ["stock", "menu"]
        assert await asyncio.wait_for(heard.get(), patience.SECONDS) == str(bot_id)
    finally:
        await listener.close()
