"""A worker says whose a token is, in a session that it ends at once."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest
import structlog
from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from pyrogram import raw

from bots.runtime import lookups
from bots.runtime.client import BotClient
from bots.runtime.fraud_watch import FraudWatch
from bots.runtime.lookups import Lookups
from bots.runtime.metrics import Metrics
from bots.runtime.server import Server
from bots.runtime.transaction_slots import Slots
from bots.runtime.worker_resources import Worker
from core.postgres import LOOKUPS_CHANNEL, Pool
from core.shop import access, bot_lookups
from core.shop.bot_lookups import Found
from simulator.world import profiles
from tests.bots.runtime.conftest import WAIT_SECONDS, Stage, until
from tests.factories import KEYS

JPEG = b"\xff\xd8\xff\xe0 a small photo \xff\xd9"
BOT = 7_300_000_001
TOKEN, REVOKED = f"{BOT}:{'C' * 35}", f"{BOT}:{'D' * 35}"
NO_SERVER = Server(1, "x")  # for looks that reach nobody
Listening = Callable[[Server], AbstractAsyncContextManager[Lookups]]


@dataclass
class Asker:
    """The panel's part."""

    pool: Pool
    link: int

    async def ask(self, token: str = TOKEN) -> UUID:
        async with self.pool.acquire() as connection, connection.transaction():
            return await bot_lookups.ask(
                connection, KEYS, link_id=self.link, token=SecretStr(token)
            )

    async def answer(self, lookup_id: UUID) -> Found:
        async def found() -> Found | None:
            async with self.pool.acquire() as connection:
                return await bot_lookups.take_found(connection, lookup_id)

        return Found.model_validate(await until(found, "an answer"))

    async def is_taken(self, lookup_id: UUID) -> bool:
        taken: bool = await self.pool.fetchval(
            "SELECT is_taken FROM bot_lookups WHERE id = $1", lookup_id
        )
        return taken


@pytest.fixture(autouse=True)
def without_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds that are enough for a shop are not on a machine that runs all tests."""
    monkeypatch.setattr(bot_lookups, "_FRESH", timedelta(minutes=1))
    for seconds in ("_SECONDS", "_PHOTO_SECONDS"):
        monkeypatch.setattr(lookups, seconds, 60.0)


@pytest.fixture(name="asker")
async def asking(pool: Pool) -> Asker:
    async with pool.acquire() as connection:
        link, _ = await access.insert_link(connection, label="o", role="owner")
    return Asker(pool, link)


@pytest.fixture(name="listening")
def hearing(pool: Pool) -> Listening:
    """Lookups that hear of questions as in a worker, without its bots."""

    @asynccontextmanager
    async def listen(server: Server) -> AsyncIterator[Lookups]:
        worker = Worker(
            *("w", pool, pool, KEYS, server, {}, Slots(1)),
            Metrics(CollectorRegistry()),
            asyncio.Semaphore(0),  # bots are being opened: that is no reason to wait
            FraudWatch(pool, "off"),
        )
        made = Lookups(worker)
        async with pool.acquire() as connection:
            await connection.add_listener(LOOKUPS_CHANNEL, made.heard)
            try:
                yield made
            finally:
                await connection.remove_listener(LOOKUPS_CHANNEL, made.heard)
                await made.end()

    return listen


@dataclass
class Busy:
    """Looks that reach nobody and end when they may."""

    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    begun: int = 0

    def visit(self, _worker: Worker) -> "Busy":
        return self

    async def look(self, _token: str) -> Found:
        self.begun += 1
        await self.goes_on.wait()
        return Found(outcome="unanswered")

    async def end(self) -> None:
        """Nothing is open."""


@pytest.fixture(name="busy")
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> Busy:
    busy = Busy()
    monkeypatch.setattr(lookups, "Visit", busy.visit)
    monkeypatch.setattr(lookups, "_AT_ONCE", 1)
    return busy


async def test_a_worker_says_whose_a_token_is(stage: Stage, asker: Asker) -> None:
    await stage.telegram.ask("add_bot", token=TOKEN, name="Tea & more", username="tea_more_bot")
    with stage.telegram.world.change() as change:
        profiles.add_photo(change, BOT, JPEG)

    async def is_listening() -> bool:
        return bool(
            await stage.pool.fetchval(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE datname = current_database() AND query LIKE $1",
                f"LISTEN%{LOOKUPS_CHANNEL}%",
            )
        )

    with structlog.testing.capture_logs() as logs:
        await stage.worker()
        await until(is_listening, "the worker listens")
        asked = [await asker.ask(TOKEN), await asker.ask(REVOKED)]
        known, unknown = await asyncio.gather(*map(asker.answer, asked))
        assert known == Found(
            outcome="found",
            username="tea_more_bot",
            title="Tea & more",
            photo=base64.b64encode(JPEG).decode(),
        )
        assert unknown == Found(outcome="token_unknown")
        # Nothing is left: no session here, none at Telegram.
        assert await stage.pool.fetchval("SELECT count(*) FROM bot_sessions") == 0
        await until(lambda: left_at_telegram(stage), "the session is ended")
    assert logs and "C" * 35 not in str(logs) and "D" * 35 not in str(logs)


async def left_at_telegram(stage: Stage) -> bool:
    """Whether Telegram has no authorization of the bot any more."""
    bound = "SELECT count(*) FROM auth_keys WHERE account = ?"
    return not stage.telegram.world.db.execute(bound, (BOT,)).fetchone()[0]


async def test_a_look_that_is_given_up_logs_out_too(
    stage: Stage, asker: Asker, listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.telegram.ask("add_bot", token=TOKEN, name="Tea", username="tea_bot")
    begun = asyncio.Event()

    async def endless(*_: object) -> bytes:
        assert not await left_at_telegram(stage)
        begun.set()
        await asyncio.Event().wait()
        return b""

    monkeypatch.setattr(lookups, "_photo", endless)
    async with listening(Server.of(stage.settings())) as made:
        # The worker stops.
        await asker.ask()
        await begun.wait()
        await made.end()
        assert await left_at_telegram(stage)
    async with listening(Server.of(stage.settings())):
        # The time runs out.
        begun.clear()
        monkeypatch.setattr(lookups, "_SECONDS", 0.5)
        assert (await asker.answer(await asker.ask())).outcome == "unanswered"
        assert begun.is_set()
        await until(lambda: left_at_telegram(stage), "the session is ended")


async def test_the_panel_does_not_wait_for_the_log_out(
    stage: Stage, asker: Asker, listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.telegram.ask("add_bot", token=TOKEN, name="Tea", username="tea_bot")
    client_call = BotClient.call
    asked_to_leave = asyncio.Event()

    async def call(client: BotClient, query: object, **options: float) -> object:
        if isinstance(query, raw.functions.auth.LogOut):
            asked_to_leave.set()
            await asyncio.Event().wait()
        return await client_call(client, query, **options)

    monkeypatch.setattr(BotClient, "call", call)
    monkeypatch.setattr(lookups, "_LOG_OUT_SECONDS", 0.3)
    async with listening(Server.of(stage.settings())) as made:
        assert (await asker.answer(await asker.ask())).outcome == "found"
        await asked_to_leave.wait()
        async with asyncio.timeout(WAIT_SECONDS):
            await made.end()


async def test_a_busy_worker_leaves_questions_to_an_idle_one(
    asker: Asker, listening: Listening, busy: Busy
) -> None:
    async with listening(NO_SERVER):
        first, second = await asker.ask(), await asker.ask()
        await until(lambda: asker.is_taken(first), "the first is looked up")
        async with listening(NO_SERVER) as idle:
            third = await asker.ask()
            await until(lambda: asker.is_taken(third), "the other worker takes it")
            await idle.end()
        assert not await asker.is_taken(second)
        # When the worker has a turn again, nobody waits for that answer any more.
        await asker.pool.execute("UPDATE bot_lookups SET asked_at = now() - interval '61 s'")
        busy.goes_on.set()
        assert (await asker.answer(first)).outcome == "unanswered"
        await asyncio.sleep(0.05)
        assert (busy.begun, await asker.is_taken(second)) == (2, False)


async def test_a_worker_that_leaves_takes_no_questions(
    asker: Asker, listening: Listening, busy: Busy
) -> None:
    async with listening(NO_SERVER) as made:
        first, waits = await asker.ask(), await asker.ask()
        await until(lambda: asker.is_taken(first), "the first is looked up")
        made.close()
        late = await asker.ask()
        busy.goes_on.set()
        assert (await asker.answer(first)).outcome == "unanswered"
        await asyncio.sleep(0.05)
        assert [await asker.is_taken(each) for each in (waits, late)] == [False, False]
        assert busy.begun == 1
