"""CPU of a handled update with one reply: our worker beside a bare Kurigram handler.

    python -m bench.update_cost [--bots 4] [--rate 100] [--seconds 15] [--rounds 3] [--observed]

Each is a process of its own with uvloop and TgCrypto; both log in as bots of one simulated
Telegram, are sent the same messages at the same rate, in turns, and send the same reply. What is
compared is the CPU of that process alone, user and system, all its threads. Ours also has its
transaction in PostgreSQL, whose own CPU is not counted. Ours has every module on, each of which is
asked. The goal is 1.3 of the bare one.

With --observed, our bots answer nothing: their updates are counted in groups.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import os
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
import uvloop
from pydantic import SecretStr

from bots.runtime import worker
from core import postgres
from core.migrations import core_scripts, migrate
from core.modules import Modules
from core.settings import Settings
from simulator.clients import kurigram
from simulator.server import running
from simulator.simulator import Simulator, SimulatorOptions
from simulator.world import accounts, gestures
from simulator.world.mailbox import Content
from tests import factories
from tests.conftest import SECRET_KEYS
from tests.engines import Engines

_PEOPLE_A_BOT = 400  # so few messages of each that nobody looks like a flooder
_TEXT = "How much is the tea?"
_REPLY = "Press the button to see what there is."
_SETTLE_SECONDS = 240.0  # a busy machine takes its time
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Side:
    """A process that runs some bots of its own."""

    name: str
    tokens: tuple[str, ...]

    @property
    def bot_ids(self) -> list[int]:
        return [int(token.partition(":")[0]) for token in self.tokens]


# The processes that are compared.


async def run_bare(address: str, key: str, tokens: list[str], folder: str) -> None:
    """Bots as Kurigram's own documentation writes them."""
    # pylint: disable-next=import-outside-toplevel  # only the bare process needs it
    from pyrogram import Client, filters, types

    kurigram.trust(Path(key))

    async def reply(_client: Any, message: Any) -> None:
        button = types.InlineKeyboardButton("Catalogue", callback_data="catalogue:0")
        await message.reply_text(_REPLY, reply_markup=types.InlineKeyboardMarkup([[button]]))

    clients = []
    for number, token in enumerate(tokens):
        client: Any = Client(
            f"bare{number}",
            api_id=1,
            api_hash="bench",
            bot_token=token,
            workdir=folder,
            in_memory=not folder,  # Kurigram's stock storage is a file of SQLite
            connection_factory=kurigram.connection_to(address),
        )
        client.on_message(filters.private & filters.incoming)(reply)
        await client.start()
        clients.append(client)
    await asyncio.Event().wait()


async def run_ours(address: str, key: str, database_url: str) -> None:
    """A worker as `vitrina worker` runs it; `BENCH_PROFILE` names a file for cProfile's figures."""
    settings = Settings(
        _env_file=None,
        database_url=SecretStr(database_url),
        secret_keys=SecretStr(SECRET_KEYS),
        telegram_server=address,
        telegram_server_key=Path(key),
        health_port=0,
    )
    await worker.run(settings, name="bench")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far; proc(5), fields 14 and 15."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


# The crowd.


class Crowd:
    """People who write to bots at a steady rate, each long after their last message."""

    def __init__(self, simulator: Simulator, sides: list[Side]) -> None:
        self._world = simulator.world
        self._talks: dict[str, list[tuple[Any, Any]]] = {}
        with self._world.change() as change:
            for side in sides:
                for number, token in enumerate(side.tokens):
                    name = f"{side.name}{number}"
                    bot = accounts.put_bot(
                        change.db, side.bot_ids[number], token, name, f"{name}_bot"
                    )
                    self._talks.setdefault(side.name, []).extend(
                        (accounts.add_person(change.db, first_name="Anna", language="en"), bot)
                        for _ in range(_PEOPLE_A_BOT)
                    )
        for talks in self._talks.values():
            talks.sort(key=lambda talk: talk[0].id % _PEOPLE_A_BOT)  # one bot after another

    async def write(self, side: Side, rate: float, count: int) -> None:
        """Sends `count` messages to a side's bots, `rate` a second over all of them."""
        talks = self._talks[side.name]
        began = time.monotonic()
        for number in range(count):
            person, bot = talks[number % len(talks)]
            with self._world.change() as change:
                gestures.write(change, person, bot, Content(_TEXT))
            ahead = began + (number + 1) / rate - time.monotonic()
            if ahead > 0:
                await asyncio.sleep(ahead)

    @property
    def answers(self) -> int:
        """Messages that bots have sent; one side is written to at a time."""
        return int(self._world.calls["messages.sendMessage"])


async def until(condition: Any, what: str) -> None:
    deadline = time.monotonic() + _SETTLE_SECONDS
    while not await condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"not within {_SETTLE_SECONDS} s: {what}")
        await asyncio.sleep(0.05)


@contextlib.contextmanager
def process(role: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """This module in one of its other roles."""
    command = [sys.executable, "-m", "bench.update_cost", "--role", role, *arguments]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as started:
        try:
            yield started
        finally:
            started.terminate()


async def measure(options: argparse.Namespace) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="vitrina-bench-") as folder,
        Engines.running() as engines,
    ):
        async with (
            engines.database(_migrate) as url,
            running(
                SimulatorOptions(data_dir=Path(folder) / "telegram", limits=False)
            ) as simulator,
            _pool(url) as pool,
        ):
            costs = await _costs(options, simulator, pool, url, folder)
    medians = {name: statistics.median(found) for name, found in costs.items()}
    print(
        f"ours {medians['ours'] * 1e3:.2f} ms, bare {medians['bare'] * 1e3:.2f} ms: "
        f"{medians['ours'] / medians['bare']:.2f} of it (medians of {options.rounds})"
    )


async def _costs(
    options: argparse.Namespace, simulator: Simulator, pool: postgres.Pool, url: str, folder: str
) -> dict[str, list[float]]:
    bare, ours = Side("bare", _tokens(options.bots, 1)), Side("ours", _tokens(options.bots, 2))
    crowd = Crowd(simulator, [bare, ours])
    await _connect(pool, ours, "observed" if options.observed else "hosted")
    server = (f"127.0.0.1:{simulator.port}", f"{folder}/telegram/server_key.pub.pem")
    workdir = "" if options.bare_in_memory else folder
    with (
        process("ours", *server, url) as our_process,
        process("bare", *server, json.dumps(bare.tokens), workdir) as bare_process,
    ):
        await _until_running(pool, simulator, options.bots)
        pids = {bare: bare_process.pid, ours: our_process.pid}
        return await _compare(crowd, pids, options, pool)


async def _until_running(pool: postgres.Pool, simulator: Simulator, bots: int) -> None:
    async def all_run() -> bool:
        ours: int = await pool.fetchval("SELECT count(*) FROM bots WHERE state = 'running'")
        return ours == bots and len(simulator.connections) >= 2 * bots

    await until(all_run, "all bots run")
    await asyncio.sleep(3)  # until their first chores are done


async def _compare(
    crowd: Crowd, pids: dict[Side, int], options: argparse.Namespace, pool: postgres.Pool
) -> dict[str, list[float]]:
    """CPU seconds an update of each side, round by round in turns; the first only warms up."""
    costs: dict[str, list[float]] = {side.name: [] for side in pids}
    for number in range(options.rounds + 1):
        for side, pid in pids.items():
            cost = await _round(crowd, side, pid, options, pool)
            if number:
                costs[side.name].append(cost)
                print(f"{side.name}: {cost * 1e3:.2f} ms of CPU an update", flush=True)
    return costs


async def _round(
    crowd: Crowd, side: Side, pid: int, options: argparse.Namespace, pool: postgres.Pool
) -> float:
    """CPU seconds an update, of a round of messages that are all handled at its end."""
    count: int = round(options.rate * options.seconds)
    is_silent = bool(options.observed) and side.name == "ours"
    answers, handled = crowd.answers, await _handled(pool)
    began = cpu_seconds(pid)
    await crowd.write(side, options.rate, count)

    async def all_done() -> bool:
        done: int = (await _handled(pool) - handled) if is_silent else crowd.answers - answers
        return done >= count

    await until(all_done, f"{count} updates are handled by {side.name}")
    return (cpu_seconds(pid) - began) / count


async def _handled(pool: postgres.Pool) -> int:
    found: int = await pool.fetchval("SELECT count(*) FROM outbox WHERE event = 'update_handled'")
    return found


def _tokens(count: int, series: int) -> tuple[str, ...]:
    return tuple(
        f"{7_300_000_000 + 1000 * series + number}:{secrets.token_hex(18)[:35]}"
        for number in range(count)
    )


@contextlib.asynccontextmanager
async def _pool(url: str) -> AsyncIterator[postgres.Pool]:
    pool = await postgres.open_pool(url)
    try:
        yield pool
    finally:
        await pool.close()


async def _migrate(database_url: str, clickhouse_url: str) -> None:
    await migrate(database_url, clickhouse_url, core_scripts() + Modules.discover().migrations())


async def _connect(pool: postgres.Pool, side: Side, mode: str) -> None:
    """One shop a bot, whose reply equals the bare one's: a text of that length and a button."""
    for token, bot_id in zip(side.tokens, side.bot_ids, strict=True):
        async with pool.acquire() as connection, connection.transaction():
            shop = await factories.create_shop(connection, language="en")
            await factories.create_product(connection, shop.id)
            await factories.create_bot(
                connection,
                shop,
                bot_id=bot_id,
                token=SecretStr(token),
                mode=mode,
                modules=list(Modules.discover().manifests) if mode == "hosted" else [],
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bots", type=int, default=4)
    parser.add_argument("--rate", type=float, default=80.0, help="messages a second in all")
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--observed", action="store_true")
    parser.add_argument("--bare-in-memory", action="store_true", help="the bare one writes no file")
    parser.add_argument("--role", default="")
    parser.add_argument("arguments", nargs="*")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    logging.disable(logging.INFO)
    match options.role:
        case "":
            uvloop.run(measure(options))
        case "bare":
            address, key, tokens, folder = options.arguments
            uvloop.run(run_bare(address, key, json.loads(tokens), folder))
        case _:
            _run_profiled(run_ours(*options.arguments))


def _run_profiled(service: Any) -> None:
    """With BENCH_PROFILE=<file>, writes cProfile's figures there at the end."""
    target = os.environ.get("BENCH_PROFILE")
    if not target:
        with contextlib.suppress(KeyboardInterrupt):
            uvloop.run(service)
        return
    # pylint: disable-next=import-outside-toplevel  # only a profiled run needs it
    import cProfile

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    profile = cProfile.Profile()
    try:
        profile.runcall(uvloop.run, service)
    except KeyboardInterrupt:
        pass
    finally:
        profile.dump_stats(target)


if __name__ == "__main__":
    main()
