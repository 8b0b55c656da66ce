"""Fixtures: a simulator in this process, and a tiny shop's bot signed in to it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from shutil import copy

import pytest
from pyrogram import Client

from simulator.demo import DEMO_BOTS
from simulator.server import running
from simulator.simulator import Simulator, SimulatorOptions
from simulator.wire.server_key import ServerKey
from tests.simulator.clients import TinyShop, client_of, person, started
from tests.simulator.wire import Peer, connected, learn_salt


@pytest.fixture(scope="session", name="key")
def read_server_key(server_key: Path) -> ServerKey:
    return ServerKey.load_or_create(server_key.parent)


@pytest.fixture(name="data_dir")
def fresh_data_directory(tmp_path: Path, server_key: Path) -> Path:
    copy(server_key, tmp_path)
    return tmp_path


@pytest.fixture(name="simulator")
async def running_simulator(data_dir: Path) -> AsyncIterator[Simulator]:
    """Two demo bots and no shoppers."""
    options = SimulatorOptions(data_dir=data_dir, shops=2, visitors_per_minute=0)
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(running(options))


@pytest.fixture(name="shop")
async def tiny_shop(simulator: Simulator, data_dir: Path) -> AsyncIterator[TinyShop]:
    client = client_of(simulator.port, data_dir, bot_token=DEMO_BOTS[0].token)
    shop = TinyShop(client)
    async with started(client):
        yield shop


@pytest.fixture(name="buyer")
async def signed_in_person(simulator: Simulator, data_dir: Path) -> AsyncIterator[Client]:
    async with person(simulator.port, data_dir) as client:
        yield client


@pytest.fixture(name="secret")
def seeded_auth_key(simulator: Simulator) -> bytes:
    """Of the first demo bot."""
    (key,) = simulator.keys.seed([DEMO_BOTS[0].id])
    return key.secret


@pytest.fixture(name="peer")
async def connected_peer(simulator: Simulator, secret: bytes) -> AsyncIterator[Peer]:
    """The first demo bot, with the salt of the day; it has not asked for updates yet."""
    async with connected(simulator.port, secret) as peer:
        await learn_salt(peer)
        yield peer
