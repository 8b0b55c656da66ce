"""Cells of the catalogue's file and the values that they stand for, in both directions. Pure."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Final

from core.csv_readings import Dates, Reading
from core.csv_rows import CellProblem
from core.money import Money, exponent
from core.shop.pricing import ProductKind

MOST_MINOR = 2**63 - 1
MOST_COUNT = 2**31 - 1
MOST_PLACES = 999_999_999
UNLIMITED = "unlimited"
_UNLIMITED = {UNLIMITED, "∞", "без ограничений", "неограниченно"}
_YES, _NO = {"yes", "true", "1", "да", "истина"}, {"no", "false", "0", "нет", "ложь"}
_KINDS: Final[dict[str, ProductKind]] = {
    "physical": "physical",
    "digital": "digital",
    "service": "service",
    "физический": "physical",
    "цифровой": "digital",
    "услуга": "service",
}
_SPACES = " \u00a0\u202f\u2009"
_AMOUNT = re.compile(r"(.*?)(?:([.,])(\d*))?", re.A | re.S)
_WHOLE = re.compile(rf"\d+|\d{{1,3}}([{_SPACES}.,])\d{{3}}(\1\d{{3}})*|", re.A)
_COUNT = re.compile(rf"(\d+|\d{{1,3}}(?:[{_SPACES}]\d{{3}})+)(?:[.,]0+)?", re.A)
_SEPARATOR = re.compile(r"\\[\\>]|>")


def path_text(titles: Sequence[str]) -> str:
    """Categories from the top down, as in `Drinks > Tea`."""
    return " > ".join(each.replace("\\", "\\\\").replace(">", "\\>") for each in titles)


def path_of(cell: str) -> tuple[str, ...]:
    """The titles of a path, none for an empty cell; a title's own `>` is written `\\>`. Raises
    CellProblem."""
    if not cell:
        return ()
    ends = [found.start() for found in _SEPARATOR.finditer(cell) if found[0] == ">"]
    parts = [cell[begin:end] for begin, end in zip([0, *[e + 1 for e in ends]], [*ends, len(cell)])]
    titles = tuple(re.sub(r"\\([\\>])", r"\1", part.strip()) for part in parts)
    for title in titles:
        if not 1 <= len(title) <= 64:
            raise CellProblem(
                "category_unreadable",
                "write categories from the top down as in Drinks > Tea, each of 1 to 64 characters",
            )
    return titles


def amount_text(amount_minor: int | None, currency: str) -> str:
    """In the main unit, with the currency's decimals; empty for None."""
    return "" if amount_minor is None else str(Money(amount_minor, currency).major)


def amount_of(cell: str, currency: str) -> int:
    """Minor units of `1290.50`, `1290,50` or `1 290,50`.

    The last separator stands before the decimals, of which there are as many as the currency has.
    Raises CellProblem.
    """
    digits = exponent(currency)
    found = _AMOUNT.fullmatch(cell)
    whole, sign, decimals = (found[1], found[2], found[3] or "") if found else (cell, None, "")
    is_whole = _WHOLE.fullmatch(whole) and not (sign and sign in whole)
    if not is_whole or not (whole or decimals):
        raise CellProblem("amount_unreadable", f"{cell!r:.40} is no amount: write it like 1290.50")
    if len(decimals) > digits and not (digits == 0 and decimals in ("0", "00")):
        raise CellProblem(
            "amount_unreadable",
            f"{cell!r:.40}: {currency} has {digits} decimals. Write 1234 for thousands, "
            + ("no decimals" if digits == 0 else f"{1234.5:.{digits}f} for decimals"),
        )
    minor: int = int(re.sub(r"\D", "", whole) or 0) * 10**digits
    minor += int(decimals.ljust(digits, "0") or 0) if digits else 0
    if minor > MOST_MINOR:
        raise CellProblem("amount_unreadable", f"{cell!r:.40} is too large")
    return minor


def count_text(count: int | None) -> str:
    return UNLIMITED if count is None else str(count)


def place_of(cell: str) -> int:
    """A position in the owner's order. Raises CellProblem."""
    return count_of(cell, MOST_PLACES)


def count_of(cell: str, most: int = MOST_COUNT) -> int:
    """A whole number, with or without spaces between thousands. Raises CellProblem."""
    found = _COUNT.fullmatch(cell)
    if found is None or len(cell) > 20:
        raise CellProblem("number_unreadable", f"{cell!r:.40} is not a whole number from 0")
    count = int(re.sub(r"\D", "", found[1]))
    if count > most:
        raise CellProblem("number_unreadable", f"{cell!r:.40} is over {most}")
    return count


def stock_of(cell: str) -> int | None:
    """None where it is unlimited. Raises CellProblem."""
    if cell.casefold() in _UNLIMITED:
        return None
    try:
        return count_of(cell)
    except CellProblem as problem:
        raise CellProblem(
            "number_unreadable", f"{problem.detail}; write {UNLIMITED} if it has no limit"
        ) from problem


def flag_text(flag: bool) -> str:
    return "yes" if flag else "no"


def flag_of(cell: str) -> bool:
    """Raises CellProblem."""
    word = cell.casefold()
    if word not in _YES | _NO:
        raise CellProblem("flag_unreadable", f"{cell!r:.40}: write yes or no")
    return word in _YES


def kind_of(cell: str) -> ProductKind:
    """Raises CellProblem."""
    kind = _KINDS.get(cell.casefold())
    if kind is None:
        raise CellProblem(
            "kind_unreadable", f"{cell!r:.40}: write one of physical, digital, service"
        )
    return kind


def moment_text(moment: datetime | None, zone: tzinfo) -> str:
    """ISO 8601 in the shop's time zone, with its offset; empty for None."""
    if moment is None:
        return ""
    try:
        return moment.astimezone(zone).isoformat()
    except OverflowError:  # the year 1 or 9999
        return moment.isoformat()


def moment_of(cell: str, dates: Dates, zone: tzinfo) -> datetime:
    """In UTC; a time without an offset is in the shop's time zone. Raises CellProblem."""
    try:
        moment = Reading(dates=dates).moment(cell)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise CellProblem(
            "moment_unreadable",
            f"{cell!r:.40}: write it like 2026-12-31 or 2026-12-31T10:00, or say how the file "
            "writes dates, as in dates=dd.mm.yyyy",
        ) from error
