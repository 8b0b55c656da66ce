"""How a file writes amounts and dates. It is never guessed: it is stated, or only one reading is
possible.

An amount's decimals follow a point, `1290.50`, or a comma, `1 290,50`. A date is ISO 8601, or has
day, month and year with points or slashes. Pure.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

Encoding: TypeAlias = Literal["utf-8", "windows-1251", "utf-16", "utf-16-le", "utf-16-be"]
Decimals: TypeAlias = Literal[".", ","]
Dates: TypeAlias = Literal["iso", "dd.mm.yyyy", "dd/mm/yyyy", "mm/dd/yyyy"]

_SPACES = " \u00a0\u202f\u2009"  # between thousands
_WITH_COMMA = re.compile(
    rf"(\d+|\d{{1,3}}([{_SPACES}]\d{{3}})+|\d{{1,3}}(\.\d{{3}})+)(,\d+)?", re.A
)
_WITH_POINT = re.compile(r"(\d+|\d{1,3}(,\d{3})+(?=\.))(\.\d*)?|\.\d+", re.A)
# Three digits may be a thousands group as well as decimals, so they prove nothing.
_PROVES_COMMA = re.compile(rf"[\d{_SPACES}.]*\d,(\d{{1,2}}|\d{{4,}})", re.A)
_PROVES_POINT = re.compile(r"[\d,]*\d\.(\d{1,2}|\d{4,})|\d{1,3}(,\d{3})+\.\d+", re.A)
_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ].*)?", re.A)
_NUMBERS = re.compile(
    r"(\d{1,2})([./])(\d{1,2})\2(\d{4})"
    r"(?:(?:[T ]|, ?)(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,]\d{1,6})?)?)?"
    r" ?(Z|[+-]\d\d:?\d\d)?",
    re.A,
)


@dataclass(frozen=True, slots=True)
class Stated:
    """What the caller states about the file; None: determined from the file."""

    decimal: Decimals | None = None
    dates: Dates | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read. ISO 8601 is always accepted, whatever `dates` says."""

    decimal: Decimals = "."
    dates: Dates = "iso"
    is_decimal_stated: bool = False

    def amount(self, text: str) -> str | None:
        """Digits with a point, or None if it is not an amount in this reading."""
        if self.decimal == ".":
            found = _WITH_POINT.fullmatch(text)
            return text.replace(",", "") if found else None
        found = _WITH_COMMA.fullmatch(text)
        if not found or ("." in text and "," not in text):
            return None
        return re.sub(rf"[{_SPACES}.]", "", text).replace(",", ".")

    def is_doubtful(self, text: str, digits: int) -> bool:
        """Whether three digits after the separator may also be a thousands group, in a currency of
        `digits` decimals, and nothing is stated."""
        if self.is_decimal_stated or self.decimal == ".":
            return False
        return digits < 3 and re.fullmatch(r"\d{1,3},\d{3}", text, re.A) is not None

    def moment(self, text: str) -> datetime:
        """The moment, aware if the text has an offset; raises ValueError."""
        if _ISO.fullmatch(text):
            return datetime.fromisoformat(text)
        found = _NUMBERS.fullmatch(text)
        if self.dates == "iso" or found is None or found[2] != self.dates[2]:
            raise ValueError(f"not as {self.dates}")
        first, second = int(found[1]), int(found[3])
        day, month = (second, first) if self.dates.startswith("mm") else (first, second)
        hour, minute, seconds = (int(part or 0) for part in found.group(5, 6, 7))
        offset = (found[8] or "").replace("Z", "+00:00")
        return datetime.fromisoformat(
            f"{found[4]}-{month:02}-{day:02}T{hour:02}:{minute:02}:{seconds:02}{offset}"
        )


@dataclass(slots=True)
class Evidence:
    """What the cells of a file prove."""

    commas: bool = False
    points: bool = False
    iso: bool = False
    kinds: set[str] = field(default_factory=set)  # of dates that are not ISO: "." and "/"
    first_is_day: bool = False  # a first number over 12
    second_is_day: bool = False

    def see_amount(self, text: str) -> None:
        if "," in text and _PROVES_COMMA.fullmatch(text):
            self.commas = True
        elif "." in text and _PROVES_POINT.fullmatch(text):
            self.points = True

    def see_moment(self, text: str) -> None:
        if _ISO.fullmatch(text):
            self.iso = True
        elif found := _NUMBERS.fullmatch(text):
            self.kinds.add(found[2])
            self.first_is_day |= int(found[1]) > 12
            self.second_is_day |= int(found[3]) > 12

    def reading(self, stated: Stated) -> Reading:
        """What is stated, or else the one reading that all cells allow."""
        decimal = stated.decimal or ("," if self.commas and not self.points else ".")
        return Reading(
            decimal,
            stated.dates or self._dates(),
            is_decimal_stated=stated.decimal is not None,
        )

    def _dates(self) -> Dates:
        if self.iso or len(self.kinds) != 1:
            return "iso"
        if self.kinds == {"."}:  # nobody writes the month first with points
            return "iso" if self.second_is_day else "dd.mm.yyyy"
        if self.first_is_day == self.second_is_day:
            return "iso"
        return "dd/mm/yyyy" if self.first_is_day else "mm/dd/yyyy"

    def advice_on_amounts(self) -> str:
        """What to do about a refused amount; empty if nothing is ambiguous."""
        if self.commas and self.points:
            return "the file has decimals behind commas and behind points: write them one way"
        return "if the comma stands before the decimals, add ?decimal=, to the address"

    def advice_on_moments(self) -> str:
        if self.iso and self.kinds:
            return "the file writes dates in more than one way: add ?dates=dd.mm.yyyy if that is it"
        return (
            "or say how the file writes dates, as in ?dates=dd.mm.yyyy (dd/mm/yyyy and mm/dd/yyyy "
            "are known)"
        )
