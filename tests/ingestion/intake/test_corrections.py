"""An imported order is corrected by importing it again, and counts once throughout."""

import asyncio
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from core.clickhouse import open_client
from core.postgres import Connection
from core.settings import Settings
from core.shop import write_keys
from core.zones import day_of
from ingestion import importing
from pipelines.clickhouse import ClickHouse
from pipelines.late import take_back
from pipelines.postgres import Postgres
from pipelines.upkeep import corrections, retention
from tests.ingestion.intake.conftest import Sender, paid, rows, sending
from tests.ingestion.intake.test_import import HEADER, NOW, day, post
from tests.ingestion.test_shipper import shipped, shipping

pytestmark = pytest.mark.long


def file(*orders: str) -> str:
    return "\n".join([HEADER, *orders])


def order(name: str, price: str, *, ago: int = 90, refund: str = ",") -> str:
    return f"{name},{day(ago)},{day(ago)},anna,RUB,tea,2,{price},{refund}"


def counts(report: dict[str, Any]) -> tuple[int, int, int]:
    return report["orders"], report["known_orders"], report["corrected_orders"]


async def imported(sender: Sender, text: str, **query: Any) -> dict[str, Any]:
    response = await post(sender, text, **query)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


@pytest.fixture(name="client")
def opened_client(clickhouse_url: str) -> Iterator[Client]:
    client = open_client(clickhouse_url)
    yield client
    client.close()


Held = list[tuple[str, int, int, int]]


def held(client: Client) -> Held:
    """Events by name: how many, their units and minor units."""
    found = client.query(
        "SELECT event, count(), sum(quantity), sum(amount_minor) FROM events "
        "GROUP BY event ORDER BY event"
    )
    return [tuple(row) for row in found.result_rows]


def sold(total: int, orders: int = 1) -> Held:
    """What ClickHouse holds of that many orders of two teas each."""
    names = ("order_created", "order_line", "order_paid")
    return [(name, orders, 2 * orders, total) for name in names]


async def corrected(connection: Connection, client: Client) -> dict[date, set[int]]:
    return await corrections.finish(connection, client, await corrections.ready(connection))


async def test_what_is_said_otherwise_takes_the_place_of_what_was_said(
    sender: Sender, connection: Connection, client: Client, database_url: str, clickhouse_url: str
) -> None:
    await imported(sender, file(order("A-1", "10"), order("A-2", "20")))
    async with shipping(database_url, clickhouse_url):
        await shipped(connection)
        second = file(order("A-1", "10"), order("A-2", "25", ago=80), order("A-3", "1"))
        dry = await imported(sender, second, dry_run=True)
        assert counts(dry) == (1, 1, 1)
        assert dry["paid_minor"] == {"RUB": 5000 + 200}
        assert len(await rows(connection, "pos")) == 6  # nothing was written
        assert await imported(sender, second) == dry | {"dry_run": False}
        await shipped(connection)
        gone = await corrected(connection, client)
    assert held(client) == sold(2000 + 5000 + 200, orders=3)
    lost = day_of(NOW - timedelta(days=90), sender.shop.timezone)
    assert gone == {lost: {sender.shop.id}}
    assert counts(await imported(sender, second)) == (0, 3, 0)
    assert await corrected(connection, client) == {}


async def test_the_same_lines_in_another_order_are_the_same(sender: Sender) -> None:
    tea, cup = order("A-1", "10"), order("A-1", "5").replace("tea", "cup")
    await imported(sender, file(tea, cup))
    assert counts(await imported(sender, file(cup, tea))) == (0, 1, 0)


@pytest.mark.parametrize("shipped_before", [False, True])
async def test_corrected_twice_the_last_word_counts(
    sender: Sender,
    connection: Connection,
    client: Client,
    database_url: str,
    clickhouse_url: str,
    shipped_before: bool,
) -> None:
    await imported(sender, file(order("A-1", "1000")))
    async with shipping(database_url, clickhouse_url):
        if shipped_before:
            await shipped(connection)
        await imported(sender, file(order("A-1", "100")))
        await imported(sender, file(order("A-1", "10")))
        await shipped(connection)
        await corrected(connection, client)
    assert held(client) == sold(2000)


async def test_nothing_goes_before_it_has_arrived(
    sender: Sender, connection: Connection, client: Client, database_url: str, clickhouse_url: str
) -> None:
    await imported(sender, file(order("A-1", "1000")))
    await imported(sender, file(order("A-1", "10")))
    assert await corrections.ready(connection) == []
    async with shipping(database_url, clickhouse_url):
        await shipped(connection)
    await corrected(connection, client)
    assert held(client) == sold(2000)


async def test_killed_between_any_two_steps_it_is_done_once(
    sender: Sender,
    connection: Connection,
    client: Client,
    database_url: str,
    clickhouse_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with shipping(database_url, clickhouse_url):
        await imported(sender, file(order("A-1", "1000"), order("A-2", "7")))
        await shipped(connection)
        with monkeypatch.context() as patched:
            patched.setattr(importing, "emit_all", _die)
            response = await post(sender, file(order("A-1", "10")))
            assert response.status_code == 503
        assert await corrections.ready(connection) == []  # the import was undone whole
        await imported(sender, file(order("A-1", "10")))
        await shipped(connection)
        await connection.execute("DELETE FROM outbox")
        await connection.execute(
            "INSERT INTO event_ledger VALUES ($1, $2, 9)",
            sender.shop.id,
            (NOW - timedelta(days=90)).date(),
        )
        for step in ("_close", "_note"):
            with monkeypatch.context() as patched:
                patched.setattr(corrections, step, _die)
                with pytest.raises(ConnectionResetError):
                    await corrected(connection, client)
        await corrected(connection, client)
    assert held(client) == sold(2000 + 1400, orders=2)
    ledger = await connection.fetchval("SELECT sum(events)::int FROM event_ledger")
    assert ledger == 6 == sum(number for _, number, _, _ in held(client))


async def _die(*_arguments: object) -> None:
    raise ConnectionResetError


async def test_an_import_before_positions_were_kept_is_corrected_too(
    sender: Sender, connection: Connection, client: Client, database_url: str, clickhouse_url: str
) -> None:
    refund = f"{day(80)},10"
    await imported(sender, file(order("A-1", "1000", refund=refund)))
    await connection.execute("DELETE FROM imported_orders")
    await connection.execute("UPDATE outbox SET recorded_at = recorded_at - interval '1 day'")
    async with shipping(database_url, clickhouse_url):
        told = paid("A-1", event="refund_completed", amount_minor=300)
        await sender.send(told)
        await shipped(connection)
        await imported(sender, file(order("A-1", "10")))
        await shipped(connection)
        await corrected(connection, client)
    # The refund that an event told of stays: no import brought it.
    assert held(client) == [*sold(2000), ("refund_completed", 1, 0, 300)]


async def test_a_refund_that_an_event_told_of_is_not_told_again(
    sender: Sender, connection: Connection
) -> None:
    await imported(sender, file(order("A-1", "10")))
    at = day(5)
    await sender.send(paid("A-1", event="refund_completed", amount_minor=700, occurred_at=at))
    with_refund = file(order("A-1", "10", refund=f"{at},7"))
    report = await imported(sender, with_refund)
    assert counts(report) == (0, 0, 1)
    assert report["refunded_minor"] == {}
    names = [name for (name,) in await rows(connection, "event")]
    assert names.count("refund_completed") == 1
    assert counts(await imported(sender, with_refund)) == (0, 1, 0)


async def test_an_order_that_events_told_of_is_not_corrected(sender: Sender) -> None:
    await sender.send(paid("A-1"))
    assert counts(await imported(sender, file(order("A-1", "10")))) == (0, 1, 0)
    unpaid = f"A-2,{day(9)},,anna,RUB,tea,2,5,,"
    await imported(sender, file(unpaid))
    await sender.send(paid("A-2"))
    assert counts(await imported(sender, file(order("A-2", "10")))) == (0, 1, 0)


async def test_of_two_corrections_at_once_the_second_takes_back_the_first(
    sender: Sender, connection: Connection, client: Client, database_url: str, clickhouse_url: str
) -> None:
    await imported(sender, file(order("A-1", "1000")))
    _, key = await write_keys.create(connection, shop_id=sender.shop.id, label="another")
    async with sending(sender.url, sender.intake, sender.shop, key) as other:
        await asyncio.gather(
            imported(sender, file(order("A-1", "10"))), imported(other, file(order("A-1", "10")))
        )
        async with asyncio.TaskGroup() as group:
            for each, price in ((sender, "30"), (other, "30.5")):
                group.create_task(imported(each, file(order("A-1", price))))
    last = await connection.fetchval("SELECT amount_minor FROM order_steps WHERE amount_minor > 0")
    async with shipping(database_url, clickhouse_url):
        await shipped(connection)
    await corrected(connection, client)
    assert held(client) == [*sold(last)] and last in (6000, 6100)


async def test_a_day_that_lost_events_is_marked_and_another_upkeep_is_waited_for(
    sender: Sender,
    connection: Connection,
    client: Client,
    settings: Settings,
) -> None:
    clickhouse, postgres = ClickHouse(lambda: settings), Postgres(lambda: settings)
    urls = settings.database_url.get_secret_value(), settings.clickhouse_url.get_secret_value()
    async with shipping(*urls):
        await imported(sender, file(order("A-1", "1000")))
        await shipped(connection)
        client.command(
            "INSERT INTO health_day (day, shop_id, events, folded_from) "
            "SELECT toDate(occurred_at, 'Europe/Moscow'), shop_id, 3, 3 FROM events LIMIT 1"
        )
        await imported(sender, file(order("A-1", "10")))
        await shipped(connection)
    async with retention.alone(connection):
        assert await asyncio.to_thread(take_back, clickhouse, postgres) == 0
    assert await asyncio.to_thread(take_back, clickhouse, postgres) == 1
    assert held(client) == sold(2000)
    marked = client.query("SELECT events, folded_from FROM health_day").result_rows
    assert [tuple(row) for row in marked] == [(3, 2**64 - 1)]
    assert await asyncio.to_thread(take_back, clickhouse, postgres) == 0


async def test_amounts_that_were_a_hundred_times_too_high_are_put_right(
    sender: Sender, connection: Connection, client: Client, database_url: str, clickhouse_url: str
) -> None:
    """As a version did that gave XOF two digits behind the point."""
    francs = order("A-1", "1500").replace("RUB", "XOF")
    async with shipping(database_url, clickhouse_url):
        await imported(sender, file(francs.replace(",1500,", ",150000,")))
        await connection.execute("DELETE FROM imported_orders")
        await shipped(connection)
        report = await imported(sender, file(francs))
        assert report["paid_minor"] == {"XOF": 3000}
        await shipped(connection)
        await corrected(connection, client)
    assert held(client) == sold(3000)
