"""All days of a tick in one run, and no run when nothing is new."""

import asyncio
import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from clickhouse_connect.driver.client import Client

from core.clickhouse import open_client
from core.postgres import Connection
from core.settings import Settings
from core.zones import day_of
from pipelines import days
from pipelines.automation import HOURLY_JOB, hourly
from pipelines.catalogue import KEPT
from pipelines.clickhouse import ClickHouse
from pipelines.definitions import defs
from pipelines.figures import Computed
from pipelines.kpis.materialise import materialise_range
from pipelines.kpis.schedules import figures_hourly, shop_day_today
from pipelines.novelty import STATE_TAG
from pipelines.postgres import Postgres
from pipelines.resources import resources
from tests import factories
from tests.pipelines.kpis.happenings import purchase, put, start

DAY = date(2026, 3, 10)
FINGERPRINT = (
    "SELECT count(), groupBitXor(cityHash64(* EXCEPT (folded_at))) FROM {table} WHERE day = '{day}'"
)


@pytest.fixture(name="client")
def opened_client(clickhouse_url: str) -> Iterator[Client]:
    client = open_client(clickhouse_url)
    yield client
    client.close()


@pytest.fixture(name="instance")
def own_instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """One that can be opened again by its reference, as a schedule's context does."""
    overrides = {
        "telemetry": {"enabled": False},
        # The default keeps each step's output by processes that outlive the test.
        "compute_logs": {
            "module": "dagster._core.storage.noop_compute_log_manager",
            "class": "NoOpComputeLogManager",
        },
    }
    with dg.DagsterInstance.local_temp(str(tmp_path), overrides=overrides) as instance:
        yield instance


def run(
    settings: Settings, instance: dg.DagsterInstance, chosen: dict[date, list[str]]
) -> dg.ExecuteInProcessResult:
    asked = days.request("a key", chosen, {})
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    return days.figures_job.execute_in_process(
        run_config={**asked.run_config, **quiet},
        resources=resources(lambda: settings),
        instance=instance,
        tags=dict(asked.tags),
        raise_on_error=False,
    )


def events(shop_id: int, *moments: datetime) -> list[Any]:
    happened = []
    for number, moment in enumerate(moments, 1):
        bought = purchase(number, (100, 2), shop_id=shop_id, at=moment, order_id=number)
        happened += [start(number, is_first=True, at=moment, shop_id=shop_id), *bought]
    return happened


def test_everything_is_computed_after_what_it_reads() -> None:
    done: set[str] = set()
    named = {kept.name for kept in KEPT}
    for work in days._all_work():  # pylint: disable=protected-access  # the order is all of it
        assert work.reads & named <= done, work.tables
        done.update(work.tables)
    assert done == named


async def test_several_days_are_one_run_and_the_same_figures(
    settings: Settings, connection: Connection, client: Client, instance: dg.DagsterInstance
) -> None:
    shop = await factories.create_shop(connection, timezone="UTC")
    noon = datetime(2026, 3, 10, 12, tzinfo=UTC)
    put(client, events(shop.id, noon, noon + timedelta(hours=1), noon + timedelta(days=1)))
    client.command("ALTER TABLE rfm_day REMOVE TTL")  # the days are older than it keeps
    chosen = [DAY, DAY + timedelta(days=1)]

    def fingerprints() -> dict[tuple[str, date], Any]:
        return {
            (kept.name, day): client.query(FINGERPRINT.format(table=kept.name, day=day)).result_rows
            for kept in KEPT
            for day in chosen
        }

    done = await asyncio.to_thread(run, settings, instance, {day: [] for day in chosen})
    assert done.success
    at_once = fingerprints()
    assert at_once["money_day", DAY][0][0] == 2
    assert instance.get_runs_count() == 1
    for kept in KEPT:
        labels = instance.get_materialized_partitions(dg.AssetKey(kept.name))
        assert labels == {str(day) for day in chosen}, kept.name
    kept_checks = [
        event
        for event in done.all_events
        if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ]
    evaluated = {event.asset_check_evaluation_data.check_name for event in kept_checks}
    assert {"paid_totals_agree", "figures_are_sound", "money_is_the_shop_days"} <= evaluated
    await asyncio.to_thread(lambda: list(materialise_range(settings, chosen[0], chosen[-1])))
    found = fingerprints()
    assert not {key: (at_once[key], found[key]) for key in at_once if found[key] != at_once[key]}


def test_what_is_refused_stops_what_reads_it_and_nothing_else(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[tuple[str, date]] = []

    def work(name: str, *reads: str) -> days.Work:
        def compute(day: date, *_: object) -> dict[str, Computed]:
            is_refused = name == "bad" and day == DAY
            check = dg.AssetCheckResult(check_name="sound", asset_key=name, passed=not is_refused)
            if not is_refused:
                computed.append((name, day))
            return {name: Computed([check], None, is_refused)}

        return days.Work((name,), frozenset(reads), compute)

    found = [work("bad"), work("reader", "bad"), work("other"), work("far", "reader")]
    monkeypatch.setattr(days, "_all_work", lambda: found)
    given = resources(lambda: settings)
    clickhouse, postgres = given["clickhouse"], given["postgres"]
    assert isinstance(clickhouse, ClickHouse) and isinstance(postgres, Postgres)
    computing = days.Computing(clickhouse, postgres, logging.getLogger(__name__))
    tomorrow = DAY + timedelta(days=1)
    told = list(computing.compute({DAY: [], tomorrow: []}, with_checks=False))
    assert len(told) == 6  # of the day's readers nothing
    assert sorted(computed) == [
        ("bad", tomorrow),
        ("far", tomorrow),
        ("other", DAY),
        ("other", tomorrow),
        ("reader", tomorrow),
    ]
    with pytest.raises(dg.Failure, match="'bad', 'far', 'reader'") as failed:
        computing.tell_refused()
    assert not failed.value.allow_retries


def evaluate(
    definition: dg.ScheduleDefinition, settings: Settings, instance: dg.DagsterInstance
) -> list[dg.RunRequest]:
    with dg.build_schedule_context(
        instance=instance,
        resources=resources(lambda: settings),
        scheduled_execution_time=datetime.now(UTC),
        repository_def=defs().get_repository_def(),
    ) as context:
        return list(definition.evaluate_tick(context).run_requests or ())


def has_run(instance: dg.DagsterInstance, job_name: str, request: dg.RunRequest) -> None:
    """Puts on record that the run which was asked for has ended well."""
    job = defs().resolve_job_def(job_name)
    made = instance.create_run_for_job(job, tags=request.tags, run_config=request.run_config)
    kind = dg.DagsterEventType.RUN_SUCCESS
    instance.report_dagster_event(dg.DagsterEvent(kind.value, job_name), made.run_id)


async def arrive(connection: Connection) -> None:
    """As the shipper counts what it has sent."""
    await connection.execute("UPDATE shipments SET shipped_rows = shipped_rows + 1")


@pytest.mark.parametrize(
    ("schedule", "job"), [(figures_hourly, days.JOB_NAME), (hourly, HOURLY_JOB)]
)
async def test_nothing_new_is_no_run_and_something_is_one(
    settings: Settings,
    connection: Connection,
    instance: dg.DagsterInstance,
    schedule: dg.ScheduleDefinition,
    job: str,
) -> None:
    async def asked() -> list[dg.RunRequest]:
        return await asyncio.to_thread(evaluate, schedule, settings, instance)

    for zone in ("Pacific/Kiritimati", "Pacific/Niue"):  # never the same day there
        await factories.create_shop(connection, timezone=zone)
    (first,) = await asked()
    assert first.tags[STATE_TAG]
    (again,) = await asked()  # it has not run yet
    has_run(instance, job, again)
    assert await asked() == []
    await arrive(connection)
    (second,) = await asked()
    assert second.tags[STATE_TAG] != first.tags[STATE_TAG]
    has_run(instance, job, second)
    assert await asked() == []
    await factories.create_shop(connection)
    assert len(await asked()) == 1


async def test_the_hourly_run_is_one_of_today_and_yesterday_everywhere(
    settings: Settings, connection: Connection, instance: dg.DagsterInstance
) -> None:
    assert await asyncio.to_thread(evaluate, figures_hourly, settings, instance) == []
    zones = ("Pacific/Kiritimati", "Pacific/Niue")
    for zone in zones:
        await factories.create_shop(connection, timezone=zone)
    (asked,) = await asyncio.to_thread(evaluate, figures_hourly, settings, instance)
    later, earlier = (day_of(datetime.now(UTC), zone) for zone in zones)
    wanted = {later, earlier, later - timedelta(days=1), earlier - timedelta(days=1)}
    assert asked.run_config["ops"][days.OP_NAME]["config"]["days"] == {
        str(day): [] for day in sorted(wanted)
    }


async def test_a_bot_that_should_run_is_looked_at_every_hour(
    settings: Settings, connection: Connection, instance: dg.DagsterInstance
) -> None:
    """One that is silent is down for longer, and no event says so."""
    shop = await factories.create_shop(connection)
    await factories.create_bot(connection, shop)

    def at(moment: datetime) -> str:
        with dg.build_schedule_context(
            instance=instance,
            resources=resources(lambda: settings),
            scheduled_execution_time=moment,
            repository_def=defs().get_repository_def(),
        ) as context:
            (asked,) = hourly.evaluate_tick(context).run_requests or ()
        return str(asked.tags[STATE_TAG])

    moment = datetime(2026, 3, 10, 13, 41, tzinfo=UTC)
    first = await asyncio.to_thread(at, moment)
    assert await asyncio.to_thread(at, moment + timedelta(hours=1)) != first
    await connection.execute("UPDATE bots SET state = 'stopped'")
    first = await asyncio.to_thread(at, moment)
    assert await asyncio.to_thread(at, moment + timedelta(hours=1)) == first


async def test_today_is_computed_without_a_run(
    settings: Settings, connection: Connection, client: Client, instance: dg.DagsterInstance
) -> None:
    shop = await factories.create_shop(connection, timezone="UTC")
    now = datetime.now(UTC)
    put(client, events(shop.id, now))

    def look(cursor: str | None) -> Any:
        context = dg.build_sensor_context(
            instance=instance,
            cursor=cursor,
            resources=resources(lambda: settings),
            repository_def=defs().get_repository_def(),
        )
        return shop_day_today.evaluate_tick(context)

    tick = await asyncio.to_thread(look, None)
    assert not tick.run_requests and tick.cursor
    told = {
        event.asset_key.path[-1]: event.partition
        for event in tick.asset_events
        if isinstance(event, dg.AssetMaterialization)
    }
    assert told == dict.fromkeys(("shop_kpi_day", "shop_money_day"), str(now.date()))
    assert client.query("SELECT paid_orders FROM shop_kpi_day").result_rows == [(1,)]
    again = await asyncio.to_thread(look, tick.cursor)
    assert not again.asset_events and "nothing" in (again.skip_message or "")
    await arrive(connection)
    later = await asyncio.to_thread(look, tick.cursor)
    assert later.asset_events
    for event in (*tick.asset_events, *later.asset_events):  # as the daemon does
        instance.report_runless_asset_event(event)
