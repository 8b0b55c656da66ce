from datetime import timedelta

import pytest

from core.postgres import Connection
from ingestion import leadership, retention
from tests import factories
from tests.ingestion.rows import until
from tests.ingestion.test_shipper import shipping

HOUR = timedelta(hours=1)


async def add_inbox(connection: Connection, age: timedelta, count: int = 1) -> None:
    await connection.execute(
        "INSERT INTO inbox (bot_id, kind, natural_key, received_at) "
        "SELECT 1, 'message', gen_random_uuid(), now() - $1::interval FROM generate_series(1, $2)",
        age,
        count,
    )


async def left(connection: Connection, table: str) -> int:
    rows: int = await connection.fetchval(f"SELECT count(*) FROM {table}")
    return rows


async def test_the_inbox_is_kept_for_30_days(connection: Connection) -> None:
    await add_inbox(connection, timedelta(days=30) + HOUR)
    await add_inbox(connection, timedelta(days=30) - HOUR)
    assert not await retention.sweep(connection)
    ages = [
        row["age"] for row in await connection.fetch("SELECT now() - received_at AS age FROM inbox")
    ]
    assert len(ages) == 1 and ages[0] < timedelta(days=30)


@pytest.mark.parametrize(
    ("state", "created_days", "last_days", "kept"),
    [
        ("sent", 31, 31, False),
        ("sent", 31, 29, True),  # waited for two days
        ("sent", 29, 29, True),
        ("failed", 31, 31, False),
        ("failed", 31, 29, True),
        ("failed", 29, 29, True),
        ("pending", 90, 90, True),  # it is still owed
    ],
)
async def test_messages_are_kept_for_30_days_after_their_end(
    connection: Connection, state: str, created_days: int, last_days: int, kept: bool
) -> None:
    shop = await factories.create_shop(connection)
    bot = await factories.create_bot(connection, shop)
    await connection.execute(
        "INSERT INTO outgoing (bot_id, chat_id, random_id, purpose, message, state, created_at, "
        "not_before, sent_at) SELECT $1, 1, 1, 'receipt', '{}', $2::text, now() - $3::interval, "
        "now() - $4::interval, CASE WHEN $2::text = 'sent' THEN now() - $5::interval END",
        bot.id,
        state,
        timedelta(days=created_days),
        timedelta(days=created_days if state == "sent" else last_days),
        timedelta(days=last_days),
    )
    await retention.sweep(connection)
    assert await left(connection, "outgoing") == (1 if kept else 0)


async def test_what_telegram_said_of_a_bot_is_kept_for_ten_minutes(connection: Connection) -> None:
    await connection.execute(
        "WITH link AS (INSERT INTO access_links (label, role, token_digest) "
        "VALUES ('Anna', 'owner', 'x') RETURNING id) "
        "INSERT INTO bot_lookups (link_id, bot_id, asked_at, found) "
        "SELECT id, minutes, now() - minutes * interval '1 minute', '{}' "
        "FROM link, unnest(ARRAY[9, 11]) AS minutes"
    )
    await retention.sweep(connection)
    assert await connection.fetchval("SELECT array_agg(bot_id) FROM bot_lookups") == [9]


async def test_who_was_in_is_known_for_90_days(connection: Connection) -> None:
    await connection.execute(
        "WITH link AS (INSERT INTO access_links (label, role, token_digest) "
        "VALUES ('Anna', 'owner', 'x') RETURNING id) "
        "INSERT INTO panel_sessions (digest, link_id, created_at) "
        "SELECT digest, id, now() - age FROM link, "
        "(VALUES ('old'::bytea, interval '90 days 1 hour'), ('young', '89 days 23 hours')) "
        "AS sessions (digest, age)"
    )
    await retention.sweep(connection)
    assert [
        row["digest"] for row in await connection.fetch("SELECT digest FROM panel_sessions")
    ] == [b"young"]


async def test_what_alerts_compare_with_goes_with_the_sessions(connection: Connection) -> None:
    bot = await factories.create_bot(connection, await factories.create_shop(connection))
    for days in (89, 91):
        await connection.execute(
            "WITH link AS (INSERT INTO access_links (label, role, token_digest) "
            "    VALUES ('Anna', 'owner', $1::text::bytea) RETURNING id), "
            "at AS (SELECT now() - make_interval(days => $2) AS at), "
            "place AS (INSERT INTO link_places (link_id, network, country, agent, first_at, "
            "    last_at) SELECT id, '', '', '', at, at FROM link, at), "
            "run AS (INSERT INTO export_runs (link_id, dataset, format, started_at) "
            "    SELECT id, 'orders', 'csv', at FROM link, at), "
            "code AS (INSERT INTO owner_codes (digest, bot_id, link_id, panel_url, expires_at) "
            "    SELECT $1::text::bytea, $3, id, '', at + interval '89 days' FROM link, at) "
            "INSERT INTO confirmations (link_id, deed, request_digest, asked_at, expires_at) "
            "SELECT id, 'owner_link', '', at, at FROM link, at",
            str(days),
            days,
            bot.id,
        )
    await retention.sweep(connection)
    for table in ("link_places", "export_runs", "confirmations", "owner_codes"):
        assert await left(connection, table) == 1, table


async def test_refunds_of_what_was_never_booked_here_are_kept_for_90_days(
    connection: Connection,
) -> None:
    bot = await factories.create_bot(connection, await factories.create_shop(connection))
    await connection.execute(
        "INSERT INTO unbooked_refunds (bot_id, provider, charge_id, refunded_at, created_at) "
        "VALUES ($1, 'stars', 'old', now(), now() - interval '91 days'), "
        "($1, 'stars', 'young', now(), now() - interval '89 days')",
        bot.id,
    )
    await retention.sweep(connection)
    assert await connection.fetchval("SELECT array_agg(charge_id) FROM unbooked_refunds") == [
        "young"
    ]


async def test_workers_go_a_day_after_they_were_seen(connection: Connection) -> None:
    await connection.execute(
        "INSERT INTO workers (name, seen_at) VALUES ('gone', now() - interval '25 hours'), "
        "('back soon', now() - interval '23 hours')"
    )
    await retention.sweep(connection)
    assert [row["name"] for row in await connection.fetch("SELECT name FROM workers")] == [
        "back soon"
    ]


async def test_a_little_at_a_time(connection: Connection) -> None:
    await add_inbox(connection, timedelta(days=31), 25)
    assert await retention.sweep(connection, limit=10)
    assert await left(connection, "inbox") == 15
    assert await retention.sweep(connection, limit=10)
    assert not await retention.sweep(connection, limit=10)
    assert await left(connection, "inbox") == 0


async def test_the_leader_s_session_finds_them_too(
    database_url: str, connection: Connection
) -> None:
    await add_inbox(connection, timedelta(days=31), 1000)
    await add_inbox(connection, HOUR, 1000)
    async with leadership.lead(database_url, 0, leadership.Share()) as leader:
        assert not await retention.sweep(leader)
    assert await left(connection, "inbox") == 1000


async def test_a_shipper_at_work_does_it(
    database_url: str, clickhouse_url: str, connection: Connection
) -> None:
    await add_inbox(connection, timedelta(days=31))

    async def is_empty() -> bool:
        return await left(connection, "inbox") == 0

    async with shipping(database_url, clickhouse_url):
        await until(is_empty)
