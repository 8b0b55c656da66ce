"""A worker is killed in the middle of a broadcast: everybody has it once, and nobody twice."""

import subprocess
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest

from bots.modules.broadcasts import store
from bots.modules.broadcasts.drafts import BroadcastDraft
from bots.modules.broadcasts.settings import BroadcastsSettings
from core.shop.bots import Bot
from tests.bots.runtime.conftest import Stage, until
from tests.bots.runtime.test_kills import Doomed, doomed_workers

pytestmark = pytest.mark.usefixtures("quiet")
workers_to_kill = doomed_workers
PEOPLE = 4


async def schedule(stage: Stage, bot: Bot) -> None:
    async with stage.pool.acquire() as connection, connection.transaction():
        draft = BroadcastDraft.model_validate({"title": "Tea", "texts": [{"en": "New tea"}]})
        made = await store.create(connection, bot.shop_id, bot.id, draft, "the owner")
        await store.schedule(connection, made, datetime.now(UTC))


async def test_a_worker_is_killed_while_a_message_has_arrived_and_is_not_noted(
    stage: Stage, nursery: "subprocess.Popen[str]"
) -> None:
    bot = await stage.bot(modules=["broadcasts", "menu"])
    at_any_hour = BroadcastsSettings(from_hour=0, until_hour=24).model_dump(mode="json")
    await stage.pool.execute(
        "UPDATE bot_modules SET settings = $1 WHERE module = 'broadcasts'", at_any_hour
    )
    people = [stage.telegram.person(f"P{number}") for number in range(PEOPLE)]
    async with AsyncExitStack() as stack:
        worker = Doomed(stage, nursery, stack)
        await worker.begin("noting a broadcast")
        await stage.runs(bot)
        for person in people:
            stage.telegram.say(person, bot, "/start")

        async def are_known() -> bool:
            query = (
                "SELECT count(*) FROM customers AS c JOIN bot_peers AS k "
                "ON k.peer_id = c.telegram_id WHERE k.bot_id = $1"
            )
            return bool(await stage.pool.fetchval(query, bot.id) == PEOPLE)

        await until(are_known, "the bot knows everybody")
        await schedule(stage, bot)
        await worker.is_inherited()

        async def is_over() -> bool:
            return bool(await stage.pool.fetchval("SELECT state = 'done' FROM broadcasts"))

        await until(is_over, "the broadcast is over")
    for person in people:
        assert sum("New tea" in text for text in stage.telegram.heard(person, bot)) == 1
    states = "SELECT array_agg(state) FROM broadcast_recipients"
    assert await stage.pool.fetchval(states) == ["delivered"] * PEOPLE
