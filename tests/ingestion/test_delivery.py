import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from clickhouse_connect.driver.asyncclient import AsyncClient

from core import clickhouse
from core.events import MESSAGE_RECEIVED, Actor, Event, Origin, emit
from core.postgres import Connection
from ingestion import delivery
from ingestion.contents import COLUMNS, BatchChanged, Rejected
from tests.ingestion import gate
from tests.ingestion.rows import Counted, counted, once, recorded, send, write_events

NOTHING = Counted(0, 0, 0, 0)


async def parts(client: AsyncClient, table: str) -> int:
    query = "SELECT count() FROM system.parts WHERE database = currentDatabase() AND active"
    result = await client.query(f"{query} AND table = '{table}'")
    number: int = result.result_rows[0][0]
    return number


async def test_an_event_arrives_as_it_was_emitted(
    connection: Connection, client: AsyncClient
) -> None:
    at = datetime.now(UTC).replace(microsecond=123_999)
    text = "tab\t, line\n, \"quote\", '\\N', \\t, ,;| чай 🍵"
    event = Event(MESSAGE_RECEIVED, at, 2**40, 11, 12, -13, "XTR", -14, 2**40, text, {"ключ": text})
    actor = Actor(2**40, 2, 3, 4, "ru", True, False, True)
    await emit(connection, Origin(1, 7_000_000_001, "observed", 30), actor, [event])
    sent = await connection.fetchrow("SELECT * FROM outbox")
    assert sent is not None
    await send(connection, client, await recorded(connection))

    result = await client.query(f"SELECT {', '.join(COLUMNS)} FROM events")
    arrived = dict(zip(COLUMNS, result.result_rows[0], strict=True))
    expected: dict[str, Any] = {column: sent[column] for column in COLUMNS}
    for column in ("occurred_at", "recorded_at"):
        arrived[column] = arrived[column].replace(tzinfo=UTC)
        cut = expected[column].microsecond // 1000 * 1000
        expected[column] = expected[column].replace(microsecond=cut)
    assert arrived == expected


async def test_how_late_an_event_was_stored_tells_of_a_shipper_that_was_away(
    connection: Connection, client: AsyncClient
) -> None:
    await write_events(connection, 1)
    away = "occurred_at = now() - interval '1 hour', recorded_at = now() - interval '59 minutes'"
    await connection.execute(f"UPDATE outbox SET {away}")
    batch = await recorded(connection)
    for _ in range(2):  # sent again, it is the same event as before
        await send(connection, client, batch)
    result = await client.query("SELECT recorded_after_ms, stored_after_ms FROM events")
    ((recorded_after, stored_after),) = result.result_rows
    assert recorded_after == 60_000
    assert stored_after == 3_600_000  # to two digits


@pytest.mark.parametrize("fraction", ["", ".5", ".000001", ".999999"])
async def test_times_are_cut_to_the_millisecond(
    connection: Connection, client: AsyncClient, fraction: str
) -> None:
    await write_events(connection, 1)
    await connection.execute(
        f"UPDATE outbox SET occurred_at = date_trunc('hour', now()) + '0{fraction} s'::interval"
    )
    await send(connection, client, await recorded(connection))
    result = await client.query("SELECT toUnixTimestamp64Milli(occurred_at) % 1000 FROM events")
    assert result.result_rows[0][0] == int(f"{fraction.lstrip('.'):0<6}"[:3])


async def test_a_batch_is_one_block_and_counted_once_however_often_it_is_sent(
    connection: Connection, client: AsyncClient
) -> None:
    """Also over several partitions, where one insert makes several parts."""
    for retention_days in (30, 365):
        for days in (0, 8):
            age = timedelta(days=days)
            await write_events(connection, 500, retention_days=retention_days, age=age)
    batch = await recorded(connection)
    await client.command("SYSTEM STOP MERGES events")
    for _ in range(3):
        await send(connection, client, batch)
        assert await parts(client, "events") == 4
    rows = await client.query("SELECT count(), uniqExact(pos) FROM events")
    assert rows.result_rows == [(2000, 2000)]
    live = await client.query("SELECT sum(events) FROM live_minute WHERE minute > now() - 86400")
    assert live.result_rows == [(1000,)]


async def test_a_batch_is_known_by_its_token_even_if_it_is_written_otherwise(
    connection: Connection, client: AsyncClient
) -> None:
    """As when the one who sends it again is of a later version, with another column."""
    await write_events(connection, 100)
    batch = await recorded(connection)
    await send(connection, client, batch)
    await connection.execute("UPDATE outbox SET outcome = 'otherwise'")
    await send(connection, client, batch)
    assert await counted(client) == once(100)


async def test_a_large_batch_is_one_block(connection: Connection, client: AsyncClient) -> None:
    await write_events(connection, 50_000)
    await client.command("SYSTEM STOP MERGES events")
    await send(connection, client, await recorded(connection))
    assert await parts(client, "events") == 1
    assert await counted(client) == once(50_000)


async def test_a_view_that_was_left_behind_catches_up_when_the_batch_is_sent_again(
    connection: Connection, client: AsyncClient
) -> None:
    await write_events(connection, 100)
    batch = await recorded(connection)
    await client.command("ALTER TABLE live_minute ADD CONSTRAINT broken CHECK events < 0")
    with pytest.raises(delivery.Undelivered):
        await send(connection, client, batch)
    assert await counted(client) == Counted(100, 100, 0, 0)
    await client.command("ALTER TABLE live_minute DROP CONSTRAINT broken")
    await send(connection, client, batch)
    assert await counted(client) == once(100)


async def test_a_batch_that_cannot_be_read_is_refused_whole(
    connection: Connection, client: AsyncClient
) -> None:
    await write_events(connection, 20_000)
    await connection.execute("UPDATE outbox SET occurred_at = 'infinity' WHERE pos = 19999")
    with pytest.raises(Rejected, match="occurred_at"):
        await send(connection, client, await recorded(connection))
    assert await counted(client) == NOTHING
    assert await connection.fetchval("SELECT 1") == 1  # the connection is as good as before


@pytest.mark.parametrize("column", ["shop_id", "buyer_no", "retention_days"])
async def test_a_negative_number_where_there_can_be_none_is_bad_data(
    connection: Connection, client: AsyncClient, column: str
) -> None:
    await write_events(connection, 1)
    await connection.execute(f"UPDATE outbox SET {column} = -1")
    with pytest.raises(Rejected):
        await send(connection, client, await recorded(connection))


async def test_a_missing_table_is_not_the_data_s_fault(
    connection: Connection, client: AsyncClient
) -> None:
    await write_events(connection, 1)
    await client.command("RENAME TABLE events TO elsewhere")
    with pytest.raises(delivery.Undelivered):
        await send(connection, client, await recorded(connection))


async def test_what_is_gone_from_the_outbox_is_noticed(
    connection: Connection, client: AsyncClient
) -> None:
    await write_events(connection, 10)
    batch = await recorded(connection)
    await connection.execute("DELETE FROM outbox WHERE pos = 5")
    with pytest.raises(BatchChanged):
        await send(connection, client, batch)
    assert await counted(client) == NOTHING


async def test_of_a_delivery_that_is_cancelled_nothing_arrives(
    connection: Connection, client: AsyncClient, clickhouse_url: str
) -> None:
    await write_events(connection, 50_000)
    batch = await recorded(connection)
    async with gate.before(clickhouse_url) as door:
        behind = await clickhouse.open_async_client(door.url)
        door.hold_after = 500_000
        sending = asyncio.create_task(send(connection, behind, batch))
        await door.held.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await behind.close()
    assert await counted(client) == NOTHING
    await send(connection, client, batch)
    assert await counted(client) == once(50_000)
