"""Codes as a CSV: its columns, and what a row states. Pure."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError

from bots.modules.promo.codes import Code, PromoDraft
from core import csv_rows
from core.csv_readings import Dates, Encoding
from core.csv_rows import CellProblem, FileRow, Layout, RowsFile
from core.csv_text import safe
from core.money import known_currency
from core.shop.catalogue_csv import cells
from core.zones import day_start, zone

MAX_BYTES = 8 * 1024 * 1024
COLUMNS = (
    "code",
    "kind",
    "value",
    "currency",
    "gift",
    "most_uses",
    "per_buyer",
    "first_order",
    "customer",
    "starts",
    "ends",
    "least",
    "products",
    "categories",
    "together",
    "active",
    "note",
)
_LAYOUT = Layout({name: name for name in COLUMNS}, ("code",), ("starts", "ends"), MAX_BYTES)
_BETWEEN = "|"
_OF_VARIANT = "/"
_LAST_YEAR = 2200
_KINDS = {
    "процент": "percent",
    "скидка": "percent",
    "сумма": "amount",
    "подарок": "goods",
    "gift": "goods",
    "доставка": "shipping",
}


@dataclass(frozen=True, slots=True)
class Names:
    """The shop's own names: products by SKU; the shop's currency and time zone."""

    products: Mapping[str, int]
    currency: str
    timezone: str


class RowProblem(Exception):
    """A row that cannot be taken; `column` is empty if it is the row as a whole."""

    def __init__(self, column: str, code: str, detail: str) -> None:
        super().__init__(detail)
        self.column, self.code, self.detail = column, code, detail


def read(data: bytes, *, encoding: Encoding | None = None, dates: Dates | None = None) -> RowsFile:
    """As `csv_rows.read`."""
    return csv_rows.read(data, _LAYOUT, encoding=encoding, dates=dates)


def stated(
    row: FileRow, before: Code | None, names: Names, dates: Dates
) -> tuple[PromoDraft, bool]:
    """The code that a row states, and whether it is on; what the file has no column for is as it is
    `before`, or the default. Raises RowProblem."""
    if row.problem is not None:
        raise RowProblem("", row.problem.code, row.problem.detail)
    if before is not None:
        row = _completed(row, before, names.timezone)
    cell = _Cells(row.cells, names, dates)
    kind = cell.of("kind", _kind, "")
    currency = cell.of("currency", _currency, None)
    values: dict[str, Any] = {
        "code": row.cells.get("code", ""),
        "kind": kind or ("goods" if row.cells.get("gift") else "percent"),
        "currency": currency,
        "most_uses": cell.count("most_uses"),
        "most_per_buyer": cell.count("per_buyer", 1),
        "first_order_only": cell.of("first_order", cells.flag_of, False),
        "buyer_no": cell.count("customer"),
        "starts_at": cell.moment("starts"),
        "ends_at": cell.moment("ends", is_end=True),
        "product_ids": cell.of("products", cell.products, ()),
        "category_ids": cell.of("categories", _numbers, ()),
        "is_together": cell.of("together", cells.flag_of, False),
        "note": row.cells.get("note", ""),
    }
    if values["kind"] == "percent":
        values["share_bp"] = cell.of("value", _share, None)
    elif values["kind"] == "amount":
        values["amount_minor"] = cell.amount("value", currency)
    values["least_minor"] = cell.amount("least", currency)
    if values["amount_minor" if values["kind"] == "amount" else "least_minor"] is not None:
        values["currency"] = currency or names.currency
    if row.cells.get("gift"):
        values["gift_product_id"], values["gift_variant_id"] = cell.of("gift", cell.gift, None)
    try:
        draft = PromoDraft(**values)
    except ValidationError as error:
        raise _problem_of(error) from error
    return draft, cell.of("active", cells.flag_of, True)


def _completed(row: FileRow, before: Code, timezone: str) -> FileRow:
    """With the cells that the file has no column for. Of another kind, a value has another meaning:
    the row must state it. Raises RowProblem."""
    inherited = cells_of(before, timezone)
    whole = {**inherited, **row.cells}
    kind = _kind(whole["kind"]) or ("goods" if whole["gift"] else "percent")
    if kind == before.kind:
        return FileRow(row.line, whole)
    whole = {**inherited, "value": "", "gift": "", **row.cells}
    needed = _STATED_BY.get(kind)
    if needed is not None and not whole[needed]:
        raise RowProblem(
            needed,
            f"{needed}_missing",
            f"it was of kind {before.kind}, and {kind} needs its own: write the {needed}",
        )
    return FileRow(row.line, whole)


_STATED_BY = {"percent": "value", "amount": "value", "goods": "gift"}
_COLUMN_OF = {
    "share_bp": "value",
    "amount_minor": "value",
    "least_minor": "least",
    "most_per_buyer": "per_buyer",
    "buyer_no": "customer",
    "first_order_only": "first_order",
    "product_ids": "products",
    "category_ids": "categories",
    "gift_product_id": "gift",
    "gift_variant_id": "gift",
    "starts_at": "starts",
    "ends_at": "ends",
    "is_together": "together",
}


def _problem_of(error: ValidationError) -> RowProblem:
    first = error.errors(include_url=False)[0]
    field = str(first["loc"][0]) if first["loc"] else ""
    return RowProblem(_COLUMN_OF.get(field, field), "cell_invalid", str(first["msg"]))


@dataclass(frozen=True, slots=True)
class _Cells:
    """A row's cells as values; each raises RowProblem with its column."""

    cells: Mapping[str, str]
    names: Names
    dates: Dates

    def of(self, column: str, parse: Callable[[str], Any], default: Any) -> Any:
        cell = self.cells.get(column, "")
        if not cell:
            return default
        try:
            return parse(cell)
        except CellProblem as problem:
            raise RowProblem(column, problem.code, problem.detail) from problem

    def count(self, column: str, default: int | None = None) -> int | None:
        """Of an empty cell the default; `unlimited`: None."""
        found: int | None = self.of(column, cells.stock_of, default)
        return found

    def amount(self, column: str, currency: str | None) -> int | None:
        """In minor units of the currency, the shop's if none is named."""
        code = currency or self.names.currency
        found: int | None = self.of(column, lambda cell: cells.amount_of(cell, code), None)
        return found

    def moment(self, column: str, *, is_end: bool = False) -> datetime | None:
        """By the shop's clock; an end without a time includes its day."""
        timezone = self.names.timezone

        def parse(cell: str) -> datetime:
            moment = cells.moment_of(cell, self.dates, zone(timezone))
            if not is_end or ":" in cell or moment.year > _LAST_YEAR:
                return moment
            day: date = moment.astimezone(zone(timezone)).date()
            return day_start(day + timedelta(days=1), timezone)

        found: datetime | None = self.of(column, parse, None)
        return found

    def products(self, cell: str) -> tuple[int, ...]:
        return tuple(self._product(each.strip()) for each in cell.split(_BETWEEN) if each.strip())

    def gift(self, cell: str) -> tuple[int, int | None]:
        """A product, or `<product>/<variant's number>`."""
        if cell in self.names.products:
            return self.names.products[cell], None
        product, slash, variant = cell.rpartition(_OF_VARIANT)
        if not slash:
            return self._product(cell), None
        return self._product(product.strip()), cells.count_of(variant.strip(), 2**63 - 1)

    def _product(self, name: str) -> int:
        found = self.names.products.get(name)
        if found is not None:
            return found
        if name.isascii() and name.isdigit():
            return cells.count_of(name, 2**63 - 1)
        raise CellProblem("product_unknown", f"{name!r:.40} is no product's number or SKU")


def _numbers(cell: str) -> tuple[int, ...]:
    return tuple(
        cells.count_of(each.strip(), 2**63 - 1) for each in cell.split(_BETWEEN) if each.strip()
    )


def _kind(cell: str) -> str:
    word = cell.casefold()
    return _KINDS.get(word, word)


def _currency(cell: str) -> str:
    try:
        return known_currency(cell.upper())
    except ValueError as error:
        raise CellProblem("currency_unknown", str(error)) from error


def _share(cell: str) -> int:
    """Hundredths of a per cent of `10`, `12.5`, `12,5 %`."""
    written = cell.removesuffix("%").strip().replace(",", ".")
    try:
        share = Decimal(written) * 100
    except InvalidOperation as error:
        raise CellProblem("share_unreadable", f"{cell!r:.40}: write per cent, like 10") from error
    if not share.is_finite() or share != share.to_integral_value() or not 0 < share <= 10_000:
        raise CellProblem(
            "share_unreadable", f"{cell!r:.40}: write per cent above 0 up to 100, like 10 or 12.5"
        )
    return int(share)


def cells_of(code: Code, timezone: str) -> dict[str, str]:
    """A code as the file states it."""
    own, currency = zone(timezone), code.currency or ""
    value = ""
    if code.share_bp is not None:
        value = f"{Decimal(code.share_bp) / 100:f}"
    elif code.amount_minor is not None:
        value = cells.amount_text(code.amount_minor, currency)
    gift = "" if code.gift_product_id is None else str(code.gift_product_id)
    if code.gift_variant_id is not None:
        gift += f"{_OF_VARIANT}{code.gift_variant_id}"
    return {
        "code": code.code,
        "kind": code.kind,
        "value": value,
        "currency": currency,
        "gift": gift,
        "most_uses": cells.count_text(code.most_uses),
        "per_buyer": cells.count_text(code.most_per_buyer),
        "first_order": cells.flag_text(code.first_order_only),
        "customer": "" if code.buyer_no is None else str(code.buyer_no),
        "starts": cells.moment_text(code.starts_at, own),
        "ends": cells.moment_text(code.ends_at, own),
        "least": "" if code.least_minor is None else cells.amount_text(code.least_minor, currency),
        "products": _BETWEEN.join(map(str, code.product_ids)),
        "categories": _BETWEEN.join(map(str, code.category_ids)),
        "together": cells.flag_text(code.is_together),
        "active": cells.flag_text(code.is_active),
        "note": code.note,
    }


def text_of(codes: Iterable[Code], timezone: str) -> str:
    """All of them as CSV (RFC 4180), which states the same again when it is read."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for code in codes:
        row = cells_of(code, timezone)
        writer.writerow([safe(row[column]) for column in COLUMNS])
    return file.getvalue()
