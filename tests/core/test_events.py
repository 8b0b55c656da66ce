from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.events import (
    BOT_STARTED,
    CORE_EVENTS,
    NOBODY,
    Actor,
    Emitted,
    Event,
    emit,
    emit_all,
)
from core.postgres import Connection, Pool, Statement
from tests.factories import create_origin


async def test_events_are_there_only_if_the_transaction_commits(pool: Pool) -> None:
    async with pool.acquire() as connection:
        origin = await create_origin(connection)
        transaction = connection.transaction()
        await transaction.start()
        await emit(connection, origin, NOBODY, [Event(BOT_STARTED)])
        await transaction.rollback()
        assert await connection.fetchval("SELECT count(*) FROM outbox") == 0


async def test_the_envelope_is_written_whole_and_in_order(connection: Connection) -> None:
    origin = await create_origin(connection)
    actor = Actor(5, 2, 3, 4, "ru", True, False, True)
    at = datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)
    first = Event(
        BOT_STARTED, at, 10, 11, 12, -13, "XTR", 14, 15, "ok", {"is_first": True, "код": "«»"}
    )
    await emit(connection, origin, actor, [first, Event(BOT_STARTED, at)])
    rows = await connection.fetch("SELECT * FROM outbox ORDER BY xid, pos")
    row = dict(rows[0])
    assert row.pop("recorded_at") > at
    assert row.pop("cluster") == await connection.fetchval(
        "SELECT system_identifier FROM pg_control_system()"
    )
    assert {row.pop(key) for key in ("slot", "shard")} == {0}
    assert row.pop("xid") == rows[1]["xid"] and row.pop("pos") < rows[1]["pos"]
    assert row == {
        "shop_id": origin.shop_id,
        "bot_id": origin.bot_id,
        "event": "bot_started",
        "event_version": 1,
        "occurred_at": at,
        "mode": "hosted",
        "buyer_no": 5,
        "session_no": 2,
        "first_source_id": 3,
        "last_source_id": 4,
        "lang": "ru",
        "is_premium": True,
        "is_staff": False,
        "is_test": True,
        "order_id": 10,
        "product_id": 11,
        "variant_id": 12,
        "amount_minor": -13,
        "currency": "XTR",
        "quantity": 14,
        "latency_us": 15,
        "outcome": "ok",
        "module": "",
        "props": '{"is_first":true,"код":"«»"}',
        "retention_days": 365,
    }
    assert (rows[1]["props"], rows[1]["order_id"]) == ("", 0)


async def test_events_of_several_actors_are_one_statement_in_order(connection: Connection) -> None:
    journal: list[Emitted] = []
    origin = replace(await create_origin(connection), journal=journal)
    told = [
        Emitted(Actor(buyer_no=number % 3, lang=lang), Event(BOT_STARTED, order_id=number))
        for number, lang in enumerate(["ru", "", "en", "ru"])
    ]
    await emit_all(connection, origin, told)
    await emit_all(connection, origin, [])
    rows = await connection.fetch("SELECT buyer_no, lang, order_id FROM outbox ORDER BY xid, pos")
    assert [tuple(row) for row in rows] == [(0, "ru", 0), (1, "", 1), (2, "en", 2), (0, "ru", 3)]
    assert journal == told


async def test_an_event_is_of_the_module_at_work_or_of_the_one_that_it_names(
    connection: Connection,
) -> None:
    origin = replace(await create_origin(connection), module="stars")
    await emit(
        connection, origin, NOBODY, [Event(BOT_STARTED), Event(BOT_STARTED, module="delivery")]
    )
    rows = await connection.fetch("SELECT module FROM outbox ORDER BY pos")
    assert [row["module"] for row in rows] == ["stars", "delivery"]


async def test_what_stands_beside_is_done_with_or_without_events(connection: Connection) -> None:
    origin = await create_origin(connection)

    def renaming(first: int) -> str:
        return f"UPDATE shops SET name = ${first} WHERE id = ${first + 1}"

    for events, name in (([Emitted(NOBODY, Event(BOT_STARTED))] * 2, "two"), ([], "none")):
        await emit_all(
            connection, origin, events, beside=Statement(renaming, (name, origin.shop_id))
        )
        assert await connection.fetchval("SELECT name FROM shops") == name
    assert await connection.fetchval("SELECT count(*) FROM outbox") == 2


async def test_writing_events_is_planned_a_few_times_and_not_each_time(
    connection: Connection,
) -> None:
    """PostgreSQL makes a plan for any values after five, unless that plan seems dearer."""
    origin = await create_origin(connection)
    for _ in range(8):
        await emit(connection, origin, NOBODY, [Event(BOT_STARTED)])
    plans = await connection.fetchrow(
        "SELECT generic_plans, custom_plans FROM pg_prepared_statements "
        "WHERE statement LIKE '%INSERT INTO outbox%' AND statement NOT LIKE '%pg_prepared%'"
    )
    assert plans is not None
    assert dict(plans) == {"generic_plans": 3, "custom_plans": 5}


async def test_properties_over_two_kibibytes_are_refused(connection: Connection) -> None:
    origin = await create_origin(connection)
    with pytest.raises(ValueError, match="2048"):
        await emit(connection, origin, NOBODY, [Event(BOT_STARTED, props={"x": "ы" * 1024})])


def test_names_are_unique_and_titled_in_both_languages() -> None:
    assert len({event.name for event in CORE_EVENTS}) == len(CORE_EVENTS)
    assert all(event.title.ru and event.title.en for event in CORE_EVENTS)
