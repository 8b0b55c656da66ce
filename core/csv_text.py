"""A CSV as shops' programs write it, as rows of cells: its encoding, its separator, its header;
and cells that no spreadsheet runs.

Pure: bytes in, rows out, with limits on every dimension.
"""

import codecs
import csv
import io
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import cast, get_args

from core.csv_readings import Encoding
from core.errors import Refused

MAX_LINE = 64 * 1024  # characters
MAX_CELLS = 200  # of one row
MAX_EMPTY_ROWS = 1_048_576  # the rows of a whole spreadsheet
_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
# What a spreadsheet would treat as a formula, in full-width form as well.
FORMULA_STARTS = frozenset("=+-@\t\r＝＋－＠")
_QUOTE = "'"
_BLANK_LINES = 100  # before the header
_SAMPLE = 4096  # bytes


class FileUnreadable(Refused):
    """The file as a whole cannot be read."""

    code = "csv_unreadable"


def safe(text: str) -> str:
    """The text in a form that a spreadsheet shows and never runs; `plain` reverses it."""
    return _QUOTE + text if text[:1] in FORMULA_STARTS or text[:1] == _QUOTE else text


def plain(cell: str) -> str:
    """Without the quote that `safe` puts before a formula."""
    begins = cell[1:2]
    return (
        cell[1:] if cell[:1] == _QUOTE and (begins in FORMULA_STARTS or begins == _QUOTE) else cell
    )


def encoding_of(sample: bytes) -> Encoding:
    """UTF-8 unless a byte order mark or the zeros of UTF-16's Latin letters say otherwise."""
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    pairs = len(sample) // 2
    if pairs and sample[1::2].count(0) > pairs // 2:
        return "utf-16-le"
    if pairs and sample[0::2].count(0) > pairs // 2:
        return "utf-16-be"
    return "utf-8"


def lines(file: io.RawIOBase | io.BytesIO, encoding: Encoding | None = None) -> Iterator[str]:
    """The file's lines from its beginning; raises FileUnreadable for what is not text, or for a
    line without an end.

    `encoding` None: determined from the file.
    """
    buffer = io.BufferedReader(cast(io.RawIOBase, file))
    if encoding is None:
        encoding = encoding_of(buffer.peek(_SAMPLE)[:_SAMPLE])
    is_utf_8 = encoding == "utf-8"
    text = io.TextIOWrapper(buffer, encoding="utf-8-sig" if is_utf_8 else encoding, newline="")
    try:
        while line := text.readline(MAX_LINE):
            if len(line) == MAX_LINE and not line.endswith("\n"):
                raise FileUnreadable(f"a line is over {MAX_LINE} characters long")
            yield line
    except UnicodeError as error:
        others = ", ".join(each for each in get_args(Encoding) if each != encoding)
        raise FileUnreadable(
            f"the file is not {encoding.upper()} text: save it as CSV UTF-8, or name its "
            f"`encoding` ({others})"
        ) from error


def _keyed(name: str) -> str:
    """A column's name in one form, however programs write it: Order ID, order_id, OrderId."""
    return "".join(char for char in name.casefold() if char not in " _-\u00a0\ufeff")


@dataclass(frozen=True, slots=True)
class Row:
    """`line` counts the file's lines from 1; `cells` are stripped, one for each of the columns."""

    line: int
    cells: tuple[str, ...]


class Table:
    """Rows of a file under a header. `separator` and `columns` are those of the header.

    Raises FileUnreadable. Empty rows are passed over, up to MAX_EMPTY_ROWS of them. With
    `takes_uneven` a row has as many cells as it has, for its reader to refuse.
    """

    def __init__(
        self,
        text: Iterable[str],
        known: Collection[str],
        max_rows: int,
        *,
        takes_uneven: bool = False,
    ) -> None:
        self._takes_uneven = takes_uneven
        self._names = {_keyed(name): name for name in known}
        self._max_rows = max_rows
        self._lines = iter(text)
        self._before = 0  # lines before the first row
        self.separator, self.columns = self._header()

    @property
    def separator_name(self) -> str:
        return _SEPARATORS[self.separator]

    def _header(self) -> tuple[str, list[str]]:
        said = ""
        for line in (each.lstrip("\ufeff") for each in self._lines):
            self._before += 1
            bare = line.strip().strip(",;|").strip('"')
            if not bare:
                if self._before > _BLANK_LINES:
                    break
                continue
            if not said and bare.casefold().startswith("sep="):
                said = _said(line)
                continue
            return self._named(line, said)
        raise FileUnreadable("the first line must name the columns; missing: all of them")

    def _named(self, line: str, said: str) -> tuple[str, list[str]]:
        best: tuple[int, str, list[str]] = (-1, ",", [])
        for separator in said or _SEPARATORS:
            try:
                cells = next(csv.reader([line], delimiter=separator, strict=True), [])
            except csv.Error:
                continue
            names = _trimmed([cell.strip() for cell in cells])
            names = [self._names.get(_keyed(name), name) for name in names]
            matching = sum(name in self._names.values() for name in names)
            if matching > best[0]:
                best = (matching, separator, names)
        return best[1], best[2]

    def __iter__(self) -> Iterator[Row]:
        width = len(self.columns)
        full = empty = 0
        reader = csv.reader(self._lines, delimiter=self.separator, strict=True)
        try:
            for cells in reader:
                line = reader.line_num + self._before
                if len(cells) > MAX_CELLS:
                    raise FileUnreadable(f"line {line}: over {MAX_CELLS} cells")
                cells = _trimmed([cell.strip() for cell in cells], width)
                if not any(cells):
                    empty += 1
                    if empty > MAX_EMPTY_ROWS:
                        raise FileUnreadable(f"over {MAX_EMPTY_ROWS} empty rows: leave them out")
                    continue
                full += 1
                if full > self._max_rows:
                    raise FileUnreadable(
                        f"over {self._max_rows} rows: send the file in several parts"
                    )
                if len(cells) != width and not self._takes_uneven:
                    raise FileUnreadable(
                        f"line {line}: {len(cells)} cells where the header has {width}; a "
                        f"cell with a {self.separator_name}, a quote or a line break must stand "
                        "in quotes"
                    )
                yield Row(line, tuple(cells))
        except csv.Error as error:
            line = reader.line_num + self._before
            raise FileUnreadable(f"line {line}: not CSV ({error})") from error


def _said(line: str) -> str:
    """The separator stated by a line like `sep=;`, which Excel writes and reads before the
    header."""
    separator = line.strip("\r\n").strip('"')[4:5]
    if separator not in _SEPARATORS:
        known = ", ".join(_SEPARATORS.values())
        raise FileUnreadable(f"sep={separator!r} is not known: take a {known}")
    return separator


def _trimmed(cells: list[str], least: int = 0) -> list[str]:
    """Without empty cells at its end, but with at least `least` cells."""
    while len(cells) > least and not cells[-1]:
        cells.pop()
    return cells
