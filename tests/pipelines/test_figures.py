"""All tables as Dagster runs them, on the real engines: from events to rows."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from core.clickhouse import open_client
from core.postgres import Connection
from core.settings import Settings
from pipelines.catalogue import TABLES
from pipelines.figures import asset
from pipelines.kpis.assets import shop_figures
from pipelines.kpis.materialise import DayOutcome, materialise_day
from pipelines.standing import AGREEMENTS, check
from tests import factories
from tests.pipelines.kpis.happenings import Happened, purchase, start, store
from tests.pipelines.world import DAY, at


@pytest.fixture(name="client")
def opened_client(clickhouse_url: str) -> Iterator[Client]:
    client = open_client(clickhouse_url)
    yield client
    client.close()


EVERYTHING = [shop_figures, *map(asset, TABLES), *map(check, AGREEMENTS)]


async def run(settings: Settings, assets: Sequence[Any] = tuple(EVERYTHING)) -> DayOutcome:
    """The day of these tables, with their checks."""
    return await asyncio.to_thread(materialise_day, settings, DAY, assets)


def fingerprints(client: Client) -> dict[str, Any]:
    return {
        table.name: client.query(
            "SELECT count(), groupBitXor(cityHash64(* EXCEPT (folded_at))) "
            f"FROM {table.name} WHERE day = '{DAY}'"
        ).result_rows[0]
        for table in TABLES
    }


def a_day(shop_id: int) -> list[Happened]:
    """Something for every table."""
    events = [
        *[start(buyer, is_first=True, at=at(0, 9)) for buyer in range(1, 6)],
        *[Happened("product_viewed", buyer, at=at(0, 10), product_id=3) for buyer in range(1, 4)],
        Happened("stock_changed", 0, at=at(0, 10), product_id=3, quantity=7),
        *purchase(1, (100, 2), at=at(0, 11), order_id=11),
        *purchase(2, (50, 1), at=at(0, 11), order_id=12),
        Happened("refund_completed", 2, at=at(0, 12), amount_minor=50, currency="XTR", order_id=12),
        Happened(
            "wallet_entry_posted", 1, at=at(0), amount_minor=9, currency="XTR", outcome="top_up"
        ),
        Happened("broadcast_message_attempted", 1, at=at(0), props={"broadcast": 1}),
        Happened("broadcast_message_delivered", 1, at=at(0), props={"broadcast": 1}),
        Happened("update_handled", 1, at=at(0), outcome="ok"),
        Happened("worker_heartbeat", 0, at=at(0)),
    ]
    return [replace(event, shop_id=shop_id) for event in events]


async def test_a_day_of_every_table(
    settings: Settings, connection: Connection, clickhouse_url: str, client: Client
) -> None:
    shop = await factories.create_shop(connection, timezone="UTC")
    await connection.execute("UPDATE shops SET retention_days = 730")
    store(clickhouse_url, a_day(shop.id))
    client.command("ALTER TABLE rfm_day REMOVE TTL")  # the day is older than it keeps
    outcome = await run(settings)
    # No order of PostgreSQL is behind these events, and that is found.
    assert [found.name for found in outcome.checks if not found.passed] == ["data_is_healthy"]
    rows = {name: outcome.rows.get(name) for name in (table.name for table in TABLES)}
    assert all(rows.values()), rows
    money = client.query(
        "SELECT variant, gross_sales_minor, net_sales_minor FROM money_day ORDER BY variant"
    )
    assert money.result_rows == [("clean", 250, 200), ("raw", 250, 200)]

    before = fingerprints(client)
    await run(settings)
    assert fingerprints(client) == before  # again, and the same

    for agreement, spoilt in zip(
        AGREEMENTS,
        ("money_day UPDATE net_sales_minor = 1", "cohort_day UPDATE cohort_size = 4"),
        strict=False,
    ):
        client.command(f"ALTER TABLE {spoilt} WHERE 1 SETTINGS mutations_sync = 1")
        found = client.query(agreement.sql, parameters={"day": DAY})
        assert len(found.result_rows) == 1, agreement.name


async def test_a_shop_that_sends_nonsense_stops_nobody_elses_figures(
    settings: Settings, connection: Connection, clickhouse_url: str, client: Client
) -> None:
    good, bad = [await factories.create_shop(connection, timezone="UTC") for _ in range(2)]
    await connection.execute("UPDATE shops SET retention_days = 730")
    names = ("arrival_day", "buyer_event_day", "order_day", "audience_day", "money_day")
    assets = [shop_figures, *(asset(table) for table in TABLES if table.name in names)]
    store(clickhouse_url, a_day(good.id) + a_day(bad.id))
    assert (await run(settings, assets)).succeeded

    def told() -> dict[int, tuple[Any, ...]]:
        found = client.query(
            "SELECT shop_id, a.starts, m.gross_sales_minor, k.starts, s.paid_orders "
            "FROM audience_day AS a INNER JOIN money_day AS m USING (day, shop_id, variant) "
            "INNER JOIN shop_kpi_day AS k USING (day, shop_id) "
            "INNER JOIN shop_money_day AS s USING (day, shop_id) WHERE variant = 'raw'"
        )
        return {row[0]: tuple(row[1:]) for row in found.result_rows}

    assert told() == {good.id: (5, 250, 5, 2), bad.id: (5, 250, 5, 2)}
    wrong = Happened("order_paid", 3, bad.id, at=at(0, 13), amount_minor=-5, currency="XTR")
    again = [start(9, at=at(0, 13), shop_id=shop.id) for shop in (good, bad)]
    store(clickhouse_url, [wrong, *again])
    outcome = await run(settings, assets)
    assert outcome.succeeded
    # The one keeps what it had, whoever reads the folds goes on with those it had.
    assert told() == {good.id: (6, 250, 6, 2), bad.id: (5, 250, 5, 2)}
    failed = [found for found in outcome.checks if not found.passed]
    assert {found.asset for found in failed} == {"buyer_event_day", "shop_kpi_day"}
    for found in failed:
        assert found.is_warning and f"set aside: shops [{bad.id}]" in found.description
        assert '"amount_minor":-5' in (found.offending[0]["row"] or "")


async def test_bad_rows_are_refused_by_name_and_the_old_day_stays(
    settings: Settings, connection: Connection, clickhouse_url: str, client: Client
) -> None:
    shop = await factories.create_shop(connection, timezone="UTC")
    await connection.execute("UPDATE shops SET retention_days = 730")
    assets = [asset(table) for table in TABLES if table.name in ("buyer_event_day", "audience_day")]
    store(clickhouse_url, a_day(shop.id))
    await run(settings, assets)
    before = fingerprints(client)
    wrong = Happened("order_paid", 3, shop.id, at=at(0, 13), amount_minor=-5, currency="XTR")
    store(clickhouse_url, [wrong])
    outcome = await run(settings, assets)
    assert not outcome.succeeded
    refused = {found.asset: found for found in outcome.checks if not found.passed}
    (offending,) = refused["buyer_event_day"].offending
    assert '"amount_minor":-5' in (offending["row"] or "")
    assert fingerprints(client) == before  # of the table itself, and of what is made of it
