"""An export as an asset, launched by hand on Dagster's page with its configuration."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import dagster as dg
import polars as pl
from pydantic import Field

from core.errors import ConfigurationError
from pipelines.clickhouse import ClickHouse
from pipelines.exports.datasets import DATASETS
from pipelines.exports.manifest import NAME, Format, Part
from pipelines.exports.writing import Export, write
from pipelines.resources import POOL
from pipelines.soundness import table

_FORMATS: Mapping[str, Format] = {"parquet": "parquet", "csv": "csv"}


def _type(annotation: object) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


_PARTS = dg.TableSchema(
    [
        dg.TableColumn(name, _type(field.annotation), field.description)
        for name, field in Part.model_fields.items()
    ]
)


class ExportConfig(dg.Config):
    """Which days of which data set to export, in which format and where."""

    dataset: str = Field(description=f"One of {', '.join(DATASETS)}.")
    first: str = Field(description="The first day, YYYY-MM-DD.")
    last: str = Field(description="The last day, included.")
    format: str = Field(default="parquet", description="parquet or csv.")
    folder: str = Field(description="Where to: of the machine (or container) that runs this.")


@dg.asset(
    group_name="exports",
    owners=["team:analytics"],
    kinds={"parquet", "csv"},
    description="A data set as files, `day=YYYY-MM-DD/part-0.parquet` (or .csv), with "
    "`manifest.json`: columns, rows, checksums. Nothing starts it by itself; launched again with "
    "the same configuration it goes on where it was cut off, and writes days that were not over "
    "again. `vitrina export` does the same from the command line. The columns are of `parts`, a "
    "row a day: those of the files stand in the manifest.",
    metadata={"dagster/column_schema": _PARTS},
    retry_policy=dg.RetryPolicy(max_retries=2, delay=10),
    pool=POOL,
)
def exported_files(
    config: ExportConfig, clickhouse_for_analysts: dg.ResourceParam[ClickHouse]
) -> dg.MaterializeResult[None]:
    """Reads as the analysts' user, within its limits."""
    if config.format not in _FORMATS:
        raise dg.Failure(
            f"format must be parquet or csv, not {config.format!r}", allow_retries=False
        )
    folder = Path(config.folder)
    export = Export(
        config.dataset,
        date.fromisoformat(config.first),
        date.fromisoformat(config.last),
        _FORMATS[config.format],
        folder,
    )
    try:
        with clickhouse_for_analysts.opened() as client:
            done = write(client, export)
    except ConfigurationError as error:  # a retry would be refused again
        raise dg.Failure(str(error), allow_retries=False) from error
    parts = pl.DataFrame([part.model_dump() for part in done.parts])
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": done.rows,
            "manifest": dg.MetadataValue.path(str(folder / NAME)),
            "parts": table(parts),
        }
    )
