import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from bots.runtime.jobs import JobRunner
from bots.runtime.leases import LeaseLost
from bots.runtime.metrics import Metrics
from bots.runtime.transaction_slots import Slots
from bots.sdk.context import Scope
from bots.sdk.errands import Errand
from bots.sdk.jobs import Job, Jobs
from bots.sdk.reactions import Reactions
from bots.sdk.router import Router
from bots.sdk.updates import Message
from core.events import BOT_STARTED, Event
from core.postgres import Pool
from core.shop import module_jobs
from tests import patience
from tests.bots.paying import NoStars
from tests.bots.runtime.conftest import until
from tests.bots.runtime.dispatched import ANNA, Bot, Notes, a_bot
from tests.bots.sdk.modules import NoteSettings, event_type, switched_on

pytestmark = pytest.mark.usefixtures("quiet")
NOTED = event_type("noted")

Notebook = Scope[NoteSettings]


@asynccontextmanager
async def running_jobs(bot: Bot) -> AsyncIterator[JobRunner]:
    async def fetch(file_id: str) -> bytes:
        return file_id.encode()

    runner = JobRunner(
        bot.pool,
        Slots(8),
        bot.lease,
        bot.dispatcher,
        Metrics(CollectorRegistry()),
        fetch,
        NoStars(),
        bot.sender.wake,
    )
    task = asyncio.create_task(runner.run())
    try:
        yield runner
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, LeaseLost):
            await task


def putting_off(jobs: Jobs[NoteSettings], **manifest: Any) -> Any:
    """A module whose every message puts a job off by so many seconds: `remind 0`."""
    router = Router[NoteSettings]()

    @router.message
    async def message(context: Notes, update: Message) -> None:
        task, seconds, *key = update.text.split()
        at = context.now + timedelta(seconds=float(seconds))
        await context.later(task, at=at, key=" ".join(key), data={"said": update.text})

    return switched_on("a", router=router, jobs=jobs, **manifest)


async def rows(pool: Pool) -> list[Any]:
    return [tuple(row) for row in await pool.fetch("SELECT task, attempts FROM module_jobs")]


async def test_what_is_put_off_is_done_once_on_the_shoppers_matter(pool: Pool) -> None:
    jobs = Jobs[NoteSettings]()
    seen: list[Any] = []

    @jobs.task("remind")
    async def remind(scope: Notebook, job: Job) -> None:
        assert scope.customer is not None
        seen.append((scope.customer.telegram_id, scope.language, job.key, job.data["said"]))
        scope.emit(NOTED)
        await scope.send_durably("notice_x", "hello", job.key)

    async with a_bot(pool, [putting_off(jobs, events=(NOTED,))]) as bot, running_jobs(bot):
        bot.push("remind 0 k", "remind 3600 far", "remind 3600 far")
        await until(lambda: _is(len(seen) == 1), "it is done")
        await bot.settle()

        async def is_gone() -> bool:
            return await rows(pool) == [("remind", 0)]

        await until(is_gone, "what is far off is left")
        assert seen == [(ANNA, "en", "k", "remind 0 k")]
        assert (await bot.events()).count("noted") == 1
        assert await pool.fetchval("SELECT chat_id FROM outgoing") == ANNA


async def _is(holds: bool) -> bool:
    return holds


async def test_a_periodic_job_is_caught_up_once_after_an_outage(pool: Pool) -> None:
    jobs = Jobs[NoteSettings]()
    times: list[datetime] = []

    @jobs.every(hours=1)
    async def sweep(scope: Notebook) -> None:
        times.append(scope.now)

    async with a_bot(pool, [switched_on("a", jobs=jobs)]) as bot:
        async with running_jobs(bot):
            await until(lambda: _is(len(times) == 1), "its first run")
        await pool.execute(
            "UPDATE module_jobs SET due_at = due_at - interval '1 day', not_before = now()"
        )
        due_at = await pool.fetchval("SELECT due_at FROM module_jobs")
        async with running_jobs(bot):
            await until(lambda: _is(len(times) == 2), "what was missed")
            await asyncio.sleep(0.2)
        assert len(times) == 2
        again = await pool.fetchval("SELECT due_at FROM module_jobs")
        assert again > datetime.now(UTC) and (again - due_at) % timedelta(hours=1) == timedelta()


async def test_a_job_that_fails_is_undone_shown_and_tried_again(pool: Pool) -> None:
    jobs = Jobs[NoteSettings]()
    fails = [True]

    @jobs.task("remind")
    async def remind(scope: Notebook, job: Job) -> None:
        scope.emit(NOTED, quantity=job.attempt)
        await scope.transaction.write_events()
        if fails[0]:
            await scope.connection.execute("SELECT 1 / 0")

    async with a_bot(pool, [putting_off(jobs, events=(NOTED,))]) as bot, running_jobs(bot):
        bot.push("remind 0")
        await until(lambda: _has_failed(pool), "it fails")
        assert "noted" not in await bot.events()
        async with pool.acquire() as connection:
            (failed,) = await module_jobs.failed_of_shops(
                connection, [bot.dispatcher.config.shop.id]
            )
            assert (failed.module, failed.task, failed.attempts) == ("a", "remind", 1)
            assert "DivisionByZero" in failed.error
            pause = failed.not_before - failed.failed_at
            assert timedelta(seconds=9) < pause < timedelta(seconds=11)
            fails[0] = False
            await module_jobs.try_again(connection, bot.lease.bot_id, failed.id)
        bot.dispatcher.config = bot.dispatcher.config  # as the notice has it read again

        async def is_done() -> bool:
            return not await rows(pool)

        await until(is_done, "it is tried again")
        assert (await bot.events()).count("noted") == 1


async def _has_failed(pool: Pool) -> bool:
    return bool(await pool.fetchval("SELECT error FROM module_jobs"))


async def test_a_lost_lease_runs_nothing(pool: Pool) -> None:
    jobs = Jobs[NoteSettings]()

    @jobs.every(seconds=1)
    async def sweep(_: Notebook) -> None:
        raise AssertionError("it is another worker's")

    async with a_bot(pool, [switched_on("a", jobs=jobs)]) as bot:
        await pool.execute("UPDATE bot_leases SET epoch = epoch + 1, worker = 'other'")
        with pytest.raises(LeaseLost):
            async with asyncio.timeout(patience.SECONDS):
                await JobRunner(
                    pool,
                    Slots(8),
                    bot.lease,
                    bot.dispatcher,
                    Metrics(CollectorRegistry()),
                    lambda _: _bytes(),
                    NoStars(),
                    bot.sender.wake,
                ).run()


async def _bytes() -> bytes:
    return b""


async def test_the_jobs_of_a_module_that_is_off_wait(pool: Pool) -> None:
    jobs = Jobs[NoteSettings]()
    done: list[str] = []

    @jobs.task("remind")
    async def remind(_: Notebook, job: Job) -> None:
        done.append(job.key)

    item = putting_off(jobs)
    async with a_bot(pool, [item]) as bot:
        bot.push("remind 0 k")
        await bot.settle()
        there = bot.dispatcher.config
        bot.dispatcher.config = type(there)(there.bot, there.shop, ())
        async with running_jobs(bot):
            await asyncio.sleep(0.2)
            assert not done and await rows(pool) == [("remind", 0)]
            bot.dispatcher.config = there
            await until(lambda: _is(done == ["k"]), "it is on again")


async def test_a_reaction_that_fails_alone_is_tried_again_as_a_job(pool: Pool) -> None:
    reactions = Reactions[NoteSettings]()
    fails = [True]
    heard: list[Any] = []

    @reactions.on(BOT_STARTED)
    async def greet(scope: Notebook, event: Event) -> None:
        scope.emit(NOTED)
        await scope.connection.execute("INSERT INTO sources (shop_id, code) VALUES (1, 'left')")
        if fails[0]:
            raise LookupError("not now")
        heard.append((event.type, event.props, scope.customer and scope.customer.telegram_id))

    item = switched_on("a", reactions=reactions, events=(NOTED,))
    async with a_bot(pool, [item]) as bot, running_jobs(bot):
        bot.push("/start")
        await until(lambda: _has_failed(pool), "it fails")
        await bot.settle()
        # What caused it stands; nothing that it did remains.
        assert "bot_started" in await bot.events() and "noted" not in await bot.events()
        assert await pool.fetchval("SELECT count(*) FROM sources") == 0
        fails[0] = False
        await pool.execute("UPDATE module_jobs SET not_before = now()")
        bot.dispatcher.config = bot.dispatcher.config
        await until(lambda: _is(bool(heard)), "it is tried again")
        assert heard == [(BOT_STARTED, {"is_first": True, "is_direct": True}, ANNA)]

        async def is_done() -> bool:
            return not await rows(pool)

        await until(is_done, "it goes with its row")
        assert (await bot.events()).count("noted") == 1


async def test_a_call_to_anothers_server_is_outside_of_transactions_and_noted(pool: Pool) -> None:
    jobs = Jobs[NoteSettings]()
    answers: list[Any] = []

    @jobs.outside("ask_bank")
    async def ask_bank(errand: Errand[NoteSettings], job: Job) -> None:
        async with errand.transaction() as scope:
            with pytest.raises(RuntimeError, match="inside a transaction"):
                await errand.http.call("GET", job.key)
            assert scope.customer is not None
        answer = await errand.http.call("GET", job.key, headers={"X-Key": "secret"})
        async with errand.transaction() as scope:
            scope.emit(NOTED, quantity=answer.status)
        answers.append((answer.body, await errand.fetch("file")))

    async with (
        a_server() as url,
        a_bot(pool, [putting_off(jobs, events=(NOTED,))]) as bot,
        running_jobs(bot),
    ):
        bot.push(f"ask_bank 0 {url}/busy")
        await until(lambda: _is(bool(answers)), "it has answered")
        assert answers == [(b"hello", b"file")]

        async def is_done() -> bool:
            return not await rows(pool)

        await until(is_done, "it goes with its row")
        assert (await bot.events()).count("noted") == 1
    noted = await pool.fetch("SELECT method, path, attempt, status FROM outside_calls ORDER BY id")
    assert [tuple(row) for row in noted] == [("GET", "/busy", 1, 503), ("GET", "/busy", 2, 200)]


@asynccontextmanager
async def a_server() -> AsyncIterator[str]:
    """A server that is busy at the first call."""
    calls: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        calls.append(request.path)
        return web.Response(status=503 if len(calls) == 1 else 200, text="hello")

    app = web.Application()
    app.router.add_get("/busy", answer)
    app_runner = web.AppRunner(app)
    await app_runner.setup()
    site = web.TCPSite(app_runner, "127.0.0.1", 0)
    await site.start()
    port = app_runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await app_runner.cleanup()
