"""Changing a shop's retention class: nothing lost, nothing twice, nothing rewritten without
need."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from clickhouse_connect.driver.client import Client

from core.clickhouse import open_client
from core.errors import Refused
from core.postgres import Connection, Pool
from pipelines.upkeep import retention
from pipelines.upkeep.retention import Upkeep, Week, is_due, keep_up
from tests.api.happenings import happening, record

NOW = datetime.now(UTC)


@pytest.fixture(name="client")
def opened_client(clickhouse_url: str) -> Iterator[Client]:
    client = open_client(clickhouse_url)
    yield client
    client.close()


def ages(client: Client, shop_id: int) -> list[tuple[int, int]]:
    """Class and age in days of each event of a shop."""
    found = client.query(
        "SELECT retention_days, dateDiff('day', occurred_at, {now:DateTime64(3, 'UTC')}) AS age "
        "FROM events WHERE shop_id = {shop:UInt32} ORDER BY ALL",
        parameters={"shop": shop_id, "now": NOW},
    )
    return [(row[0], row[1]) for row in found.result_rows]


def fill(url: str, shop_id: int, kept: int, *days: int) -> None:
    record(
        url,
        *(
            happening("message_received", shop_id, at=NOW - timedelta(days=d), retention_days=kept)
            for d in days
        ),
    )


def test_a_shorter_class_lets_go_of_what_is_older(client: Client, clickhouse_url: str) -> None:
    fill(clickhouse_url, 1, 365, 3, 40, 100, 200)
    fill(clickhouse_url, 2, 365, 3, 40, 100, 200)
    assert keep_up(client, {1: 90}, NOW) == [Upkeep(1, deleted=2, moved=0)]
    assert ages(client, 1) == [(365, 3), (365, 40)]
    assert len(ages(client, 2)) == 4
    assert not keep_up(client, {1: 90}, NOW)


def test_a_longer_class_moves_what_would_soon_run_out(client: Client, clickhouse_url: str) -> None:
    fill(clickhouse_url, 1, 30, 2, 27)
    fill(clickhouse_url, 2, 30, 2, 27)
    client.command("CREATE TABLE seen (pos UInt64) ENGINE = MergeTree ORDER BY pos")
    client.command("CREATE MATERIALIZED VIEW seen_view TO seen AS SELECT pos FROM events")
    assert keep_up(client, {1: 365}, NOW) == [Upkeep(1, deleted=0, moved=1)]
    assert ages(client, 1) == [(30, 2), (365, 27)]
    assert ages(client, 2) == [(30, 2), (30, 27)]
    # No view has seen the row a second time.
    assert client.query("SELECT count() FROM seen").result_rows[0][0] == 0
    assert not keep_up(client, {1: 365}, NOW)


def test_a_move_that_was_cut_off_is_finished_without_doubles(
    client: Client, clickhouse_url: str
) -> None:
    fill(clickhouse_url, 1, 30, 25, 26, 27)
    # Killed between attaching the copy and masking the old rows, with a table left over.
    client.command("CREATE TABLE staging_events_old AS events")
    client.command(
        "INSERT INTO staging_events_old SELECT * REPLACE (365 AS retention_days) FROM events"
    )
    for (monday,) in client.query("SELECT DISTINCT toMonday(occurred_at) FROM events").result_rows:
        client.command(
            f"ALTER TABLE events ATTACH PARTITION (365, '{monday}') FROM staging_events_old"
        )
    assert len(ages(client, 1)) == 6
    keep_up(client, {1: 365}, NOW)
    assert ages(client, 1) == [(365, 25), (365, 26), (365, 27)]
    assert client.query("EXISTS staging_events_old").result_rows[0][0] == 0


def test_what_is_due_is_told_by_the_week() -> None:
    monday = date(2026, 6, 1)
    week = Week(1, 90, monday, 5)
    begin = datetime(2026, 6, 1, tzinfo=UTC)
    assert not is_due(week, 90, begin + timedelta(days=89))
    # Shorter: as soon as the first day of the week is too old.
    assert not is_due(week, 30, begin + timedelta(days=29))
    assert is_due(week, 30, begin + timedelta(days=31))
    # Longer: two weeks before the first day would go.
    assert not is_due(week, 365, begin + timedelta(days=90 - retention.AHEAD_DAYS - 1))
    assert is_due(week, 365, begin + timedelta(days=90 - retention.AHEAD_DAYS + 1))


async def test_only_one_keeps_up(pool: Pool, connection: Connection) -> None:
    async with retention.alone(connection), pool.acquire() as other:
        with pytest.raises(Refused, match="another upkeep"):
            async with retention.alone(other):
                pass
    async with pool.acquire() as other, retention.alone(other):
        pass
