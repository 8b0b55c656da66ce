"""Reaching Telegram: another data centre, a SOCKS5 proxy, an MTProxy."""

import asyncio
import hashlib
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from pydantic import SecretStr, ValidationError

from bots.runtime.server import Server, proxy_of
from bots.runtime.worker import run
from core.errors import ConfigurationError
from core.postgres import Pool
from core.settings import Settings, telegram_servers
from core.shop.bots import Bot
from simulator.server import running
from simulator.simulator import Simulator, SimulatorOptions
from tests.bots.runtime.conftest import Stage, Telegram, until

SECRET = "0123456789abcdef0123456789abcdef"


@asynccontextmanager
async def listening(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def pipe(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, through: Callable[[bytes], bytes]
) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(through(data))
            await writer.drain()
    writer.close()


class Socks5:
    """RFC 1928, and RFC 1929 for the password; connects wherever it is asked to."""

    def __init__(self, user: str = "", password: str = "") -> None:
        self.reached: list[int] = []
        self._login = (user, password)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, count = await reader.readexactly(2)
        methods = await reader.readexactly(count)
        wanted = 2 if self._login[0] else 0
        writer.write(bytes([5, wanted if wanted in methods else 0xFF]))
        if wanted and not await self._admit(reader, writer):
            writer.close()
            return
        _, _, _, kind = await reader.readexactly(4)
        assert kind == 1  # an IPv4 address
        host = ".".join(map(str, await reader.readexactly(4)))
        (port,) = struct.unpack(">H", await reader.readexactly(2))
        self.reached.append(port)
        there, back = await asyncio.open_connection(host, port)
        writer.write(bytes([5, 0, 0, 1]) + bytes(6))
        await asyncio.gather(pipe(reader, back, bytes), pipe(there, writer, bytes))

    async def _admit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        told = []
        await reader.readexactly(1)
        for _ in range(2):
            (length,) = await reader.readexactly(1)
            told.append((await reader.readexactly(length)).decode())
        is_right = tuple(told) == self._login
        writer.write(bytes([1, 0 if is_right else 1]))
        return is_right


class MtProxy:
    """Takes the obfuscation off, https://core.telegram.org/mtproto/mtproto-transports, and passes
    the packets on to the data centre that the header names."""

    def __init__(self, ports: dict[int, int]) -> None:
        self.asked: list[int] = []
        self._ports = ports

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        header = await reader.readexactly(64)
        inward = self._cipher(header[8:56]).decryptor()
        outward = self._cipher(header[55:7:-1]).encryptor()
        plain = inward.update(header)
        assert plain[56:60] == b"\xef" * 4
        (data_centre,) = struct.unpack("<h", plain[60:62])
        self.asked.append(data_centre)
        there, back = await asyncio.open_connection("127.0.0.1", self._ports[data_centre])
        back.write(b"\xef")
        await asyncio.gather(pipe(reader, back, inward.update), pipe(there, writer, outward.update))

    @staticmethod
    def _cipher(part: bytes) -> Any:
        key = hashlib.sha256(part[:32] + bytes.fromhex(SECRET)).digest()
        return Cipher(algorithms.AES(key), modes.CTR(part[32:48]))


@pytest.fixture(name="simulator")
async def simulated(tmp_path: Path, server_key: Path) -> AsyncIterator[Simulator]:
    copy(server_key, tmp_path)
    options = SimulatorOptions(data_dir=tmp_path, data_centres=(2, 4))
    # pylint: disable-next=contextmanager-generator-missing-cleanup  # pytest ends its fixtures
    async with running(options) as simulator:
        yield simulator


@pytest.fixture(name="stage")
async def staged(
    pool: Pool, database_url: str, simulator: Simulator, tmp_path: Path
) -> AsyncIterator[Stage]:
    servers = ",".join(f"{number}=127.0.0.1:{port}" for number, port in simulator.ports.items())
    key = tmp_path / "server_key.pub.pem"
    telegram = Telegram(servers, key, simulator.control_port, simulator.world)
    async with AsyncExitStack() as stack:
        yield Stage(pool, database_url, telegram, stack)


@asynccontextmanager
async def answers(stage: Stage, bot: Bot, **settings: Any) -> AsyncIterator[None]:
    """A worker with these settings answers somebody."""
    worker = asyncio.create_task(run(stage.settings().model_copy(update=settings), name="w"))
    try:
        await stage.runs(bot)
        anna = stage.telegram.person()
        stage.telegram.say(anna, bot, "/start")

        async def is_answered() -> bool:
            return bool(stage.telegram.heard(anna, bot))

        await until(is_answered, "the bot answers")
        yield
    finally:
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker


async def test_a_bot_is_followed_to_its_data_centre_and_stays_there(
    stage: Stage, simulator: Simulator
) -> None:
    bot = await stage.bot()
    await stage.telegram.ask("move", account=bot.id, data_centre=4)
    for _ in range(2):
        async with answers(stage, bot):
            row = await stage.pool.fetchrow("SELECT dc_id, server_address, port FROM bot_sessions")
            assert row is not None and tuple(row) == (4, "127.0.0.1", simulator.ports[4])
    calls = (await stage.telegram.ask("stats"))["calls"]
    assert calls["auth.importBotAuthorization"] == 2  # both of the first login


@pytest.mark.parametrize("login", [("", ""), ("vitrina", "p@ss:word")])
async def test_a_bot_runs_behind_a_socks5_proxy(
    stage: Stage, simulator: Simulator, login: tuple[str, str]
) -> None:
    bot = await stage.bot()
    proxy = Socks5(*login)
    async with listening(proxy.serve) as port:
        who = "vitrina:p%40ss%3Aword@" if login[0] else ""
        url = SecretStr(f"socks5://{who}127.0.0.1:{port}")
        async with answers(stage, bot, telegram_proxy=url):
            assert set(proxy.reached) == {simulator.ports[2]}


async def test_a_bot_runs_behind_an_mtproxy(stage: Stage, simulator: Simulator) -> None:
    bot = await stage.bot()
    await stage.telegram.ask("move", account=bot.id, data_centre=4)
    proxy = MtProxy(simulator.ports)
    async with listening(proxy.serve) as port:
        link = f"tg://proxy?server=127.0.0.1&port={port}&secret={SECRET}"
        async with answers(stage, bot, telegram_proxy=SecretStr(link)):
            assert set(proxy.asked) == {2, 4}


@pytest.mark.parametrize(
    "setting",
    [
        "127.0.0.1:1080",
        "socks5://:hunter2@",
        "socks5://a:hunter2@host",
        "ftp://host:1",
        "socks5://h:x",
    ],
)
def test_a_proxy_that_is_none_is_told_without_its_password(setting: str) -> None:
    with pytest.raises(ConfigurationError, match="VITRINA_TELEGRAM_PROXY") as told:
        proxy_of(SecretStr(setting))
    assert "hunter2" not in str(told.value)


def test_ipv6_is_a_setting_for_telegram_itself() -> None:
    own = Settings(
        _env_file=None, telegram_api_id=1, telegram_api_hash=SecretStr("x"), telegram_ipv6=True
    )
    assert Server.of(own).is_ipv6
    there = Settings(_env_file=None, telegram_server="[::1]:4430")
    assert Server.of(there).is_ipv6
    here = Settings(_env_file=None, telegram_server="127.0.0.1:4430", telegram_ipv6=True)
    assert not Server.of(here).is_ipv6


def test_where_data_centres_are() -> None:
    assert not telegram_servers("")
    assert telegram_servers("here:1") == {0: ("here", 1)}
    assert telegram_servers("2=[::1]:1, 4=there:2") == {
        0: ("::1", 1),
        2: ("::1", 1),
        4: ("there", 2),
    }
    for wrong in ("here", "two=here:1", "2=", "here:99999", "2=here:1,there"):
        with pytest.raises(ValidationError, match="2=127.0.0.1:4430"):
            Settings(_env_file=None, telegram_server=wrong)
