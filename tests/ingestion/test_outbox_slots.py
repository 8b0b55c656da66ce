import asyncio
from datetime import timedelta

import pytest

from core.postgres import Connection, Pool
from ingestion import batches, ledger, outbox_slots
from tests import patience
from tests.ingestion.rows import positions, record, recorded, until, write_events


async def current_slot(connection: Connection) -> int:
    slot: int = await connection.fetchval("SELECT slot FROM outbox_slot")
    return slot


async def rows_by_slot(connection: Connection) -> dict[int, int]:
    rows = await connection.fetch("SELECT slot, count(*) FROM outbox GROUP BY slot ORDER BY slot")
    return {row["slot"]: row["count"] for row in rows}


async def ship(connection: Connection, limit: int = 1000) -> list[int]:
    """Closes a batch as if ClickHouse had it; the rows' numbers, in the order of shipping."""
    batch = await record(connection, limit)
    if batch is None:
        return []
    shipped = await positions(connection, batch)
    await batches.close(connection, batch)
    return shipped


async def test_an_empty_slot_does_not_turn(connection: Connection) -> None:
    await outbox_slots.upkeep(connection, max_bytes=0, max_age=timedelta(0))
    assert await current_slot(connection) == 0


async def test_a_slot_turns_when_it_is_full_or_old(connection: Connection) -> None:
    await write_events(connection, 1)
    await outbox_slots.upkeep(connection)
    assert await current_slot(connection) == 0
    await outbox_slots.upkeep(connection, max_bytes=0)
    assert await current_slot(connection) == 1
    await write_events(connection, 1)
    await outbox_slots.upkeep(connection, max_age=timedelta(0))
    assert await current_slot(connection) == 2


async def test_it_does_not_turn_to_a_slot_that_is_still_on_its_way(connection: Connection) -> None:
    for _ in range(3):
        await write_events(connection, 1)
        await outbox_slots.upkeep(connection, max_bytes=0)
    assert await current_slot(connection) == 2
    await outbox_slots.upkeep(connection, max_bytes=0)
    assert await current_slot(connection) == 2
    assert await rows_by_slot(connection) == {0: 1, 1: 1, 2: 1}
    assert await ship(connection) == [1, 2, 3]
    await outbox_slots.upkeep(connection, max_bytes=0)
    assert await current_slot(connection) == 0
    assert await rows_by_slot(connection) == {2: 1}


async def test_a_slot_with_a_row_on_its_way_is_not_emptied(connection: Connection) -> None:
    await write_events(connection, 10)
    batch = await recorded(connection, 9)
    assert not await outbox_slots.empty(connection, 0)
    await batches.close(connection, batch)
    assert not await outbox_slots.empty(connection, 0)
    await batches.close(connection, await recorded(connection, 9))
    assert await outbox_slots.empty(connection, 0)
    assert await rows_by_slot(connection) == {}


async def test_rows_of_a_shard_that_nobody_ships_are_kept(connection: Connection) -> None:
    await write_events(connection, 1, shard=3)
    assert not await outbox_slots.empty(connection, 0)
    await connection.execute("UPDATE outbox SET shard = -1")
    assert not await outbox_slots.empty(connection, 0)


async def test_a_slot_in_which_somebody_writes_is_not_emptied(pool: Pool) -> None:
    async with pool.acquire() as writer, pool.acquire() as keeper:
        transaction = writer.transaction()
        await transaction.start()
        await write_events(writer, 1)
        assert not await outbox_slots.empty(keeper, 0)
        await transaction.commit()
        assert await rows_by_slot(keeper) == {0: 1}


async def test_what_is_committed_while_the_lock_is_waited_for_is_seen(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_slots, "_LOCK_TIMEOUT", "30s")
    async with pool.acquire() as writer, pool.acquire() as keeper, pool.acquire() as watcher:
        transaction = writer.transaction()
        await transaction.start()
        await write_events(writer, 1)
        emptying = asyncio.create_task(outbox_slots.empty(keeper, 0))

        async def waits() -> bool:
            found: bool = await watcher.fetchval(
                "SELECT EXISTS (SELECT FROM pg_locks WHERE pid = $1 AND NOT granted)",
                keeper.get_server_pid(),
            )
            return found

        await until(waits)
        await transaction.commit()
        assert not await emptying
        assert await rows_by_slot(watcher) == {0: 1}


async def test_one_who_writes_to_the_slot_before_is_shipped_all_the_same(pool: Pool) -> None:
    async with pool.acquire() as late, pool.acquire() as keeper:
        await write_events(keeper, 1)
        await ship(keeper)
        transaction = late.transaction(isolation="repeatable_read")
        await transaction.start()
        await late.execute("SELECT slot FROM outbox_slot")  # from now on it sees slot 0
        await outbox_slots.upkeep(keeper, max_bytes=0)
        await outbox_slots.upkeep(keeper, max_bytes=0)
        assert await rows_by_slot(keeper) == {}
        await write_events(late, 2)
        await transaction.commit()
        assert await rows_by_slot(keeper) == {0: 2}
        assert len(await ship(keeper)) == 2


async def test_no_row_is_lost_while_slots_turn_under_writers(pool: Pool) -> None:
    used: list[int] = [0]

    async def write(number: int) -> int:
        """Until every slot has had its turn twice; returns how many rows it has committed."""
        written = 0
        async with pool.acquire() as connection:
            while len(used) < 7:
                async with connection.transaction():
                    await write_events(connection, 3)
                    if (written + number) % 5 == 0:
                        await write_events(connection, 2)
                        written += 2
                written += 3
        return written

    writers = [asyncio.create_task(write(number)) for number in range(4)]
    shipped: list[int] = []
    async with pool.acquire() as keeper:

        async def ship_and_turn() -> bool:
            shipped.extend(await ship(keeper, limit=500))
            await outbox_slots.upkeep(keeper, max_bytes=0)
            if (slot := await current_slot(keeper)) != used[-1]:
                used.append(slot)
            return all(writer.done() for writer in writers)

        await until(ship_and_turn)
        while rest := await ship(keeper, limit=500):
            shipped.extend(rest)
    assert len(shipped) == len(set(shipped)) == sum([await writer for writer in writers])
    assert used[:7] == [0, 1, 2, 0, 1, 2, 0]


async def test_who_reads_does_not_wait_while_a_slot_is_counted(
    connection: Connection, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write_events(connection, 3)
    await batches.close(connection, await recorded(connection))
    enter, read = ledger.enter, []

    async def while_read(keeper: Connection, rows: str) -> None:
        await enter(keeper, rows)
        async with asyncio.timeout(patience.SECONDS), pool.acquire() as reader:
            read.append(await reader.fetchval("SELECT count(*) FROM outbox"))

    monkeypatch.setattr(ledger, "enter", while_read)
    assert await outbox_slots.empty(connection, 0)
    assert read == [3]
