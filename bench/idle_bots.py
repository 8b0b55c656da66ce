"""What idle bots cost a worker, beside bare Kurigram clients: memory a bot and start-up time.

    python -m bench.idle_bots [--bots 300] [--logins 30]

Ours have every module on. Both connect to the same simulator with sessions that are stored already;
then a part of the bots logs in from tokens, with a key exchange each. Memory is what a process
holds more (resident set) than before it had its bots; the goal is 0.6 MiB a bot.
"""

import argparse
import asyncio
import json
import os
import re
import resource
import secrets
import sys
import tempfile
import threading
import time
from asyncio.subprocess import DEVNULL, PIPE
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from struct import pack

import httpx
import uvloop
from pydantic import SecretStr
from pyrogram import Client
from pyrogram.storage import Storage

from bots.runtime.storage import auth_key_row
from core import postgres
from core.modules import Modules
from core.postgres import BOTS_CHANNEL, Pool
from local.ports import free_port
from simulator.clients.kurigram import connection_to
from simulator.control import port as control
from simulator.server import running
from simulator.simulator import Simulator, SimulatorOptions
from tests import factories
from tests.conftest import SECRET_KEYS, migrate_all
from tests.engines import Engines

_API_ID = 1
_SETTLE_SECONDS = 5.0
_DEADLINE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Cost:
    """Of `bots`: seconds until all run; additional resident memory in bytes; threads in total."""

    bots: int
    seconds: float
    rss_bytes: int
    threads: int

    @property
    def mebibytes(self) -> float:
        """Per bot."""
        return self.rss_bytes / self.bots / 1024**2

    def line(self, what: str) -> str:
        return (
            f"{what:44} {self.bots:4} bots   {self.mebibytes:5.2f} MiB a bot   "
            f"{self.seconds:6.1f} s to start all   {self.threads:4} threads"
        )


def _rss_bytes(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def _session_string(bot_id: int, key: bytes) -> str:
    packed = pack(Storage.SESSION_STRING_FORMAT, 2, _API_ID, False, key, bot_id, True)
    return urlsafe_b64encode(packed).decode().rstrip("=")


async def _bare(address: str) -> None:
    """In a process of its own: bare clients with the sessions from standard input."""
    sessions = json.loads(sys.stdin.read())
    before = _rss_bytes(os.getpid())
    began = time.monotonic()
    clients = [
        Client(
            f"bare-{number}",
            api_id=_API_ID,
            api_hash="vitrina",
            session_string=session,
            in_memory=True,
            workers=2,
            max_message_cache_size=10,
            max_topic_cache_size=10,
            fetch_replies=False,
            fetch_topics=False,
            fetch_stories=False,
            fetch_stickers=False,
            connection_factory=connection_to(address),
        )
        for number, session in enumerate(sessions)
    ]
    slots = asyncio.Semaphore(20)

    async def start(client: Client) -> None:
        async with slots:
            await client.start()

    await asyncio.gather(*(start(client) for client in clients))
    seconds = time.monotonic() - began
    await asyncio.sleep(_SETTLE_SECONDS)
    grown = _rss_bytes(os.getpid()) - before
    print(json.dumps([len(clients), seconds, grown, threading.active_count()]), flush=True)
    os._exit(0)  # stopping them all is not measured


async def _measure_bare(address: str, keys: dict[int, bytes]) -> Cost:
    command = (sys.executable, "-m", "bench.idle_bots", "--bare", address)
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    sessions = [_session_string(bot_id, key) for bot_id, key in keys.items()]
    output, _ = await process.communicate(json.dumps(sessions).encode())
    return Cost(*json.loads(output.splitlines()[-1]))


@dataclass(frozen=True, slots=True)
class Stage:
    pool: Pool
    simulator: Simulator
    environment: dict[str, str]

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.simulator.port}"

    async def seed(self, number: int) -> dict[int, bytes]:
        """Bots that nobody runs yet, each with a session's key."""
        ids = [7_400_000_000 + each for each in range(number)]
        async with self.pool.acquire() as connection:
            shop = await factories.create_shop(connection)
            for bot_id in ids:
                token = f"{bot_id}:{secrets.token_hex(18)[:35]}"
                await control.call(
                    "127.0.0.1",
                    self.simulator.control_port,
                    "add_bot",
                    token=token,
                    name="Tea",
                    username=f"tea_{bot_id}_bot",
                )
                await factories.create_bot(
                    connection,
                    shop,
                    bot_id=bot_id,
                    token=SecretStr(token),
                    modules=list(Modules.discover().manifests),
                )
            await connection.execute("UPDATE bots SET state = 'stopped'")
        made = await control.call(
            "127.0.0.1", self.simulator.control_port, "seed_keys", accounts=ids
        )
        return {each["account"]: bytes.fromhex(each["key"]) for each in made}

    async def store(self, keys: dict[int, bytes]) -> None:
        """Stores sessions where a worker finds them."""
        host, _, port = self.address.rpartition(":")
        await self.pool.executemany(
            "INSERT INTO bot_sessions (bot_id, dc_id, server_address, port, api_id, test_mode, "
            "auth_key_sealed, user_id, is_bot, date) "
            "VALUES ($1, 2, $2, $3, $4, false, $5, $1, true, 0)",
            [
                (bot_id, host, int(port), _API_ID, factories.KEYS.seal(key, auth_key_row(bot_id)))
                for bot_id, key in keys.items()
            ],
        )

    async def measure(self, bot_ids: list[int]) -> Cost:
        """Starts a worker without bots, then gives it these."""
        async with self._worker() as (pid, metrics):
            await asyncio.sleep(2.0)
            before = _rss_bytes(pid)
            began = time.monotonic()
            await self.pool.execute(
                "UPDATE bots SET state = 'queued' WHERE id = ANY ($1::bigint[])", bot_ids
            )
            await self.pool.execute("SELECT pg_notify($1, '')", BOTS_CHANNEL)
            await self._until_running(len(bot_ids))
            seconds = time.monotonic() - began
            await asyncio.sleep(_SETTLE_SECONDS)
            grown = _rss_bytes(pid) - before
            async with httpx.AsyncClient() as client:
                page = (await client.get(metrics)).text
        threads = re.search(r"^vitrina_threads (\S+)$", page, re.MULTILINE)
        await self.pool.execute("UPDATE bots SET state = 'stopped'")
        return Cost(len(bot_ids), seconds, grown, int(float(threads[1])) if threads else 0)

    async def _until_running(self, number: int) -> None:
        async with asyncio.timeout(_DEADLINE_SECONDS):
            query = "SELECT count(*) FROM bots WHERE state = 'running'"
            while await self.pool.fetchval(query) < number:
                await asyncio.sleep(0.05)

    @asynccontextmanager
    async def _worker(self) -> AsyncIterator[tuple[int, str]]:
        port = free_port()
        environment = self.environment | {"VITRINA_HEALTH_PORT": str(port)}
        command = (sys.executable, "-m", "cli", "worker", "--name", f"bench-{port}")
        process = await asyncio.create_subprocess_exec(*command, env=environment, stderr=DEVNULL)
        try:
            async with asyncio.timeout(60), httpx.AsyncClient() as client:
                while True:
                    try:
                        if (await client.get(f"http://127.0.0.1:{port}/ready")).is_success:
                            break
                    except httpx.TransportError:
                        pass
                    await asyncio.sleep(0.1)
            yield process.pid, f"http://127.0.0.1:{port}/metrics"
        finally:
            process.kill()
            await process.wait()
            await self.pool.execute("UPDATE bot_leases SET expires_at = now()")


@asynccontextmanager
async def _stage() -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        engines = stack.enter_context(Engines.running())
        # pylint: disable-next=consider-using-with  # the stack closes it
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        url = await stack.enter_async_context(engines.database(migrate_all))
        simulator = await stack.enter_async_context(
            running(SimulatorOptions(data_dir=Path(folder)))
        )
        pool = await postgres.open_pool(url, size=2)
        stack.push_async_callback(pool.close)
        environment = os.environ | {
            "VITRINA_DATABASE_URL": url,
            "VITRINA_SECRET_KEYS": SECRET_KEYS,
            "VITRINA_TELEGRAM_SERVER": f"127.0.0.1:{simulator.port}",
            "VITRINA_TELEGRAM_SERVER_KEY": f"{folder}/server_key.pub.pem",
            "VITRINA_LOG_LEVEL": "error",
        }
        yield Stage(pool, simulator, environment)


async def _measure(arguments: argparse.Namespace) -> None:
    async with _stage() as stage:
        keys = await stage.seed(arguments.bots)
        bare = await _measure_bare(stage.address, keys)
        print(bare.line("bare Kurigram clients, stored sessions"))
        await stage.store(keys)
        stored = await stage.measure(list(keys))
        print(stored.line("a worker, stored sessions"))
        print(
            f"{'':44} {stored.mebibytes / bare.mebibytes:.2f} × the memory of a bare client, "
            f"{stored.seconds / bare.seconds:.2f} × the time"
        )
        await stage.pool.execute("DELETE FROM bot_sessions")
        first = await stage.measure(list(keys)[: arguments.logins])
        print(first.line("a worker, first logins from tokens"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--bots", type=int, default=300)
    parser.add_argument("--logins", type=int, default=30, help="bots that log in from a token")
    parser.add_argument("--bare", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    uvloop.run(_bare(arguments.bare) if arguments.bare else _measure(arguments))


if __name__ == "__main__":
    main()
