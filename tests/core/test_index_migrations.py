"""Scripts that run while their tables are in use."""

import asyncio

import asyncpg
import pytest

from core import postgres
from core.errors import ConfigurationError
from core.migrations import Migration, migrate
from tests import patience

INDEX = "CREATE INDEX CONCURRENTLY things_sort ON things (sort);"
UNIQUE = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS things_name ON things (name);"
_VALID = """
SELECT indexrelid::regclass::text, indisvalid FROM pg_index
WHERE indrelid = 'things'::regclass ORDER BY 1
"""

_ASKED = "SELECT count(*) FROM pg_locks WHERE relation = 'things'::regclass AND NOT granted"


def _script(*statements: str) -> Migration:
    return Migration("postgres", "things", 1, "0001_indexes.sql", "\n".join(statements))


async def _indexes(connection: postgres.Connection) -> dict[str, bool]:
    return {row[0]: row[1] for row in await connection.fetch(_VALID)}


@pytest.fixture(name="things")
async def a_table_with_rows(database_url: str) -> None:
    connection = await postgres.connect(database_url)
    try:
        await connection.execute(
            "CREATE TABLE things (name int, sort int);"
            "INSERT INTO things SELECT 1, n FROM generate_series(1, 3) AS n"
        )
    finally:
        await connection.close()


@pytest.mark.usefixtures("things")
async def test_rows_are_written_while_an_index_is_built(
    database_url: str, clickhouse_url: str
) -> None:
    """The migrators wait for a transaction that has written; others write meanwhile."""
    older = await postgres.connect(database_url)
    other = await postgres.connect(database_url)
    try:
        transaction = older.transaction()
        await transaction.start()
        await older.execute("INSERT INTO things VALUES (2, 4)")
        migrators = [
            asyncio.create_task(migrate(database_url, clickhouse_url, [_script(INDEX)]))
            for _ in range(2)
        ]
        async with asyncio.timeout(patience.SECONDS):
            while not await _indexes(other):
                await asyncio.sleep(0.02)
        await other.execute("INSERT INTO things VALUES (3, 5)", timeout=patience.SECONDS)
        assert await _indexes(other) == {"things_sort": False}
        await transaction.commit()
        async with asyncio.timeout(patience.SECONDS):
            applied = await asyncio.gather(*migrators)
        assert sorted(map(len, applied)) == [0, 1]
        assert await _indexes(other) == {"things_sort": True}
    finally:
        await older.close()
        await other.close()


@pytest.mark.usefixtures("things")
async def test_what_was_left_unfinished_is_built_anew(
    database_url: str, clickhouse_url: str
) -> None:
    script = _script("-- By name.", INDEX, UNIQUE)
    with pytest.raises(asyncpg.UniqueViolationError):
        await migrate(database_url, clickhouse_url, [script])
    connection = await postgres.connect(database_url)
    try:
        assert await _indexes(connection) == {"things_name": False, "things_sort": True}
        sort = await connection.fetchval("SELECT 'things_sort'::regclass::oid")
        await connection.execute("UPDATE things SET name = sort")
        assert await migrate(database_url, clickhouse_url, [script]) == [script]
        assert await _indexes(connection) == {"things_name": True, "things_sort": True}
        assert await connection.fetchval("SELECT 'things_sort'::regclass::oid") == sort
    finally:
        await connection.close()
    assert await migrate(database_url, clickhouse_url, [script]) == []


@pytest.mark.usefixtures("things")
@pytest.mark.parametrize(
    "other",
    ["ALTER TABLE things ADD COLUMN b int;", "CREATE INDEX CONCURRENTLY ON things (sort);"],
)
async def test_a_script_that_also_does_something_else_is_refused(
    database_url: str, clickhouse_url: str, other: str
) -> None:
    with pytest.raises(ConfigurationError, match=r"things/0001_indexes.sql: .* no other"):
        await migrate(database_url, clickhouse_url, [_script(INDEX, other)])
    connection = await postgres.connect(database_url)
    try:
        assert await _indexes(connection) == {}
    finally:
        await connection.close()


@pytest.mark.usefixtures("things")
async def test_readers_do_not_wait_for_a_script_that_waits_for_a_reader(
    database_url: str, clickhouse_url: str
) -> None:
    script = _script("ALTER TABLE things ADD COLUMN b int;")
    reading = await postgres.connect(database_url)
    other = await postgres.connect(database_url)
    try:
        transaction = reading.transaction()
        await transaction.start()
        await reading.execute("SELECT FROM things")
        migrating = asyncio.create_task(migrate(database_url, clickhouse_url, [script]))
        async with asyncio.timeout(patience.SECONDS):
            while not await other.fetchval(_ASKED):
                assert not migrating.done()
                await asyncio.sleep(0.02)
        await other.execute("SELECT FROM things", timeout=patience.SECONDS)
        assert not migrating.done()
        await transaction.commit()
        async with asyncio.timeout(patience.SECONDS):
            assert await migrating == [script]
    finally:
        await reading.close()
        await other.close()
