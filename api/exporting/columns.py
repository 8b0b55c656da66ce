"""Columns of exports: what they are called and how each format writes their values.

Every row goes through ClickHouse's own formatting, so a column is an SQL expression over the row
`e` of its table, and this says how that is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from api.exporting.formats import Layout
from core.csv_text import FORMULA_STARTS
from core.errors import Refused
from core.events import Bilingual

Kind = Literal["text", "whole", "decimal", "number", "time", "day", "truth"]

_FORMULA_STARTS = "".join(
    {"\t": r"\t", "\r": r"\r", "-": r"\\-"}.get(char, char) for char in sorted(FORMULA_STARTS)
)
# As `core.csv_text.safe`, which quotes a quote as well so that it can be reversed.
_IS_FORMULA = rf"'^[{_FORMULA_STARTS}\']'"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `title` is its heading for people, `is_personal` marks what only owners may see.

    `source` is its SQL in the table's own store, empty for a column of that name. A `decimal` is
    exact, for money in main units; a `time` is a moment in UTC.
    """

    name: str
    kind: Kind
    title: Bilingual
    source: str = ""
    is_personal: bool = False


def column(
    name: str, kind: Kind, ru: str, en: str, source: str = "", *, personal: bool = False
) -> Column:
    """A column, in one line."""
    return Column(name, kind, Bilingual(ru, en), source, personal)


def written(each: Column, value: str, layout: Layout, shift: str | None) -> str:
    """SQL of what a file has of `value`; `shift` is SQL of the offset of the shop's clock from UTC
    in seconds, None for a table in UTC.

    CSV is for spreadsheets: its texts never run as formulas, and its times are those of the shop's
    clock with their offset. A workbook's times have no offset.
    """
    if layout.file_format == "xlsx" and each.kind == "time":
        local = value if shift is None else f"addSeconds({value}, {shift})"
        return f"formatDateTime({local}, '%Y-%m-%d %H:%i:%S')"
    if layout.file_format != "csv":
        return value
    if each.kind == "text":
        return f"if(match({value}, {_IS_FORMULA}), concat('\\'', {value}), {value})"
    if each.kind in ("decimal", "number") and layout.decimal == "comma":
        return f"replaceOne(toString({value}), '.', ',')"
    if each.kind == "time" and shift is not None:
        return clock_of(value, shift)
    return value


def clock_of(moment: str, shift: str) -> str:
    """SQL of the shop's local time with its offset from UTC: 2026-01-31T12:00:00+03:00."""
    return f"""concat(
        formatDateTime(addSeconds({moment}, {shift}), '%Y-%m-%dT%H:%i:%S'),
        if({shift} < 0, '-', '+'), leftPad(toString(intDiv(abs({shift}), 3600)), 2, '0'),
        ':', leftPad(toString(intDiv(abs({shift}), 60) % 60), 2, '0')
    )"""


def heading(each: Column, layout: Layout) -> str:
    """The column's name in the file."""
    if layout.headings == "names" or layout.file_format not in ("csv", "xlsx"):
        return each.name
    return each.title.ru if layout.headings == "ru" else each.title.en


def seen(columns: Sequence[Column], *, with_people: bool) -> list[Column]:
    """Those that a visitor may see."""
    return [each for each in columns if with_people or not each.is_personal]


class ColumnUnknown(Refused):
    """The table has no such column, or none that this visitor may see."""

    code = "export_column_unknown"


def picked(columns: Sequence[Column], names: Sequence[str]) -> list[Column]:
    """Those that are named, in that order; all if none are. Raises ColumnUnknown."""
    if not names:
        return list(columns)
    known = {each.name: each for each in columns}
    if missing := [name for name in names if name not in known]:
        raise ColumnUnknown(f"no column {missing[0]!r:.80}: there are {', '.join(known)}")
    return [known[name] for name in names]


def identifier(name: str) -> str:
    """A name as SQL of ClickHouse."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
