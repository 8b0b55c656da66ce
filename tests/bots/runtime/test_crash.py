"""A worker is killed as by the kernel; another one does the remaining work, and nothing twice."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from core.clickhouse import open_async_client
from core.settings import Settings
from core.shop.bots import Bot
from pipelines.activity.tables import TABLES as ACTIVITY
from pipelines.figures import asset
from pipelines.kpis.materialise import materialise_day
from pipelines.kpis.tables import FUNNEL_DAY
from simulator.clients.check import buy_once
from tests.bots.runtime.conftest import WAIT_SECONDS, Stage, until
from tests.ingestion.rows import recorded, send

MESSAGES = 30


@asynccontextmanager
async def worker_process(stage: Stage, name: str) -> AsyncIterator[Process]:
    settings = stage.settings()
    assert settings.secret_keys is not None
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "cli",
        "worker",
        "--name",
        name,
        env=os.environ
        | {
            "VITRINA_DATABASE_URL": settings.database_url.get_secret_value(),
            "VITRINA_SECRET_KEYS": settings.secret_keys.get_secret_value(),
            "VITRINA_TELEGRAM_SERVER": settings.telegram_server,
            "VITRINA_TELEGRAM_SERVER_KEY": str(settings.telegram_server_key),
            "VITRINA_ONLINE_FRAUD": settings.online_fraud,
        },
        stderr=DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def received(stage: Stage, number: int) -> None:
    async def are_received() -> bool:
        return await stage.count("message_received") >= number

    await until(are_received, f"{number} messages are handled")


async def test_a_killed_workers_bots_are_taken_over_with_all_that_was_under_way(
    stage: Stage,
) -> None:
    bot: Bot = await stage.bot()
    people = [stage.telegram.person(str(number)) for number in range(5)]
    async with worker_process(stage, "a") as process:
        await stage.runs(bot)
        for number in range(MESSAGES):
            stage.telegram.say(people[number % 5], bot, str(number))
        await received(stage, 3)
        process.kill()
        await process.wait()
    for person in people:
        stage.telegram.say(person, bot, "is anybody there?")
    # As if its time to live had run out.
    epoch = await stage.pool.fetchval(
        "UPDATE bot_leases SET expires_at = now() WHERE worker = 'a' RETURNING epoch"
    )
    async with stage.working("b"):
        await received(stage, MESSAGES + len(people))
    assert await stage.count("message_received") == MESSAGES + len(people)
    assert await stage.pool.fetchval("SELECT epoch FROM bot_leases") == epoch + 1
    calls = (await stage.telegram.ask("stats"))["calls"]
    assert calls["auth.importBotAuthorization"] == 1  # the session went over with the bot


async def test_a_killed_worker_takes_no_step_of_the_funnel_with_it(
    stage: Stage, settings: Settings, clickhouse_url: str
) -> None:
    shop = await stage.shop()
    await stage.pool.execute("UPDATE shops SET timezone = 'UTC'")
    bot = await stage.bot(shop)
    async with worker_process(stage, "a") as process:
        await stage.runs(bot)
        stage.telegram.say(stage.telegram.person(), bot, "/start")

        async def has_started() -> bool:
            return await stage.count("bot_started") == 1

        await until(has_started, "the start is handled")
        process.kill()
        await process.wait()
    await stage.pool.execute("UPDATE bot_leases SET expires_at = now() WHERE worker = 'a'")
    telegram = stage.telegram
    async with stage.working("b"):
        await buy_once(
            telegram.address,
            telegram.key,
            f"test_{bot.id}_bot",
            control_port=telegram.control_port,
        )
    client = await open_async_client(clickhouse_url)
    async with stage.pool.acquire() as connection:
        await send(connection, client, await recorded(connection))
    tables = [asset(table) for table in (*ACTIVITY, FUNNEL_DAY)]
    today = datetime.now(UTC).date()
    assert (await asyncio.to_thread(materialise_day, settings, today, tables)).succeeded
    found = await client.query(
        "SELECT step, users FROM funnel_day WHERE variant = 'raw' AND shop_id = {shop:UInt32}",
        parameters={"shop": shop.id},
    )
    await client.close()
    steps = {row[0]: row[1] for row in found.result_rows}
    # Who came to the first worker, and who came to the second and went on to the end.
    assert (steps["start"], steps["product"], steps["paid"]) == (2, 1, 1)


async def test_a_worker_that_was_frozen_writes_nothing_and_sends_nothing(stage: Stage) -> None:
    bot = await stage.bot()
    anna = stage.telegram.person()

    async def is_answered(times: int) -> bool:
        return len(stage.telegram.heard(anna, bot)) == times

    async with worker_process(stage, "a") as process:
        await stage.runs(bot)
        stage.telegram.say(anna, bot, "/start")
        await until(lambda: is_answered(1), "a answers")
        process.send_signal(signal.SIGSTOP)
        stage.telegram.say(anna, bot, "/start")  # it waits in the socket of the frozen process
        async with stage.working("b"):
            await until(lambda: is_answered(2), "b answers once the lease has run out")
            epoch = await stage.pool.fetchval("SELECT epoch FROM bot_leases WHERE worker = 'b'")
            calls = (await stage.telegram.ask("stats"))["calls"]
            process.send_signal(signal.SIGCONT)
            for _ in range(2):  # all that it wanted to do, it has tried by then
                seen = await stage.pool.fetchval("SELECT max(seen_at) FROM workers")

                async def has_beaten(before: object = seen) -> bool:
                    return bool(
                        await stage.pool.fetchval(
                            "SELECT seen_at > $1 FROM workers WHERE name = 'a'", before
                        )
                    )

                await until(has_beaten, "a is back")
            after = (await stage.telegram.ask("stats"))["calls"]
            assert await stage.pool.fetchval("SELECT epoch FROM bot_leases") == epoch
    assert after.get("messages.sendMessage") == calls["messages.sendMessage"] == 2
    assert len(stage.telegram.heard(anna, bot)) == await stage.count("bot_started") == 2


async def test_a_worker_process_ends_well_when_it_is_told_to(stage: Stage) -> None:
    bot = await stage.bot()
    async with worker_process(stage, "a") as process:
        await stage.runs(bot)
        process.terminate()
        async with asyncio.timeout(WAIT_SECONDS):
            assert await process.wait() == 0
    held = await stage.pool.fetchval("SELECT count(*) FROM bot_leases WHERE expires_at > now()")
    assert held == 0
