import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from core import shipments
from core.errors import Refused
from core.postgres import Connection, Pool
from core.shipments import ShardStatus
from ingestion import batches, leadership
from ingestion.leadership import Share
from tests import patience
from tests.ingestion.rows import recorded, write_events


async def only(connection: Connection) -> ShardStatus:
    (shard,) = await shipments.status(connection)
    return shard


async def test_nothing_waits_and_nobody_leads(connection: Connection) -> None:
    shard = await only(connection)
    assert (shard.shard, shard.leader, shard.waiting, shard.lag_seconds) == (0, None, 0, 0)
    assert not shard.is_estimate and not shard.is_held_up
    assert await shipments.held_horizon(connection) is None
    assert (await shipments.backlog(connection, [1], datetime.now(UTC))).seconds is None


async def test_what_waits_is_counted_and_its_age_is_the_next_row_s(connection: Connection) -> None:
    await write_events(connection, 5)
    await connection.execute("UPDATE outbox SET recorded_at = now() - interval '1 hour'")
    await write_events(connection, 3)
    shard = await only(connection)
    assert (shard.waiting, shard.is_estimate) == (8, False)
    assert 3600 <= shard.lag_seconds < 3660
    batch = await recorded(connection, 5)
    assert (await only(connection)).pending_rows == 5
    await batches.close(connection, batch, size=77)
    shard = await only(connection)
    assert (shard.waiting, shard.shipped_rows, shard.shipped_bytes) == (3, 5, 77)
    assert shard.lag_seconds < 60 and shard.shipped_at is not None


async def test_of_a_large_backlog_the_rest_is_estimated(
    connection: Connection,
) -> None:
    await write_events(connection, shipments.COUNTED + 500)
    shard = await only(connection)
    assert shard.is_estimate and shard.waiting == shipments.COUNTED + 500
    plan = await connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS OFF) {shipments.STATUS}")
    assert "Seq Scan on outbox_0" not in "\n".join(line[0] for line in plan)


async def test_the_last_failure_is_told_until_the_batch_arrives(connection: Connection) -> None:
    await write_events(connection, 5)
    batch = await recorded(connection)
    await batches.note_failure(connection, 0, "ClickHouse: away")
    shard = await only(connection)
    assert shard.is_held_up and (shard.retries, shard.last_error) == (1, "ClickHouse: away")
    await batches.close(connection, batch)
    shard = await only(connection)
    assert not shard.is_held_up and shard.last_error == "ClickHouse: away"


async def test_the_leader_is_named(database_url: str, connection: Connection) -> None:
    async with leadership.lead(database_url, 0, Share()):
        leader = (await only(connection)).leader
        assert leader is not None and leader.startswith("vitrina-shipper ")


async def test_a_writer_that_does_not_end_holds_the_horizon(pool: Pool) -> None:
    async with pool.acquire() as writer, pool.acquire() as watcher:
        async with writer.transaction():
            await write_events(writer, 1)
            held = await shipments.held_horizon(watcher)
            assert held is not None and held.pid == writer.get_server_pid()
            assert 0 <= held.seconds < 60
        assert await shipments.held_horizon(watcher) is None


async def test_a_writer_that_is_ending_this_moment_holds_nothing(connection: Connection) -> None:
    # PostgreSQL clears the moment and the number one after the other, and may be asked in between.
    await connection.execute(
        """
        CREATE SCHEMA ending;
        CREATE VIEW ending.pg_stat_activity AS
            SELECT 1 AS pid, 'w' AS application_name, NULL::timestamptz AS xact_start,
                '700'::xid AS backend_xid;
        SET search_path = ending, pg_catalog
        """
    )
    assert await shipments.held_horizon(connection) is None


async def test_a_shop_s_backlog_is_its_own(connection: Connection) -> None:
    await shipments.set_shards(connection, 2)
    now = datetime.now(UTC)
    await write_events(connection, 2, shop_id=1)
    await connection.execute("UPDATE outbox SET recorded_at = $1", now - timedelta(seconds=90))
    await write_events(connection, 3, shop_id=2)
    await write_events(connection, 4, shop_id=3)
    mine = await shipments.backlog(connection, [1], now)
    assert (mine.waiting, mine.seconds) == (2, 90)
    both = await shipments.backlog(connection, [1, 2], now)
    assert (both.waiting, both.seconds) == (5, 90)
    assert (await shipments.backlog(connection, [5], now)).seconds is None


async def test_behind_a_large_backlog_of_others_the_age_is_at_most_theirs(
    connection: Connection,
) -> None:
    now = datetime.now(UTC)
    await write_events(connection, shipments.COUNTED + 1, shop_id=1)
    await connection.execute("UPDATE outbox SET recorded_at = $1", now - timedelta(seconds=90))
    await write_events(connection, 5, shop_id=2)
    found = await shipments.backlog(connection, [2], now)
    assert (found.waiting, found.seconds) == (0, 90)


async def test_shards_are_added_and_never_taken_away(connection: Connection) -> None:
    assert await shipments.set_shards(connection, 3) == 1
    assert await batches.shards(connection) == [0, 1, 2]
    assert await shipments.set_shards(connection, 3) == 3
    for count in (2, 0, 257):
        with pytest.raises(Refused, match="from 3 to 256"):
            await shipments.set_shards(connection, count)


async def test_a_shop_keeps_to_one_shard_and_adding_shards_leaves_rows_where_they_are(
    connection: Connection,
) -> None:
    for shop_id in (1, 2, 3):
        await write_events(connection, 2, shop_id=shop_id)
    await shipments.set_shards(connection, 3)
    for shop_id in (1, 2, 3, 40_001):
        await write_events(connection, 2, shop_id=shop_id)
    rows = await connection.fetch(
        "SELECT shop_id, array_agg(shard ORDER BY pos) FROM outbox GROUP BY 1"
    )
    assert {row["shop_id"]: row["array_agg"] for row in rows} == {
        1: [0, 0, 1, 1],
        2: [0, 0, 2, 2],
        3: [0, 0, 0, 0],
        40_001: [2, 2],
    }


async def test_the_shards_change_for_writers_at_once(pool: Pool) -> None:
    """Nobody can write to a shard that is not there yet."""
    async with pool.acquire() as operator, pool.acquire() as writer:
        async with operator.transaction():
            await shipments.set_shards(operator, 2)
            await asyncio.wait_for(write_events(writer, 1, shop_id=1), patience.SECONDS)
        await write_events(writer, 1, shop_id=1)
        shards = await writer.fetch("SELECT shard FROM outbox ORDER BY pos")
        assert [row["shard"] for row in shards] == [0, 1]
