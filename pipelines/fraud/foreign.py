"""Transactions from other systems: columns under any names, as text or typed, converted or refused.

Ids are text, taken literally: `007` is not `7`. Nothing is guessed: a cell that is ambiguous is
refused with its row, counted from 1 after the header.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import polars as pl

from core.errors import Refused
from pipelines.fraud.transactions import ADDED, COLUMNS

Dates = Literal["iso", "dd.mm.yyyy", "dd/mm/yyyy", "mm/dd/yyyy"]
Decimal = Literal[".", ","]

_FIRST, _LAST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_SHOWN = 5
_MOMENT = pl.Datetime("us", "UTC")
_UNITS = {"s": 1_000_000, "ms": 1_000, "us": 1}  # microseconds; nanoseconds are no exact floats
_ORDERS: dict[Dates, str] = {
    "dd.mm.yyyy": "%d.%m.%Y",
    "dd/mm/yyyy": "%d/%m/%Y",
    "mm/dd/yyyy": "%m/%d/%Y",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """How text is to be read."""

    decimal: Decimal = "."
    dates: Dates = "iso"


_AS_ISO = Reading()


def read_as(
    frame: pl.DataFrame, columns: Mapping[str, str], how: Reading = _AS_ISO
) -> pl.DataFrame:
    """The scorer's `COLUMNS` with their types made right, and after them all other columns.

    `columns` says which column is the `entity`, `time`, `amount` and `counterparty` (the last one
    may be left out). Times may be dates, moments, text in ISO 8601 (UTC unless it says otherwise)
    or numbers of seconds, milliseconds or microseconds since 1970, all of a file in one unit.
    Raises Refused that says what is wrong, in which rows, and what to do.
    """
    _check_names(frame, columns)
    taken = {name: _taken(frame, name, column, how) for name, column in columns.items()}
    if "counterparty" not in columns:
        taken["counterparty"] = pl.Series([None], dtype=pl.String).new_from_index(0, frame.height)
    others = frame.drop(set(columns.values()))
    return pl.DataFrame({name: taken[name] for name in COLUMNS}).hstack(others)


def _check_names(frame: pl.DataFrame, columns: Mapping[str, str]) -> None:
    unknown = sorted(set(columns) - set(COLUMNS))
    if unknown:
        raise Refused(f"{', '.join(unknown)} is no part of a transaction: map {', '.join(COLUMNS)}")
    absent = [name for name in COLUMNS[:3] if name not in columns]
    if absent:
        raise Refused(f"say which column is the {absent[0]}: for example {absent[0]}=NAME")
    for name, column in columns.items():
        if column not in frame.columns:
            raise Refused(
                f"there is no column {column} for {name}; the file has {', '.join(frame.columns)}"
                + (" (another --delimiter?)" if len(frame.columns) == 1 else "")
            )
    doubled = sorted((set(frame.columns) - set(columns.values())) & {*COLUMNS, *ADDED})
    if doubled:
        raise Refused(f"the file has columns of its own that scores need: rename {doubled[0]}")


def _taken(frame: pl.DataFrame, name: str, column: str, how: Reading) -> pl.Series:
    given = frame[column]
    if name == "time":
        made, advice = _moment(given, how.dates), _time_advice(how.dates)
    elif name == "amount":
        made, advice = _number(given, how.decimal), "amounts are numbers (--decimal , for 1,50)"
    else:
        made, advice = given.cast(pl.String), "an id is wanted"
        made = made.to_frame().select(pl.when(pl.col(column) != "").then(column)).to_series()
    if name != "counterparty" and made.null_count():
        _refuse(name, given, made.is_null(), advice)
    return made.alias(name)


def _time_advice(dates: Dates) -> str:
    asked = "ISO 8601 (or say --dates dd.mm.yyyy)" if dates == "iso" else dates
    return f"times are moments, {asked} or seconds since 1970, from 1990 to 2100"


def _refuse(name: str, given: pl.Series, wrong: pl.Series, advice: str) -> None:
    rows = wrong.arg_true()
    shown = ", ".join(f"row {row + 1}: {given[row]!r}" for row in rows[:_SHOWN].to_list())
    raise Refused(
        f"{len(rows)} of {len(given)} rows have no {name} that can be read in column "
        f"{given.name} ({shown}{', …' if len(rows) > _SHOWN else ''}): {advice}"
    )


def _moment(given: pl.Series, dates: Dates) -> pl.Series:
    kind = given.dtype
    if kind == pl.String:
        return _of_text(given.str.strip_chars(), dates)
    if kind.is_numeric():
        return _since_1970(given.cast(pl.Float64))
    if kind == pl.Date or (isinstance(kind, pl.Datetime) and kind.time_zone is None):
        return _plausible(given.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"))
    if isinstance(kind, pl.Datetime):
        return _plausible(given.dt.convert_time_zone("UTC").dt.cast_time_unit("us"))
    raise Refused(
        f"column {given.name} is {kind}: times are moments, ISO text or seconds since 1970"
    )


def _of_text(given: pl.Series, dates: Dates) -> pl.Series:
    numbers = given.cast(pl.Float64, strict=False)
    if numbers.null_count() < given.len() and dates == "iso":
        since = _since_1970(numbers)
        if not numbers.null_count():
            return since
    else:
        since = pl.Series(given.name, [None], dtype=_MOMENT).new_from_index(0, given.len())
    day = "%Y-%m-%d" if dates == "iso" else _ORDERS[dates]
    text = pl.col("text")
    zoned = [
        text.str.to_datetime(f"{day} {clock}%#z", time_unit="us", time_zone="UTC", strict=False)
        for clock in ("%H:%M:%S%.f", "%H:%M")
    ]
    plain = [
        text.str.to_datetime(f"{day} {clock}", time_unit="us", strict=False).dt.replace_time_zone(
            "UTC"
        )
        for clock in ("%H:%M:%S%.f", "%H:%M")
    ]
    whole = text.str.to_date(day, strict=False).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    # One blank in place of the T, and +00:00 for Z, so that few forms are left.
    tidy = pl.DataFrame({"text": given, "since": since}).with_columns(
        text.str.replace(r"^(\S+)[Tt](\d)", "${1} ${2}").str.replace("[Zz]$", "+00:00")
    )
    return _plausible(tidy.select(pl.coalesce("since", *zoned, *plain, whole)).to_series())


def _since_1970(numbers: pl.Series) -> pl.Series:
    """Moments of numbers that are all in one unit; null where they are in no or in another one."""
    first, last = _FIRST.timestamp() * 1e6, _LAST.timestamp() * 1e6
    best = pl.Series(numbers.name, [None], dtype=_MOMENT).new_from_index(0, numbers.len())
    for factor in _UNITS.values():
        scaled = numbers * factor
        fits = scaled.is_between(first, last)
        made = scaled.set(~fits.fill_null(False), None).cast(pl.Int64).cast(_MOMENT)
        if made.null_count() < best.null_count():
            best = made
    return best


def _plausible(moments: pl.Series) -> pl.Series:
    shown = pl.when(pl.col("time").is_between(_FIRST, _LAST)).then("time")
    return moments.to_frame("time").select(shown).to_series()


def _number(given: pl.Series, decimal: Decimal) -> pl.Series:
    if given.dtype == pl.String:
        text = given.str.strip_chars().str.replace_all("[\u00a0\u202f ]", "")
        if decimal == ",":
            text = (
                text.to_frame("n")
                .select(
                    pl.when(~pl.col("n").str.contains(".", literal=True)).then(
                        pl.col("n").str.replace(",", ".", literal=True)
                    )
                )
                .to_series()
            )
        number = text.cast(pl.Float64, strict=False)
    elif given.dtype.is_numeric():
        number = given.cast(pl.Float64)
    else:
        raise Refused(f"column {given.name} is {given.dtype}: amounts are numbers")
    return number.set(~number.is_finite().fill_null(False), None)


_LABELS = {"1": 1, "true": 1, "yes": 1, "0": 0, "false": 0, "no": 0}


def labels_of(frame: pl.DataFrame, column: str) -> pl.Series:
    """A column that says which transactions were fraud: 1 or 0, true or false, yes or no; null
    where it is empty. Raises Refused."""
    if column not in frame.columns:
        raise Refused(
            f"there is no column {column} with labels; the file has {', '.join(frame.columns)}"
        )
    given = frame[column]
    text = given.cast(pl.Int64) if given.dtype == pl.Boolean else given
    text = text.cast(pl.String).str.strip_chars().str.to_lowercase().str.strip_suffix(".0")
    made = text.replace_strict(_LABELS, default=None, return_dtype=pl.Int64)
    wrong = made.is_null() & text.is_not_null() & (text != "")
    if wrong.any():
        _refuse("label", given, wrong, "labels are 1 or 0, true or false, or empty if not known")
    if made.null_count() == len(made):
        raise Refused(f"column {column} has no labels: they are 1 or 0, or leave out --labels")
    return made.alias("label")
