"""From a file's bytes to rows of named cells. Pure, with limits."""

import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.csv_readings import Dates, Encoding, Evidence, Stated
from core.csv_text import FileUnreadable, Row, Table, lines, plain
from core.errors import Refused
from core.shop.catalogue_csv.cells import CellProblem
from core.shop.catalogue_csv.columns import KEYS, NAMES

MAX_BYTES = 32 * 1024 * 1024
MAX_ROWS = 50_000
_MOMENTS = ("on_sale_from", "on_sale_until")


class FileTooLarge(Refused):
    """Over MAX_BYTES."""

    code = "body_too_large"
    status = 413


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row by its line in the file, with the stripped cells of the columns that the file has; or
    the problem of the row as a whole."""

    line: int
    cells: Mapping[str, str]
    problem: CellProblem | None = None


@dataclass(frozen=True, slots=True)
class CatalogueFile:
    """`ignored`: unknown columns. `digest` is the SHA-256 of the file's bytes."""

    rows: tuple[FileRow, ...]
    ignored: tuple[str, ...]
    dates: Dates
    digest: str


def read(
    data: bytes, *, encoding: Encoding | None = None, dates: Dates | None = None
) -> CatalogueFile:
    """What is not stated is determined from the file. Raises FileUnreadable, FileTooLarge."""
    if len(data) > MAX_BYTES:
        raise FileTooLarge(f"the file is over {MAX_BYTES // 1024 // 1024} MiB: send it in parts")
    table = Table(lines(io.BytesIO(data), encoding), NAMES, MAX_ROWS, takes_uneven=True)
    names = [NAMES.get(name, "") for name in table.columns]
    known = [name for name in names if name]
    twice = sorted({name for name in known if known.count(name) > 1})
    if twice:
        raise FileUnreadable(f"there are two columns {', '.join(twice)}: leave one of each")
    if not set(known) & set(KEYS):
        raise FileUnreadable(
            "the first line must name the columns, at least sku, id or title; known are: "
            + ", ".join(dict.fromkeys(NAMES.values()))
        )
    rows = tuple(_row(row, names) for row in table)
    ignored = (title for title, name in zip(table.columns, names, strict=True) if not name)
    return CatalogueFile(
        rows, tuple(filter(None, ignored)), dates or _dates(rows), hashlib.sha256(data).hexdigest()
    )


def _row(row: Row, names: list[str]) -> FileRow:
    named = {name: plain(cell) for name, cell in zip(names, row.cells, strict=False) if name}
    problem = None
    if len(row.cells) != len(names):
        problem = CellProblem(
            "cells_uneven",
            f"{len(row.cells)} cells where the header has {len(names)}: a cell with a separator, "
            "a quote or a line break must stand in quotes",
        )
    elif any("\0" in cell for cell in named.values()):
        problem = CellProblem("cell_unreadable", "a cell has a character of number 0: take it out")
    return FileRow(row.line, named, problem)


def _dates(rows: Iterable[FileRow]) -> Dates:
    evidence = Evidence()
    for row in rows:
        for column in _MOMENTS:
            if row.cells.get(column):
                evidence.see_moment(row.cells[column])
    return evidence.reading(Stated()).dates
