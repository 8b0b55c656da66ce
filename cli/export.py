"""`vitrina export`: data sets as files for analysts."""
# pylint: disable=import-outside-toplevel  # an image needs only what it runs, as in cli.main

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from typer import Option

from cli import installation, progress
from core.clickhouse import open_client
from core.errors import ConfigurationError


def _day(text: str, option: str) -> date:
    if not text:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(f"{option} must be a day like 2026-11-23, not {text!r}") from error


# pylint: disable-next=too-many-locals  # what it imports late counts, too
def export(
    out: Annotated[Path, Option(help="The folder; one of an earlier export is continued.")],
    dataset: Annotated[str, Option(help="events, orders, or a table of figures.")] = "events",
    first: Annotated[str, Option("--from", help="YYYY-MM-DD; default: today, UTC.")] = "",
    last: Annotated[str, Option("--to", help="The last day, included; default: today.")] = "",
    file_format: Annotated[Literal["parquet", "csv"], Option("--format")] = "parquet",
) -> None:
    """Writes a data set as day=…/part-0 files with a manifest, as the analysts' user."""
    from pipelines.exports.manifest import NAME, Part
    from pipelines.exports.writing import Export, Progress, write

    settings = installation.settings()
    days = _day(first, "--from"), _day(last, "--to")

    def tell(part: Part) -> None:
        typer.echo(f"{part.day}  {part.rows:>12,} rows  {part.bytes:>14,} bytes")

    def watch(at: Progress) -> None:
        size = f", {at.bytes / 1e6:.1f} MB" if at.bytes else ""
        progress.report(f"exporting {dataset}, {at.day}{size}", at.done, at.total)

    client = open_client(settings.analyst_clickhouse_url)
    try:
        done = write(client, Export(dataset, *days, file_format, out), tell, watch)
    finally:
        client.close()
    typer.echo(f"{done.rows:,} rows in {len(done.parts)} days: {out / NAME}")
