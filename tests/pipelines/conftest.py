"""One migrated database for all tests of figures; each of them opens shops of its own."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest

from core.settings import Settings
from tests.conftest import SECRET_KEYS, migrate_all
from tests.engines import Engines
from tests.pipelines.world import World


@pytest.fixture(scope="session", name="world")
def shared_world(engines: Engines) -> Iterator[World]:
    """Stores for hand-made events, in ClickHouse and PostgreSQL."""
    with asyncio.Runner() as runner:
        opened = AsyncExitStack()
        stores = runner.run(opened.enter_async_context(engines.stores(migrate_all)))
        settings = Settings(
            _env_file=None,
            database_url=stores.database_url,
            clickhouse_url=stores.clickhouse_url,
            clickhouse_panel_url=stores.clickhouse_panel_url,
            secret_keys=SECRET_KEYS,
        )
        world = World(settings)
        try:
            yield world
        finally:
            world.close()
            runner.run(opened.aclose())
