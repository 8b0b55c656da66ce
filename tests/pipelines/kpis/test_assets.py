"""The assets on the real engines, from events to rows."""

import asyncio
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from clickhouse_connect.driver.client import Client
from pydantic import SecretStr

from core import clickhouse as core_clickhouse
from core.postgres import Connection
from core.settings import Settings
from core.shop import payments
from ingestion import batches
from pipelines.clickhouse import ClickHouse
from pipelines.kpis import schemas, sources
from pipelines.kpis.assets import compute
from pipelines.kpis.materialise import CheckOutcome, DayFailed, DayOutcome, materialise_day
from pipelines.postgres import Postgres
from pipelines.shops import read_shops
from tests import factories
from tests.ingestion.rows import recorded, send
from tests.pipelines.kpis.happenings import Happened, fold, purchase, start, store

DAY = date(2026, 3, 10)


@pytest.fixture(name="client")
def opened_client(clickhouse_url: str) -> Iterator[Client]:
    client = core_clickhouse.open_client(clickhouse_url)
    yield client
    client.close()


async def run(settings: Settings, day: date = DAY) -> DayOutcome:
    return await asyncio.to_thread(materialise_day, settings, day)


def check(outcome: DayOutcome, name: str) -> CheckOutcome:
    """The check of that name; of two, the one that failed."""
    return min((found for found in outcome.checks if found.name == name), key=lambda c: c.passed)


def rows(client: Client, table: str) -> list[dict[str, Any]]:
    return list(client.query(f"SELECT * FROM {table} ORDER BY ALL").named_results())


def fingerprint(client: Client, table: str) -> tuple[Any, ...]:
    sql = f"SELECT count(), groupBitXor(cityHash64(*)) FROM {table}"
    return tuple(client.query(sql).result_rows[0])


async def ship(connection: Connection, clickhouse_url: str) -> None:
    """What the shipper does with all that waits."""
    client = await core_clickhouse.open_async_client(clickhouse_url)
    batch = await recorded(connection)
    await send(connection, client, batch)
    await batches.close(connection, batch)
    await client.close()


async def test_the_tables_are_the_schemas(client: Client) -> None:
    for table, schema in (
        ("shop_kpi_day", schemas.SHOP_KPI_DAY),
        ("shop_money_day", schemas.SHOP_MONEY_DAY),
    ):
        columns = [name for name, *_ in client.query(f"DESCRIBE {table}").result_rows]
        assert columns == list(schema.columns)


async def test_each_shop_has_its_own_day(
    settings: Settings, connection: Connection, clickhouse_url: str, client: Client
) -> None:
    moscow = await factories.create_shop(connection, timezone="Europe/Moscow")
    honolulu = await factories.create_shop(connection, timezone="Pacific/Honolulu")
    day_begins = {moscow.id: datetime(2026, 3, 9, 21, tzinfo=UTC)}
    day_begins[honolulu.id] = datetime(2026, 3, 10, 10, tzinfo=UTC)
    moments = [
        timedelta(milliseconds=-1),  # yesterday
        timedelta(0),
        timedelta(hours=24, milliseconds=-1),
        timedelta(hours=24),  # tomorrow
    ]
    store(
        clickhouse_url,
        [
            start(number, at=begins + moment, shop_id=shop_id)
            for shop_id, begins in day_begins.items()
            for number, moment in enumerate(moments, start=1)
        ],
    )
    assert (await run(settings)).succeeded
    assert [row["starts"] for row in rows(client, "shop_kpi_day")] == [2, 2]


async def test_staff_and_tests_are_left_out(
    settings: Settings, connection: Connection, clickhouse_url: str, client: Client
) -> None:
    shop = await factories.create_shop(connection)
    paid: dict[str, Any] = {
        "amount_minor": 100,
        "currency": "XTR",
        "quantity": 1,
        "shop_id": shop.id,
    }
    store(
        clickhouse_url,
        [
            Happened("order_paid", 1, is_staff=True, **paid),
            Happened("order_paid", 2, is_test=True, **paid),
            Happened("bot_started", 2, shop.id, is_test=True, is_first=True),
            Happened("bot_started", 3, shop.id, is_first=True),
        ],
    )
    await run(settings)
    (row,) = rows(client, "shop_kpi_day")
    assert (row["active_users"], row["new_users"], row["paid_orders"]) == (1, 1, 0)
    assert not rows(client, "shop_money_day")


def busy_day(shop_id: int, chance: random.Random) -> list[Happened]:
    names = ["bot_started", "message_received", "button_pressed", "order_created", "payment_failed"]
    events = [
        Happened(
            chance.choice(names), chance.randint(1, 9), shop_id, is_first=chance.random() < 0.3
        )
        for _ in range(300)
    ]
    for _ in range(40):
        lines = [
            (chance.randint(1, 500), chance.randint(1, 3)) for _ in range(chance.randint(1, 3))
        ]
        currency = chance.choice(["XTR", "RUB"])
        events += purchase(chance.randint(1, 9), *lines, currency=currency, shop_id=shop_id)
    return events


async def test_clickhouse_folds_as_the_pure_functions_expect(
    settings: Settings, connection: Connection, clickhouse_url: str
) -> None:
    shop = await factories.create_shop(connection, timezone="UTC")
    events = busy_day(shop.id, random.Random(4))
    store(clickhouse_url, events)

    shops = await asyncio.to_thread(read_shops, Postgres(lambda: settings), DAY)
    activity = sources.read_activity(ClickHouse(lambda: settings), shops)
    used = [event for event in events if event.event != "order_created"]
    firsts = pl.when(pl.col("event") == "bot_started").then("first_starts").otherwise(0)
    expected = fold(used).with_columns(first_starts=firsts.cast(pl.UInt64))
    keys = ["shop_id", "buyer_no", "event", "currency"]
    assert activity.sort(keys).equals(expected.sort(keys))
    for name, frame in compute(shops, activity, DAY).items():
        assert frame.equals(compute(shops, expected, DAY)[name])


async def test_running_a_day_again_gives_the_same_rows(
    settings: Settings, connection: Connection, clickhouse_url: str, client: Client
) -> None:
    shop = await factories.create_shop(connection)
    events = [event for buyer in range(1, 30) for event in purchase(buyer, (buyer, 2), (7, 1))]
    store(clickhouse_url, [Happened(**(vars(event) | {"shop_id": shop.id})) for event in events])
    tables = ("shop_kpi_day", "shop_money_day")
    first = await run(settings)
    assert (first.succeeded, first.rows) == (True, {"shop_kpi_day": 1, "shop_money_day": 1})
    before = [fingerprint(client, table) for table in tables]
    assert (await run(settings)).succeeded
    assert [fingerprint(client, table) for table in tables] == before

    store(clickhouse_url, purchase(99, (1, 1), shop_id=shop.id))  # late
    assert (await run(settings)).succeeded
    after = [fingerprint(client, table) for table in tables]
    assert [count for count, _ in after] == [1, 1]
    assert after != before


async def test_bad_rows_are_refused_and_the_old_day_stays(
    settings: Settings, connection: Connection, clickhouse_url: str, client: Client
) -> None:
    shop = await factories.create_shop(connection)
    store(clickhouse_url, purchase(1, (100, 1), shop_id=shop.id))
    await run(settings)
    before = fingerprint(client, "shop_kpi_day")
    store(clickhouse_url, [Happened("order_paid", 2, shop.id, amount_minor=-5, currency="XTR")])
    outcome = await run(settings)
    assert not outcome.succeeded and not outcome.rows
    refused = check(outcome, "input_is_sound")
    assert not refused.passed and not refused.is_warning
    (offending,) = refused.offending
    assert offending["rule"] == "orders, their lines and refunds are not negative"
    assert '"amount_minor":-5' in (offending["row"] or "")
    assert fingerprint(client, "shop_kpi_day") == before


async def test_figures_outlive_the_events_they_were_made_of(
    settings: Settings, connection: Connection, client: Client
) -> None:
    """Computing a day again after its events ran out must not wipe it."""
    kept = await factories.create_shop(connection)
    short = await factories.create_shop(connection)
    today = datetime.now(UTC).date()
    day = today - timedelta(days=40)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    url = settings.clickhouse_url.get_secret_value()
    store(url, [start(1, at=noon, shop_id=kept.id), start(1, at=noon, shop_id=short.id)])
    await run(settings, day)
    await connection.execute("UPDATE shops SET retention_days = 30 WHERE id = $1", short.id)
    client.command("TRUNCATE TABLE events")
    store(url, [start(number, at=noon, shop_id=kept.id) for number in range(1, 4)])
    outcome = await run(settings, day)
    assert outcome.succeeded
    assert [row["starts"] for row in rows(client, "shop_kpi_day")] == [3, 1]

    await connection.execute("UPDATE shops SET retention_days = 30")
    assert (await run(settings, day)).rows == {}
    assert [row["starts"] for row in rows(client, "shop_kpi_day")] == [3, 1]


async def test_a_purchase_is_the_same_everywhere(
    settings: Settings, connection: Connection, clickhouse_url: str, client: Client
) -> None:
    origin = await factories.create_origin(connection)
    product = await factories.create_product(connection, origin.shop_id)
    today = datetime.now(UTC).date()
    (shop,) = await connection.fetch("UPDATE shops SET timezone = 'UTC' RETURNING id")

    async def buy() -> int:
        buyer = await factories.create_customer(connection, shop["id"])
        async with connection.transaction():
            order = await factories.create_order(connection, origin, buyer, product)
            charge = factories.charge_of(order, buyer)
            await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge)
        return order.id

    lost = await buy()
    await ship(connection, clickhouse_url)
    outcome = await run(settings, today)
    assert all(found.passed for found in outcome.checks)
    (row,) = rows(client, "shop_money_day")
    assert (row["paid_total_minor"], row["net_sales_minor"]) == (300, 300)
    # An order and its lines have one moment, or midnight would part them.
    moments = (
        "SELECT uniqExact(occurred_at) FROM events WHERE event IN ('order_paid', 'order_line')"
    )
    assert client.query(moments).result_rows == [(1,)]

    await buy()  # committed, on its way
    assert check(await run(settings, today), "paid_totals_agree").passed

    client.command(f"ALTER TABLE events DELETE WHERE order_id = {lost} SETTINGS mutations_sync = 1")
    found = check(await run(settings, today), "paid_totals_agree")
    assert not found.passed and not found.is_warning
    (offending,) = found.offending
    assert (offending["order_id"], offending["problem"]) == (str(lost), "no event in ClickHouse")


async def test_a_store_that_is_away_is_an_error(settings: Settings) -> None:
    nowhere = SecretStr("postgresql://nobody@127.0.0.1:1/nothing")
    away = settings.model_copy(update={"database_url": nowhere})
    with pytest.raises(DayFailed, match="2026-03-10 failed"):
        await run(away)
