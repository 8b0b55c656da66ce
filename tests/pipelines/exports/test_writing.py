"""Exports: every row, in files that other tools can read, and never an incomplete file."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from clickhouse_connect.driver.client import Client

from cli.export import export as export_command
from core.clickhouse import open_client
from core.errors import ConfigurationError
from core.settings import Settings
from pipelines.exports import manifest, writing
from pipelines.exports.assets import exported_files
from pipelines.exports.datasets import DATASETS, Dataset
from pipelines.exports.manifest import Format, Part
from pipelines.exports.writing import Export, ExportBroken, Progress, write
from pipelines.resources import resources
from tests.pipelines.kpis.happenings import Happened, purchase, store

FIRST = date(2026, 3, 10)
LAST = FIRST + timedelta(days=2)
Arrived = Callable[[int], None]
AWKWARD = 'Чай, "чёрный"\nи зелёный'


def noon(days: int) -> datetime:
    return datetime(2026, 3, 10 + days, 12, tzinfo=UTC)


@pytest.fixture(name="client")
def opened_client(settings: Settings) -> Iterator[Client]:
    """With three events on the first day, one on the third and one on the day after."""
    url = settings.clickhouse_url.get_secret_value()
    store(
        url,
        [
            *purchase(1, (100, 2), at=noon(0), order_id=7),
            Happened("message_received", 2, at=noon(2), props={"kind": AWKWARD}),
            Happened("message_received", 2, at=noon(3)),
        ],
    )
    client = open_client(settings.analyst_clickhouse_url)
    yield client
    client.close()


def read(folder: Path, file_format: Format) -> pl.DataFrame:
    files = str(folder / "day=*" / f"*.{file_format}")
    if file_format == "parquet":
        return pl.read_parquet(files, hive_partitioning=True)
    return pl.read_csv(files)


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_a_range_of_days_is_written_whole(
    client: Client, tmp_path: Path, file_format: Format
) -> None:
    told: list[Part] = []
    seen: list[Progress] = []
    export = Export("events", FIRST, LAST, file_format, tmp_path)
    done = write(client, export, told.append, seen.append)
    assert [each for each in seen if not each.bytes] == [
        Progress(part.day, 0, number, 3) for number, part in enumerate(done.parts)
    ]
    assert {part.bytes for part in done.parts if part.rows} <= {each.bytes for each in seen}
    assert done.complete and done == manifest.read(tmp_path)
    assert [(part.day, part.rows) for part in done.parts] == [
        (FIRST, 3),
        (FIRST + timedelta(days=1), 0),
        (LAST, 1),
    ]
    assert told == done.parts
    assert [column.name for column in done.columns][:3] == ["shop_id", "bot_id", "event"]
    rows = read(tmp_path, file_format)
    assert rows.height == done.rows == 4
    assert rows["event"].to_list().count("order_paid") == 1
    assert AWKWARD in [json.loads(props).get("kind") for props in rows["props"].to_list()]
    for part in done.parts:
        if part.path is not None:
            file = tmp_path / part.path
            assert hashlib.sha256(file.read_bytes()).hexdigest() == part.sha256
    written = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {"manifest.json", f"part-0.{file_format}"}
    assert not (tmp_path / "day=2026-03-11").exists()


def test_an_export_that_was_cut_off_is_continued(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = Export("events", FIRST, LAST, "parquet", tmp_path)
    whole = writing._stream  # pylint: disable=protected-access  # breaks it off on the third day

    def breaks(
        client: Client, wanted: tuple[Dataset, date], kind: Format, file: Path, arrived: Arrived
    ) -> str:
        if wanted[1] == LAST:
            file.write_bytes(b"PAR1 and then nothing")
            raise ExportBroken("the server went away")
        return whole(client, wanted, kind, file, arrived)

    with monkeypatch.context() as broken:
        broken.setattr(writing, "_stream", breaks)
        with pytest.raises(ExportBroken):
            write(client, export)
    half = manifest.read(tmp_path)
    assert half is not None and not half.complete and len(half.parts) == 2
    assert [path.name for path in tmp_path.rglob("*part*")] == ["part-0.parquet"]

    told: list[Part] = []
    done = write(client, export, told.append)
    assert [part.day for part in told] == [LAST]
    assert done.complete and done.created_at == half.created_at and done.rows == 4

    (tmp_path / "day=2026-03-10" / "part-0.parquet").unlink()
    told.clear()
    assert write(client, export, told.append).rows == 4
    assert [part.day for part in told] == [FIRST]


def test_a_day_that_was_not_over_is_written_again(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    today = datetime.now(UTC)
    export = Export("events", today.date(), today.date(), "parquet", tmp_path)
    assert write(client, export).rows == 0
    store(settings.clickhouse_url.get_secret_value(), [Happened("message_received", at=today)])
    assert write(client, export).rows == 1


def test_an_error_in_the_middle_is_no_short_file(client: Client, tmp_path: Path) -> None:
    broken = Dataset(
        "broken",
        "SELECT number, throwIf(number = 3000000) FROM numbers(4000000) WHERE {day:Date} > 0",
        "UTC",
    )
    for file_format in ("csv", "parquet"):
        file = tmp_path / file_format
        with pytest.raises(Exception, match=r"broke off|throwIf"):
            writing._stream(  # pylint: disable=protected-access  # no data set of ours throws
                client, (broken, FIRST), file_format, file, lambda size: None
            )


@pytest.mark.parametrize("name", DATASETS)
def test_every_data_set_can_be_read(client: Client, tmp_path: Path, name: str) -> None:
    done = write(client, Export(name, FIRST, FIRST, "csv", tmp_path))
    assert done.complete and done.columns
    if name == "orders":
        (row,) = read(tmp_path, "csv").to_dicts()
        assert (row["order_id"], row["amount_minor"], row["quantity"]) == (7, 200, 2)


def test_another_export_is_never_overwritten(client: Client, tmp_path: Path) -> None:
    write(client, Export("events", FIRST, FIRST, "csv", tmp_path))
    with pytest.raises(ConfigurationError, match="choose another folder"):
        write(client, Export("orders", FIRST, FIRST, "csv", tmp_path))
    with pytest.raises(ConfigurationError, match="choose another folder"):
        write(client, Export("events", FIRST, FIRST, "parquet", tmp_path))
    stored = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    stored["columns"].pop()
    (tmp_path / "manifest.json").write_text(json.dumps(stored))
    with pytest.raises(ConfigurationError, match="other columns"):
        write(client, Export("events", FIRST, FIRST, "csv", tmp_path))
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(ConfigurationError, match="no manifest"):
        write(client, Export("events", FIRST, FIRST, "csv", tmp_path))


def test_what_makes_no_sense_is_refused(client: Client, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there are: events, orders"):
        write(client, Export("evnts", FIRST, FIRST, "csv", tmp_path))
    with pytest.raises(ConfigurationError, match="before the first"):
        write(client, Export("events", LAST, FIRST, "csv", tmp_path))
    with pytest.raises(ConfigurationError, match="--from must be a day"):
        export_command(tmp_path, first="yesterday")


async def test_dagster_writes_the_same(client: Client, settings: Settings, tmp_path: Path) -> None:
    assert client.ping()
    config = {"dataset": "orders", "first": "2026-03-10", "last": "2026-03-10"}

    def run() -> int:
        with dg.DagsterInstance.ephemeral() as instance:
            result = dg.materialize(
                [exported_files],
                resources=resources(lambda: settings),
                instance=instance,
                run_config={
                    "ops": {"exported_files": {"config": config | {"folder": str(tmp_path)}}},
                    "loggers": {"console": {"config": {"log_level": "WARNING"}}},
                },
            )
        (event,) = result.get_asset_materialization_events()
        count = event.step_materialization_data.materialization.metadata["dagster/row_count"]
        return int(str(count.value))

    assert await asyncio.to_thread(run) == 1
    assert read(tmp_path, "parquet").height == 1


def test_dagster_does_not_try_again_what_makes_no_sense(settings: Settings, tmp_path: Path) -> None:
    config = {"dataset": "evnts", "first": "2026-03-10", "last": "2026-03-10"}
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [exported_files],
            resources=resources(lambda: settings),
            instance=instance,
            raise_on_error=False,
            run_config={
                "ops": {"exported_files": {"config": config | {"folder": str(tmp_path)}}},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
        )
    assert not result.success
    assert not [event for event in result.all_events if event.is_step_up_for_retry]
