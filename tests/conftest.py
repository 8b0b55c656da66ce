"""Fixtures for every test: fresh, migrated databases in the real engines."""

import contextlib
import gc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import structlog

from core import postgres
from core.migrations import core_scripts, migrate
from core.modules import Modules
from core.postgres import Connection, Pool
from core.settings import Settings
from simulator.wire.server_key import PRIVATE_FILE, ServerKey
from tests import memory, order, properties, server_settings
from tests.engines import Engines, Migrate, with_database
from tests.shared_clickhouse import SharedClickHouse

# What is imported and collected stays: garbage is not looked for in it, now or later.
gc.disable()
memory.use_for_temporary_files()
properties.register()
server_settings.ask_once()
# A traceback with the values of all variables, as `rich` draws it, takes seconds on a busy machine:
# what is measured meanwhile would be late.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)

_SHARED = pytest.StashKey[SharedClickHouse]()
SECRET_KEYS = "1:a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="  # as factories.KEYS


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(order)


def pytest_collection_finish() -> None:
    gc.freeze()
    # Much less often than usual: what a test makes is mostly gone with it, unlooked at.
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """In the process that starts others for the tests, before each of them."""
    config = node.config
    if _SHARED not in config.stash:
        opened = contextlib.ExitStack()
        config.stash[_SHARED] = opened.enter_context(SharedClickHouse.running())
        config.add_cleanup(opened.close)
    node.workerinput["clickhouse"] = config.stash[_SHARED].told()


async def migrate_all(database_url: str, clickhouse_url: str) -> None:
    scripts = core_scripts() + Modules.discover().migrations()
    await migrate(database_url, clickhouse_url, scripts)


@pytest.fixture(scope="session", name="engines")
def running_engines(request: pytest.FixtureRequest) -> Iterator[Engines]:
    told = getattr(request.config, "workerinput", None)
    shared = SharedClickHouse.of(told["clickhouse"]) if told else None
    with Engines.running(told["workerid"] if told else "", shared) as running:
        yield running


@pytest.fixture(scope="session", name="server_key")
def made_server_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The simulator's private key, one for all tests: making one takes as long as a test."""
    directory = tmp_path_factory.mktemp("server-key")
    ServerKey.load_or_create(directory)
    return directory / PRIVATE_FILE


@pytest.fixture(name="migration")
def migration_of_all() -> Migrate:
    """How a test's databases are made."""
    return migrate_all


@pytest.fixture(name="database_url")
async def fresh_database(engines: Engines, migration: Migrate) -> AsyncIterator[str]:
    """A migrated PostgreSQL database."""
    async with engines.database(migration) as url:
        yield url


@pytest.fixture(name="clickhouse_url")
async def fresh_clickhouse(engines: Engines, migration: Migrate) -> AsyncIterator[str]:
    """A migrated ClickHouse database, as the user who writes."""
    async with engines.clickhouse_database(migration) as url:
        yield url


@pytest.fixture(name="clickhouse_panel_url")
async def fresh_clickhouse_panel(engines: Engines, clickhouse_url: str) -> str:
    """The same database as `clickhouse_url`, as the user who reads."""
    name = urlsplit(clickhouse_url).path.strip("/")
    return with_database((await engines.clickhouse()).panel_url, name)


@pytest.fixture(name="pool")
async def opened_pool(database_url: str) -> AsyncIterator[Pool]:
    opened = await postgres.open_pool(database_url)
    yield opened
    await opened.close()


@pytest.fixture(name="connection")
async def acquired_connection(pool: Pool) -> AsyncIterator[Connection]:
    async with pool.acquire() as acquired:
        yield acquired


@pytest.fixture(name="settings")
def made_settings(database_url: str, clickhouse_url: str, clickhouse_panel_url: str) -> Settings:
    """Settings of a service on this test's stores, whatever the environment says."""
    return Settings(
        _env_file=None,
        database_url=database_url,
        clickhouse_url=clickhouse_url,
        clickhouse_panel_url=clickhouse_panel_url,
        secret_keys=SECRET_KEYS,
    )
