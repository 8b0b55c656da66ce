"""The standing checks of the stores: silent when all is well, and each finds its own fault."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
import polars as pl
import pytest
from clickhouse_connect.driver.client import Client

from core.clickhouse import open_client
from core.postgres import Connection
from core.settings import Settings
from core.shop import payments
from pipelines import stores
from pipelines.clickhouse import ClickHouse
from pipelines.postgres import Postgres
from pipelines.resources import resources
from pipelines.stores import Disagreements
from tests import factories
from tests.pipelines.kpis.test_assets import ship

LATER = timedelta(hours=2)  # what happens now is in a whole hour by then


@pytest.fixture(name="client")
def opened_client(clickhouse_url: str) -> Iterator[Client]:
    client = open_client(clickhouse_url)
    yield client
    client.close()


async def found(settings: Settings, check: Disagreements) -> pl.DataFrame:
    def look() -> pl.DataFrame:
        return check(
            ClickHouse(lambda: settings), Postgres(lambda: settings), datetime.now(UTC) + LATER
        )

    return await asyncio.to_thread(look)


async def sell(settings: Settings, connection: Connection) -> int:
    """An order that is paid and shipped: its number."""
    origin = await factories.create_origin(connection)
    product = await factories.create_product(connection, origin.shop_id)
    buyer = await factories.create_customer(connection, origin.shop_id)
    async with connection.transaction():
        order = await factories.create_order(connection, origin, buyer, product)
        charge = factories.charge_of(order, buyer)
        await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge)
    await ship(connection, settings.clickhouse_url.get_secret_value())
    return order.id


async def test_each_check_sees_its_own_fault(
    settings: Settings, connection: Connection, client: Client
) -> None:
    order = await sell(settings, connection)
    checks = (stores.rollup_differences, stores.gaps, stores.paid_differences)
    for check in (*checks, stores.negative_figures):
        assert (await found(settings, check)).is_empty(), check

    client.command(f"DELETE FROM events WHERE order_id = {order} AND event = 'order_paid'")
    (rollup,) = (await found(settings, stores.rollup_differences)).to_dicts()
    assert (rollup["event"], rollup["in_events"], rollup["in_rollup"]) == ("order_paid", 0, 1)
    assert (rollup["events_minor"], rollup["rollup_minor"]) == (0, 300)
    (gap,) = (await found(settings, stores.gaps)).to_dicts()
    assert (gap["missing"], gap["doubled"]) == (1, 0)
    (paid,) = (await found(settings, stores.paid_differences)).to_dicts()
    assert (paid["order_id"], paid["problem"]) == (order, "no event in ClickHouse")

    client.command("INSERT INTO events SELECT * FROM events WHERE event = 'payment_succeeded'")
    (gap,) = (await found(settings, stores.gaps)).to_dicts()
    assert (gap["missing"], gap["doubled"]) == (1, 1)

    today = datetime.now(UTC).date()
    spoilt = (
        ("money_day", "fees_minor", "-1"),
        ("shop_kpi_day", "gross_sales_minor", "-2"),
        ("shop_money_day", "paid_total_minor", "-3"),
    )
    for table, column, value in spoilt:
        client.command(
            f"INSERT INTO {table} (day, shop_id, {column}) VALUES ('{today}', 7, {value})"
        )
    negative = await found(settings, stores.negative_figures)
    assert negative.select("table", "column", "value").rows() == list(spoilt)


async def test_a_failing_check_shows_the_rows(
    settings: Settings, connection: Connection, client: Client
) -> None:
    order = await sell(settings, connection)
    client.command(f"DELETE FROM events WHERE order_id = {order} AND event = 'order_paid'")

    def run() -> dict[str, dg.AssetCheckEvaluation]:
        with dg.DagsterInstance.ephemeral() as instance:
            result = dg.materialize(
                [dg.AssetSpec("events"), *stores.CHECKS],
                resources=resources(lambda: settings),
                selection=dg.AssetSelection.all_asset_checks(),
                instance=instance,
                run_config={"loggers": {"console": {"config": {"log_level": "WARNING"}}}},
            )
        assert result.success
        return {each.check_name: each for each in result.get_asset_check_evaluations()}

    results = await asyncio.to_thread(run)
    assert {name for name, each in results.items() if each.passed} == {
        "no_figure_is_negative",
        # They look at what is settled: whole hours, five minutes ago.
        "the_rollup_is_the_events",
        "paid_orders_are_the_same",
    }
    offending = results["nothing_is_missing_or_twice"].metadata["offending"]
    assert isinstance(offending, dg.TableMetadataValue)
    assert offending.records[0].data["missing"] == "1"


async def test_an_erased_shopper_is_no_difference(
    settings: Settings, connection: Connection, client: Client
) -> None:
    order = await sell(settings, connection)
    ((shop_id, buyer_no),) = await connection.fetch(
        "SELECT shop_id, buyer_no FROM orders WHERE id = $1", order
    )
    await connection.execute(
        "INSERT INTO erasures (shop_id, buyer_no, with_events, done_at) VALUES ($1, $2, true, "
        "now())",
        shop_id,
        buyer_no,
    )
    client.command(f"DELETE FROM events WHERE order_id = {order}")
    for check in (stores.rollup_differences, stores.paid_differences):
        assert (await found(settings, check)).is_empty()
