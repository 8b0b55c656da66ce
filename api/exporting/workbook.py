"""Workbooks (XLSX): a row at a time to the disk, in memory that does not grow."""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from api.exporting.columns import Column, heading
from api.exporting.formats import Layout
from api.exporting.packing import Stream
from core.errors import Refused
from core.events import Bilingual

MOST_ROWS = 1_048_575  # of a worksheet, without its header
_EXACT = 2**53  # Excel's numbers have 15 digits: a longer one stays a text
_CELL_CHARACTERS = 32_767
_BLOCK_BYTES = 1 << 20


class TooManyRows(Refused):
    """More rows than a worksheet holds."""

    code = "too_many_rows"

    def __init__(self) -> None:
        super().__init__(
            f"over {MOST_ROWS} rows, more than a worksheet holds: take csv or parquet, or fewer "
            "days"
        )
        self.explained = Bilingual(
            f"Больше {MOST_ROWS} строк лист Excel не вмещает: возьмите CSV или Parquet "
            "либо меньше дней.",
            f"A worksheet holds at most {MOST_ROWS} rows: take CSV or Parquet, or fewer days.",
        )


class _Sheet:
    def __init__(self, file: Path, columns: Sequence[Column], layout: Layout) -> None:
        self._book = xlsxwriter.Workbook(
            str(file),
            # Its own files are as large as the workbook; the system's folder may be memory.
            {"constant_memory": True, "strings_to_formulas": False, "tmpdir": str(file.parent)},
        )
        self._sheet = self._book.add_worksheet()
        self._kinds = [each.kind for each in columns]
        self._formats = {
            "time": self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            "day": self._book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        self._sheet.freeze_panes(1, 0)
        for place, each in enumerate(columns):
            self._sheet.write_string(0, place, heading(each, layout))
        self.rows = 0

    def add(self, lines: Sequence[bytes]) -> None:
        """Rows as JSON arrays; raises TooManyRows."""
        for line in lines:
            if self.rows == MOST_ROWS:
                raise TooManyRows
            self.rows += 1
            for place, value in enumerate(json.loads(line)):
                if value is not None:
                    self._write(place, value)

    def _write(self, place: int, value: Any) -> None:
        kind = self._kinds[place]
        if kind in self._formats:
            self._sheet.write_datetime(
                self.rows, place, datetime.fromisoformat(value), self._formats[kind]
            )
        elif isinstance(value, bool):
            self._sheet.write_boolean(self.rows, place, value)
        elif isinstance(value, int | float) and abs(value) < _EXACT:
            self._sheet.write_number(self.rows, place, value)
        else:
            self._sheet.write_string(self.rows, place, str(value)[:_CELL_CHARACTERS])

    def close(self) -> None:
        self._book.close()


async def write(stream: Stream, file: Path, columns: Sequence[Column], layout: Layout) -> int:
    """Writes the stream's rows, JSON arrays a line each, as a workbook; returns how many.

    Raises TooManyRows, and ExportFailed if the stream breaks off: the file is then no workbook.
    """
    sheet = await asyncio.to_thread(_Sheet, file, columns, layout)
    try:
        pending = b""
        async for piece in stream.chunks():
            pending += piece
            if len(pending) >= _BLOCK_BYTES:
                *lines, pending = pending.split(b"\n")
                await asyncio.to_thread(sheet.add, lines)
        await asyncio.to_thread(sheet.add, [line for line in pending.split(b"\n") if line])
    finally:
        await asyncio.to_thread(sheet.close)
    return sheet.rows
