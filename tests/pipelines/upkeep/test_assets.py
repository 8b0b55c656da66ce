"""The upkeep as Dagster runs it."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg
import polars as pl
import pytest

from core.clickhouse import open_client
from core.postgres import Connection
from core.settings import Settings
from core.shop import erasures, files
from core.shop.files import Use
from pipelines.days import DAYS_TAG
from pipelines.resources import resources
from pipelines.upkeep import storage
from pipelines.upkeep.assets import ASSETS, old_runs, storage_forecast
from pipelines.upkeep.runs import KEPT, purge
from pipelines.upkeep.storage import forecast
from tests import factories
from tests.api.happenings import happening, record

NOW = datetime.now(UTC)
QUIET = {"loggers": {"console": {"config": {"log_level": "WARNING"}}}}


def materialise(settings: Settings) -> dict[str, dict[str, Any]]:
    """The metadata of each upkeep asset's run."""
    with dg.DagsterInstance.ephemeral(settings={"telemetry": {"enabled": False}}) as instance:
        result = dg.materialize(
            list(ASSETS), resources=resources(lambda: settings), instance=instance, run_config=QUIET
        )
    return {
        event.asset_key.path[-1]: {
            name: value.value
            for name, value in event.step_materialization_data.materialization.metadata.items()
        }
        for event in result.get_asset_materialization_events()
        if event.asset_key is not None
    }


async def test_everything_that_is_due_is_done(settings: Settings, connection: Connection) -> None:
    shop = await factories.create_shop(connection)
    await connection.execute("UPDATE shops SET retention_days = 90 WHERE id = $1", shop.id)
    erased = await factories.create_customer(connection, shop.id)
    for content in (b"%PDF-used", b"%PDF-unused"):
        await files.keep(connection, shop.id, "document", content, Use("gift", content.decode()))
    await files.let_go(connection, shop.id, "gift", "%PDF-unused")
    await connection.execute("UPDATE files SET created_at = now() - interval '2 days'")
    url = settings.clickhouse_url.get_secret_value()
    record(
        url,
        happening(
            "message_received",
            shop.id,
            at=NOW - timedelta(days=100),
            retention_days=365,
            buyer_no=erased.buyer_no + 1,
        ),
        happening(
            "message_received",
            shop.id,
            at=NOW - timedelta(days=2),
            retention_days=365,
            buyer_no=erased.buyer_no,
        ),
    )
    async with connection.transaction():
        await erasures.erase(connection, shop.id, erased.buyer_no, with_events=True)
    done = await asyncio.to_thread(materialise, settings)
    assert (done["event_retention"]["events_deleted"], done["event_retention"]["events_moved"]) == (
        1,
        0,
    )
    assert (done["erasures"]["erased"], done["erasures"]["waiting"]) == (1, 0)
    assert done["unused_files"]["files_swept"] == 1
    assert done["storage_forecast"]["bytes"] == done["storage_day"]["bytes"]
    client = open_client(url)
    assert client.query("SELECT count() FROM events").result_rows == [(0,)]
    client.close()
    again = await asyncio.to_thread(materialise, settings)
    assert (again["event_retention"]["events_deleted"], again["erasures"]["erased"]) == (0, 0)


def test_a_forecast_that_makes_no_sense_is_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = open_client(settings.clickhouse_url.get_secret_value())
    client.command(
        "INSERT INTO storage_day (day, table, partition, starts_on, bytes, parts) "
        "VALUES (today(), 'events', '(30, x)', today() - 7, 70, 1)"
    )
    client.close()

    def run() -> dg.ExecuteInProcessResult:
        with dg.DagsterInstance.ephemeral(settings={"telemetry": {"enabled": False}}) as instance:
            return dg.materialize(
                [storage_forecast],
                resources=resources(lambda: settings),
                instance=instance,
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                raise_on_error=False,
            )

    sound = run()
    assert sound.success
    assert [each.passed for each in sound.get_asset_check_evaluations()] == [True]

    def below_zero(sizes: pl.DataFrame, today: date) -> pl.DataFrame:
        return forecast(sizes, today).with_columns(bytes_in_90_days=pl.lit(-1.0))

    monkeypatch.setattr(storage, "forecast", below_zero)
    refused = run()
    (check,) = refused.get_asset_check_evaluations()
    assert not refused.success and not refused.get_asset_materialization_events()
    assert (check.check_name, check.passed) == ("forecast_is_sound", False)
    offending = check.metadata["offending"]
    assert isinstance(offending, dg.TableMetadataValue)
    assert offending.records[0].data["column"] == "bytes_in_90_days"


@dg.asset(partitions_def=dg.StaticPartitionsDefinition(["monday", "tuesday"]))
def _made() -> None:
    """An asset to be run again and again."""


def test_old_runs_go_but_for_the_last_of_each_partition() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        for day in ("monday", "monday", "tuesday", "monday"):
            dg.materialize([_made], partition_key=day, instance=instance, run_config=QUIET)
        dg.materialize([old_runs], instance=instance, run_config=QUIET)
        assert purge(instance, datetime.now(UTC)) == 0
        assert purge(instance, datetime.now(UTC) + KEPT + timedelta(seconds=1)) == 3
        left = [run.tags.get("dagster/partition") for run in instance.get_runs()]
        assert sorted(filter(None, left)) == ["monday", "tuesday"]
        assert instance.get_materialized_partitions(_made.key) == {"monday", "tuesday"}


def test_the_last_run_of_the_same_days_stays() -> None:
    """With a run of several days Dagster would forget that they were computed."""

    @dg.op
    def compute(context: dg.OpExecutionContext) -> None:
        for day in context.run.tags[DAYS_TAG].split():
            context.log_event(dg.AssetMaterialization(_made.key, partition=day))

    job = dg.GraphDefinition(name="days", node_defs=[compute]).to_job()
    with dg.DagsterInstance.ephemeral() as instance:
        for days in ("monday tuesday", "monday tuesday", "tuesday"):
            tags = {DAYS_TAG: days}
            job.execute_in_process(instance=instance, tags=tags, run_config=QUIET)
        assert purge(instance, datetime.now(UTC) + KEPT + timedelta(seconds=1)) == 1
        left = [run.tags[DAYS_TAG] for run in instance.get_runs()]
        assert sorted(left) == ["monday tuesday", "tuesday"]
