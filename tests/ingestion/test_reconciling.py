"""A restored store beside another of a later or an earlier time: each event once."""

import asyncio
from collections.abc import AsyncIterator
from unittest.mock import patch

import pytest
from clickhouse_connect.driver.asyncclient import AsyncClient
from clickhouse_connect.driver.client import Client

from core.clickhouse import open_client
from core.errors import Refused
from core.postgres import Connection
from core.shipments import LOCK_CLASS
from ingestion import batches, outbox_slots, reconciling
from ingestion.reconciling import Reconciled, reconcile
from tests.engines import Engines, with_database
from tests.factories import create_shop
from tests.ingestion.rows import counted, once, recorded, send, write_events

stage = reconciling._stage  # pylint: disable=protected-access
NOTHING = Reconciled(0, None, None, 0, 0)
DONE_AT_ONCE = {"mutations_sync": 2}


@pytest.fixture(name="schema")
async def client_that_may_change_tables(
    engines: Engines, clickhouse_url: str
) -> AsyncIterator[Client]:
    url = with_database((await engines.clickhouse()).schema_url, clickhouse_url.rpartition("/")[2])
    opened = await asyncio.to_thread(open_client, url)
    yield opened
    opened.close()


async def ship(connection: Connection, client: AsyncClient) -> None:
    batch = await recorded(connection)
    await send(connection, client, batch)
    await batches.close(connection, batch)


async def is_emptied(connection: Connection) -> None:
    while not await outbox_slots.empty(connection, 0):
        await asyncio.sleep(0.02)


async def forget(connection: Connection, client: AsyncClient, count: int) -> None:
    """Ships events and lets PostgreSQL forget them and their numbers, as a restored one has."""
    before = await connection.fetchrow("SELECT xid, pos FROM shipments")
    assert before is not None
    await write_events(connection, count)
    await ship(connection, client)
    await connection.execute("DELETE FROM outbox WHERE (xid, pos) > ($1, $2)", *before)
    await connection.execute("UPDATE shipments SET xid = $1, pos = $2", *before)


async def test_stores_that_agree_stay_as_they_are(
    connection: Connection, client: AsyncClient, schema: Client
) -> None:
    await write_events(connection, 10)
    await ship(connection, client)
    schema.command(  # as if minutes were of a later moment than events
        "INSERT INTO live_minute SELECT * FROM live_minute", settings={"insert_deduplicate": 0}
    )
    assert await reconcile(connection, schema) == NOTHING
    await is_emptied(connection)
    assert await reconcile(connection, schema) == NOTHING
    assert await counted(client) == once(10)


@pytest.mark.parametrize("empties", [False, True])
async def test_an_older_postgres_beside_a_newer_clickhouse(
    connection: Connection, client: AsyncClient, schema: Client, empties: bool
) -> None:
    await write_events(connection, 10)
    await ship(connection, client)
    if empties:
        await is_emptied(connection)
    await forget(connection, client, 7)
    await connection.execute("SELECT setval('outbox_pos', 10)")
    done = await reconcile(connection, schema)
    assert (done.set_aside, done.repeated, done.sent_again) == (7, 0, 0)
    assert done.table and schema.command(f"SELECT count() FROM {done.table}") == 7
    assert await counted(client) == once(10)
    await write_events(connection, 5)  # under numbers that nothing had before
    await ship(connection, client)
    assert await counted(client) == once(15)
    assert await connection.fetchval("SELECT max(pos) FROM outbox") == 22
    assert await reconcile(connection, schema) == NOTHING


@pytest.mark.parametrize("is_recorded", [False, True])
async def test_what_waits_and_had_arrived_is_shipped_once(
    connection: Connection, client: AsyncClient, schema: Client, is_recorded: bool
) -> None:
    """As when PostgreSQL is of just before the batch was closed, or recorded."""
    await write_events(connection, 10)
    await send(connection, client, await recorded(connection))
    if not is_recorded:
        await connection.execute(
            "UPDATE shipments SET pending_xid = NULL, pending_pos = NULL, pending_rows = NULL, "
            "pending_shops = NULL, pending_token = NULL, pending_since = NULL"
        )
    done = await reconcile(connection, schema)
    assert (done.set_aside, done.repeated) == (0, 10)
    await ship(connection, client)
    assert await counted(client) == once(10)


async def test_an_older_clickhouse_beside_a_newer_postgres(
    connection: Connection, client: AsyncClient, schema: Client
) -> None:
    await write_events(connection, 10)
    await ship(connection, client)
    await write_events(connection, 6)
    await ship(connection, client)
    schema.command("ALTER TABLE events DELETE WHERE pos > 10", settings=DONE_AT_ONCE)
    schema.command("TRUNCATE TABLE live_minute")
    done = await reconcile(connection, schema)
    assert (done.set_aside, done.repeated, done.sent_again) == (0, 0, 6)
    await ship(connection, client)
    found = await counted(client)
    assert (found.rows, found.different) == (16, 16)


async def test_more_weeks_than_an_insert_may_have_are_set_aside(
    connection: Connection, schema: Client
) -> None:
    schema.command(
        "INSERT INTO events (shop_id, event, occurred_at, retention_days, shard, pos) SELECT 1, "
        "'message_received', now() - toIntervalWeek(number), 3000, 0, 1 + number FROM numbers(3)",
        settings={"max_partitions_per_insert_block": 0},
    )
    schema.set_client_setting("max_partitions_per_insert_block", 2)
    done = await reconcile(connection, schema)
    assert (done.set_aside, schema.command("SELECT count() FROM events")) == (3, 0)
    assert schema.command(f"SELECT count() FROM {done.table}") == 3


async def test_what_left_on_purpose_does_not_come_back(
    connection: Connection, client: AsyncClient, schema: Client
) -> None:
    shop = await create_shop(connection)
    await write_events(connection, 4, shop_id=shop.id)
    await write_events(connection, 2, shop_id=shop.id + 1)
    await ship(connection, client)
    await connection.execute("UPDATE outbox SET buyer_no = 9 WHERE pos = 3")
    await connection.execute(
        "INSERT INTO erasures (shop_id, buyer_no, with_events) VALUES ($1, 9, true)", shop.id
    )
    await connection.execute("INSERT INTO deleted_shops (shop_id) VALUES ($1)", shop.id + 1)
    await connection.execute(
        "INSERT INTO order_corrections (shop_id, order_id, first_pos, last_pos, going, done_at) "
        "VALUES ($1, 1, 1, 2, $2, now()), ($1, 2, 4, 4, NULL, NULL)",
        shop.id,
        [{"shard": 0, "pos": 2, "occurred_at": "2026-03-09T12:00:00Z"}],
    )
    schema.command("ALTER TABLE events DELETE WHERE pos NOT IN (1, 4)", settings=DONE_AT_ONCE)
    assert await reconcile(connection, schema) == NOTHING


async def test_a_dead_letter_is_not_in_clickhouse(
    connection: Connection, client: AsyncClient, schema: Client
) -> None:
    """One that was sent again later than what PostgreSQL was restored to."""
    await write_events(connection, 3)
    await ship(connection, client)
    await is_emptied(connection)
    await connection.execute(
        "INSERT INTO dead_letters (shard, pos, shop_id, event, envelope, error) "
        "VALUES (0, 2, 1, 'message_received', '{}', 'refused')"
    )
    assert (await reconcile(connection, schema)).repeated == 1
    assert await counted(client) == once(2)


async def test_a_mutation_names_scattered_events_by_their_numbers(
    connection: Connection, client: AsyncClient, schema: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A replicated table refuses one with a subquery, whose answer other replicas may not have."""
    monkeypatch.setattr(reconciling, "_RUNS_AT_ONCE", 2)
    await write_events(connection, 12)
    await ship(connection, client)
    await connection.execute("DELETE FROM outbox WHERE pos IN (3, 4, 7, 9, 11, 12)")
    await connection.execute(
        "INSERT INTO dead_letters (shard, pos, shop_id, event, envelope, error) "
        "VALUES (0, 9, 1, 'message_received', '{}', 'refused')"
    )
    with patch.object(schema, "command", wraps=schema.command) as command:
        done = await reconcile(connection, schema)
    mutations = [each.args[0] for each in command.mock_calls if "ALTER TABLE" in str(each.args)]
    assert len(mutations) == 2 and not any("SELECT" in each for each in mutations)
    assert (done.set_aside, done.repeated, done.sent_again) == (5, 1, 0)
    aside = schema.query(f"SELECT pos FROM {done.table} ORDER BY pos").result_rows
    assert aside == [(3,), (4,), (7,), (11,), (12,)]
    left = schema.query("SELECT pos FROM events ORDER BY pos").result_rows
    assert left == [(1,), (2,), (5,), (6,), (8,), (10,)]


async def test_nothing_goes_if_the_answer_is_of_a_replica_without_the_staged_rows(
    connection: Connection, client: AsyncClient, schema: Client
) -> None:
    await write_events(connection, 3)
    await ship(connection, client)
    with patch.object(reconciling, "_stage", lambda to, table, _: stage(to, table, [])):
        with pytest.raises(Refused, match="another replica"):
            await reconcile(connection, schema)
    assert await counted(client) == once(3)


async def test_nobody_may_ship_meanwhile(connection: Connection, schema: Client) -> None:
    await connection.execute("SELECT pg_advisory_lock($1, 0)", LOCK_CLASS)
    with pytest.raises(Refused, match="stop the services"):
        await reconcile(connection, schema)
