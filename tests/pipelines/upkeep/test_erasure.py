"""Erasing a shopper: no store leads to them any more, and the shop's figures stay the same."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import polars as pl
import pytest
from clickhouse_connect.driver.client import Client

import pipelines.clickhouse
from core.clickhouse import open_client
from core.errors import NotFound, Refused
from core.events import BOT_STARTED, MESSAGE_RECEIVED, Event, Origin, emit
from core.postgres import Connection, connect
from core.settings import Settings
from core.shop import erasures, payments
from core.shop.customers import Customer
from pipelines.activity.people_day import PEOPLE_DAY_SCHEMA
from pipelines.upkeep import erasure
from tests import patience
from tests.factories import (
    charge_of,
    create_customer,
    create_order,
    create_origin,
    create_product,
)
from tests.ingestion.test_shipper import shipped, shipping

TELEGRAM_ID = 987_654_321_987
NAME = "Аделаида Незабудкина"


@pytest.fixture(name="client")
def opened_client(clickhouse_url: str) -> Iterator[Client]:
    client = open_client(clickhouse_url)
    yield client
    client.close()


async def someone(connection: Connection) -> tuple[Origin, Customer]:
    """Has written, bought, and left traces wherever a person can; beside another who did so too."""
    origin = await create_origin(connection)
    product = await create_product(connection, origin.shop_id)
    external = Origin(origin.shop_id, 0, "external", origin.retention_days)
    person = None
    for telegram_id, name in ((TELEGRAM_ID, NAME), (123, "Другая")):
        found = await create_customer(
            connection, origin.shop_id, telegram_id=telegram_id, first_name=name, username="ade"
        )
        person = person or found
        await emit(connection, origin, found.actor, [Event(BOT_STARTED, props={"is_first": True})])
        await emit(
            connection,
            external,
            found.actor,
            [Event(MESSAGE_RECEIVED, props={"said": f"I am {name}"})],
        )
        order = await create_order(connection, origin, found, product)
        await payments.pay(
            connection, origin, found, order_id=order.id, charge=charge_of(order, found)
        )
        await connection.execute(
            "INSERT INTO bot_peers VALUES ($1, $2, 1, 'user')", origin.bot_id, telegram_id
        )
        await connection.execute(
            "INSERT INTO outgoing (bot_id, chat_id, random_id, purpose, message, state, sent_at) "
            "VALUES ($1, $2, $2, 'receipt', $3, 'sent', now())",
            origin.bot_id,
            telegram_id,
            {"text": f"Dear {name}"},
        )
    assert person is not None
    await connection.execute(
        "INSERT INTO dead_letters (shard, pos, shop_id, event, envelope, error) "
        "VALUES (0, 9000, $1, 'message_received', $2, 'refused')",
        origin.shop_id,
        {"buyer_no": person.buyer_no, "mode": "external", "props": f"I am {NAME}"},
    )
    await connection.execute(
        "INSERT INTO fraud_allow (shop_id, buyer_no, note) VALUES ($1, $2, $3)",
        origin.shop_id,
        person.buyer_no,
        f"{NAME} is my aunt",
    )
    return origin, person


async def traces(connection: Connection) -> list[str]:
    """Tables in which the person's id or name stands in any column."""
    tables = await connection.fetch(
        "SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace "
        "WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
    )
    return sorted(
        [
            row["relname"]
            for row in tables
            if await connection.fetchval(
                f"SELECT EXISTS (SELECT FROM {row['relname']} AS t WHERE t::text LIKE $1 "
                "OR t::text LIKE $2)",
                f"%{TELEGRAM_ID}%",
                f"%{NAME}%",
            )
        ]
    )


async def erase(
    connection: Connection, client: Client, customer: Customer, *, with_events: bool
) -> None:
    async with connection.transaction():
        await erasures.erase(
            connection, customer.shop_id, customer.buyer_no, with_events=with_events
        )
    await erasure.finish(connection, client, await erasure.ready(connection))


@asynccontextmanager
async def arrived(
    connection: Connection, database_url: str, clickhouse_url: str
) -> AsyncIterator[tuple[Origin, Customer]]:
    found = await someone(connection)
    async with shipping(database_url, clickhouse_url):
        await shipped(connection)
    # The outbox itself is emptied within the hour.
    await connection.execute("DELETE FROM outbox")
    yield found


async def test_nothing_leads_to_them(
    connection: Connection, client: Client, database_url: str, clickhouse_url: str
) -> None:
    async with arrived(connection, database_url, clickhouse_url) as (origin, customer):
        person = origin.shop_id, customer.buyer_no
        assert await traces(connection) == [
            "bot_peers",
            "customers",
            "dead_letters",
            "fraud_allow",
            "outgoing",
            "payments",
        ]
        before = await erasures.count(connection, *person)
        assert {table: rows for table, rows in before.items() if rows} == {
            "dead_letters": 1,
            "fraud_allow": 1,
            "bot_peers": 1,
            "outgoing": 1,
            "payments": 1,
            "customers": 1,
        }
        assert erasure.remaining(client, *person)["free text"] == 1
        await erase(connection, client, customer, with_events=False)
        assert set((await erasures.count(connection, *person)).values()) == {0}
        assert await traces(connection) == []
        left = erasure.remaining(client, *person)
        assert (left["free text"], left["events"]) == (0, 6)
        # The shop's own figures are whole, and the other shopper is untouched.
        assert (
            client.query(
                "SELECT sum(amount_minor) FROM events WHERE event = 'order_paid'"
            ).result_rows[0][0]
            == 600
        )
        assert (
            client.query("SELECT count() FROM events WHERE props LIKE '%Другая%'").result_rows[0][0]
            == 1
        )
        assert (
            await connection.fetchval("SELECT count(*) FROM orders WHERE paid_at IS NOT NULL") == 2
        )


async def test_with_events_they_go_too_and_the_books_agree(
    connection: Connection, client: Client, database_url: str, clickhouse_url: str
) -> None:
    async with arrived(connection, database_url, clickhouse_url) as (origin, customer):
        await connection.execute(
            "INSERT INTO event_ledger VALUES ($1, (now() AT TIME ZONE 'UTC')::date, 12)",
            origin.shop_id,
        )
        days = ((origin.shop_id, customer.buyer_no), (origin.shop_id, 77), (origin.shop_id + 1, 1))
        for number, (shop_id, buyer_no) in enumerate(days, 1):
            client.command(
                "INSERT INTO people_day (day, shop_id, event, people_numbers) "
                f"VALUES (today() - {number}, {shop_id}, 'bot_started', [5, {buyer_no}])"
            )
        assert erasure.remaining(client, *days[0])["people_day"] == 1
        await erase(connection, client, customer, with_events=True)
        left = erasure.remaining(client, origin.shop_id, customer.buyer_no)
        assert set(left.values()) == {0}
        kept = client.query("SELECT today() - day FROM people_day ORDER BY day DESC").result_rows
        assert kept == [(2,), (3,)]  # days without them stay folded
        assert await connection.fetchval("SELECT sum(events) FROM event_ledger") == 6
        assert await connection.fetchval("SELECT count(*) FROM dead_letters") == 0
        assert client.query("SELECT count() FROM events").result_rows[0][0] == 6
        # Again: nothing more is found, and nothing is counted twice.
        await erase(connection, client, customer, with_events=True)
        assert await connection.fetchval("SELECT sum(events) FROM event_ledger") == 6


def people_of(day: date) -> pl.DataFrame:
    """A day of the roll-up on which customer 5 pressed Start."""
    types = {name: column.dtype.type for name, column in PEOPLE_DAY_SCHEMA.columns.items()}
    names = ("day", "shop_id", "event", "events", "people_numbers")
    return pl.DataFrame(
        [(day, 1, "bot_started", 1, [5])],
        schema={name: types[name] for name in names},
        orient="row",
    )


async def test_who_is_erased_while_a_day_is_written_does_not_come_back(
    connection: Connection,
    client: Client,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A day of the roll-up is replaced by writing its month anew."""
    gone = erasure.Erasure(1, 77, with_events=True, is_counted=True)
    client.command(
        "INSERT INTO people_day (day, shop_id, event, people_numbers) "
        "VALUES ('2026-03-01', 1, 'bot_started', [5, 77])"
    )
    copied, go_on = threading.Event(), threading.Event()
    # pylint: disable-next=protected-access  # the moment when the month was read
    keep_others = pipelines.clickhouse._keep_others

    def pausing(*asked: Any) -> None:
        keep_others(*asked)
        copied.set()
        assert go_on.wait(patience.SECONDS)

    async def waits() -> bool:
        sql = (
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
        )
        return erasing.done() or bool(await connection.fetchval(sql))

    async def erase_there() -> None:
        there = await connect(settings.database_url.get_secret_value())
        with open_client(settings.clickhouse_url.get_secret_value()) as another:
            await erasure.finish(there, another, [gone])
        await there.close()

    monkeypatch.setattr(pipelines.clickhouse, "_keep_others", pausing)
    store = pipelines.clickhouse.ClickHouse(lambda: settings)
    writing = asyncio.create_task(
        asyncio.to_thread(
            store.replace_partition, "people_day", "2026-03-31", people_of(date(2026, 3, 31))
        )
    )
    assert await asyncio.to_thread(copied.wait, patience.SECONDS)
    erasing = asyncio.create_task(asyncio.to_thread(lambda: asyncio.run(erase_there())))
    async with asyncio.timeout(patience.SECONDS):
        while not await waits():
            await asyncio.sleep(0.01)
    go_on.set()
    await asyncio.gather(writing, erasing)
    assert erasure.remaining(client, *gone.person)["people_day"] == 0
    assert client.query("SELECT day FROM people_day").result_rows == [(date(2026, 3, 31),)]


async def test_what_is_not_shipped_yet_is_waited_for(
    connection: Connection, client: Client
) -> None:
    _, customer = await someone(connection)
    async with connection.transaction():
        await erasures.erase(connection, customer.shop_id, customer.buyer_no, with_events=True)
    assert await erasure.ready(connection) == []
    await connection.execute("DELETE FROM outbox")
    assert [each.person for each in await erasure.ready(connection)] == [
        (customer.shop_id, customer.buyer_no)
    ]
    await erasure.finish(connection, client, await erasure.ready(connection))
    assert await erasure.ready(connection) == []


async def test_a_message_under_way_is_not_thrown_away(connection: Connection) -> None:
    _, customer = await someone(connection)
    await connection.execute(
        "UPDATE outgoing SET state = 'pending' WHERE chat_id = $1", TELEGRAM_ID
    )
    with pytest.raises(Refused, match="1 messages"):
        async with connection.transaction():
            await erasures.erase(connection, customer.shop_id, customer.buyer_no, with_events=False)
    assert "customers" in await traces(connection)


async def test_they_are_found_by_any_of_their_names(connection: Connection) -> None:
    _, customer = await someone(connection)
    shop_id = customer.shop_id
    assert await erasures.find(connection, shop_id, telegram_id=TELEGRAM_ID) == customer.buyer_no
    assert await erasures.find(connection, shop_id, buyer_no=1) == 1
    with pytest.raises(NotFound, match="no such customer"):
        await erasures.find(connection, shop_id, telegram_id=5)
    with pytest.raises(NotFound, match="no such customer"):
        await erasures.find(connection, shop_id, buyer_no=99)


async def test_who_comes_back_is_somebody_new(connection: Connection) -> None:
    _, customer = await someone(connection)
    async with connection.transaction():
        await erasures.erase(connection, customer.shop_id, customer.buyer_no, with_events=False)
    again = await create_customer(connection, customer.shop_id, telegram_id=TELEGRAM_ID)
    assert again.is_new and again.buyer_no != customer.buyer_no
