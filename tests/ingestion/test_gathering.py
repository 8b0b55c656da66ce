"""When small batches wait, and when they do not."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from core import watching
from core.postgres import Connection
from ingestion import gathering
from ingestion.gathering import (
    LARGE_ROWS,
    UNWATCHED_SECONDS,
    WATCHED_SECONDS,
    Gathering,
    Waiting,
)
from ingestion.shards import ShardShipper
from ingestion.store import Store
from tests import patience
from tests.ingestion.rows import outbox_is_shipped, until, write_events

FEW, MANY = Waiting(1, is_watched=False), Waiting(LARGE_ROWS, is_watched=False)
WATCHED = Waiting(LARGE_ROWS - 1, is_watched=True)


def test_the_first_event_after_a_silence_goes_at_once() -> None:
    assert Gathering().left(now=5.0, waiting=FEW) == 0
    gathered = Gathering()
    gathered.sent(10.0)
    assert gathered.left(10.0 + WATCHED_SECONDS, waiting=WATCHED) == 0
    assert gathered.left(10.0 + UNWATCHED_SECONDS, waiting=FEW) == 0
    assert gathered.left(99.0, waiting=FEW) == 0


def test_few_events_soon_after_an_insert_wait_for_the_rest_of_the_time() -> None:
    gathered = Gathering()
    gathered.sent(10.0)
    assert gathered.left(10.5, waiting=WATCHED) == pytest.approx(WATCHED_SECONDS - 0.5)
    assert gathered.left(10.5, waiting=FEW) == pytest.approx(UNWATCHED_SECONDS - 0.5)
    assert 0 < WATCHED_SECONDS <= 1


def test_many_events_do_not_wait() -> None:
    gathered = Gathering()
    gathered.sent(10.0)
    assert gathered.left(10.0, waiting=MANY) == 0


async def test_waiting_ends_as_soon_as_it_is_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "_LOOK_SECONDS", 0.01)
    gathered, counted = Gathering(60, 60, large_rows=100), [7, 40, 100]
    gathered.sent(time.monotonic())

    async def look(limit: int) -> Waiting:
        assert limit == 100
        return Waiting(counted.pop(0), is_watched=True)

    async with asyncio.timeout(patience.SECONDS):
        await gathered.wait(look)
    assert not counted


async def test_waiting_ends_with_the_time_and_begins_only_after_an_insert() -> None:
    looks = 0

    async def look(_limit: int) -> Waiting:
        nonlocal looks
        looks += 1
        return FEW

    gathered = Gathering(0.05, 0.05)
    await gathered.wait(look)
    assert not looks
    gathered.sent(began := time.monotonic())
    await gathered.wait(look)
    assert time.monotonic() - began >= 0.05 and looks


@asynccontextmanager
async def shipping(
    database_url: str, clickhouse_url: str, gathered: Gathering
) -> AsyncIterator[None]:
    store = Store(clickhouse_url)
    ship = ShardShipper(database_url, store, 0, gathering=gathered)
    task = asyncio.create_task(ship.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        await store.close()


async def batches(connection: Connection) -> int:
    found: int = await connection.fetchval("SELECT batches FROM shipments WHERE shard = 0")
    return found


async def test_a_lone_event_is_one_insert_and_those_after_it_are_another(
    database_url: str, clickhouse_url: str, connection: Connection
) -> None:
    """However long they are gathered for, nothing waits that has nothing before it."""
    async with shipping(database_url, clickhouse_url, Gathering(3600, 3600, large_rows=20)):
        await write_events(connection, 1)
        await until(lambda: outbox_is_shipped(connection))
        assert await batches(connection) == 1
        for _ in range(20):
            await write_events(connection, 1)
        await until(lambda: outbox_is_shipped(connection))
        assert await batches(connection) == 2


async def test_much_behind_a_lone_event_is_not_gathered(
    database_url: str, clickhouse_url: str, connection: Connection
) -> None:
    async with shipping(database_url, clickhouse_url, Gathering(3600, 3600, large_rows=50)):
        await write_events(connection, 1)
        await until(lambda: outbox_is_shipped(connection))
        await write_events(connection, 60)
        await until(lambda: outbox_is_shipped(connection))
        assert await batches(connection) == 2


async def test_who_begins_to_look_is_not_kept_waiting(
    database_url: str, clickhouse_url: str, connection: Connection
) -> None:
    async with shipping(database_url, clickhouse_url, Gathering(0.01, 3600)):
        await write_events(connection, 1)
        await until(lambda: outbox_is_shipped(connection))
        await write_events(connection, 1)
        await asyncio.sleep(0.5)
        assert await batches(connection) == 1
        await watching.begin(connection)
        await until(lambda: outbox_is_shipped(connection))
        await watching.end(connection)
        assert await batches(connection) == 2
