"""The shipper as a process, as in production: its health page, stopping and killing it."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from dataclasses import dataclass

from clickhouse_connect.driver.asyncclient import AsyncClient

from core import shipments
from core.postgres import Connection, Pool
from core.settings import Settings
from local import ports, readiness
from tests import patience
from tests.ingestion.rows import counted, once, outbox_is_shipped, until, write_events


@dataclass
class Service:
    process: Process
    health: str

    async def ready(self) -> bool:
        return await readiness.http_ok(f"{self.health}/ready")


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Service]:
    port = ports.free_port()
    variables = {
        "VITRINA_DATABASE_URL": settings.database_url.get_secret_value(),
        "VITRINA_CLICKHOUSE_URL": settings.clickhouse_url.get_secret_value(),
        "VITRINA_HEALTH_PORT": str(port),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli", "shipper", env=os.environ | variables
    )
    try:
        yield Service(process, f"http://127.0.0.1:{port}")
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def shipped_rows(connection: Connection) -> int:
    rows: int = await connection.fetchval("SELECT sum(shipped_rows)::bigint FROM shipments")
    return rows


async def leaders(connection: Connection) -> list[int]:
    """The process that leads each shard, 0 where there is none."""
    found = await shipments.status(connection)
    return [int((shard.leader or ":0").rpartition(":")[2]) for shard in found]


async def leader_process(connection: Connection) -> int:
    """Which process holds the shard's lock: its connection has its name."""
    name: str = await connection.fetchval(
        "SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid) "
        "WHERE locktype = 'advisory' AND granted AND datname = current_database() "
        f"AND classid = {shipments.LOCK_CLASS}"
    )
    return int(name.rpartition(":")[2])


async def test_it_says_how_it_is_and_stops_when_it_is_told_to(
    settings: Settings, pool: Pool, client: AsyncClient
) -> None:
    async with running(settings) as service, pool.acquire() as connection:
        await until(service.ready)
        status, body = await readiness.http_get(f"{service.health}/ready")
        assert (status, json.loads(body)) == (
            200,
            {"postgres": True, "clickhouse": True, "shipper": True},
        )
        assert await readiness.http_ok(f"{service.health}/health")
        assert (await readiness.http_get(f"{service.health}/else"))[0] == 404
        async with running(settings) as standby:  # is ready, too
            await until(standby.ready)
        await write_events(connection, 5)
        await until(lambda: outbox_is_shipped(connection))
        service.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(patience.SECONDS):
            assert await service.process.wait() == 0
    assert await counted(client) == once(5)


async def test_kill_after_kill_every_event_is_counted_once(
    settings: Settings, pool: Pool, client: AsyncClient
) -> None:
    written = 0
    kills_over = asyncio.Event()

    async def write() -> None:
        nonlocal written
        async with pool.acquire() as connection:
            while not kills_over.is_set():
                await write_events(connection, 400)
                written += 400
                await asyncio.sleep(0.01)

    async with contextlib.AsyncExitStack() as stack:
        connection = await stack.enter_async_context(pool.acquire())
        services = [await stack.enter_async_context(running(settings)) for _ in range(3)]
        for service in services:
            await until(service.ready)
        writing = asyncio.create_task(write())
        try:
            for _ in range(2):
                before = await shipped_rows(connection)

                async def has_shipped(before: int = before) -> bool:
                    return await shipped_rows(connection) > before

                await until(has_shipped)
                os.kill(await leader_process(connection), signal.SIGKILL)
        finally:
            kills_over.set()
            await writing
        await until(lambda: outbox_is_shipped(connection))
    assert await counted(client) == once(written)


async def test_two_share_three_shards_and_one_takes_over_the_other_s(
    settings: Settings, pool: Pool, client: AsyncClient
) -> None:
    """Shards are added while both run, and events of every shop go on meanwhile."""
    written = 0
    over = asyncio.Event()

    async def write() -> None:
        nonlocal written
        async with pool.acquire() as connection:
            while not over.is_set():
                for shop_id in (1, 2, 3):
                    await write_events(connection, 20, shop_id=shop_id)
                    written += 20
                await asyncio.sleep(0.02)

    async with contextlib.AsyncExitStack() as stack:
        connection = await stack.enter_async_context(pool.acquire())
        first = await stack.enter_async_context(running(settings))
        await until(first.ready)
        writing = asyncio.create_task(write())
        try:
            async with connection.transaction():
                await shipments.set_shards(connection, 3)

            async def is_led_by(*expected: tuple[int, int]) -> bool:
                led = await leaders(connection)
                return sorted((led.count(pid), pid) for pid in set(led)) == sorted(expected)

            one = first.process.pid
            await until(lambda: is_led_by((3, one)))
            second = await stack.enter_async_context(running(settings))
            two = second.process.pid
            await until(lambda: is_led_by((2, one), (1, two)))
            first.process.kill()
            await until(lambda: is_led_by((3, two)))
        finally:
            over.set()
            await writing
        await until(lambda: outbox_is_shipped(connection))
    assert await counted(client) == once(written)


async def test_it_tells_prometheus_how_it_is(settings: Settings, pool: Pool) -> None:
    async with running(settings) as service, pool.acquire() as connection:
        await until(service.ready)
        await write_events(connection, 5)
        await until(lambda: outbox_is_shipped(connection))

        async def shown() -> dict[str, float]:
            _, page = await readiness.http_get(f"{service.health}/metrics")
            lines = [line for line in page.splitlines() if line and not line.startswith("#")]
            return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}

        found = await shown()
        assert found['vitrina_shipper_rows_total{shard="0"}'] == 5
        assert found['vitrina_shipper_batch_rows_sum{shard="0"}'] == 5
        assert found['vitrina_shipper_leads{shard="0"}'] == 1
        assert found['vitrina_shipper_bytes_total{shard="0"}'] > 500
        assert found["process_resident_memory_bytes"] > 10_000_000
        async with connection.transaction():
            await write_events(connection, 7)

            async def is_held() -> bool:
                return (await shown())["vitrina_shipper_horizon_held_seconds"] > 0

            await until(is_held)
