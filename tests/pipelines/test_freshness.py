"""Freshness by partition: a refused day is noticed, whatever else runs."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from core.postgres import Connection
from core.settings import Settings
from pipelines import freshness
from pipelines.catalogue import TABLES
from pipelines.clickhouse import ClickHouse
from pipelines.definitions import defs
from pipelines.freshness import Expected, expected_days, overdue
from pipelines.partitions import DAYS
from pipelines.resources import resources
from tests import factories
from tests.pipelines.kpis.happenings import Happened, store

QUIET = {"loggers": {"console": {"config": {"log_level": "WARNING"}}}}
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
TODAY, YESTERDAY = date(2026, 3, 10), date(2026, 3, 9)


def test_a_day_is_due_from_its_first_moment_at_any_shop() -> None:
    shops = [("Pacific/Kiritimati", LONG_AGO), ("Pacific/Niue", LONG_AGO)]  # +14 and −11
    assert expected_days(shops, NOW) == [
        Expected(YESTERDAY, "yesterday", datetime(2026, 3, 9, 11, tzinfo=UTC)),
        Expected(TODAY, "today", datetime(2026, 3, 10, 11, tzinfo=UTC)),
        Expected(TODAY, "yesterday", datetime(2026, 3, 9, 10, tzinfo=UTC)),
        Expected(date(2026, 3, 11), "today", datetime(2026, 3, 10, 10, tzinfo=UTC)),
    ]


def test_nothing_is_due_before_there_is_a_shop() -> None:
    assert expected_days([], NOW) == []
    opened = NOW - timedelta(minutes=5)
    assert {each.since for each in expected_days([("UTC", opened)], NOW)} == {opened}


@pytest.mark.parametrize(
    ("ago", "late"),
    [
        (timedelta(minutes=119), []),
        (timedelta(minutes=121), [False]),
        (timedelta(hours=6), [False]),
        (timedelta(hours=6, minutes=1), [True]),
    ],
)
def test_a_day_is_late_by_the_time_since_it_was_computed(ago: timedelta, late: list[bool]) -> None:
    expected = [Expected(TODAY, "today", LONG_AGO)]
    found = overdue(expected, {TODAY: NOW - ago}, freshness.WINDOWS["money_day"], NOW)
    assert found["is_failed"].to_list() == late


def test_every_daily_table_has_its_window() -> None:
    daily = {
        spec.key.path[-1]
        for spec in defs().resolve_all_asset_specs()
        if spec.partitions_def == DAYS
    }
    assert daily == set(freshness.WINDOWS) >= {table.name for table in TABLES}


@pytest.fixture(name="instance")
def own_instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral(settings={"telemetry": {"enabled": False}}) as instance:
        yield instance


CHECKED = ("shop_kpi_day", "money_day")


def note(instance: dg.DagsterInstance, day: date) -> None:
    """What Dagster records of a day that was computed with success."""
    for name in CHECKED:
        event = dg.AssetMaterialization(name, partition=day.isoformat())
        instance.report_runless_asset_event(event)


def checked(
    settings: Settings, instance: dg.DagsterInstance
) -> Mapping[str, dg.AssetCheckEvaluation]:
    result = dg.materialize(
        [*(dg.AssetSpec(name) for name in freshness.WINDOWS), freshness.days_are_fresh],
        selection=dg.AssetSelection.checks(
            *(dg.AssetCheckKey(dg.AssetKey(name), freshness.NAME) for name in CHECKED)
        ),
        resources=resources(lambda: settings),
        instance=instance,
        run_config=QUIET,
    )
    found = {each.asset_key.path[-1]: each for each in result.get_asset_check_evaluations()}
    assert found.keys() == set(CHECKED)
    return found


async def test_a_backfill_does_not_hide_that_today_is_refused(
    settings: Settings, connection: Connection, instance: dg.DagsterInstance
) -> None:
    async def look() -> Mapping[str, dg.AssetCheckEvaluation]:
        return await asyncio.to_thread(checked, settings, instance)

    fresh = await look()
    assert all(each.passed for each in fresh.values())
    assert fresh["money_day"].description == "there is no shop yet, and nothing to compute"

    shop = await factories.create_shop(connection, timezone="UTC")
    installed = await look()
    assert all(each.passed for each in installed.values())
    assert "waiting for the first run" in (installed["money_day"].description or "")

    # A shop of long ago; an old day is backfilled with success, today and yesterday are not.
    await connection.execute(
        "UPDATE shops SET created_at = now() - INTERVAL '90 days' WHERE id = $1", shop.id
    )
    today = datetime.now(ZoneInfo("UTC")).date()
    note(instance, today - timedelta(days=40))
    refused = await look()
    for each in refused.values():
        assert not each.passed and each.severity is dg.AssetCheckSeverity.ERROR
        offending = each.metadata["offending"]
        assert isinstance(offending, dg.TableMetadataValue)
        days = [record.data["day"] for record in offending.records]
        assert str(today - timedelta(days=1)) in days

    note(instance, today)
    note(instance, today - timedelta(days=1))
    assert all(each.passed for each in (await look()).values())


def test_no_day_s_run_asks_for_it() -> None:
    project = defs()
    for name in ("figures_day", "reopened_day"):
        layer = project.resolve_job_def(name).asset_layer
        assert not any(each.name == freshness.NAME for each in layer.asset_graph.asset_check_keys)


def test_arrivals_are_moments_that_can_be_compared(settings: Settings) -> None:
    store(settings.clickhouse_url.get_secret_value(), [Happened("message_received", 1, at=NOW)])
    arrivals = freshness.read_arrivals(ClickHouse(lambda: settings), LONG_AGO)
    assert arrivals and all(isinstance(each, datetime) for each in arrivals)
    assert freshness.up_to_date({TODAY: LONG_AGO}, arrivals, NOW) == {TODAY: arrivals[0]}


def test_a_day_for_which_nothing_arrived_is_as_good_as_new() -> None:
    now = datetime(2026, 3, 10, 12, 40, tzinfo=UTC)
    day, computed = now.date(), datetime(2026, 3, 10, 5, 17, 20, tzinfo=UTC)

    def until(*minutes: datetime) -> datetime:
        return freshness.up_to_date({day: computed}, minutes, now)[day]

    assert until() == now
    assert until(datetime(2026, 3, 10, 5, 17, tzinfo=UTC)) == now
    # What came after it is what the day waits for; the silence before does not count.
    late = datetime(2026, 3, 10, 12, 38, tzinfo=UTC)
    assert until(datetime(2026, 3, 10, 4, tzinfo=UTC), late, now) == late
    at = datetime(2026, 3, 10, 5, 18, tzinfo=UTC)
    assert until(at, late) == at
