"""A simulated Telegram and workers on this test's database, all in the test's own loop."""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from pydantic import SecretStr
from pyrogram import raw
from structlog.testing import capture_logs

from bots.runtime.worker import run
from core.postgres import Pool
from core.settings import Settings
from core.shop import bots
from core.shop.bots import Bot
from core.shop.shops import Shop
from simulator.control import port as control
from simulator.server import running
from simulator.simulator import SimulatorOptions
from simulator.world import accounts, gestures, mailbox
from simulator.world.accounts import Account
from simulator.world.mailbox import Content
from simulator.world.world import World
from tests import factories
from tests.conftest import SECRET_KEYS

_numbers = itertools.count(1)
WAIT_SECONDS = 120.0  # of a condition that holds at once on a machine with time

Holds = Callable[[], Awaitable[Any]]


async def until(condition: Holds, what: str, *, seconds: float = WAIT_SECONDS) -> Any:
    """Waits for a condition to hold and gives its value; fails with its description."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not (value := await condition()):
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        await asyncio.sleep(0.02)
    return value


@dataclass(frozen=True, slots=True)
class Telegram:
    """The simulator as the tests reach it."""

    address: str
    key: Path
    control_port: int
    world: World

    def person(self, name: str = "Anna") -> Account:
        with self.world.change() as change:
            return accounts.add_person(change.db, first_name=name, language="en")

    def say(self, person: Account, bot: Bot, text: str) -> None:
        """A message from a person, as Telegram takes it: whether the bot is there or not."""
        with self.world.change() as change:
            account = self.world.account(bot.id)
            gestures.write(change, person, account, Content(text))

    def heard(self, person: Account, bot: Bot) -> list[str]:
        """What the person has read from the bot, the oldest first."""
        stored = mailbox.history(self.world.db, person.id, bot.id, limit=1000)
        return [
            each.message.message
            for each in reversed(stored)
            if isinstance(each.message, raw.types.Message) and not each.message.out
        ]

    async def ask(self, op: str, **arguments: Any) -> Any:
        return await control.call("127.0.0.1", self.control_port, op, **arguments)


@pytest.fixture(name="quiet")
def captured_logs() -> Iterator[None]:
    """Tracebacks with all their values, as the tests print them, take seconds of the loop."""
    with capture_logs():
        yield


@pytest.fixture(name="telegram")
async def simulated(tmp_path: Path, server_key: Path) -> AsyncIterator[Telegram]:
    copy(server_key, tmp_path)
    async with AsyncExitStack() as stack:
        simulator = await stack.enter_async_context(running(SimulatorOptions(data_dir=tmp_path)))
        yield Telegram(
            f"127.0.0.1:{simulator.port}",
            tmp_path / "server_key.pub.pem",
            simulator.control_port,
            simulator.world,
        )


class Stage:
    """A shop with products, its bots, and the workers that run them."""

    def __init__(self, pool: Pool, database_url: str, telegram: Telegram, stack: AsyncExitStack):
        self.pool = pool
        self.telegram = telegram
        self._database_url = database_url
        self._stack = stack

    def settings(self, *, health_port: int = 0) -> Settings:
        return Settings(
            _env_file=None,
            database_url=SecretStr(self._database_url),
            secret_keys=SecretStr(SECRET_KEYS),
            telegram_server=self.telegram.address,
            telegram_server_key=self.telegram.key,
            health_port=health_port,
            online_fraud="off",  # people in tests act faster than anybody does
        )

    async def shop(self) -> Shop:
        async with self.pool.acquire() as connection:
            shop = await factories.create_shop(connection)
            await factories.create_product(connection, shop.id, stock=5)
        return shop

    async def bot(self, shop: Shop | None = None, **values: Any) -> Bot:
        """A bot that Telegram knows and the shop has connected."""
        shop = shop or await self.shop()
        bot_id = 7_200_000_000 + next(_numbers)
        token = f"{bot_id}:{secrets.token_hex(18)[:35]}"
        await self.telegram.ask("add_bot", token=token, name="Tea", username=f"test_{bot_id}_bot")
        async with self.pool.acquire() as connection, connection.transaction():
            return await factories.create_bot(
                connection, shop, bot_id=bot_id, token=SecretStr(token), **values
            )

    @asynccontextmanager
    async def working(
        self, name: str = "w1", *, health_port: int = 0
    ) -> AsyncIterator[asyncio.Task[None]]:
        """A worker, told to stop at the end unless the test has stopped it."""
        task = asyncio.create_task(run(self.settings(health_port=health_port), name=name))
        try:
            yield task
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def worker(self, name: str = "w1") -> asyncio.Task[None]:
        """As `working`, to the end of the test."""
        return await self._stack.enter_async_context(self.working(name))

    async def state(self, bot: Bot) -> tuple[str, str | None]:
        async with self.pool.acquire() as connection:
            now = await bots.get(connection, bot.id)
        return now.state, now.state_reason

    async def runs(self, bot: Bot) -> None:
        async def is_running() -> bool:
            return (await self.state(bot))[0] == "running"

        await until(is_running, f"bot {bot.id} runs")

    async def beats(self) -> None:
        """Waits for the next heartbeat of any worker."""
        seen = await self.pool.fetchval("SELECT max(seen_at) FROM workers")

        async def has_beaten() -> bool:
            return bool(await self.pool.fetchval("SELECT max(seen_at) > $1 FROM workers", seen))

        await until(has_beaten, "a heartbeat")

    async def count(self, event: str) -> int:
        found: int = await self.pool.fetchval("SELECT count(*) FROM outbox WHERE event = $1", event)
        return found


@pytest.fixture(name="stage")
async def made_stage(pool: Pool, database_url: str, telegram: Telegram) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        yield Stage(pool, database_url, telegram, stack)
