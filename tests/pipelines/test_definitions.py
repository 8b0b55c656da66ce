"""The project as Dagster loads it."""

import subprocess
import sys

import dagster as dg

from pipelines.catalogue import KEPT
from pipelines.definitions import defs
from pipelines.kpis import schemas
from pipelines.metrics import columns

SCHEDULES = {
    "figures_hourly": "17 * * * *",
    "past_days_daily_due": "32 12 * * *",
    "fraud_hourly": "13 * * * *",
    "fraud_model_daily": "37 3 * * *",
    "upkeep_hourly_due": "41 * * * *",
    "upkeep_nightly_due": "11 2 * * *",
}
# Nothing is computed to draw them, and they are needed where they are used alone.
HEAVY = ("sklearn", "matplotlib", "scipy")


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


def test_loading_them_loads_nothing_that_few_assets_need() -> None:
    code = f"""
import sys
import pipelines.definitions as d
d.defs().resolve_all_job_defs()
sys.exit(", ".join(name for name in {HEAVY!r} if name in sys.modules) or 0)
"""
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (loaded.returncode, loaded.stderr) == (0, b"")


def test_what_is_due_by_the_clock_is_one_run() -> None:
    def nodes(name: str) -> set[str]:
        return {node.name for node in defs().resolve_job_def(name).nodes}

    hourly, nightly = nodes("upkeep_hourly"), nodes("upkeep_nightly")
    assert {"erasures", "days_are_fresh", "events_nothing_is_missing_or_twice"} <= hourly
    assert nightly == {
        "event_retention",
        "cold_weeks",
        "storage_day",
        "storage_forecast",
        "old_runs",
        "unused_files",
    }
    assert not hourly & nightly


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
        ("late_fraud", dg.DefaultSensorStatus.RUNNING),
        ("shop_day_today", dg.DefaultSensorStatus.RUNNING),
    }
