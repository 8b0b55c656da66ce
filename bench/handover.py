"""How long a shop is silent while workers are restarted one after another under load.

    python -m bench.handover [--workers 3] [--bots 20] [--shoppers 2] [--settle 5]

Every shopper writes or presses a button, waits for the answer, thinks for a moment and goes on. A
press that is not answered is pressed again after three seconds, as a person would. What counts is
the time from the first try to the answer.
"""

import argparse
import asyncio
import contextlib
import os
import random
import secrets
import signal
import statistics
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import uvloop
from pydantic import SecretStr
from pyrogram import raw

from core import postgres
from core.postgres import Pool
from simulator.control import port as control
from simulator.server import running
from simulator.simulator import Simulator, SimulatorOptions
from simulator.wire.rpc import RpcError
from simulator.world import accounts, gestures
from simulator.world.accounts import Account
from simulator.world.mailbox import Content
from tests import factories
from tests.conftest import SECRET_KEYS, migrate_all
from tests.engines import Engines

_THINK_SECONDS = 1.5
_PATIENCE = 3.0


@dataclass(frozen=True, slots=True)
class Answer:
    bot_id: int
    asked_at: float
    seconds: float
    tries: int


class Shopper:
    """One person with one bot; notes how long each answer took."""

    def __init__(self, simulator: Simulator, bot_id: int, answers: list[Answer]) -> None:
        self._world = simulator.world
        self._answers = answers
        self._heard = asyncio.Event()
        with self._world.change() as change:
            self._person: Account = accounts.add_person(change.db, first_name="Anna", language="en")
        self._bot = self._world.account(bot_id)
        self._screen: int | None = None

    def deliver(self, updates: raw.types.Updates) -> None:
        for update in updates.updates:
            match update:
                case raw.types.UpdateNewMessage(message=raw.types.Message() as message) if (
                    not message.out
                ):
                    self._screen = message.id
                    self._heard.set()

    async def run(self) -> None:
        self._world.listen(self._person.id, self)
        while True:
            await asyncio.sleep(random.uniform(0.5, 1.5) * _THINK_SECONDS)
            asked_at = time.monotonic()
            presses = self._screen is not None and random.random() < 0.5
            tries = await self._press() if presses else await self._write()
            seconds = time.monotonic() - asked_at
            self._answers.append(Answer(self._bot.id, asked_at, seconds, tries))

    async def _write(self) -> int:
        self._heard.clear()
        with self._world.change() as change:
            gestures.write(change, self._person, self._bot, Content("/start"))
        await self._heard.wait()
        return 1

    async def _press(self) -> int:
        assert self._screen is not None
        for tries in range(1, 100):
            with contextlib.suppress(TimeoutError, RpcError):
                async with asyncio.timeout(_PATIENCE):
                    await gestures.press(self._world, self._person, self._screen, b"menu")
                    return tries
        raise AssertionError("the bot is gone")


@dataclass(slots=True)
class Workers:
    """Worker processes by name."""

    environment: dict[str, str]
    running: dict[str, Process]

    async def start(self, name: str) -> None:
        command = (sys.executable, "-m", "cli", "worker", "--name", name)
        self.running[name] = await asyncio.create_subprocess_exec(
            *command, env=self.environment, stderr=DEVNULL
        )

    async def stop(self, name: str, number: int = signal.SIGTERM) -> float:
        process = self.running.pop(name)
        began = time.monotonic()
        process.send_signal(number)
        await process.wait()
        return time.monotonic() - began


async def _bots(pool: Pool, simulator: Simulator, number: int) -> list[int]:
    ids = []
    for _ in range(number):
        bot_id = 7_300_000_000 + secrets.randbelow(10**8)
        token = f"{bot_id}:{secrets.token_hex(18)[:35]}"
        await control.call(
            "127.0.0.1",
            simulator.control_port,
            "add_bot",
            token=token,
            name="Tea",
            username=f"tea_{bot_id}_bot",
        )
        async with pool.acquire() as connection, connection.transaction():
            shop = await factories.create_shop(connection)
            await factories.create_product(connection, shop.id)
            await factories.create_bot(connection, shop, bot_id=bot_id, token=SecretStr(token))
        ids.append(bot_id)
    return ids


async def _until_shared(pool: Pool, bots: int, workers: int) -> None:
    """Waits until every bot runs and each worker has about its share; raises TimeoutError after two
    minutes."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        rows = await pool.fetch(
            "SELECT worker, count(*) AS n FROM bot_leases JOIN bots ON id = bot_id "
            "WHERE expires_at > now() AND state = 'running' GROUP BY worker"
        )
        shares = [row["n"] for row in rows]
        if sum(shares) == bots and len(shares) == workers and min(shares) >= 0.5 * bots / workers:
            return
        await asyncio.sleep(0.2)
    raise TimeoutError("the workers do not share the bots")


def _line(what: str, answers: list[Answer]) -> str:
    seconds = sorted(answer.seconds for answer in answers)
    if not seconds:
        return f"{what:34} no answers"
    percentiles = statistics.quantiles(seconds, n=100) if len(seconds) > 1 else seconds * 99
    again = sum(answer.tries > 1 for answer in answers)
    return (
        f"{what:34} {len(seconds):6} answers   p50 {1000 * percentiles[49]:5.0f} ms   "
        f"p99 {1000 * percentiles[98]:5.0f} ms   longest {1000 * seconds[-1]:5.0f} ms   "
        f"pressed again {again}"
    )


@contextlib.asynccontextmanager
async def _stage(arguments: argparse.Namespace) -> AsyncIterator[tuple[Pool, Simulator, Workers]]:
    # pylint: disable=contextmanager-generator-missing-cleanup  # `with` inside cleans up
    with Engines.running() as engines, tempfile.TemporaryDirectory() as folder:
        options = SimulatorOptions(data_dir=Path(folder), limits=False)
        async with engines.database(migrate_all) as url, running(options) as simulator:
            pool = await postgres.open_pool(url, size=4)
            workers = Workers(
                os.environ
                | {
                    "VITRINA_DATABASE_URL": url,
                    "VITRINA_SECRET_KEYS": SECRET_KEYS,
                    "VITRINA_TELEGRAM_SERVER": f"127.0.0.1:{simulator.port}",
                    "VITRINA_TELEGRAM_SERVER_KEY": f"{folder}/server_key.pub.pem",
                    "VITRINA_LOG_LEVEL": "error",
                },
                {},
            )
            try:
                await _bots(pool, simulator, arguments.bots)
                yield pool, simulator, workers
            finally:
                for process in workers.running.values():
                    process.kill()
                    await process.wait()
                await pool.close()


async def _measure(arguments: argparse.Namespace) -> None:
    async with _stage(arguments) as (pool, simulator, workers):
        names = [f"w{number + 1}" for number in range(arguments.workers)]
        for name in names:
            await workers.start(name)
        await _until_shared(pool, arguments.bots, len(names))
        answers: list[Answer] = []
        ids = [row["id"] for row in await pool.fetch("SELECT id FROM bots")]
        people = [
            asyncio.create_task(Shopper(simulator, bot_id, answers).run())
            for bot_id in ids
            for _ in range(arguments.shoppers)
        ]
        try:
            await asyncio.sleep(arguments.settle)
            print(_line("nothing happens", answers))
            everything: list[Answer] = []
            for name in names:
                everything += await _restart(name, pool, workers, arguments, answers)
            print(_line("the whole rolling restart", everything))
        finally:
            for person in people:
                person.cancel()
            results = await asyncio.gather(*people, return_exceptions=True)
        for failed in (each for each in results if isinstance(each, Exception)):
            raise failed


async def _restart(
    name: str,
    pool: Pool,
    workers: Workers,
    arguments: argparse.Namespace,
    answers: list[Answer],
) -> list[Answer]:
    answers.clear()
    leased = await pool.fetch("SELECT bot_id FROM bot_leases WHERE worker = $1", name)
    took = await workers.stop(name)
    await asyncio.sleep(arguments.settle)
    handed = {row["bot_id"] for row in leased}
    of_handed = [answer for answer in answers if answer.bot_id in handed]
    print(_line(f"{name} leaves in {took:.1f} s, its {len(handed)} bots", of_handed))
    stopped, before = len(answers), time.monotonic()
    await workers.start(name)
    await _until_shared(pool, arguments.bots, arguments.workers)
    print(_line(f"{name} is back after {time.monotonic() - before:.1f} s", answers[stopped:]))
    return list(answers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--bots", type=int, default=20)
    parser.add_argument("--shoppers", type=int, default=2, help="of each bot")
    parser.add_argument("--settle", type=float, default=5.0, help="seconds")
    uvloop.run(_measure(parser.parse_args()))


if __name__ == "__main__":
    main()
