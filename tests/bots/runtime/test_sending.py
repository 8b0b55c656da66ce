"""Durable messages arrive exactly once and in order, whatever is killed in between."""

import pytest

from bots.runtime.client import BotClient
from bots.runtime.sending import Outgoing, due_bots, mark_sent
from bots.sdk.replies import DURABLE, SendText, Text
from core.postgres import Pool
from core.shop.bots import Bot
from simulator.world import blocks
from simulator.world.accounts import Account
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

    async def crash_first(pool: Pool, outgoing: Outgoing, message_id: int | None) -> bool:
        tries.append(outgoing.random_id)
        if len(tries) <= 2:
            raise ConnectionResetError("PostgreSQL went away")
        return await mark_sent(pool, outgoing, message_id)

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


async def queue_each(stage: Stage, bot: Bot, people: list[Account], purpose: str) -> None:
    """One message each, as a broadcast writes them."""
    await stage.pool.executemany(
        "INSERT INTO outgoing (bot_id, chat_id, random_id, purpose, message) "
        "VALUES ($1, $2, $3, $4, $5)",
        [
            (
                bot.id,
                person.id,
                abs(hash((person.id, purpose))) % 2**62,
                purpose,
                DURABLE.dump_python(SendText(text=Text(plain=purpose)), mode="json"),
            )
            for person in people
        ],
    )


async def test_a_broadcast_meets_no_limit_and_lets_receipts_pass(stage: Stage) -> None:
    bot = await stage.bot()
    people = [stage.telegram.person(f"Anna {number}") for number in range(80)]
    boris = stage.telegram.person("Boris")
    await queue_each(stage, bot, people, "broadcast:1")
    await stage.worker()

    async def has_begun() -> bool:
        return "sent" in await states(stage)

    await until(has_begun, "the broadcast has begun")
    await queue_each(stage, bot, [boris], "receipt")
    await all_sent(stage)
    rows = await stage.pool.fetch("SELECT purpose, sent_at FROM outgoing ORDER BY sent_at")
    assert rows[-1]["purpose"] == "broadcast:1"
    took = (rows[-1]["sent_at"] - rows[0]["sent_at"]).total_seconds()
    assert took > 2.2  # 25 a second at most
    assert (await stage.telegram.ask("stats"))["refused_by_limits"] == 0
    assert [stage.telegram.heard(person, bot) for person in people] == [["broadcast:1"]] * 80


async def test_what_others_leave_and_what_was_put_off_is_found(stage: Stage) -> None:
    """A panel or another worker wakes nobody here."""
    bot, other = await stage.bot(), await stage.bot()
    anna = stage.telegram.person()
    async with stage.working():
        await stage.runs(bot)
        await stage.runs(other)
        await queue(stage, bot, anna, "now")
        await all_sent(stage)
        await queue(stage, bot, anna, "later")
        await stage.pool.execute(
            "UPDATE outgoing SET not_before = now() + interval '1 s' WHERE state = 'pending'"
        )
        await all_sent(stage)
    assert stage.telegram.heard(anna, bot) == ["now", "later"]
    await stage.pool.execute("UPDATE outgoing SET state = 'pending'")
    assert await due_bots(stage.pool, [bot.id, other.id]) == [bot.id]
    assert await due_bots(stage.pool, [other.id]) == []
    assert await due_bots(stage.pool, []) == []
    await stage.pool.execute("UPDATE outgoing SET not_before = now() + interval '1 hour'")
    assert await due_bots(stage.pool, [bot.id, other.id]) == []


async def test_lost_answers_double_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    defaults = BotClient.call.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "seconds", 1.0)
    bot = await stage.bot()
    people = [stage.telegram.person(f"Anna {number}") for number in range(8)]
    await stage.telegram.ask(
        "lose_answers", method="messages.sendMessage", share=1.0, times=4, cut=True
    )
    await queue_each(stage, bot, people, "goods")
    await stage.worker()
    await all_sent(stage)
    assert [stage.telegram.heard(person, bot) for person in people] == [["goods"]] * 8
    assert await states(stage) == ["sent"] * 8


async def test_a_long_flood_wait_is_the_bots_and_outlives_its_worker(stage: Stage) -> None:
    bot = await stage.bot()
    anna, boris = stage.telegram.person(), stage.telegram.person("Boris")
    await stage.telegram.ask("flood_wait", method="messages.sendMessage", seconds=3600, times=1)
    await queue(stage, bot, anna, "one")

    async def waits() -> bool:
        return bool(await stage.pool.fetchval("SELECT error = 'flood_wait:bot' FROM outgoing"))

    async with stage.working("w1"):
        await until(waits, "the flood wait is noted")
    await queue(stage, bot, boris, "two")
    async with stage.working("w2"):
        await stage.runs(bot)
        stage.telegram.say(boris, bot, "hello")  # its answer has to wait as well

        async def is_handled() -> bool:
            return await stage.count("update_handled") == 1

        await until(is_handled, "a handler is not held up")
        assert await states(stage) == ["pending", "pending"]
        assert stage.telegram.heard(boris, bot) == []
        # The flood wait itself; the reply that waits too long for it may have been noted as well.
        assert await stage.count("api_call_failed") in (1, 2)


async def test_what_cannot_be_delivered_is_an_event(stage: Stage) -> None:
    bot = await stage.bot()
    await stage.pool.execute(
        "INSERT INTO outgoing (bot_id, chat_id, random_id, purpose, message) "
        "VALUES ($1, 5, 6, 'goods', '{\"kind\": \"no_such\"}')",
        bot.id,
    )
    await stage.worker()
    await all_sent(stage)
    assert await states(stage) == ["failed"]
    row = await stage.pool.fetchrow("SELECT * FROM outbox WHERE event = 'api_call_failed'")
    assert row is not None and row["outcome"] == "failed"
    assert '"purpose":"goods"' in row["props"]


async def test_an_observed_bot_only_reads(stage: Stage) -> None:
    bot = await stage.bot(mode="observed")
    anna = stage.telegram.person()
    await stage.worker()
    await stage.runs(bot)
    for text in ("/start flyer", "hello", "/help"):
        stage.telegram.say(anna, bot, text)

    async def are_counted() -> bool:
        return await stage.count("update_handled") == 3

    await until(are_counted, "all are counted")
    calls = (await stage.telegram.ask("stats"))["calls"]
    reads = {
        "auth.importBotAuthorization",
        "help.getConfig",
        "updates.getState",
        "updates.getDifference",
        "upload.getFile",
        "users.getUsers",
        "users.getFullUser",
    }
    assert set(calls) <= reads, calls
    assert stage.telegram.heard(anna, bot) == []
