import contextlib

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from core import postgres
from core.postgres import Connection, Pool
from ingestion import batches
from ingestion.batches import Overtaken, Position
from tests.ingestion.rows import positions, record, write_events
from tests.properties import examples

START = Position(0, 0)


async def test_nothing_waits_in_an_empty_outbox(connection: Connection) -> None:
    assert await record(connection, 10) is None
    assert await batches.under_way(connection, 0) == (START, None)


async def test_a_batch_is_on_record_until_it_is_closed(connection: Connection) -> None:
    await write_events(connection, 3, shop_id=5)
    await write_events(connection, 4, shop_id=6)
    batch = await record(connection, 5)
    assert batch is not None
    assert (batch.rows, batch.start, sorted(batch.shop_ids)) == (5, START, [5, 6])
    assert await batches.under_way(connection, 0) == (START, batch)
    assert await positions(connection, batch) == [1, 2, 3, 4, 5]
    assert await batches.close(connection, batch) is None
    assert await batches.under_way(connection, 0) == (batch.end, None)
    rest = await record(connection, 5)
    assert rest is not None and await positions(connection, rest) == [6, 7]
    assert rest.token != batch.token
    shipped = await connection.fetchval("SELECT shipped_rows FROM shipments")
    assert shipped == 5


async def test_a_late_commit_is_not_skipped(pool: Pool) -> None:
    async with pool.acquire() as reader, pool.acquire() as slow, pool.acquire() as fast:
        await write_events(fast, 1)
        transaction = slow.transaction()
        await transaction.start()
        await write_events(slow, 1)
        await write_events(fast, 1)  # a higher transaction that commits first

        first = await record(reader, 10)
        assert first is not None and await positions(reader, first) == [1]
        await batches.close(reader, first)
        assert await record(reader, 10) is None

        await transaction.commit()
        second = await record(reader, 10)
        assert second is not None and await positions(reader, second) == [2, 3]


async def test_what_is_on_record_does_not_change_under_later_commits(pool: Pool) -> None:
    async with pool.acquire() as reader, pool.acquire() as writer:
        await write_events(writer, 4)
        batch = await record(reader, 10)
        assert batch is not None
        before = await positions(reader, batch)
        await write_events(writer, 4)
        assert await positions(reader, batch) == before


async def test_the_beginning_replaces_a_batch_that_was_refused(connection: Connection) -> None:
    await write_events(connection, 10)
    whole = await record(connection, 10)
    assert whole is not None
    half = await record(connection, 5, instead_of=whole)
    assert half is not None and half.token != whole.token
    assert await positions(connection, half) == (await positions(connection, whole))[:5]
    with pytest.raises(Overtaken):
        await batches.close(connection, whole)


async def test_one_who_was_overtaken_changes_nothing(connection: Connection) -> None:
    await write_events(connection, 10)
    batch = await record(connection, 5)
    assert batch is not None
    with pytest.raises(Overtaken):
        await batches.record(connection, batch)
    assert await batches.close(connection, batch) is None
    with pytest.raises(Overtaken):
        await batches.close(connection, batch)
    with pytest.raises(Overtaken):
        await batches.record(connection, batch)
    assert await batches.under_way(connection, 0) == (batch.end, None)


async def test_a_shard_ships_its_own_rows_only(connection: Connection) -> None:
    await connection.execute("INSERT INTO shipments (shard, xid, pos) VALUES (1, '0', 0)")
    await write_events(connection, 2, shard=0)
    await write_events(connection, 3, shard=1)
    batch = await record(connection, 10, shard=1)
    assert batch is not None and (batch.shard, batch.rows) == (1, 3)
    assert await batches.shards(connection) == [0, 1]


Schedule = list[tuple[int, str]]
STEPS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["write", "commit", "rollback", "ship"])),
    max_size=30,
)


# Every example empties the tables that it uses.
@examples(30, allow=[HealthCheck.function_scoped_fixture])
@given(schedule=STEPS, limit=st.integers(1, 5))
async def test_every_committed_row_is_shipped_once_in_whatever_order_they_commit(
    database_url: str, schedule: Schedule, limit: int
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        opened = [await postgres.connect(database_url) for _ in range(4)]
        for connection in opened:
            stack.push_async_callback(connection.close)
        *writers, reader = opened
        await reader.execute(
            "TRUNCATE outbox; UPDATE shipments SET xid = '0', pos = 0, pending_xid = NULL, "
            "pending_pos = NULL, pending_rows = NULL, pending_shops = NULL, pending_token = NULL"
        )
        shipped = await _play(schedule, writers, reader, limit)
        committed = await reader.fetch("SELECT pos FROM outbox ORDER BY xid, pos")
        assert shipped == [row["pos"] for row in committed]


async def _play(
    schedule: Schedule, writers: list[Connection], reader: Connection, limit: int
) -> list[int]:
    shipped: list[int] = []

    async def ship() -> bool:
        batch = await record(reader, limit)
        if batch is None:
            return False
        shipped.extend(await positions(reader, batch))
        await batches.close(reader, batch)
        return True

    for number, step in schedule:
        writer = writers[number]
        match step:
            case "write":
                if not writer.is_in_transaction():
                    await writer.execute("BEGIN")
                await write_events(writer, 2)
            case "commit" | "rollback":
                if writer.is_in_transaction():
                    await writer.execute(step)
            case _:
                await ship()
    for writer in writers:
        await writer.execute("COMMIT" if writer.is_in_transaction() else "SELECT 1")
    while await ship():
        pass
    return shipped
