"""Data health: sound stores are reported as sound, and each kind of damage is named."""

# pylint: disable=protected-access  # a pair of numbers, and a query whose plan is looked at
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date

import pytest

from api import data_health
from api.data_health import DAYS, ShopHealth, read_data_health
from api.reader import Reader
from api.store_comparison import DayCount, compare_days
from core.clickhouse import open_client
from core.events import MESSAGE_RECEIVED, Event, Origin, emit
from core.postgres import Connection, Pool
from core.shop import payments, shops
from core.shop.orders import Order
from ingestion import outbox_slots, retention
from tests.api.conftest import Panel
from tests.factories import (
    charge_of,
    create_customer,
    create_order,
    create_origin,
    create_product,
)
from tests.ingestion.rows import write_events
from tests.ingestion.test_shipper import shipped, shipping


@dataclass(frozen=True)
class Shop:
    """A shop with two paid orders that have arrived, and what looks after it."""

    origin: Origin
    orders: list[Order]
    pool: Pool
    reader: Reader
    clickhouse_url: str

    async def health(self, days: int = DAYS) -> ShopHealth:
        async with self.pool.acquire() as connection:
            shop = await shops.get(connection, self.origin.shop_id)
        (found,) = (await read_data_health(self.pool, self.reader, [shop], days=days)).shops
        return found

    def change(self, statement: str) -> None:
        client = open_client(self.clickhouse_url)
        try:
            client.command(statement, settings={"mutations_sync": 2})
        finally:
            client.close()


@asynccontextmanager
async def arrived(
    pool: Pool, database_url: str, clickhouse_url: str, panel_url: str
) -> AsyncIterator[Shop]:
    async with pool.acquire() as connection:
        origin = await create_origin(connection)
        product = await create_product(connection, origin.shop_id)
        paid = []
        for _ in range(2):
            buyer = await create_customer(connection, origin.shop_id)
            order = await create_order(connection, origin, buyer, product)
            charge = charge_of(order, buyer)
            await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge)
            paid.append(order)
        async with shipping(database_url, clickhouse_url):
            await shipped(connection)
    reader = Reader(panel_url)
    try:
        yield Shop(origin, paid, pool, reader, clickhouse_url)
    finally:
        await reader.close()


@pytest.fixture(name="shop")
async def arrived_shop(
    pool: Pool, database_url: str, clickhouse_url: str, clickhouse_panel_url: str
) -> AsyncIterator[Shop]:
    async with arrived(pool, database_url, clickhouse_url, clickhouse_panel_url) as shop:
        yield shop


async def test_what_arrived_once_is_sound(shop: Shop) -> None:
    found = await shop.health()
    assert found.sound
    assert (found.events, found.orders_compared, found.waiting) == (8, 2, 0)


async def test_the_books_outlive_the_outbox(shop: Shop, connection: Connection) -> None:
    await connection.execute("UPDATE outbox_slot SET slot = 1")
    assert await outbox_slots.empty(connection, 0)
    assert await connection.fetchval("SELECT count(*) FROM outbox") == 0
    assert (await shop.health()).sound
    shop.change("ALTER TABLE events DELETE WHERE event = 'order_created'")
    found = await shop.health()
    assert (found.sound, found.missing) == (False, 2)


async def test_a_row_too_many_is_a_duplicate(shop: Shop) -> None:
    shop.change("INSERT INTO events SELECT * FROM events WHERE event = 'order_paid' LIMIT 1")
    found = await shop.health()
    assert (found.sound, found.duplicates, found.missing) == (False, 1, 0)
    assert [difference.amount_minor for difference in found.differences] == [-300]


async def test_a_lost_sale_is_named(shop: Shop) -> None:
    lost = shop.orders[0]
    shop.change(f"ALTER TABLE events DELETE WHERE event = 'order_paid' AND order_id = {lost.id}")
    found = await shop.health()
    assert (found.missing, found.wrong_orders) == (1, [lost.id])
    (difference,) = found.differences
    assert (difference.currency, difference.orders, difference.amount_minor) == ("XTR", 1, 300)


async def test_another_amount_is_a_difference(shop: Shop) -> None:
    shop.change(
        "ALTER TABLE events UPDATE amount_minor = 299 WHERE event = 'order_paid' "
        f"AND order_id = {shop.orders[1].id}"
    )
    found = await shop.health()
    assert (found.missing, found.wrong_orders) == (0, [shop.orders[1].id])
    assert found.differences[0].amount_minor == 1


async def test_what_waits_is_on_the_way_and_not_lost(shop: Shop, connection: Connection) -> None:
    buyer = await create_customer(connection, shop.origin.shop_id)
    product = await create_product(connection, shop.origin.shop_id)
    order = await create_order(connection, shop.origin, buyer, product)
    await payments.pay(
        connection, shop.origin, buyer, order_id=order.id, charge=charge_of(order, buyer)
    )
    found = await shop.health()
    assert (found.sound, found.waiting) == (True, 4)
    assert found.oldest_waiting_seconds is not None and found.oldest_waiting_seconds < 60


async def test_a_sale_that_postgresql_does_not_know_is_a_difference(shop: Shop) -> None:
    shop.change(
        "INSERT INTO events SELECT * REPLACE (999999 AS order_id, pos + 1000000 AS pos, "
        "recorded_after_ms - 600000 AS recorded_after_ms) "
        "FROM events WHERE event = 'order_paid' LIMIT 1"
    )
    found = await shop.health()
    assert (found.duplicates, found.wrong_orders) == (0, [999_999])
    assert found.differences[0].amount_minor == -300


def test_days_that_have_run_out_are_not_missing() -> None:
    old, new = date(2026, 1, 1), date(2026, 2, 1)
    books = {old: DayCount(5, 0), new: DayCount(7, 0)}
    found = compare_days(books, {new: DayCount(6, 2)}, since=new)
    assert (found.events, found.doubled, found.missing) == (6, 2, 1)


async def test_orders_whose_events_have_run_out_are_not_lost(
    shop: Shop, connection: Connection
) -> None:
    """Also not once the shop has a longer class, and today's are compared all the same."""
    old = shop.orders[0].id
    await connection.execute(
        "UPDATE orders SET paid_at = paid_at - interval '40 days', "
        "created_at = created_at - interval '40 days' WHERE id = $1",
        old,
    )
    shop.change(f"ALTER TABLE events DELETE WHERE order_id = {old}")
    await connection.execute("UPDATE outbox SET order_id = 0 WHERE order_id = $1", old)
    days_ago = "(now() AT TIME ZONE 'UTC')::date - 40"
    await connection.execute(
        f"INSERT INTO event_ledger VALUES ($1, {days_ago}, 4)", shop.origin.shop_id
    )
    await connection.execute(
        "DELETE FROM outbox WHERE order_id = 0 AND shop_id = $1", shop.origin.shop_id
    )
    await connection.execute("UPDATE shops SET retention_days = 30")
    found = await shop.health(days=90)
    assert (found.sound, found.orders_compared, found.wrong_orders) == (True, 1, [])
    assert not await retention.sweep(connection)
    await connection.execute("UPDATE shops SET retention_days = 365")
    found = await shop.health(days=90)
    assert (found.sound, found.missing, found.wrong_orders) == (True, 0, [])
    lost = shop.orders[1].id
    shop.change(f"ALTER TABLE events DELETE WHERE event = 'order_paid' AND order_id = {lost}")
    assert (await shop.health(days=90)).wrong_orders == [lost]


async def test_a_backlog_is_not_read_for_what_has_arrived(
    shop: Shop, connection: Connection
) -> None:
    await write_events(connection, 20_000)
    await connection.execute(data_health._IN_ORDER.replace("LOCAL", ""))
    plan = await connection.fetch(
        "EXPLAIN (ANALYZE, BUFFERS OFF, TIMING OFF) "
        + data_health._ARRIVED.replace("$1", "ARRAY[1]").replace("$2", "(current_date - 7)")
    )
    text = "\n".join(line[0] for line in plan)
    removed = sum(int(number) for number in re.findall(r"Rows Removed by [\w ]+: (\d+)", text))
    assert "Index Scan using outbox_0_" in text and removed < 100, text
    assert (await shop.health()).sound


async def test_who_is_erased_is_no_difference_before_and_after_their_events_go(
    shop: Shop, connection: Connection
) -> None:
    erased = shop.orders[0]
    shop.change("ALTER TABLE events UPDATE recorded_after_ms = recorded_after_ms - 600000 WHERE 1")
    await connection.execute(
        "INSERT INTO erasures (shop_id, buyer_no, with_events) VALUES ($1, $2, true)",
        shop.origin.shop_id,
        await connection.fetchval("SELECT buyer_no FROM orders WHERE id = $1", erased.id),
    )
    found = await shop.health()
    assert (found.sound, found.orders_compared, found.wrong_orders) == (True, 1, [])
    shop.change(f"ALTER TABLE events DELETE WHERE event = 'order_paid' AND order_id = {erased.id}")
    assert (await shop.health()).wrong_orders == []


async def test_the_panel_shows_it_to_those_who_see_the_shop(
    counting_panel: Panel, connection: Connection
) -> None:
    origin = await create_origin(connection)
    other = await create_origin(connection)
    await emit(
        connection,
        origin,
        (await create_customer(connection, origin.shop_id)).actor,
        [Event(MESSAGE_RECEIVED)],
    )
    async with counting_panel.visitor("viewer", [origin.shop_id]) as viewer:
        (shop,) = (await viewer.get("/api/v1/data-health")).json()["shops"]
        assert (shop["shop_id"], shop["waiting"], shop["sound"]) == (origin.shop_id, 1, True)
        assert (await viewer.get("/api/v1/data-health")).json()["shipping"] is None
        hidden = await viewer.get("/api/v1/data-health", params={"shops": other.shop_id})
        assert hidden.status_code == 404


async def test_those_who_see_every_shop_see_the_shipping(
    counting_panel: Panel, connection: Connection
) -> None:
    await connection.execute(
        "UPDATE shipments SET last_error = 'ClickHouse: away', last_error_at = now()"
    )
    async with counting_panel.visitor("owner") as owner:
        report = (await owner.get("/api/v1/data-health")).json()["shipping"]
    (shard,) = report["shards"]
    assert (shard["shard"], shard["last_error"]) == (0, "ClickHouse: away")
    assert report["blocked_by"] is None


async def test_an_order_counted_twice_is_named_as_the_shop_calls_it(
    shop: Shop, connection: Connection
) -> None:
    first, second = shop.orders
    await connection.execute(
        "INSERT INTO external_numbers VALUES ($1, 'order', 'A-1', $2)",
        shop.origin.shop_id,
        first.id,
    )
    copied = "* EXCEPT (pos, mode, event, recorded_at), pos + 100, 'external'"
    names = "(* EXCEPT (pos, mode, event, recorded_at), pos, mode, event)"
    shop.change(
        f"INSERT INTO events {names} SELECT {copied}, 'order_paid' FROM events "
        f"WHERE event = 'order_paid' AND order_id = {first.id}"
    )
    shop.change(
        f"INSERT INTO events {names} SELECT {copied}, 'refund_completed' FROM events "
        f"WHERE event = 'order_paid' AND order_id = {second.id}"
    )
    found = await shop.health()
    assert (found.sound, found.counted_twice, found.refunded_beyond) == (False, ["A-1"], [])
    shop.change("ALTER TABLE events UPDATE amount_minor = 301 WHERE event = 'refund_completed'")
    assert (await shop.health()).refunded_beyond == [str(second.id)]
