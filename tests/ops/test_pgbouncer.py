"""What docs/scaling.md says of PgBouncer: the services work through its session mode."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from api import bounded_pool
from bots.runtime.worker import ENDING_WHAT_HANGS
from core import clickhouse, postgres, shipments
from core.settings import Settings
from ingestion import shipper
from tests.api.conftest import serving
from tests.ingestion.rows import counted, once, outbox_is_shipped, until, write_events
from tests.ops.pooled import pooling


@pytest.fixture(name="pooled")
async def pooled_url(database_url: str) -> AsyncIterator[str]:
    async with pooling(database_url) as url:
        yield url


@pytest.fixture(name="taking_turns")
async def url_of_one_connection(database_url: str) -> AsyncIterator[str]:
    async with pooling(database_url, servers=1) as url:
        yield url


@pytest.mark.parametrize("settings", [bounded_pool.SETTINGS, ENDING_WHAT_HANGS])
async def test_bounds_hold_and_leave_with_their_client(
    taking_turns: str, settings: dict[str, str]
) -> None:
    pool = await postgres.open_pool(taking_turns, size=1, settings=settings)
    server = await pool.fetchval("SELECT pg_backend_pid()")
    for name, value in settings.items():
        same = "SELECT current_setting($1)::interval = $2::text::interval"
        assert await pool.fetchval(same, name, value), name
    await pool.close()
    unbound = await postgres.connect(taking_turns)
    assert await unbound.fetchval("SELECT pg_backend_pid()") == server  # it is used again
    for name in settings:
        assert await unbound.fetchval("SELECT current_setting($1)", name) == "0"
    await unbound.close()


async def test_a_shipper_leads_and_ships_and_the_api_lets_in(
    pooled: str, settings: Settings, tmp_path: Path
) -> None:
    through = settings.model_copy(
        update={"database_url": SecretStr(pooled), "api_port": 0, "exports_dir": tmp_path}
    )
    pool = await postgres.open_pool(pooled, size=2)
    client = await clickhouse.open_async_client(settings.clickhouse_url.get_secret_value())
    shipping = asyncio.create_task(shipper.run(through))
    try:
        async with serving(through, pool) as panel, pool.acquire() as connection:
            async with panel.visitor() as visitor:
                assert (await visitor.get("/api/v1/me")).status_code == 200
            await write_events(connection, 5)
            await until(lambda: outbox_is_shipped(connection))
            assert await counted(client) == once(5)
            (shard,) = await shipments.status(connection)
            assert shard.leader is not None
    finally:
        shipping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await shipping
        await client.close()
        await pool.close()
