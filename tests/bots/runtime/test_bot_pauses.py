"""A running bot is paused and resumed, and stops and starts with its shop."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bots.sdk.context import Scope
from bots.sdk.jobs import Jobs
from core.events import Bilingual
from core.postgres import Pool
from core.shop import archives, bot_pauses
from tests.bots.runtime.conftest import Stage, until
from tests.bots.runtime.dispatched import a_bot
from tests.bots.runtime.test_jobs import running_jobs
from tests.bots.sdk.modules import NoteSettings, switched_on
from tests.factories import create_shop

pytestmark = pytest.mark.usefixtures("quiet")
SAID = Bilingual("Мы в отпуске.", "We are away.")


async def test_a_bot_says_one_sentence_in_its_pause_and_starts_again_with_its_shop(
    stage: Stage, pool: Pool
) -> None:
    async with pool.acquire() as connection:
        shop = await create_shop(connection, contact="@tea_shop")
    bot = await stage.bot(shop, modules=["menu"])
    await stage.worker()
    await stage.runs(bot)
    anna = stage.telegram.person()

    def heard() -> list[str]:
        return stage.telegram.heard(anna, bot)

    async def answered(count: int) -> bool:
        return len(heard()) >= count

    async with pool.acquire() as connection, connection.transaction():
        await bot_pauses.pause(connection, bot.id, SAID)

    async def says_it() -> bool:
        before = len(heard())
        stage.telegram.say(anna, bot, "/start")
        await until(lambda: answered(before + 1), "an answer")
        return any(word in heard()[-1] for word in (SAID.ru, SAID.en))

    await until(says_it, "the pause has reached the worker")
    async with pool.acquire() as connection, connection.transaction():
        await bot_pauses.resume(connection, bot.id)

    async def says_more() -> bool:
        return not await says_it()

    await until(says_more, "the bot answers again")
    async with pool.acquire() as connection, connection.transaction():
        await archives.archive(connection, shop.id, datetime.now(UTC))

    async def is_state(state: str) -> bool:
        return (await stage.state(bot))[0] == state

    async def is_free() -> bool:
        return not await pool.fetchval("SELECT worker FROM bot_leases WHERE bot_id = $1", bot.id)

    await until(lambda: is_state("stopped"), "it has stopped")
    await until(is_free, "nobody runs it")
    async with pool.acquire() as connection, connection.transaction():
        await archives.restore(connection, shop.id)
    await until(lambda: is_state("running"), "it runs again")
    assert await says_more()


async def test_what_invites_to_buy_rests_in_the_pause_and_nothing_else(pool: Pool) -> None:
    jobs = Jobs[NoteSettings]()
    ran: list[str] = []

    @jobs.every(seconds=1, rests_in_pause=True)
    async def invite(_: Scope[NoteSettings]) -> None:
        ran.append("invite")

    @jobs.every(seconds=1)
    async def deliver(_: Scope[NoteSettings]) -> None:
        ran.append("deliver")

    async def delivered(times: int) -> bool:
        return ran.count("deliver") >= times

    async def invited() -> bool:
        return "invite" in ran

    async with a_bot(pool, [switched_on("a", jobs=jobs)]) as bot:
        config = bot.dispatcher.config
        paused = config.bot.model_copy(update={"paused_at": datetime.now(UTC) - timedelta(1)})
        bot.dispatcher.config = replace(config, bot=paused)
        async with running_jobs(bot):
            await until(lambda: delivered(2), "the other job runs")
            assert "invite" not in ran
            bot.dispatcher.config = config
            await until(invited, "it runs after the pause")
