from typing import Any

import pytest
from clickhouse_connect.driver.asyncclient import AsyncClient
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from core.postgres import Connection
from ingestion import contents
from ingestion.batches import Position
from ingestion.contents import BatchChanged, Contents, Rejected
from tests.ingestion.rows import recorded, send, write_events
from tests.properties import examples

START = Position(0, 0)


async def read(connection: Connection, limit: int = 100_000) -> Contents:
    found = await contents.read_next(connection, 0, START, limit)
    assert found is not None
    return found


async def set_texts(connection: Connection, column: str, texts: list[str]) -> None:
    """Each row's text, by the order of the rows."""
    await write_events(connection, len(texts))
    await connection.execute(
        f"UPDATE outbox SET {column} = t.text "
        "FROM unnest($1::text[]) WITH ORDINALITY AS t (text, n) "
        "WHERE pos = t.n + (SELECT min(pos) FROM outbox) - 1",
        texts,
    )


async def arrived(client: AsyncClient, column: str) -> list[Any]:
    result = await client.query(f"SELECT {column} FROM events ORDER BY pos")
    return [value for (value,) in result.result_rows]


async def test_a_range_is_what_was_read(connection: Connection) -> None:
    await write_events(connection, 2, shop_id=9)
    await write_events(connection, 3, shop_id=4)
    found = (await read(connection, 4)).range
    assert (found.shard, found.start, found.rows, found.shop_ids) == (0, START, 4, (4, 9))
    last = await connection.fetchrow("SELECT xid, pos FROM outbox ORDER BY pos OFFSET 3 LIMIT 1")
    assert last is not None and found.end == (last["xid"], last["pos"])
    assert (
        await contents.read_next(connection, 0, Position(last["xid"], last["pos"] + 1), 4) is None
    )


async def test_texts_of_every_length_arrive(connection: Connection, client: AsyncClient) -> None:
    texts = [letter * length for letter in "aя" for length in (0, 1, 63, 64, 127, 128, 129, 8000)]
    await set_texts(connection, "outcome", texts)
    await send(connection, client, await recorded(connection))
    assert await arrived(client, "outcome") == texts


# Every example empties the tables.
@examples(20, allow=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=200)))
async def test_any_texts_arrive_as_they_are(
    connection: Connection, client: AsyncClient, texts: list[str]
) -> None:
    await connection.execute("TRUNCATE outbox; UPDATE shipments SET xid = '0', pos = 0")
    await connection.execute(
        "UPDATE shipments SET pending_xid = NULL, pending_pos = NULL, "
        "pending_rows = NULL, pending_shops = NULL, pending_token = NULL"
    )
    await client.command("TRUNCATE TABLE events")
    if texts:
        await set_texts(connection, "props", texts)
        await send(connection, client, await recorded(connection))
    assert await arrived(client, "props") == texts


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("shop_id", 2**31 - 1),
        ("bot_id", 2**63 - 1),
        ("buyer_no", 2**63 - 1),
        ("amount_minor", -(2**63)),
        ("quantity", -(2**31)),
        ("event_version", 255),
        ("shard", 0),
    ],
)
async def test_the_widest_numbers_arrive(
    connection: Connection, client: AsyncClient, column: str, value: int
) -> None:
    await write_events(connection, 1)
    await connection.execute(f"UPDATE outbox SET {column} = $1", value)
    await send(connection, client, await recorded(connection))
    assert await arrived(client, column) == [value]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("buyer_no", "-1"),
        ("retention_days", "-1"),
        ("event_version", "256"),
        ("event_version", "-1"),
        ("occurred_at", "'infinity'"),
        ("occurred_at", "'-infinity'"),
        ("occurred_at", "'1899-12-31 23:59:59.999Z'"),
        ("recorded_at", "'2300-01-01Z'"),
        ("outcome", "repeat('a', 16384)"),
    ],
)
async def test_what_clickhouse_could_not_hold_is_rejected(
    connection: Connection, column: str, value: str
) -> None:
    await write_events(connection, 3)
    await connection.execute(
        f"UPDATE outbox SET {column} = {value} WHERE pos = (SELECT max(pos) FROM outbox)"
    )
    with pytest.raises(Rejected, match=column):
        (await read(connection)).native()


async def test_a_batch_that_is_not_what_was_recorded_is_not_read(connection: Connection) -> None:
    await write_events(connection, 10)
    batch = await recorded(connection)
    assert (await contents.read_again(connection, batch)).range.rows == 10
    await connection.execute("DELETE FROM outbox WHERE pos = (SELECT min(pos) + 1 FROM outbox)")
    with pytest.raises(BatchChanged, match="10 rows were recorded .* 9 are there"):
        await contents.read_again(connection, batch)
    await write_events(connection, 2)
    await connection.execute("UPDATE outbox SET xid = '3'")
    with pytest.raises(BatchChanged, match="11 are there"):
        await contents.read_again(connection, batch)
    await connection.execute("DELETE FROM outbox")
    with pytest.raises(BatchChanged, match="0 are there"):
        await contents.read_again(connection, batch)
