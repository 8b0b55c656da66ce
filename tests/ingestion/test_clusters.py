"""Restored from a dump into a new cluster, whose transaction numbers begin again far below."""

import subprocess

import pytest
from clickhouse_connect.driver.asyncclient import AsyncClient
from structlog.testing import capture_logs

import local.postgres
from core import postgres
from core.postgres import Connection
from ingestion import batches, clusters, outbox_slots
from ingestion.batches import Position
from tests.engines import Engines
from tests.ingestion.rows import (
    counted,
    once,
    outbox_is_shipped,
    positions,
    recorded,
    send,
    until,
    write_events,
)
from tests.ingestion.test_shipper import shipping

pytestmark = pytest.mark.long

FAR = 1_000_000


async def ship(connection: Connection, client: AsyncClient, limit: int) -> Position:
    batch = await recorded(connection, limit)
    await send(connection, client, batch)
    await batches.close(connection, batch)
    return batch.end


async def move(connection: Connection, distance: int, *, named: bool = True) -> None:
    """As a dump of another cluster would have left it; not `named`: from before 0004."""
    cluster = "cluster + 1" if named else "cluster"
    shift = "(({0}::text)::bigint + $1)::text::xid8"
    await connection.execute(
        f"UPDATE shipments SET cluster = {cluster}, xid = {shift.format('xid')}, "
        f"pending_xid = {shift.format('pending_xid')}",
        distance,
    )
    await connection.execute(
        f"UPDATE outbox SET cluster = {cluster}, xid = {shift.format('xid')}", distance
    )


@pytest.mark.parametrize(
    ("distance", "named"),
    [
        (FAR, True),
        (FAR, False),
        (3, True),  # the new cluster's own numbers are soon among the old ones
        (0, True),  # pg_upgrade: another identity, the numbers go on
    ],
)
@pytest.mark.parametrize("pending", ["none", "recorded", "sent"])
async def test_what_waited_and_what_is_new_are_counted_once(
    database_url: str,
    clickhouse_url: str,
    connection: Connection,
    client: AsyncClient,
    distance: int,
    named: bool,
    pending: str,
) -> None:
    for _ in range(4):
        await write_events(connection, 100)
    await ship(connection, client, 150)
    if pending != "none":
        batch = await recorded(connection, 70)
        if pending == "sent":
            await send(connection, client, batch)
    await move(connection, distance, named=named)
    for _ in range(5):  # before a shipper is there
        await write_events(connection, 10)
    assert not await outbox_slots.empty(connection, 0)
    with capture_logs() as logs:
        async with shipping(database_url, clickhouse_url, batch_rows=60):
            await until(lambda: outbox_is_shipped(connection))
            await write_events(connection, 30)
            await until(lambda: outbox_is_shipped(connection))
    assert await counted(client) == once(480)
    (entry,) = [entry for entry in logs if "another cluster" in entry["event"]]
    assert (entry["shipped_before"], entry["waiting"]) == (150, 250)
    assert await outbox_slots.empty(connection, 0)
    assert await connection.fetchval("SELECT sum(events) FROM event_ledger") == 480


async def test_rows_keep_their_order_behind_the_batch_on_record(connection: Connection) -> None:
    await write_events(connection, 4)
    # Committed the other way round than numbered: 3 and 4 go first.
    await connection.execute("UPDATE outbox SET xid = '3' WHERE pos > 2")
    await recorded(connection, 2)
    await move(connection, FAR)
    assert await clusters.adopt(connection, 0)
    _, batch = await batches.under_way(connection, 0)
    assert batch is not None and batch.rows == 2
    assert await positions(connection, batch) == [3, 4]
    await batches.close(connection, batch)
    rest = await recorded(connection, 10)
    assert await positions(connection, rest) == [1, 2]


async def test_no_slot_is_emptied_before_every_shard_is_adopted(connection: Connection) -> None:
    await connection.execute("INSERT INTO shipments (shard, xid, pos) VALUES (1, '0', 0)")
    await write_events(connection, 3)
    await batches.close(connection, await recorded(connection, 3))
    await move(connection, FAR)
    assert await clusters.adopt(connection, 0)
    await write_events(connection, 3)
    await batches.close(connection, await recorded(connection, 3))
    assert not await outbox_slots.empty(connection, 0)
    assert await clusters.adopt(connection, 1)
    assert await outbox_slots.empty(connection, 0)


async def test_in_the_same_cluster_nothing_is_touched(connection: Connection) -> None:
    await write_events(connection, 5)
    batch = await recorded(connection, 3)
    await batches.close(connection, batch)
    assert not await clusters.adopt(connection, 0)
    assert await batches.under_way(connection, 0) == (batch.end, None)
    assert await connection.fetchval("SELECT count(*) FROM outbox") == 5


async def test_an_ordinary_user_can_name_the_cluster(connection: Connection) -> None:
    """A managed server's owner of a database is not its superuser, and neither are we here."""
    row = await connection.fetchrow(
        "SELECT rolsuper, outbox_cluster() AS cluster FROM pg_roles WHERE rolname = current_user"
    )
    assert row is not None and not row["rolsuper"] and row["cluster"] != 0


async def test_dumped_and_restored_into_a_new_cluster(
    database_url: str, clickhouse_url: str, connection: Connection, client: AsyncClient
) -> None:
    for _ in range(2000):  # so that the old numbers are above the new cluster's
        await connection.fetchval("SELECT pg_current_xact_id()")
    await write_events(connection, 100)
    await ship(connection, client, 60)
    await send(connection, client, await recorded(connection, 10))
    dump = subprocess.run(
        [str(local.postgres.programs() / "pg_dump"), database_url], check=True, capture_output=True
    )
    with Engines.running() as others:
        async with others.database() as restored_url:
            psql = [str(local.postgres.programs() / "psql"), "-qv", "ON_ERROR_STOP=1", restored_url]
            subprocess.run(psql, input=dump.stdout, check=True, capture_output=True)
            restored = await postgres.connect(restored_url)
            await write_events(restored, 20)
            async with shipping(restored_url, clickhouse_url):
                await until(lambda: outbox_is_shipped(restored))
            cluster = await restored.fetchval("SELECT DISTINCT cluster FROM outbox")
            await restored.close()
    assert cluster != await connection.fetchval("SELECT outbox_cluster()")
    assert await counted(client) == once(120)
