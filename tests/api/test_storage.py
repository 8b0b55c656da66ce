"""The stores' disk space, by shop and table."""

from datetime import UTC, datetime, timedelta

import pytest

from api.reader import Reader
from api.storage import forecast, read_storage, share_of_parts
from core.postgres import Connection, Pool
from core.shop.shops import Shop
from tests.api.conftest import ANY, Panel, assert_problem
from tests.api.happenings import happening, record
from tests.factories import create_shop

SHOP = Shop(id=1, name="Чай", retention_days=30)


def test_a_shops_bytes_are_its_share_of_each_partition() -> None:
    parts = [
        {"partition_id": "a", "rows": 10, "bytes": 1000},
        {"partition_id": "b", "rows": 4, "bytes": 100},
    ]
    shares = [
        {"shop_id": 1, "partition_id": "a", "rows": 9},
        {"shop_id": 2, "partition_id": "a", "rows": 1},
        {"shop_id": 2, "partition_id": "b", "rows": 4},
        {"shop_id": 2, "partition_id": "just merged", "rows": 5},
    ]
    assert share_of_parts(parts, shares) == {1: (9, 900.0), 2: (10, 200.0)}


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        # A full class at a steady rate: as much comes as runs out.
        (30, 3000),
        # Half full: all that is there runs out within the 30 days but nothing of what comes.
        (15, 1500 * 0 + 3000),
        # A day old: nearly all of it lasts.
        (1, 3000),
    ],
)
def test_in_thirty_days_a_class_of_thirty_is_full(history: int, expected: int) -> None:
    size = forecast(SHOP, 10 * history, 100.0 * history, 10.0, {1: history})
    assert size.bytes_in_30_days == expected
    assert size.bytes_at_most == 3000


def test_a_long_class_only_grows() -> None:
    shop = SHOP.model_copy(update={"retention_days": 365})
    size = forecast(shop, 100, 1000.0, 10.0, {1: 10})
    assert (size.bytes_in_30_days, size.bytes_at_most) == (1000 + 3000, 36_500)


def test_a_shop_without_events_takes_nothing() -> None:
    size = forecast(SHOP, 0, 0.0, 0.0, {})
    assert (size.bytes, size.bytes_an_event, size.bytes_at_most) == (0, None, 0)


async def test_real_parts_are_measured(
    connection: Connection, pool: Pool, clickhouse_url: str, clickhouse_panel_url: str
) -> None:
    small, large = await create_shop(connection), await create_shop(connection)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    record(
        clickhouse_url,
        *(happening("message_received", small.id, n, at=yesterday) for n in range(70)),
        *(happening("message_received", large.id, n, at=yesterday) for n in range(700)),
    )
    reader = Reader(clickhouse_panel_url)
    try:
        found = await read_storage(pool, reader, [small, large], with_tables=True)
    finally:
        await reader.close()
    first, second = found.shops
    assert (first.events, second.events) == (70, 700)
    assert (first.events_a_day, second.events_a_day) == (10.0, 100.0)
    assert 9 < second.bytes / first.bytes < 11
    stores = {(table.store, table.table) for table in found.tables}
    assert {("clickhouse", "events"), ("postgresql", "outbox"), ("postgresql", "orders")} <= stores
    (events,) = (table for table in found.tables if table.table == "events")
    assert events.rows == 770
    assert abs(events.bytes - first.bytes - second.bytes) <= 1


async def test_tables_are_for_those_who_see_every_shop(
    counting_panel: Panel, connection: Connection
) -> None:
    shop = await create_shop(connection)
    async with counting_panel.visitor("viewer", [shop.id]) as viewer:
        assert (await viewer.get("/api/v1/storage")).json()["tables"] == []
    async with counting_panel.visitor("analyst") as analyst:
        assert (await analyst.get("/api/v1/storage")).json()["tables"] != []


async def test_an_owner_changes_the_class_and_nobody_else(
    panel: Panel, connection: Connection
) -> None:
    shop = await create_shop(connection)
    path = f"/api/v1/shops/{shop.id}/retention"
    async with panel.visitor("owner") as owner:
        changed = await owner.put(path, json={"days": 90}, headers=ANY)
        assert changed.json()["retention_days"] == 90
        assert_problem(
            await owner.put(path, json={"days": 31}, headers=ANY), 422, "request_invalid"
        )
        beyond = await owner.put(f"/api/v1/shops/{2**31}/retention", json={"days": 90}, headers=ANY)
        assert_problem(beyond, 422, "request_invalid")
    async with panel.visitor("analyst") as analyst:
        assert (await analyst.put(path, json={"days": 30}, headers=ANY)).status_code == 403
    async with panel.visitor("owner", []) as stranger:
        assert (await stranger.put(path, json={"days": 30}, headers=ANY)).status_code == 404
