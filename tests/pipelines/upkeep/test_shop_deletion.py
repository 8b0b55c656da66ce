"""A deleted shop is gone from both stores, and so is who was erased, whatever is stored later."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from clickhouse_connect.driver.client import Client

from core.clickhouse import open_client
from core.postgres import Connection
from core.settings import Settings
from core.shop import archives, erasures, sources
from core.shop.sources import SourceDraft
from pipelines.clickhouse import ClickHouse
from pipelines.departed import Departed
from pipelines.upkeep import erasure, shop_deletion
from tests.factories import create_customer, create_shop

DAY = date(2026, 3, 9)


@pytest.fixture(name="client")
def opened_client(clickhouse_url: str) -> Iterator[Client]:
    client = open_client(clickhouse_url)
    yield client
    client.close()


def fill(client: Client, shop_id: int) -> None:
    """Rows in each kind of table: events, of people, of a day, of a roll-up by bitmaps."""
    client.command(
        "INSERT INTO events (shop_id, event, occurred_at, buyer_no, retention_days) "
        f"VALUES ({shop_id}, 'bot_started', now(), 1, 365)"
    )
    client.command(f"INSERT INTO shop_kpi_day (shop_id, day) VALUES ({shop_id}, '{DAY}')")
    client.command(
        "INSERT INTO people_day (day, shop_id, event, people_numbers) "
        f"VALUES ('{DAY}', {shop_id}, 'bot_started', [1, 5])"
    )
    client.command(
        "INSERT INTO buyer_event_day (day, shop_id, buyer_no, event) "
        f"VALUES ('{DAY}', {shop_id}, 1, 'bot_started')"
    )


async def test_what_is_due_goes_from_both_stores(
    connection: Connection, client: Client, settings: Settings
) -> None:
    shop, other, kept = [await create_shop(connection) for _ in range(3)]
    for each in (shop, other, kept):
        fill(client, each.id)
    now = datetime.now(UTC)
    await archives.ask_deletion(connection, shop.id, now - archives.GRACE)
    await archives.ask_deletion(connection, kept.id, now)
    before = shop_deletion.remaining(client, other.id)
    assert sum(before.values()) >= 4
    assert await shop_deletion.delete_due(connection, client, now) == []
    assert set(shop_deletion.remaining(client, shop.id).values()) == {0}
    assert await connection.fetchval("SELECT count(*) FROM shops WHERE id = $1", shop.id) == 0
    for each in (other, kept):
        assert shop_deletion.remaining(client, each.id) == before
    # An event that was on its way meanwhile.
    fill(client, shop.id)
    assert await shop_deletion.delete_due(connection, client, now) == [shop.id]
    assert set(shop_deletion.remaining(client, shop.id).values()) == {0}
    assert await shop_deletion.delete_due(connection, client, now) == []
    # A day that was computed before it went, and is stored now.
    rows = pl.DataFrame({"shop_id": [shop.id, other.id], "day": [DAY, DAY], "starts": [3, 4]})
    store = ClickHouse(lambda: settings)
    await asyncio.to_thread(store.replace_partition, "shop_kpi_day", str(DAY), rows)
    found = client.query("SELECT shop_id, starts FROM shop_kpi_day").result_rows
    assert found == [(other.id, 4)]


async def test_an_event_that_comes_at_the_last_moment_puts_the_deletion_off(
    connection: Connection, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await create_shop(connection)
    now = datetime.now(UTC)
    await archives.ask_deletion(connection, shop.id, now - archives.GRACE)
    due = archives.due

    async def happens_after(*values: Any) -> list[int]:
        found = await due(*values)
        await sources.create(connection, shop, SourceDraft(code="late"))
        return found

    with monkeypatch.context() as patched:
        patched.setattr(archives, "due", happens_after)
        assert await shop_deletion.delete_due(connection, client, now) == []
    assert await connection.fetchval("SELECT count(*) FROM shops WHERE id = $1", shop.id) == 1
    assert await connection.fetchval("SELECT count(*) FROM deleted_shops") == 0


async def test_a_day_computed_before_an_erasure_and_stored_after_it_has_nobody_of_it(
    connection: Connection, client: Client, settings: Settings
) -> None:
    shop = await create_shop(connection)
    gone, stays = [await create_customer(connection, shop.id) for _ in range(2)]
    computed = pl.DataFrame(
        {
            "shop_id": [shop.id] * 2,
            "buyer_no": [gone.buyer_no, stays.buyer_no],
            "day": [DAY] * 2,
            "event": ["bot_started"] * 2,
        }
    )
    people = pl.DataFrame(
        {
            "shop_id": [shop.id, shop.id + 1],
            "day": [DAY] * 2,
            "event": ["bot_started"] * 2,
            "people_numbers": [[gone.buyer_no, stays.buyer_no], [gone.buyer_no]],
        }
    )
    async with connection.transaction():
        await erasures.erase(connection, shop.id, gone.buyer_no, with_events=True)
    await erasure.finish(connection, client, await erasure.ready(connection))
    store = ClickHouse(lambda: settings)
    for table, rows in (("buyer_event_day", computed), ("people_day", people)):
        await asyncio.to_thread(store.replace_partition, table, str(DAY), rows)
    assert set(erasure.remaining(client, shop.id, gone.buyer_no).values()) == {0}
    assert client.query("SELECT buyer_no FROM buyer_event_day").result_rows == [(stays.buyer_no,)]
    # The shop's day is left out, and counted from its events; other shops' days are stored.
    assert client.query("SELECT shop_id FROM people_day").result_rows == [(shop.id + 1,)]


def test_who_has_left_is_in_no_row() -> None:
    departed = Departed(people=((1, 7), (2, 8)), shops=(3,))
    rows = pl.DataFrame({"shop_id": [1, 1, 2, 3, 4], "buyer_no": [7, 8, 8, 9, 7]})
    assert departed.without(rows).rows() == [(1, 8), (4, 7)]
    sums = pl.DataFrame({"shop_id": [1, 3], "orders": [5, 6]})
    assert departed.without(sums).rows() == [(1, 5)]
    platform = pl.DataFrame({"table": ["events"]})
    assert departed.without(platform).equals(platform)
    assert Departed().without(rows).equals(rows)
