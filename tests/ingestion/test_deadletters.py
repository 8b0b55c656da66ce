from typing import Any

import pytest
from clickhouse_connect.driver.asyncclient import AsyncClient

from core.errors import NotFound
from core.postgres import Connection
from ingestion import batches, deadletters, outbox_slots
from tests.ingestion.rows import (
    counted,
    once,
    outbox_is_shipped,
    positions,
    recorded,
    until,
    write_events,
)
from tests.ingestion.test_shipper import shipping


async def bury(connection: Connection, *, shop_id: int = 1) -> int:
    """One event that becomes a dead letter; returns its number."""
    await write_events(connection, 1, shop_id=shop_id)
    batch = await recorded(connection, 1)
    await batches.bury(connection, batch, "props: a text of 20000 bytes")
    (letter,) = await deadletters.newest(connection, limit=1)
    return letter.pos


async def test_letters_are_listed_by_shop_and_shown_whole(connection: Connection) -> None:
    first, second = await bury(connection, shop_id=1), await bury(connection, shop_id=2)
    assert [each.pos for each in await deadletters.newest(connection)] == [second, first]
    assert [each.pos for each in await deadletters.newest(connection, shop_id=1)] == [first]
    assert len(await deadletters.newest(connection, limit=1)) == 1
    assert await deadletters.count(connection) == 2
    assert await deadletters.count(connection, shop_id=3) == 0
    letter = await deadletters.get(connection, first)
    assert (letter.shop_id, letter.event, letter.shard) == (1, "message_received", 0)
    assert letter.envelope["amount_minor"] == 10
    with pytest.raises(NotFound):
        await deadletters.get(connection, 10**9)


async def test_a_letter_is_no_longer_in_the_outbox(connection: Connection) -> None:
    await bury(connection)
    assert await connection.fetchval("SELECT count(*) FROM outbox") == 0


async def test_a_row_comes_back_as_it_was(connection: Connection) -> None:
    await write_events(connection, 1, shop_id=7, retention_days=30)
    before = await connection.fetchrow("SELECT * FROM outbox")
    await batches.bury(connection, await recorded(connection), "refused")
    await outbox_slots.upkeep(connection)
    assert before is not None
    assert await deadletters.replay(connection, [before["pos"]]) == [before["pos"]]
    after = await connection.fetchrow("SELECT * FROM outbox")
    assert after is not None and after["xid"] > before["xid"]

    def rest(row: Any) -> dict[str, Any]:
        return {key: value for key, value in row.items() if key != "xid"}

    assert rest(after) == rest(before)
    assert await deadletters.count(connection) == 0
    assert await positions(connection, await recorded(connection)) == [before["pos"]]


async def test_a_letter_from_before_modules_were_noted_comes_back(connection: Connection) -> None:
    pos = await bury(connection)
    await connection.execute("UPDATE dead_letters SET envelope = envelope - 'module'")
    assert await deadletters.replay(connection, [pos]) == [pos]
    assert await connection.fetchval("SELECT module FROM outbox") == ""


async def test_a_number_that_is_no_letter_s_puts_nothing_back(connection: Connection) -> None:
    pos = await bury(connection)
    with pytest.raises(NotFound, match="1000"):
        async with connection.transaction():
            await deadletters.replay(connection, [pos, 1000])
    assert await deadletters.count(connection) == 1
    assert await connection.fetchval("SELECT count(*) FROM outbox") == 0


async def test_what_was_mended_arrives_once_and_what_was_not_comes_back(
    database_url: str, clickhouse_url: str, connection: Connection, client: AsyncClient
) -> None:
    await write_events(connection, 50)
    await connection.execute("UPDATE outbox SET buyer_no = -1 WHERE pos IN (3, 30)")
    async with shipping(database_url, clickhouse_url):

        async def letters(number: int) -> None:
            async def are_there() -> bool:
                return await deadletters.count(connection) == number

            await until(are_there)

        await letters(2)
        await connection.execute(
            "UPDATE dead_letters SET envelope = envelope || '{\"buyer_no\": 5}' WHERE pos = 3"
        )
        async with connection.transaction():
            assert await deadletters.replay(connection) == [3, 30]
        await letters(1)
        await until(lambda: outbox_is_shipped(connection))
    assert await counted(client) == once(49)
    (letter,) = await deadletters.newest(connection)
    assert letter.pos == 30 and "buyer_no" in letter.error
