"""A worker whose PostgreSQL is behind PgBouncer in session mode."""

from contextlib import AsyncExitStack

import pytest

from core import postgres
from local.ports import free_port
from tests.bots.runtime.conftest import WAIT_SECONDS, Stage, Telegram, until
from tests.bots.runtime.test_fleet import is_ready
from tests.ops.pooled import pooling


async def test_a_bot_is_taken_upon_its_notice_and_answers(
    database_url: str, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Longer than the test waits: so it is the notice that the bot is taken upon.
    monkeypatch.setattr("bots.runtime.fleet.POLL_SECONDS", 10 * WAIT_SECONDS)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(pooling(database_url))
        pool = await postgres.open_pool(url, size=3)
        stack.push_async_callback(pool.close)
        stage = Stage(pool, url, telegram, stack)
        port = free_port()
        await stack.enter_async_context(stage.working(health_port=port))
        await until(lambda: is_ready(port), "the worker has looked for bots")
        bot = await stage.bot()
        await stage.runs(bot)
        person = telegram.person()
        telegram.say(person, bot, "/start")

        async def answered() -> bool:
            return bool(telegram.heard(person, bot))

        await until(answered, "the bot answers")
