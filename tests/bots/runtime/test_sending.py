"""Durable messages arrive exactly once and in order, whatever is killed in between."""

import pytest

from bots.runtime.sending import Outgoing, mark_sent
from bots.sdk.replies import DURABLE, SendText, Text
from core.postgres import Pool
from core.shop.bots import Bot
from simulator import blocks
from simulator.accounts import Account
from tests.bots.runtime.conftest import Stage, until


async def queue(stage: Stage, bot: Bot, person: Account, *texts: str) -> None:
    for text in texts:
        await stage.pool.execute(
            "INSERT INTO outgoing (bot_id, chat_id, random_id, purpose, message) "
            "VALUES ($1, $2, $3, 'test', $4)",
            bot.id,
            person.id,
            abs(hash((person.id, text))) % 2**62,
            DURABLE.dump_python(SendText(text=Text(plain=text)), mode="json"),
        )


async def states(stage: Stage) -> list[str]:
    rows = await stage.pool.fetch("SELECT state FROM outgoing ORDER BY id")
    return [row["state"] for row in rows]


async def all_sent(stage: Stage) -> None:
    async def none_waits() -> bool:
        return "pending" not in await states(stage)

    await until(none_waits, "all is sent")


async def test_messages_arrive_in_order(stage: Stage) -> None:
    bot = await stage.bot()
    anna, boris = stage.telegram.person(), stage.telegram.person("Boris")
    await queue(stage, bot, anna, *(str(number) for number in range(10)))
    await queue(stage, bot, boris, "for Boris")
    await stage.worker()
    await all_sent(stage)
    assert stage.telegram.heard(anna, bot) == [str(number) for number in range(10)]
    assert stage.telegram.heard(boris, bot) == ["for Boris"]
    assert await stage.pool.fetchval("SELECT count(message_id) FROM outgoing") == 11


async def test_a_crash_between_sending_and_noting_doubles_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = await stage.bot()
    anna = stage.telegram.person()
    tries: list[int] = []

    async def crash_first(pool: Pool, outgoing: Outgoing, message_id: int | None) -> None:
        tries.append(outgoing.random_id)
        if len(tries) <= 2:
            raise ConnectionResetError("PostgreSQL went away")
        await mark_sent(pool, outgoing, message_id)

    monkeypatch.setattr("bots.runtime.sending.mark_sent", crash_first)
    await queue(stage, bot, anna, "goods")
    await stage.worker()
    await all_sent(stage)
    assert tries == [tries[0]] * 3
    assert stage.telegram.heard(anna, bot) == ["goods"]
    assert await stage.pool.fetchval("SELECT state FROM outgoing") == "sent"


async def test_a_flood_wait_is_kept_and_the_order_too(stage: Stage) -> None:
    bot = await stage.bot()
    anna = stage.telegram.person()
    await stage.telegram.ask("flood_wait", method="messages.sendMessage", seconds=1, times=1)
    await queue(stage, bot, anna, "one", "two")
    await stage.worker()
    await all_sent(stage)
    assert stage.telegram.heard(anna, bot) == ["one", "two"]
    assert await stage.pool.fetchval("SELECT max(attempts) FROM outgoing") == 2


async def test_who_blocked_the_bot_keeps_nobody_waiting(stage: Stage) -> None:
    bot = await stage.bot()
    anna, boris = stage.telegram.person(), stage.telegram.person("Boris")
    world = stage.telegram.world
    with world.change() as change:
        blocks.put(change, anna, world.account(bot.id), stopped=True)
    await queue(stage, bot, anna, "one")
    await queue(stage, bot, boris, "two")
    await stage.worker()
    await all_sent(stage)
    assert await states(stage) == ["failed", "sent"]
    assert await stage.pool.fetchval("SELECT error FROM outgoing ORDER BY id") == "USER_IS_BLOCKED"


async def test_an_observed_bot_sends_nothing(stage: Stage) -> None:
    bot = await stage.bot(mode="observed")
    anna = stage.telegram.person()
    await queue(stage, bot, anna, "one")
    await stage.worker()
    await stage.runs(bot)
    stage.telegram.say(anna, bot, "/start")

    async def is_counted() -> bool:
        return await stage.count("bot_started") == 1

    await until(is_counted, "the start is counted")
    assert await states(stage) == ["pending"]
    assert stage.telegram.heard(anna, bot) == []
