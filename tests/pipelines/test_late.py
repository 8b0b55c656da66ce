"""Late events re-open the days that they touch, from the sensor to right figures."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import pytest
from clickhouse_connect.driver.client import Client

from core.clickhouse import open_client
from core.postgres import Connection
from core.settings import Settings
from pipelines.activity.tables import BUYER_EVENT_DAY
from pipelines.audience.tables import AUDIENCE_DAY
from pipelines.definitions import defs
from pipelines.figures import asset
from pipelines.kpis.materialise import materialise_day
from pipelines.late import late_events
from pipelines.resources import resources
from pipelines.service.tables import HEALTH_DAY
from tests import factories
from tests.pipelines.kpis.happenings import start, store

NOW = datetime.now(UTC)
TABLES = [asset(table) for table in (BUYER_EVENT_DAY, AUDIENCE_DAY, HEALTH_DAY)]


@pytest.fixture(name="client")
def opened_client(clickhouse_url: str) -> Iterator[Client]:
    client = open_client(clickhouse_url)
    yield client
    client.close()


def days_asked_for(settings: Settings, cursor: str | None = None) -> tuple[list[date], str | None]:
    """The sensor's days, and the cursor that it leaves."""
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(
            instance=instance,
            cursor=cursor,
            resources=resources(lambda: settings),
            repository_def=defs().get_repository_def(),
        )
        tick = late_events.evaluate_tick(context)
    return [
        date.fromisoformat(str(request.partition_key)) for request in tick.run_requests or ()
    ], tick.cursor


def dau(client: Client) -> list[tuple[date, int]]:
    found = client.query(
        "SELECT day, dau FROM audience_day WHERE variant = 'raw' AND dau > 0 ORDER BY day"
    )
    return [(row[0], row[1]) for row in found.result_rows]


async def test_a_day_with_late_events_is_computed_again(
    settings: Settings, connection: Connection, client: Client
) -> None:
    shop = await factories.create_shop(connection, timezone="Asia/Tokyo")
    url = settings.clickhouse_url.get_secret_value()
    day = (NOW - timedelta(days=5)).date()
    # By Tokyo's clock it is the next day already.
    evening = datetime(day.year, day.month, day.day, 22, tzinfo=UTC)
    tokyo = day + timedelta(days=1)

    def look(cursor: str | None) -> tuple[list[date], str | None]:
        return days_asked_for(settings, cursor)

    assert (await asyncio.to_thread(look, None))[0] == []
    store(url, [start(1, at=evening, shop_id=shop.id), start(1, at=NOW, shop_id=shop.id)])
    asked, cursor = await asyncio.to_thread(look, None)
    assert asked == [tokyo]  # today is the schedule's
    assert (await asyncio.to_thread(materialise_day, settings, tokyo, TABLES)).succeeded
    assert (await asyncio.to_thread(look, None))[0] == []
    assert dau(client) == [(tokyo, 1)]

    store(url, [start(2, at=evening, shop_id=shop.id)])
    asked, _ = await asyncio.to_thread(look, cursor)
    assert asked == [tokyo]
    assert (await asyncio.to_thread(materialise_day, settings, tokyo, TABLES)).succeeded
    assert dau(client) == [(tokyo, 2)]
    assert (await asyncio.to_thread(look, cursor))[0] == []


async def test_weeks_that_were_not_written_to_are_not_counted(
    settings: Settings, connection: Connection
) -> None:
    shop = await factories.create_shop(connection)
    long_ago = NOW - timedelta(days=40)
    store(settings.clickhouse_url.get_secret_value(), [start(1, at=long_ago, shop_id=shop.id)])
    later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    assert (await asyncio.to_thread(days_asked_for, settings, later))[0] == []
    assert len((await asyncio.to_thread(days_asked_for, settings))[0]) == 1


async def test_many_days_are_asked_for_some_at_a_time(
    settings: Settings, connection: Connection
) -> None:
    shop = await factories.create_shop(connection)
    moments = [NOW - timedelta(days=days) for days in range(3, 15)]
    store(
        settings.clickhouse_url.get_secret_value(),
        [start(1, at=moment, shop_id=shop.id) for moment in moments],
    )
    asked, cursor = await asyncio.to_thread(days_asked_for, settings)
    assert len(asked) == 10 and asked == sorted(asked, reverse=True)
    assert cursor is None  # the rest next time
