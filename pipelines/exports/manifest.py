"""The manifest next to the files: their contents, their checksums, and which days are complete."""

import json
import os
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core import drafts
from core.errors import ConfigurationError

NAME = "manifest.json"
Format = Literal["parquet", "csv"]

# The last places where a calendar day ends are 12 hours behind UTC.
_OVER_AFTER = timedelta(days=1, hours=12)


class Column(BaseModel):
    """A column, with its type in ClickHouse."""

    model_config = ConfigDict(frozen=True)

    name: str
    type: str


class Part(BaseModel):
    """One day. `path` is relative to the manifest; None for a day without rows."""

    day: date = Field(description="The day, as `day_is` of the manifest says whose")
    path: str | None = Field(description="The file, from the manifest's folder; null without rows")
    rows: int = Field(description="Rows in it")
    bytes: int = Field(description="Its size")
    sha256: str | None = Field(description="Its checksum, null without a file")
    written_at: datetime = Field(description="When writing it began (UTC)")

    def is_whole(self, folder: Path) -> bool:
        """Whether the day was over when it was written, and the file still has its size."""
        over = datetime(self.day.year, self.day.month, self.day.day, tzinfo=UTC) + _OVER_AFTER
        if self.written_at < over:
            return False
        if self.path is None:
            return True
        file = folder / self.path
        return file.exists() and file.stat().st_size == self.bytes


class Manifest(BaseModel):
    """An export; `complete` is false until all of its days are written."""

    manifest_version: Literal[1] = 1
    vitrina_version: str
    dataset: str
    day_is: str
    format: Format
    created_at: datetime
    complete: bool
    rows: int
    columns: list[Column]
    parts: list[Part]


def read(folder: Path) -> Manifest | None:
    """The folder's manifest, None without one; raises ConfigurationError for a file that is not a
    manifest."""
    file = folder / NAME
    if not file.exists():
        return None
    try:
        return Manifest.model_validate_json(file.read_text("utf-8"))
    except ValidationError as error:
        raise ConfigurationError(
            f"{file} is no manifest of an export: choose another folder"
        ) from error


def write(folder: Path, manifest: Manifest) -> None:
    """Replaces it atomically: a reader sees the old one or the new one."""
    text = json.dumps(manifest.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"
    with drafts.beside(folder / NAME) as draft:
        with draft.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / NAME)


def refuse_another(
    known: Manifest, folder: Path, dataset: str, file_format: Format, columns: Sequence[Column]
) -> None:
    """Raises ConfigurationError unless the folder has the same export, to be continued."""
    if (known.dataset, known.format) != (dataset, file_format):
        raise ConfigurationError(
            f"{folder} holds an export of {known.dataset} as {known.format}: choose another folder"
        )
    if known.columns != list(columns):
        raise ConfigurationError(
            f"{folder} holds an export of {dataset} with other columns, of Vitrina "
            f"{known.vitrina_version}: choose another folder"
        )
