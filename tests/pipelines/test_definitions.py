"""The project as Dagster loads it."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg

from core.postgres import Connection
from core.settings import Settings
from pipelines.catalogue import KEPT
from pipelines.definitions import defs
from pipelines.kpis import schemas
from pipelines.metrics import columns
from pipelines.resources import resources
from tests import factories

SCHEDULES = {
    "shop_day_today": "*/5 * * * *",
    "shop_day_yesterday": "7 * * * *",
    "figures_hourly": "17 * * * *",
}


def test_importing_them_reads_no_setting_and_warns_of_nothing() -> None:
    code = "import pipelines.definitions as d; d.defs().resolve_all_job_defs()"
    environment = {"VITRINA_API_PORT": "not a number", "PATH": ""}
    command = [sys.executable, "-W", "error", "-c", code]
    loaded = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (loaded.returncode, loaded.stderr) == (0, "")


def test_every_asset_says_what_it_is_and_what_each_column_holds() -> None:
    for asset in defs().resolve_all_asset_specs():
        assert asset.description and asset.owners and asset.group_name and asset.kinds, asset.key
        shown = asset.metadata.get("dagster/column_schema")
        assert isinstance(shown, dg.TableSchema) and shown.columns, asset.key
        for column in shown.columns:
            assert column.description and column.type, (asset.key, column.name)


def test_every_daily_table_says_its_formulas() -> None:
    specs = {spec.key.path[-1]: spec for spec in defs().resolve_all_asset_specs()}
    for kept in KEPT:
        shown = specs[kept.name].metadata["dagster/column_schema"]
        assert shown == columns(kept.schema)
        assert specs[kept.name].freshness_policy is not None
    assert schemas.SHOP_KPI_DAY.columns["aov_minor"].description == (
        "28 Average order value = (gross sales − discounts) ÷ paid orders, "
        "minor units of the shop's currency; null without orders"
    )


def test_the_schedules_run_without_being_asked() -> None:
    schedules = [defs().resolve_schedule_def(name) for name in SCHEDULES]
    assert {schedule.name: schedule.cron_schedule for schedule in schedules} == SCHEDULES
    assert {schedule.default_status for schedule in schedules} == {dg.DefaultScheduleStatus.RUNNING}


async def test_the_schedules_take_the_days_of_the_shops(
    settings: Settings, connection: Connection
) -> None:
    def labels(name: str) -> list[str]:
        schedule = defs().resolve_schedule_def(name)
        with dg.build_schedule_context(
            resources=resources(lambda: settings),
            scheduled_execution_time=datetime.now(UTC),
            repository_def=defs().get_repository_def(),
        ) as context:
            requests = schedule.evaluate_tick(context).run_requests or ()
        return [str(request.partition_key) for request in requests]

    assert await asyncio.to_thread(labels, "shop_day_today") == []
    zones = ("Pacific/Kiritimati", "Pacific/Niue")  # never the same day there
    for zone in zones:
        await factories.create_shop(connection, timezone=zone)
    later, earlier = (datetime.now(ZoneInfo(zone)).date() for zone in zones)
    today = await asyncio.to_thread(labels, "shop_day_today")
    assert today == [earlier.isoformat(), later.isoformat()]
    yesterday = await asyncio.to_thread(labels, "shop_day_yesterday")
    assert yesterday == [str(day - timedelta(days=1)) for day in (earlier, later)]
    assert set(await asyncio.to_thread(labels, "figures_hourly")) == {*today, *yesterday}


STORES = {"clickhouse", "clickhouse_for_analysts", "clickhouse_tables", "postgres"}


def executable() -> list[dg.AssetsDefinition]:
    """What computes assets and what checks them."""
    found = defs().get_repository_def().asset_graph.assets_defs
    return [assets_def for assets_def in found if assets_def.is_executable]


def test_what_asks_clickhouse_takes_turns() -> None:
    for assets_def in executable():
        if assets_def.required_resource_keys & (STORES - {"postgres"}):
            assert assets_def.op.pool, assets_def.keys


def test_what_touches_a_store_is_tried_again() -> None:
    touching = [each for each in executable() if each.required_resource_keys & STORES]
    assert {each.op.name for each in touching} >= {"exported_files", "days_are_fresh", "money_day"}
    for assets_def in touching:
        policy = assets_def.op.retry_policy
        assert policy is not None and policy.max_retries, assets_def.op.name


def test_the_sensors_look_without_being_asked() -> None:
    project = defs().get_repository_def()
    sensors = {sensor.name: sensor.default_status for sensor in project.sensor_defs}
    assert sensors.items() >= {
        ("late_events", dg.DefaultSensorStatus.RUNNING),
        ("what_is_due", dg.DefaultSensorStatus.RUNNING),
    }
