"""Workers and Telegram failing and coming back: no update is lost, every bot gets a worker."""

import asyncio

import httpx
import pytest

from bots.runtime.storage import Position, load_position
from bots.runtime.update_stream import UpdateStream
from bots.runtime.worker import run
from core.errors import ConfigurationError
from core.shop import bots
from core.shop.bots import Bot
from local.ports import free_port
from simulator.world import blocks
from tests.bots.runtime.conftest import WAIT_SECONDS, Stage, until


async def holders(stage: Stage) -> dict[str, int]:
    rows = await stage.pool.fetch(
        "SELECT worker, count(*) AS n FROM bot_leases WHERE expires_at > now() GROUP BY worker"
    )
    return {row["worker"]: row["n"] for row in rows}


async def counted(stage: Stage, event: str, number: int) -> None:
    async def is_counted() -> bool:
        return await stage.count(event) >= number

    await until(is_counted, f"{number} × {event}")


async def fails(stage: Stage, bot: Bot) -> str:
    async def reason() -> str | None:
        state, why = await stage.state(bot)
        return why if state == "failed" else None

    return str(await until(reason, "the bot fails"))


async def is_ready(port: int) -> bool:
    """As who watches the worker sees it."""
    async with httpx.AsyncClient(timeout=WAIT_SECONDS, verify=False) as client:
        try:
            return (await client.get(f"http://127.0.0.1:{port}/ready")).is_success
        except httpx.TransportError:
            return False  # not yet


async def test_a_new_bot_is_taken_at_once_and_gets_its_name(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Longer than the test waits: so it is the notice that the bot is taken upon.
    monkeypatch.setattr("bots.runtime.fleet.POLL_SECONDS", 10 * WAIT_SECONDS)
    port = free_port()
    async with stage.working(health_port=port):
        await until(lambda: is_ready(port), "the worker has looked for bots")
        bot = await stage.bot()

        async def is_taken() -> bool:
            return await holders(stage) == {"w1": 1}

        await until(is_taken, "it is taken")
        await stage.runs(bot)
    async with stage.pool.acquire() as connection:
        known = await bots.get(connection, bot.id)
    assert (known.username, known.title) == (f"test_{bot.id}_bot", "Tea")
    assert await stage.count("bot_state_changed") == 2


async def test_what_came_while_nobody_was_there_is_handled_once(stage: Stage) -> None:
    bot = await stage.bot()
    anna = stage.telegram.person()
    async with stage.working():
        await stage.runs(bot)
        stage.telegram.say(anna, bot, "/start")
        await counted(stage, "bot_started", 1)
    for text in ("one", "two", "three"):
        stage.telegram.say(anna, bot, text)
    calls = (await stage.telegram.ask("stats"))["calls"]["auth.importBotAuthorization"]
    async with stage.working():
        await counted(stage, "message_received", 3)
    async with stage.working("another"):
        stage.telegram.say(anna, bot, "four")
        await counted(stage, "message_received", 4)
    assert await stage.count("message_received") == 4
    assert await stage.count("bot_started") == 1
    # One login for all three: the session is kept.
    assert (await stage.telegram.ask("stats"))["calls"]["auth.importBotAuthorization"] == calls == 1


async def test_a_dropped_socket_loses_nothing(stage: Stage) -> None:
    bot = await stage.bot()
    anna = stage.telegram.person()
    await stage.worker()
    await stage.runs(bot)
    for number in range(1, 4):
        await stage.telegram.ask("drop_sockets", account=bot.id)
        stage.telegram.say(anna, bot, "hello")
        await counted(stage, "message_received", number)
    assert await stage.count("message_received") == 3


async def test_a_destroyed_key_is_replaced_by_one_login(stage: Stage) -> None:
    bot = await stage.bot()
    anna = stage.telegram.person()
    await stage.worker()
    await stage.runs(bot)
    await stage.telegram.ask("forget_keys", account=bot.id)
    stage.telegram.say(anna, bot, "/start")
    await counted(stage, "bot_started", 1)
    assert (await stage.telegram.ask("stats"))["calls"]["auth.importBotAuthorization"] == 2


async def test_a_stored_key_that_telegram_forgot_is_replaced_too(stage: Stage) -> None:
    bot = await stage.bot()
    async with stage.working():
        await stage.runs(bot)
    await stage.telegram.ask("forget_keys", account=bot.id)
    stage.telegram.say(stage.telegram.person(), bot, "/start")
    async with stage.working():
        await counted(stage, "bot_started", 1)


async def test_a_revoked_token_is_said(stage: Stage) -> None:
    bot = await stage.bot()
    async with stage.working():
        await stage.runs(bot)
    await stage.telegram.ask("revoke_token", bot=bot.id)
    async with stage.working():
        assert await fails(stage, bot) == "token_revoked"


async def test_a_token_that_telegram_does_not_know_is_said(stage: Stage) -> None:
    bot = await stage.bot()
    await stage.telegram.ask("revoke_token", bot=bot.id)
    await stage.worker()
    assert await fails(stage, bot) == "token_invalid"


async def test_a_flood_wait_at_login_is_waited_out(stage: Stage) -> None:
    bot = await stage.bot()
    await stage.telegram.ask("flood_wait", method="auth.importBotAuthorization", seconds=7, times=1)
    async with stage.working():
        assert (await fails(stage, bot)).startswith("flood_wait_until:20")
    async with stage.working("another"):  # it knows of the wait, and asks no sooner
        await stage.runs(bot)
    assert (await stage.telegram.ask("stats"))["calls"]["auth.importBotAuthorization"] == 2


async def test_two_workers_share_the_bots_and_one_takes_all_that_is_left(stage: Stage) -> None:
    shop = await stage.shop()
    for _ in range(4):
        await stage.bot(shop)

    async def is_shared_as(share: dict[str, int]) -> bool:
        return await holders(stage) == share

    async with stage.working("a"):
        await until(lambda: is_shared_as({"a": 4}), "a has all")
        async with stage.working("b"):
            await until(lambda: is_shared_as({"a": 2, "b": 2}), "each has half")
        await until(lambda: is_shared_as({"a": 4}), "a has all again")


async def test_a_heavy_bot_stands_nearly_alone(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.runtime.fleet.HEARTBEAT_SECONDS", 0.3)
    monkeypatch.setattr("bots.runtime.balance._HALF_LIFE", 1.0)
    shop = await stage.shop()
    heavy, *light = [await stage.bot(shop) for _ in range(7)]
    people = [stage.telegram.person(str(number)) for number in range(20)]

    async def shares() -> dict[str, set[int]]:
        rows = await stage.pool.fetch("SELECT worker, bot_id FROM bot_leases")
        return {
            worker: {row["bot_id"] for row in rows if row["worker"] == worker}
            for worker in {row["worker"] for row in rows}
        }

    async def is_shared() -> bool:
        for person in people:
            stage.telegram.say(person, heavy, "hello")
        await asyncio.sleep(0.1)  # the rate of the load
        found = await shares()
        alone = next((bots for bots in found.values() if heavy.id in bots), set())
        return len(found) == 2 and 1 <= len(alone) <= 2

    async with stage.working("a"):
        for bot in (heavy, *light):
            await stage.runs(bot)
        async with stage.working("b"):
            await until(is_shared, "the light bots stand elsewhere", seconds=2 * WAIT_SECONDS)
            epochs = await stage.pool.fetch("SELECT epoch FROM bot_leases")
    assert max(row["epoch"] for row in epochs) <= 3  # taken, moved, and perhaps once more


async def test_a_handed_over_bot_goes_to_its_heir_and_goes_on_running(stage: Stage) -> None:
    bot = await stage.bot()
    anna = stage.telegram.person()
    async with stage.working("a") as a:
        await stage.runs(bot)
        async with stage.working("b"):

            async def are_two() -> bool:
                return bool(await stage.pool.fetchval("SELECT count(*) = 2 FROM workers"))

            await until(are_two, "b is there")
            a.cancel()
            with pytest.raises(asyncio.CancelledError):
                await a
            stage.telegram.say(anna, bot, "/start")
            await counted(stage, "bot_started", 1)
            assert await holders(stage) == {"b": 1}
            # Neither the panel nor the figures saw it stop: queued, starting, running was all.
            assert await stage.count("bot_state_changed") == 2
            assert (await stage.telegram.ask("stats"))["calls"]["auth.importBotAuthorization"] == 1


async def test_what_operators_see(stage: Stage) -> None:
    port = free_port()
    bot = await stage.bot()
    anna = stage.telegram.person()
    async with stage.working(health_port=port):
        await stage.runs(bot)
        stage.telegram.say(anna, bot, "/start")
        await counted(stage, "bot_started", 1)

        async def shows(*lines: str) -> bool:
            async with httpx.AsyncClient(timeout=WAIT_SECONDS, verify=False) as client:
                page = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
            return all(line in page for line in lines)

        await until(
            lambda: shows(
                'vitrina_bots{state="running"} 1.0',
                'vitrina_updates_total{kind="start",outcome="ok"} 1.0',
                'vitrina_lease_changes_total{change="taken"} 1.0',
                "vitrina_logins_total 1.0",
                "vitrina_update_answer_seconds_count 1.0",
                "process_resident_memory_bytes",
                "vitrina_threads",
                "vitrina_event_loop_lag_seconds_count",
            ),
            "the metrics",
        )
        await counted(stage, "worker_heartbeat", 1)
    assert await stage.count("worker_heartbeat") <= 2  # one a minute
    props = await stage.pool.fetchval("SELECT props FROM outbox WHERE event = 'worker_heartbeat'")
    assert props == '{"worker":"w1"}'


async def test_blocking_is_counted_even_while_the_bot_was_away(stage: Stage) -> None:
    bot = await stage.bot()
    anna = stage.telegram.person()
    world = stage.telegram.world
    async with stage.working():
        await stage.runs(bot)
        stage.telegram.say(anna, bot, "/start")
        await counted(stage, "bot_started", 1)
    with world.change() as change:
        blocks.put(change, anna, world.account(bot.id), stopped=True)
    async with stage.working():
        await counted(stage, "bot_blocked", 1)
        with world.change() as change:
            blocks.put(change, anna, world.account(bot.id), stopped=False)
        await counted(stage, "bot_unblocked", 1)


async def test_modules_change_under_way(stage: Stage) -> None:
    bot = await stage.bot(modules=[])
    anna = stage.telegram.person()
    await stage.worker()
    await stage.runs(bot)
    stage.telegram.say(anna, bot, "/start")
    await counted(stage, "bot_started", 1)
    async with stage.pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "INSERT INTO bot_modules (bot_id, module) VALUES ($1, 'menu')", bot.id
        )
        await bots.announce(connection, bot.id)

    async def is_answered() -> bool:
        stage.telegram.say(anna, bot, "/start")
        return stage.telegram.heard(anna, bot) != []

    await until(is_answered, "the new module answers")


async def test_a_stopped_bot_is_let_go(stage: Stage) -> None:
    bot = await stage.bot()
    await stage.worker()
    await stage.runs(bot)
    async with stage.pool.acquire() as connection, connection.transaction():
        await bots.set_state(connection, bot.id, "stopped")
        await bots.announce(connection, bot.id)

    async def is_free() -> bool:
        return await holders(stage) == {}

    await until(is_free, "nobody holds it")
    assert (await stage.state(bot))[0] == "stopped"


async def test_a_worker_stops_quickly_and_lets_its_bots_go(stage: Stage) -> None:
    bot = await stage.bot()
    async with stage.working() as task:
        await stage.runs(bot)
        task.cancel()
        async with asyncio.timeout(25):  # as it promises; a container is given 30
            with pytest.raises(asyncio.CancelledError):
                await task
    assert await holders(stage) == {}
    assert await stage.pool.fetchval("SELECT count(*) FROM workers") == 0


async def test_telegram_itself_needs_credentials(stage: Stage) -> None:
    settings = stage.settings().model_copy(update={"telegram_server": ""})
    with pytest.raises(ConfigurationError, match="VITRINA_TELEGRAM_API_ID"):
        await run(settings, name="w")


async def test_a_long_backlog_is_fetched_however_long_it_takes(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = await stage.bot()
    async with stage.working():
        await stage.runs(bot)
    catch_up = UpdateStream.catch_up

    async def catch_up_slowly(stream: UpdateStream) -> None:
        await asyncio.sleep(5.1)  # longer than the connecting may take
        await catch_up(stream)

    monkeypatch.setattr("bots.runtime.host._OPEN_SECONDS", 5.0)
    monkeypatch.setattr(UpdateStream, "catch_up", catch_up_slowly)
    stage.telegram.say(stage.telegram.person(), bot, "/start")
    async with stage.working():
        await counted(stage, "bot_started", 1)


async def test_where_a_bot_begins_is_stored_before_it_takes_anything(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = await stage.bot()
    stored: list[Position | None] = []

    async def note(_stream: UpdateStream) -> None:
        async with stage.pool.acquire() as connection:
            stored.append(await load_position(connection, bot.id))

    monkeypatch.setattr(UpdateStream, "catch_up", note)
    async with stage.working():
        await stage.runs(bot)
    assert stored[0] is not None
    # A count that Telegram has never reached: it counts from anew, and that is stored as well.
    await stage.pool.execute("UPDATE bot_update_states SET pts = 1000000")
    async with stage.working():
        await stage.runs(bot)

        async def has_begun() -> bool:
            return len(stored) == 2

        await until(has_begun, "it begins again")
    assert stored[1] is not None and stored[1].pts < 1000


async def test_a_lease_of_its_own_that_has_run_out_is_saved_not_taken_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.runtime.fleet.POLL_SECONDS", 0.05)
    monkeypatch.setattr("bots.runtime.fleet.HEARTBEAT_SECONDS", 1.0)
    bot = await stage.bot(mode="observed")
    anna = stage.telegram.person()
    async with stage.working():
        await stage.runs(bot)
        for _ in range(3):  # what a bot begins with, each time asking for its lease, is over then
            await stage.beats()
        await stage.pool.execute("UPDATE bot_leases SET expires_at = now()")

        async def is_held() -> bool:
            return await holders(stage) == {"w1": 1}

        await until(is_held, "the heartbeat has saved it")
        stage.telegram.say(anna, bot, "/start")
        await counted(stage, "bot_started", 1)
        assert await stage.pool.fetchval("SELECT epoch FROM bot_leases") == 1
    assert (await stage.telegram.ask("stats"))["calls"]["auth.importBotAuthorization"] == 1
