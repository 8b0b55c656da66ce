"""Writes an export: a file a day, streamed from ClickHouse to the disk in small pieces.

A file gets its name when it is complete. The manifest lists the finished days, so an interrupted
export is continued by the same command.
"""

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import polars as pl
from clickhouse_connect.driver.client import Client

from core import drafts
from core.errors import ConfigurationError, VitrinaError
from pipelines.exports import manifest
from pipelines.exports.datasets import DATASETS, Dataset
from pipelines.exports.manifest import Column, Format, Manifest, Part

_CHUNK_BYTES = 1 << 20
_ENGINE_FORMATS: dict[Format, str] = {"parquet": "Parquet", "csv": "CSVWithNames"}
_SETTINGS = {
    "max_execution_time": 3600,
    "max_result_rows": 0,
    # The size of row groups, which a writer keeps in memory.
    "output_format_parquet_row_group_size": 200_000,
    "output_format_parquet_compression_method": "zstd",
}
# An error after the first bytes is in the body itself.
_BROKEN = b"__exception__\r\n"
_TAIL_BYTES = 1 << 16


class ExportBroken(VitrinaError):
    """ClickHouse failed in the middle; the finished days are kept."""

    code = "export_broken"
    status = 503


@dataclass(frozen=True, slots=True)
class Export:
    """What to export: the days from the first to the last, both included, into this folder."""

    dataset: str
    first: date
    last: date
    format: Format
    folder: Path


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an export is: days `done` of `total`, and the bytes so far of the next day."""

    day: date
    bytes: int
    done: int
    total: int


def write(
    client: Client,
    export: Export,
    tell: Callable[[Part], None] = lambda part: None,
    watch: Callable[[Progress], None] = lambda progress: None,
) -> Manifest:
    """Writes the missing days, and returns the manifest; `tell` is called for each day written,
    `watch` for each piece.

    Raises ConfigurationError if there is no such data set, the days are in the wrong order or the
    folder holds something else, ExportBroken if ClickHouse fails midway.
    """
    dataset = _dataset(export)
    columns = _columns(client, dataset)
    known = manifest.read(export.folder)
    if known is not None:
        manifest.refuse_another(known, export.folder, dataset.name, export.format, columns)
    export.folder.mkdir(parents=True, exist_ok=True)
    parts = {part.day: part for part in known.parts} if known is not None else {}
    created_at = known.created_at if known is not None else datetime.now(UTC)

    def noted(*, complete: bool) -> Manifest:
        kept = [parts[day] for day in sorted(parts)]
        now = Manifest(
            vitrina_version=version("vitrina"),
            dataset=dataset.name,
            day_is=dataset.day_is,
            format=export.format,
            created_at=created_at,
            complete=complete,
            rows=sum(part.rows for part in kept),
            columns=columns,
            parts=kept,
        )
        manifest.write(export.folder, now)
        return now

    days = list(_days(export.first, export.last))
    for number, day in enumerate(days):
        if day in parts and parts[day].is_whole(export.folder):
            continue
        at = Progress(day, 0, number, len(days))

        def arrived(size: int, at: Progress = at) -> None:
            watch(replace(at, bytes=size))

        arrived(0)
        parts[day] = _write_day(client, dataset, export, day, arrived)
        noted(complete=False)
        tell(parts[day])
    return noted(complete=True)


def _dataset(export: Export) -> Dataset:
    """Raises ConfigurationError if there is none, or the days are in the wrong order."""
    if export.dataset not in DATASETS:
        raise ConfigurationError(
            f"there is no data set {export.dataset!r}; there are: {', '.join(DATASETS)}"
        )
    if export.last < export.first:
        raise ConfigurationError("the last day is before the first")
    return DATASETS[export.dataset]


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _columns(client: Client, dataset: Dataset) -> list[Column]:
    described = client.query(f"DESCRIBE ({dataset.sql})", parameters={"day": date(2025, 1, 1)})
    return [Column(name=row[0], type=row[1]) for row in described.result_rows]


def _write_day(
    client: Client, dataset: Dataset, export: Export, day: date, arrived: Callable[[int], None]
) -> Part:
    began = datetime.now(UTC)
    path = Path(f"day={day}") / f"part-0.{export.format}"
    file = export.folder / path
    file.parent.mkdir(exist_ok=True)
    try:
        with drafts.beside(file) as draft:
            digest = _stream(client, (dataset, day), export.format, draft, arrived)
            rows = _rows(draft, export.format)
            size = draft.stat().st_size
            if not rows:
                file.unlink(missing_ok=True)
                return Part(day=day, path=None, rows=0, bytes=0, sha256=None, written_at=began)
            draft.replace(file)
    finally:
        with suppress(OSError):  # unless it holds something
            file.parent.rmdir()
    return Part(
        day=day, path=path.as_posix(), rows=rows, bytes=size, sha256=digest, written_at=began
    )


def _stream(
    client: Client,
    wanted: tuple[Dataset, date],
    file_format: Format,
    file: Path,
    arrived: Callable[[int], None],
) -> str:
    """Writes the day's rows into the file; returns its SHA-256. `arrived` is called with the bytes
    so far."""
    (dataset, day), digest, tail, size = wanted, hashlib.sha256(), b"", 0
    source = client.raw_stream(
        dataset.sql,
        parameters={"day": day},
        settings=_SETTINGS,
        fmt=_ENGINE_FORMATS[file_format],
    )
    assert isinstance(source, io.IOBase)  # over HTTP it is the body of the response
    with source, file.open("wb") as target:
        while piece := source.read(_CHUNK_BYTES):
            target.write(piece)
            digest.update(piece)
            tail = (tail + piece)[-_TAIL_BYTES:]
            size += len(piece)
            arrived(size)
        target.flush()
        os.fsync(target.fileno())
    _, broken, report = tail.partition(_BROKEN)
    if broken:
        raise ExportBroken(f"{day}: ClickHouse broke off: {report.decode(errors='replace')[:500]}")
    return digest.hexdigest()


def _rows(file: Path, file_format: Format) -> int:
    """How many rows the file has; raises if a Parquet file was truncated, because its footer is
    missing."""
    frame = (
        pl.scan_parquet(file) if file_format == "parquet" else pl.scan_csv(file, infer_schema=False)
    )
    rows: int = frame.select(pl.len()).collect(engine="streaming").item()
    return rows
