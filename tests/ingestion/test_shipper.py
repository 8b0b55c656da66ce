import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from clickhouse_connect.driver.asyncclient import AsyncClient
from structlog.testing import capture_logs

from core import postgres, shipments
from core.postgres import EVENTS_CHANNEL, Connection, Pool
from core.settings import Settings
from ingestion import delivery, shipper
from ingestion.attempts import backoff
from ingestion.batches import Batch
from ingestion.gathering import LARGE_ROWS, WATCHED_SECONDS, Gathering
from ingestion.shards import ShardShipper
from ingestion.store import Store
from tests import patience
from tests.ingestion import gate
from tests.ingestion.rows import (
    counted,
    once,
    outbox_is_shipped,
    recorded,
    send,
    until,
    write_events,
)


@contextlib.asynccontextmanager
async def shipping(
    database_url: str, clickhouse_url: str, *, batch_rows: int = 1000
) -> AsyncIterator[ShardShipper]:
    """A shipper of shard 0 at work, as if somebody looked at live figures."""
    store = Store(clickhouse_url)
    gathering = Gathering(unwatched_seconds=WATCHED_SECONDS, large_rows=min(LARGE_ROWS, batch_rows))
    ship = ShardShipper(database_url, store, 0, batch_rows=batch_rows, gathering=gathering)
    task = asyncio.create_task(ship.run())
    try:
        yield ship
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await store.close()


async def shipped(connection: Connection) -> None:
    await until(lambda: outbox_is_shipped(connection))


def role_of(ship: ShardShipper, role: str) -> Callable[[], Awaitable[bool]]:
    async def has_it() -> bool:
        return ship.role == role

    return has_it


async def record_and_die(database_url: str, limit: int, client: AsyncClient | None) -> Batch:
    """A shipper that records a batch, sends it if there is a client, and dies before it says so."""
    connection = await postgres.connect(database_url)
    try:
        batch = await recorded(connection, limit)
        if client is not None:
            await send(connection, client, batch)
    finally:
        connection.terminate()
    return batch


async def leader_pid(connection: Connection) -> int | None:
    pid: int | None = await connection.fetchval(
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 1936222576 "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    return pid


async def test_events_arrive_in_batches_and_their_shops_are_announced(
    database_url: str, clickhouse_url: str, connection: Connection, client: AsyncClient
) -> None:
    announced: asyncio.Queue[str] = asyncio.Queue()
    listener = await postgres.connect(database_url)
    await listener.add_listener(EVENTS_CHANNEL, lambda *call: announced.put_nowait(str(call[3])))
    await write_events(connection, 500, shop_id=4)
    await write_events(connection, 10, shop_id=5)
    async with shipping(database_url, clickhouse_url):
        await shipped(connection)
        assert await counted(client) == once(510)
        assert {await announced.get(), await announced.get()} == {"4", "5"}
        await write_events(connection, 10, shop_id=5)
        assert await asyncio.wait_for(announced.get(), patience.SECONDS) == "5"
    await listener.close()
    row = await connection.fetchrow("SELECT shipped_rows, shipped_at FROM shipments")
    assert row is not None and row["shipped_rows"] == 520 and row["shipped_at"] is not None


@pytest.mark.parametrize("sent", [False, True])
async def test_one_who_died_with_a_batch_on_record_is_continued(
    database_url: str,
    clickhouse_url: str,
    connection: Connection,
    client: AsyncClient,
    sent: bool,
) -> None:
    """Sent or not, acknowledged or not: the next one sends the same batch under the same token."""
    await write_events(connection, 700)
    await record_and_die(database_url, 500, client if sent else None)
    assert (await counted(client)).rows == (500 if sent else 0)
    await write_events(connection, 300)
    async with shipping(database_url, clickhouse_url, batch_rows=400):
        await shipped(connection)
    assert await counted(client) == once(1000)


async def test_an_answer_that_never_came_is_asked_for_again(
    database_url: str, clickhouse_url: str, connection: Connection, client: AsyncClient
) -> None:
    await write_events(connection, 1500)
    async with gate.before(clickhouse_url) as door:
        door.swallow_answers = 2
        async with shipping(database_url, door.url):
            await shipped(connection)
        assert door.cut == 2
    assert await counted(client) == once(1500)


async def test_a_request_cut_in_the_middle_is_sent_again(
    database_url: str, clickhouse_url: str, connection: Connection, client: AsyncClient
) -> None:
    await write_events(connection, 20_000)
    async with gate.before(clickhouse_url) as door:
        door.cut_after = 700_000
        async with shipping(database_url, door.url, batch_rows=20_000):

            async def was_cut_twice() -> bool:
                return door.cut >= 2

            await until(was_cut_twice)
            assert (await counted(client)).rows == 0
            door.cut_after = None
            await shipped(connection)
    assert await counted(client) == once(20_000)


async def test_while_clickhouse_is_away_it_waits_and_says_so_once(
    database_url: str, clickhouse_url: str, connection: Connection, client: AsyncClient
) -> None:
    await write_events(connection, 100)
    async with gate.before(clickhouse_url) as door:
        door.refuse = True
        with capture_logs() as logs:
            async with shipping(database_url, door.url):

                async def was_refused_often() -> bool:
                    return door.refused > 3

                await until(was_refused_often)
                (shard,) = await shipments.status(connection)
                assert shard.is_held_up and shard.retries > 0
                assert (shard.last_error or "").startswith("ClickHouse: ")
                door.refuse = False
                await shipped(connection)
        (shard,) = await shipments.status(connection)
        assert not shard.is_held_up and shard.last_error is not None
        events = [entry["event"] for entry in logs]
        assert events.count("events cannot be shipped, trying again") == 1
        assert events[-1] == "shipping continues"
    assert await counted(client) == once(100)


async def test_another_takes_over_when_the_leader_dies_in_the_middle_of_a_batch(
    database_url: str, clickhouse_url: str, connection: Connection, client: AsyncClient
) -> None:
    async with gate.before(clickhouse_url) as door, contextlib.AsyncExitStack() as first_life:
        first = await first_life.enter_async_context(
            shipping(database_url, door.url, batch_rows=20_000)
        )
        await until(role_of(first, "leader"))
        door.hold_after = 700_000
        await write_events(connection, 20_000)
        await door.held.wait()
        async with shipping(database_url, clickhouse_url) as second:
            await until(role_of(second, "standby"))
            await first_life.aclose()
            await until(role_of(second, "leader"))
            await write_events(connection, 50)
            await shipped(connection)
    assert await counted(client) == once(20_050)


async def test_postgres_cutting_everybody_off_is_survived(
    database_url: str, clickhouse_url: str, pool: Pool, client: AsyncClient
) -> None:
    async with pool.acquire() as connection, shipping(database_url, clickhouse_url) as ship:
        for _ in range(3):
            await write_events(connection, 500)

            await until(role_of(ship, "leader"))
            await connection.execute(
                "SELECT pg_terminate_backend($1)", await leader_pid(connection)
            )
        await shipped(connection)
    assert await counted(client) == once(1500)


async def test_rows_that_clickhouse_cannot_read_become_dead_letters_and_nothing_else(
    database_url: str, clickhouse_url: str, connection: Connection, client: AsyncClient
) -> None:
    await write_events(connection, 300)
    bad = [1, 2, 150, 300]
    await connection.execute(
        "UPDATE outbox SET occurred_at = 'infinity', props = 'kept' WHERE pos = ANY($1)", bad
    )
    async with shipping(database_url, clickhouse_url):
        await shipped(connection)
        await write_events(connection, 100)
        await shipped(connection)
    assert await counted(client) == once(396)
    letters = await connection.fetch("SELECT * FROM dead_letters ORDER BY pos")
    assert [letter["pos"] for letter in letters] == bad
    assert "occurred_at: a moment" in letters[0]["error"]
    whole = letters[0]["envelope"]
    assert (whole["occurred_at"], whole["props"], whole["pos"]) == ("infinity", "kept", 1)
    assert await connection.fetchval("SELECT shipped_rows FROM shipments") == 396


async def test_several_shards_are_shipped_side_by_side(
    settings: Settings, connection: Connection, client: AsyncClient
) -> None:
    await connection.execute("INSERT INTO shipments (shard, xid, pos) VALUES (1, '0', 0)")
    task = asyncio.create_task(shipper.run(settings))
    for _ in range(5):
        await write_events(connection, 20, shard=0)
        await write_events(connection, 20, shard=1)
    await shipped(connection)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert await counted(client) == once(200)


async def test_the_next_batch_is_read_meanwhile_but_not_recorded_before_this_one_has_arrived(
    database_url: str, clickhouse_url: str, connection: Connection, client: AsyncClient
) -> None:
    await write_events(connection, 25_000)
    async with gate.before(clickhouse_url) as door:
        door.hold_after = 300_000
        async with shipping(database_url, door.url, batch_rows=10_000):
            await door.held.wait()

            async def has_read_ahead() -> bool:
                reads: int = await connection.fetchval(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                    "AND state = 'idle' AND query LIKE 'COPY%' "
                    "AND query_start > (SELECT pending_since FROM shipments)"
                )
                return reads == 1

            await until(has_read_ahead)
            (shard,) = await shipments.status(connection)
            assert (shard.pending_rows, shard.shipped_rows) == (10_000, 0)
            door.hold_after = None
            door.release.set()
            await shipped(connection)
    (shard,) = await shipments.status(connection)
    assert (shard.batches, shard.shipped_rows) == (3, 25_000)
    assert await counted(client) == once(25_000)


async def test_a_store_that_is_not_there_yet_does_not_answer(clickhouse_url: str) -> None:
    async with gate.before(clickhouse_url) as door:
        door.refuse = True
        store = Store(door.url)
        assert not await store.answers()
        with pytest.raises(delivery.Undelivered):
            await store.client()
        door.refuse = False
        assert await store.answers()
        await store.close()


def test_waiting_grows_to_seconds_and_is_spread() -> None:
    delays = backoff()
    waits = [next(delays) for _ in range(200)]
    assert waits[0] <= 0.1 and max(waits) <= 5 and min(waits[20:]) >= 2.5
    assert len(set(waits)) == len(waits)
