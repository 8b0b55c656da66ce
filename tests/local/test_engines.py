"""The tests' own engines: fresh databases that do not see each other."""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from core import migrations
from core.clickhouse import open_client
from local import readiness
from tests import originals, patience, programs
from tests.engines import Engines
from tests.originals import Done, Original
from tests.programs import Programs

ADD_SHOP = (
    "INSERT INTO shops (name, currency, timezone, language) "
    "VALUES ('Tea', 'XTR', 'Europe/Moscow', 'ru') RETURNING id"
)


async def migrate(database_url: str, clickhouse_url: str) -> None:
    await migrations.migrate(database_url, clickhouse_url, migrations.core_scripts())


async def test_each_test_has_databases_of_its_own(engines: Engines) -> None:
    async with engines.stores(migrate) as first, engines.stores(migrate) as second:
        assert first != second
        connection = await asyncpg.connect(first.database_url)
        await connection.execute(ADD_SHOP)
        await connection.close()
        connection = await asyncpg.connect(second.database_url)
        assert await connection.fetchval("SELECT count(*) FROM shops") == 0
        await connection.close()

        client = open_client(first.clickhouse_url)
        client.command(
            "INSERT INTO events (shop_id, event, occurred_at, retention_days) "
            "SELECT 1, 'bot_started', now(), 30"
        )
        client.close()
        for stores, expected in ((first, 1), (second, 0)):
            for url in (stores.clickhouse_url, stores.clickhouse_panel_url):
                client = open_client(url)
                assert client.command("SELECT count() FROM events") == expected
                assert client.command("SELECT sum(events) FROM live_minute_view") == expected
                client.close()


async def test_what_a_test_made_is_gone_after_it(engines: Engines) -> None:
    async with engines.stores() as stores:
        assert stores.database_url
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(stores.database_url)


async def contents(connection: "asyncpg.Connection[asyncpg.Record]") -> dict[str, list[str]]:
    """Every row of every table, as text."""
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {
        name: sorted(row[0] for row in await connection.fetch(f"SELECT t::text FROM {name} t"))
        for (name,) in tables
    }


async def identity(connection: "asyncpg.Connection[asyncpg.Record]") -> int:
    """Of the database, whatever it is called."""
    found: int = await connection.fetchval(
        "SELECT oid FROM pg_database WHERE datname = current_database()"
    )
    return found


async def test_a_database_goes_on_to_the_next_test_as_it_was(engines: Engines) -> None:
    async with engines.database(migrate) as url:
        connection = await asyncpg.connect(url)
        before, first = await contents(connection), await identity(connection)
        left_open = connection  # by a test that does not tidy up
        shop_id = await left_open.fetchval(ADD_SHOP)
        await left_open.execute("UPDATE shipments SET shipped_rows = 7")
        await left_open.execute("DELETE FROM outbox_slot")
        assert await contents(left_open) != before
    async with engines.database(migrate) as other:
        assert other != url, "what the first test left running finds the second's rows"
        connection = await asyncpg.connect(other)
        assert await identity(connection) == first
        assert await contents(connection) == before
        assert await connection.fetchval(ADD_SHOP) == shop_id
        await connection.close()
    left_open.terminate()


@pytest.mark.parametrize(
    "change", [ADD_SHOP, "ALTER TABLE shops ADD COLUMN more text"], ids=["rows", "shape"]
)
async def test_what_was_rolled_back_leaves_nothing(engines: Engines, change: str) -> None:
    async with engines.database(migrate) as url:
        connection = await asyncpg.connect(url)
        before, first = await contents(connection), await identity(connection)
        await connection.execute(f"BEGIN; {change}; ROLLBACK")
        await connection.close()
    async with engines.database(migrate) as other:
        connection = await asyncpg.connect(other)
        assert await identity(connection) == first
        assert await contents(connection) == before
        # Their numbers went on, though the rows are not there.
        used = "SELECT count(*) FROM pg_sequences WHERE sequencename = 'shops_id_seq'"
        assert await connection.fetchval(f"{used} AND last_value IS NOT NULL") == 0
        await connection.close()


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE more (id int)",
        "DROP TABLE outbox_slot CASCADE",
        "ALTER TABLE shops ADD COLUMN more text",
        "ALTER TABLE shops RENAME COLUMN name TO called",
        "ALTER TABLE outbox ALTER COLUMN event DROP NOT NULL",
        "CREATE INDEX ON shops (name)",
        "CREATE FUNCTION more() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER TABLE shops DROP CONSTRAINT shops_pkey CASCADE",
    ],
)
async def test_a_database_of_another_shape_goes_to_nobody(engines: Engines, change: str) -> None:
    async with engines.database(migrate) as url:
        connection = await asyncpg.connect(url)
        first = await identity(connection)
        await connection.execute(change)
        await connection.close()
    async with engines.database(migrate) as other:
        connection = await asyncpg.connect(other)
        assert await identity(connection) != first
        await connection.close()


@pytest.mark.parametrize(
    "insert",
    [
        # Others refer to it, nobody does, and one that migrating wrote to.
        "shops (name, currency, timezone, language) SELECT 'Tea', 'XTR', 'Europe/Moscow', 'ru'",
        "inbox (bot_id, kind, natural_key) SELECT 1, 'message', n::text",
        "schema_migrations (store, owner, number, name, checksum) SELECT '', '', n, '', ''",
    ],
)
async def test_many_rows_are_gone_as_well(engines: Engines, insert: str) -> None:
    async with engines.database(migrate) as url:
        connection = await asyncpg.connect(url)
        before = await contents(connection)
        await connection.execute(f"INSERT INTO {insert} FROM generate_series(1, 20000) n")
        await connection.close()
    async with engines.database(migrate) as other:
        connection = await asyncpg.connect(other)
        assert await contents(connection) == before
        await connection.close()


@asynccontextmanager
async def original_with_a_table(
    engines: Engines,
) -> AsyncIterator[tuple[str, Original, Done]]:
    """The URL of a database with a table that nobody has written to, and how it is now."""
    async with engines.database() as url:
        connection = await asyncpg.connect(url)
        await connection.execute("CREATE TABLE teas (name text)")
        await connection.close()
        connection = await asyncpg.connect(url)
        original, done = await Original.of(connection), await Done.to(connection)
        await connection.close()
        yield url, original, done


async def test_a_server_that_crashed_has_forgotten_what_was_written() -> None:
    """It has a server of its own: all connections to it are lost."""
    with Engines.running() as engines:
        async with original_with_a_table(engines) as (url, original, before):
            connection = await asyncpg.connect(url)
            # Without this a row that was just written is lost with the server.
            await connection.execute("SET synchronous_commit = on")
            await connection.execute("INSERT INTO teas VALUES ('green')")
            os.kill(connection.get_server_pid(), signal.SIGKILL)
            async with asyncio.timeout(patience.SECONDS):
                while not connection.is_closed() or not await readiness.postgres_answers(url):
                    await asyncio.sleep(0.02)
            connection = await asyncpg.connect(url)
            assert await connection.fetchval("SELECT count(*) FROM teas") == 1
            assert (await Done.to(connection)).tables == before.tables
            assert await original.restore(connection, before) is None
            await connection.close()


async def test_a_database_whose_sessions_do_not_end_goes_to_nobody(
    engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(originals, "_ENDING_MS", 1)
    async with original_with_a_table(engines) as (url, original, before):
        stuck, connection = await asyncpg.connect(url), await asyncpg.connect(url)
        os.kill(stuck.get_server_pid(), signal.SIGSTOP)
        try:
            assert await original.restore(connection, before) is None
        finally:
            os.kill(stuck.get_server_pid(), signal.SIGCONT)
        async with asyncio.timeout(patience.SECONDS):
            while not stuck.is_closed():
                await asyncio.sleep(0.02)
        assert await original.restore(connection, before) == before
        await connection.close()


def test_a_program_that_does_not_end_is_killed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(programs, "END_SECONDS", 0.05)
    started = Programs(tmp_path)
    with subprocess.Popen(
        ["sh", "-c", "trap '' QUIT; echo; exec sleep 60"], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stdout.readline()
        started._processes.append((process, signal.SIGQUIT))  # pylint: disable=protected-access
        started.stop()
        assert process.returncode == -signal.SIGKILL
