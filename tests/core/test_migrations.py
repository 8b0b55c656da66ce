import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from core import clickhouse, people_day, postgres
from core.errors import ConfigurationError
from core.migrations import (
    Migration,
    core_scripts,
    leftovers,
    migrate,
    scripts,
    split_statements,
)
from tests import patience
from tests.api.happenings import NOON, happening, record
from tests.engines import Engines, Stores


async def test_a_second_run_applies_nothing(database_url: str, clickhouse_url: str) -> None:
    # The fixtures' stores are migrated already.
    assert await migrate(database_url, clickhouse_url, core_scripts()) == []


@pytest.fixture(name="empty_stores")
async def unmigrated_stores(engines: Engines) -> AsyncIterator[Stores]:
    async with engines.stores() as stores:
        yield stores


async def test_two_at_once_take_turns(empty_stores: Stores) -> None:
    runs = [
        migrate(empty_stores.database_url, empty_stores.clickhouse_schema_url, core_scripts())
        for _ in range(3)
    ]
    applied = await asyncio.gather(*runs)
    assert sorted(len(run) for run in applied) == [0, 0, len(core_scripts())]
    client = clickhouse.open_client(empty_stores.clickhouse_url)
    assert client.command("EXISTS TABLE live_minute_view") == 1
    client.close()


async def test_a_changed_script_is_refused(database_url: str, clickhouse_url: str) -> None:
    first, *others = core_scripts()
    changed = [replace(first, sql=first.sql + "\n-- harmless"), *others]
    with pytest.raises(ConfigurationError, match="was changed after it was applied"):
        await migrate(database_url, clickhouse_url, changed)


async def test_a_script_that_fails_leaves_no_trace(database_url: str, clickhouse_url: str) -> None:
    last = max(m.number for m in core_scripts() if m.store == "postgres")
    broken = replace(
        core_scripts()[0], number=last + 1, name="x.sql", sql="CREATE TABLE x (); SELECT 1/0"
    )
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(database_url, clickhouse_url, [*core_scripts(), broken])
    connection = await postgres.connect(database_url)
    assert await connection.fetchval("SELECT to_regclass('x')") is None
    await connection.close()


@pytest.mark.parametrize("name", ["0002_gap.sql", "1_short.sql", "0001-dash.sql"])
def test_a_bad_name_or_a_gap_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / name).write_text("SELECT 1")
    with pytest.raises(ConfigurationError, match="should be 0001"):
        scripts("core", tmp_path)


def test_statements_are_split_at_the_ends_of_lines() -> None:
    sql = "-- one;\nCREATE TABLE a (x String DEFAULT ';');\n\nSELECT 1\n;\n"
    assert split_statements(sql) == ["CREATE TABLE a (x String DEFAULT ';')", "SELECT 1"]


async def test_what_a_module_leaves_is_named(
    empty_stores: Stores,
) -> None:
    gift = [
        Migration(
            "postgres", "gift", 1, "0001_x.sql", "CREATE TABLE gifts (); CREATE TABLE notes ()"
        ),
        Migration("postgres", "gift", 2, "0002_x.sql", "DROP TABLE notes"),
        Migration(
            "clickhouse",
            "gift",
            1,
            "0001_y.sql",
            "CREATE TABLE gift_day (day Date) ENGINE = MergeTree ORDER BY day",
        ),
    ]
    await migrate(
        empty_stores.database_url, empty_stores.clickhouse_schema_url, [*core_scripts(), *gift]
    )
    connection = await postgres.connect(empty_stores.database_url)
    try:
        assert await leftovers(connection, ["gift"]) == []
        (left,) = await leftovers(connection, [])
    finally:
        await connection.close()
    assert left.tables == {"postgres": ["gifts"], "clickhouse": ["gift_day"]}
    assert str(left) == "gift: gifts (postgres), gift_day (clickhouse)"


def test_late_events_of_before_are_counted_though_one_comes_meanwhile(clickhouse_url: str) -> None:
    script = next(each for each in core_scripts() if each.name.endswith("_late_events.sql"))
    late = {"stored_after_ms": 43_200_000}
    client = clickhouse.open_client(clickhouse_url)

    def counted() -> int:
        ((number,),) = client.query("SELECT sum(events) FROM late_events").result_rows
        return int(number)

    record(
        clickhouse_url,
        *(happening("message_received", 1, at=NOON - timedelta(days=n)) | late for n in range(40)),
    )
    client.command("TRUNCATE TABLE late_events")  # as if they were older than the view
    record(clickhouse_url, happening("message_received", 1) | late)
    assert counted() == 1
    for _ in range(2):  # the second after a run that was cut short
        for statement in split_statements(script.sql):
            client.command(statement)
        assert counted() == 42
    client.close()


def test_days_that_were_folded_before_all_their_late_events_counted_are_folded_again(
    clickhouse_url: str,
) -> None:
    script = next(each for each in core_scripts() if each.name.endswith("_late_sooner.sql"))
    with clickhouse.open_client(clickhouse_url) as client:
        client.command(
            "INSERT INTO people_day (day, shop_id, event, ends_at, folded_at, known_until) "
            "SELECT '2026-11-01', number, '', '2026-11-02 00:00:00' AS ends, "
            "ends + toIntervalHour(number), ends FROM numbers(1, 14)"
        )
        _, days = split_statements(script.sql)
        client.command(days)
        folded = client.query(
            f"SELECT shop_id FROM people_day WHERE {people_day.IS_FOLDED} ORDER BY shop_id"
        ).result_rows
    assert folded == [(13,), (14,)]


def test_a_fold_that_began_before_late_events_counted_is_not_used(clickhouse_url: str) -> None:
    """It stores its day after the scripts, and lacks an event that came meanwhile."""
    script = next(each for each in core_scripts() if each.name.endswith("_late_of_a_moment.sql"))
    at = datetime.now(UTC) - timedelta(hours=5)
    with clickhouse.open_client(clickhouse_url) as client:
        for stored_after in (899_000, 3_600_000, 43_200_000):
            record(
                clickhouse_url,
                happening("message_received", 1, at=at) | {"stored_after_ms": stored_after},
            )
        client.command("TRUNCATE TABLE late_events")  # as the view of before let them pass
        (statement,) = split_statements(script.sql)
        for _ in range(2):  # the second after a run that was cut short
            client.command(statement)
            assert client.query("SELECT sum(events) FROM late_events").result_rows == [(1,)]


async def test_scripts_of_clickhouse_and_writers_of_the_roll_up_take_turns(
    database_url: str, clickhouse_url: str
) -> None:
    """A fold that goes on would bring back what the script has changed."""
    script = Migration("clickhouse", "gift", 1, "0001_x.sql", "SELECT 1")
    connection = await postgres.connect(database_url)
    try:
        async with people_day.in_turn(connection):
            migrating = asyncio.create_task(migrate(database_url, clickhouse_url, [script]))
            waits = (
                "SELECT count(*) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database "
                "WHERE d.datname = current_database() AND locktype = 'advisory' AND NOT granted"
            )
            async with asyncio.timeout(patience.SECONDS):
                while not await connection.fetchval(waits):
                    assert not migrating.done(), "it did not wait"
                    await asyncio.sleep(0.02)
        assert await migrating == [script]
    finally:
        await connection.close()
