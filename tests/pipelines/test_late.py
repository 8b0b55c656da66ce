"""Late events re-open the days that they touch, from the sensor to right figures."""

import asyncio
import functools
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import dagster as dg
import pytest
from clickhouse_connect.driver.client import Client

from core.clickhouse import open_client
from core.postgres import Connection
from core.settings import Settings
from pipelines.activity.tables import TABLES as ACTIVITY
from pipelines.audience.tables import AUDIENCE_DAY
from pipelines.definitions import defs
from pipelines.figures import asset
from pipelines.kpis.materialise import materialise_day
from pipelines.late import JOB_NAME, State, late_events
from pipelines.resources import resources
from pipelines.service.tables import HEALTH_DAY
from tests import factories
from tests.pipelines.kpis.happenings import start, store

NOW = datetime.now(UTC)
TABLES = [asset(table) for table in (*ACTIVITY, AUDIENCE_DAY, HEALTH_DAY)]


@pytest.fixture(name="client")
def opened_client(clickhouse_url: str) -> Iterator[Client]:
    client = open_client(clickhouse_url)
    yield client
    client.close()


@pytest.fixture(name="instance")
def ephemeral_instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


_FOLDED = """
INSERT INTO health_day (day, shop_id, events, folded_from)
SELECT {day:Date}, shop_id, count(), count() FROM events
WHERE toDate(occurred_at) = {day:Date} GROUP BY shop_id
"""
loaded = functools.cache(defs)
Asked = list[tuple[date, frozenset[str]]]


def look(
    settings: Settings, instance: dg.DagsterInstance, cursor: str | None = None
) -> tuple[Asked, str]:
    """What a tick asks for, by day, and the cursor that it leaves. The runs are put on record, as
    the daemon does, so that the next tick finds them."""
    definitions = loaded()
    context = dg.build_sensor_context(
        instance=instance,
        cursor=cursor,
        resources=resources(lambda: settings),
        repository_def=definitions.get_repository_def(),
    )
    tick = late_events.evaluate_tick(context)
    asked: Asked = []
    for request in tick.run_requests or ():
        # Without a description of its job, which takes a hundred times as long.
        run_id = str(uuid4())
        instance.add_run(dg.DagsterRun(JOB_NAME, run_id, tags=request.tags))
        selected = request.asset_selection or ()
        tables = frozenset(key.to_user_string() for key in selected)
        asked.append((date.fromisoformat(str(request.partition_key)), tables))
    assert tick.cursor is not None
    return asked, tick.cursor


def end(instance: dg.DagsterInstance, *, well: bool = True) -> int:
    """Ends all runs that are under way; how many they were."""
    open_runs = [run for run in instance.get_runs() if not run.is_finished]
    for run in open_runs:
        if well:
            kind = dg.DagsterEventType.RUN_SUCCESS
            event = dg.DagsterEvent(kind.value, run.job_name)
            instance.report_dagster_event(event, run.run_id)
        else:
            instance.report_run_failed(run)
    return len(open_runs)


def dau(client: Client) -> list[tuple[date, int]]:
    found = client.query(
        "SELECT day, dau FROM audience_day WHERE variant = 'raw' AND dau > 0 ORDER BY day"
    )
    return [(row[0], row[1]) for row in found.result_rows]


def days(asked: Asked) -> list[date]:
    return [day for day, _ in asked]


class Late:
    """The sensor as the daemon calls it, on one shop's events."""

    def __init__(self, settings: Settings, instance: dg.DagsterInstance, shop_id: int) -> None:
        self.settings = settings
        self.instance = instance
        self.shop_id = shop_id
        self.cursor: str | None = None

    def start(self, buyer_no: int, *moments: datetime, is_first: bool = False) -> None:
        events = [
            start(buyer_no, at=moment, shop_id=self.shop_id, is_first=is_first)
            for moment in moments
        ]
        store(self.settings.clickhouse_url.get_secret_value(), events)

    async def tick(self) -> Asked:
        asked, self.cursor = await asyncio.to_thread(
            look, self.settings, self.instance, self.cursor
        )
        return asked

    async def compute(self, day: date) -> None:
        outcome = await asyncio.to_thread(materialise_day, self.settings, day, TABLES)
        assert outcome.succeeded

    async def fold(self, *wanted: date) -> None:
        """Leaves what a run of the folds leaves for the sensor to see."""
        client = open_client(self.settings.clickhouse_url.get_secret_value())
        for day in wanted:
            client.command(f"ALTER TABLE health_day DROP PARTITION '{day}'")
            client.command(_FOLDED, parameters={"day": day})
        client.close()

    async def settle(self) -> Asked:
        """Ticks until nothing is asked for any more, all runs going well; the second phase's."""
        found: Asked = []
        while asked := await self.tick():
            await self.fold(*(day for day, tables in asked if "buyer_event_day" in tables))
            found += [each for each in asked if "buyer_event_day" not in each[1]]
            end(self.instance)
        return found


@pytest.fixture(name="late")
async def opened_late(
    settings: Settings, connection: Connection, instance: dg.DagsterInstance
) -> Late:
    shop = await factories.create_shop(connection, timezone="UTC")
    return Late(settings, instance, shop.id)


def ago(number: int, hour: int = 12) -> datetime:
    return (NOW - timedelta(days=number)).replace(hour=hour, minute=0, second=0, microsecond=0)


async def test_a_day_with_late_events_is_computed_again(
    settings: Settings, connection: Connection, client: Client, instance: dg.DagsterInstance
) -> None:
    shop = await factories.create_shop(connection, timezone="Asia/Tokyo")
    late = Late(settings, instance, shop.id)
    evening = ago(5, hour=22)
    tokyo = evening.date() + timedelta(days=1)  # by Tokyo's clock

    assert await late.tick() == []
    late.start(1, evening, NOW)
    assert days(await late.tick()) == [tokyo]  # today is the schedule's
    assert await late.tick() == []  # it is under way
    await late.compute(tokyo)
    end(instance)
    assert "audience_day" in dict(await late.tick())[tokyo]
    end(instance)
    assert await late.tick() == []
    assert dau(client) == [(tokyo, 1)]

    late.start(2, evening)
    assert days(await late.tick()) == [tokyo]
    await late.compute(tokyo)
    assert dau(client) == [(tokyo, 2)]


async def test_a_day_that_lies_in_two_weeks_of_utc_is_counted_whole(
    settings: Settings, connection: Connection, instance: dg.DagsterInstance
) -> None:
    shop = await factories.create_shop(connection, timezone="Europe/Moscow")
    late = Late(settings, instance, shop.id)
    monday = ago(3 + (NOW - timedelta(days=3)).weekday())  # three days ago or more
    sunday_night = monday.replace(hour=22) - timedelta(days=1)  # Monday already in Moscow
    late.start(1, *[sunday_night] * 6, *[monday] * 10)
    await late.compute(monday.date())
    assert await late.tick() == []
    # Those of Monday in UTC alone are fewer than the whole day was folded from.
    late.cursor = State(since=datetime.now(UTC) + timedelta(seconds=1)).model_dump_json()
    await asyncio.sleep(1)  # the clock of ClickHouse's parts has whole seconds
    late.start(2, monday)
    assert days(await late.tick()) == [monday.date()]


async def test_the_days_that_read_a_changed_one_follow_it_oldest_first(late: Late) -> None:
    late.start(1, *(ago(number) for number in (12, 6, 5, 3)), is_first=True)
    await late.settle()
    assert await late.tick() == []
    late.start(2, ago(6), ago(4))
    assert days(await late.tick()) == [ago(6).date(), ago(4).date()]
    await late.fold(ago(6).date(), ago(4).date())
    end(late.instance)
    asked = await late.tick()
    assert days(asked) == sorted(days(asked)) and not days(asked)[-1] > ago(2).date()
    tables = dict(asked)
    # Of the changed days everything; the month's active people of each day after them; of those
    # before, what the next days decide: funnels, and the cohort of who came again.
    assert {"audience_day", "cohort_day", "money_day", "rfm_day"} <= tables[ago(6).date()]
    assert {"audience_day", "wallet_day"} <= tables[ago(5).date()]
    assert "audience_day" in tables[ago(2).date()]
    assert "payment_day" not in tables[ago(5).date()]
    assert "funnel_day" in tables[ago(9).date()]
    assert ago(30).date() not in tables
    assert not any("buyer_event_day" in each for each in tables.values())
    end(late.instance)
    assert await late.tick() == []


async def test_a_run_that_failed_is_asked_for_again_but_not_for_ever(late: Late) -> None:
    late.start(1, ago(5))
    for _ in range(3):
        assert days(await late.tick()) == [ago(5).date()]
        end(late.instance, well=False)
    assert await late.tick() == []
    # One that is refused for good does not stand in the way of others.
    late.start(1, ago(8))
    assert days(await late.tick()) == [ago(8).date()]
    await late.fold(ago(8).date())
    end(late.instance)
    assert ago(8).date() in days(await late.tick())
    end(late.instance)
    # When more events come it gets another chance.
    late.start(2, ago(5))
    assert days(await late.tick()) == [ago(5).date()]


async def test_weeks_that_were_not_written_to_are_not_counted(late: Late) -> None:
    late.start(1, ago(40))
    later = datetime.now(UTC) + timedelta(minutes=1)
    late.cursor = State(since=later).model_dump_json()
    assert await late.tick() == []
    late.cursor = None
    assert len(await late.tick()) == 1


async def test_many_days_are_asked_for_some_at_a_time(late: Late) -> None:
    late.start(1, *(ago(number) for number in range(3, 33)))
    first = await late.tick()
    assert days(first) == [ago(number).date() for number in range(32, 12, -1)]
    await late.fold(*days(first))
    end(late.instance)
    assert days(await late.tick()) == [ago(number).date() for number in range(12, 2, -1)]


async def test_a_day_from_which_events_were_erased_is_computed_again(
    late: Late, client: Client
) -> None:
    async def settle() -> None:
        assert days(await late.tick()) == [ago(5).date()]
        await late.compute(ago(5).date())
        end(late.instance)
        while await late.tick():
            end(late.instance)

    late.start(1, ago(5))
    late.start(2, ago(5))
    await settle()
    assert dau(client) == [(ago(5).date(), 2)]
    client.command("ALTER TABLE events DELETE WHERE buyer_no = 1", settings={"mutations_sync": 2})
    await settle()
    assert dau(client) == [(ago(5).date(), 1)]
    late.start(3, ago(5))  # as many events as there were at first, and yet others
    assert days(await late.tick()) == [ago(5).date()]


async def test_events_that_come_while_a_day_is_folded_are_not_overlooked(
    late: Late, client: Client
) -> None:
    late.start(1, ago(5))
    await late.compute(ago(5).date())
    # As if two more had come after the count and before health_day looked.
    client.command(
        "ALTER TABLE health_day UPDATE events = 3 WHERE 1", settings={"mutations_sync": 2}
    )
    late.start(2, ago(5), ago(5))
    assert days(await late.tick()) == [ago(5).date()]
