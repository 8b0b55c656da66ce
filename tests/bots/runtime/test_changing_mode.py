"""A running bot becomes one that only counts, and back, by a shop template."""

import pytest

from bots.sdk.shop_templates import ShopTemplates, apply
from core.modules import Modules
from core.postgres import Pool
from core.shop.bot_modules import Author
from core.shop.bots import Bot
from simulator.world import profiles
from tests.bots.runtime.conftest import Stage, until
from tests.factories import KEYS, create_shop

pytestmark = pytest.mark.usefixtures("quiet")


async def take(pool: Pool, bot: Bot, template: str) -> None:
    known, chosen = Modules.discover(), ShopTemplates.discover().get(template)
    async with pool.acquire() as connection, connection.transaction():
        await apply(connection, known, KEYS, bot.id, chosen, Author())


async def test_statistics_only_answers_nothing_and_counts(stage: Stage, pool: Pool) -> None:
    async with pool.acquire() as connection:
        shop = await create_shop(connection, contact="@tea_shop")
    bot = await stage.bot(shop, modules=["menu"])
    await stage.worker()
    await stage.runs(bot)
    anna = stage.telegram.person()

    def listed() -> bool:
        shown = profiles.commands_shown(stage.telegram.world.db, bot.id, "en")
        return "paysupport" in [each.command for each in shown]

    async def started(count: int) -> bool:
        return await stage.count("bot_started") == count

    async def answered(count: int) -> bool:
        return len(stage.telegram.heard(anna, bot)) == count

    async def has_commands() -> bool:
        return listed()

    async def has_none() -> bool:
        return not listed()

    stage.telegram.say(anna, bot, "/start")
    await until(lambda: answered(1), "the menu is there")
    await until(has_commands, "its commands are listed")

    await take(pool, bot, "statistics")
    await until(has_none, "its commands are taken back")
    stage.telegram.say(anna, bot, "/start")
    stage.telegram.say(anna, bot, "/help")
    await until(lambda: started(2), "the second start is counted")
    assert await answered(1)

    await take(pool, bot, "physical")
    await until(has_commands, "it answers again")
    stage.telegram.say(anna, bot, "/start")
    await until(lambda: answered(2), "the menu is there again")
    assert await stage.count("bot_started") == 3
