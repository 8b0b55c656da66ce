"""A CSV whose rows each state one thing, a product or a code: from bytes to rows of named cells.

Pure, with limits; the file is read whole."""

import hashlib
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from core.csv_readings import Dates, Encoding, Evidence, Stated
from core.csv_text import FileUnreadable, Row, Table, lines, plain
from core.errors import Refused, VitrinaError

MAX_ROWS = 50_000


class CellProblem(ValueError):
    """An invalid cell; the message says what to write there."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


class FileTooLarge(Refused):
    """Over the layout's `max_bytes`."""

    code = "body_too_large"
    status = 413


class PlanMissing(VitrinaError):
    """Nobody has seen what the file would do."""

    code = "plan_missing"
    status = 428


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns a file may have.

    `names`: the columns by the names that a header may give them. A header names one of `keys` at
    least. The cells of `moments` show how the file writes dates.
    """

    names: Mapping[str, str]
    keys: Sequence[str]
    moments: Collection[str]
    max_bytes: int


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row by its line in the file, with the stripped cells of the columns that the file has; or
    the problem of the row as a whole."""

    line: int
    cells: Mapping[str, str]
    problem: CellProblem | None = None


@dataclass(frozen=True, slots=True)
class RowsFile:
    """`ignored`: unknown columns. `digest` is the SHA-256 of the file's bytes."""

    rows: tuple[FileRow, ...]
    ignored: tuple[str, ...]
    dates: Dates
    digest: str


def read(
    data: bytes, layout: Layout, *, encoding: Encoding | None = None, dates: Dates | None = None
) -> RowsFile:
    """What is not stated is determined from the file. Raises FileUnreadable, FileTooLarge."""
    if len(data) > layout.max_bytes:
        raise FileTooLarge(f"the file is over {layout.max_bytes >> 20} MiB: send it in parts")
    table = Table(lines(io.BytesIO(data), encoding), layout.names, MAX_ROWS, takes_uneven=True)
    columns = [layout.names.get(title, "") for title in table.columns]
    _check_header(columns, layout)
    rows = tuple(_row(row, columns) for row in table)
    evidence = Evidence()
    for row in rows:
        for column in layout.moments:
            if row.cells.get(column):
                evidence.see_moment(row.cells[column])
    unknown = (title for title, name in zip(table.columns, columns, strict=True) if not name)
    return RowsFile(
        rows,
        tuple(filter(None, unknown)),
        dates or evidence.reading(Stated()).dates,
        hashlib.sha256(data).hexdigest(),
    )


def _check_header(columns: Sequence[str], layout: Layout) -> None:
    known = [name for name in columns if name]
    twice = sorted({name for name in known if known.count(name) > 1})
    if twice:
        raise FileUnreadable(f"there are two columns {', '.join(twice)}: leave one of each")
    if not set(known) & set(layout.keys):
        raise FileUnreadable(
            f"the first line must name the columns, at least {' or '.join(layout.keys)}; known "
            f"are: {', '.join(dict.fromkeys(layout.names.values()))}"
        )


def _row(row: Row, columns: Sequence[str]) -> FileRow:
    named = {name: plain(cell) for name, cell in zip(columns, row.cells, strict=False) if name}
    problem = None
    if len(row.cells) != len(columns):
        problem = CellProblem(
            "cells_uneven",
            f"{len(row.cells)} cells where the header has {len(columns)}: a cell with a separator, "
            "a quote or a line break must stand in quotes",
        )
    elif any("\0" in cell for cell in named.values()):
        problem = CellProblem("cell_unreadable", "a cell has a character of number 0: take it out")
    return FileRow(row.line, named, problem)
