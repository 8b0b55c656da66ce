"""Past orders from a CSV file: one row a line of an order.

Pure: text in, orders and problems out. Money is in the currency's main unit, as in "1290.50", and
becomes whole minor units exactly.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import TypeAlias

from pydantic import BaseModel

from core.csv_readings import Evidence, Reading, Stated
from core.csv_text import FileUnreadable, Table
from core.money import exponent, known_currency
from ingestion.buyers import Identity
from ingestion.incoming import MAX_MINOR, moment_problem

MAX_ROWS = 200_000
MAX_LINES = 100  # of one order
_MAX_LENGTH = 64
_MAX_CELL = 256  # longer cells are cut off: no column accepts as much

_NEEDED = ("order_id", "created_at", "currency", "product_id", "quantity", "unit_price")
_ONE_OF = ("customer_id", "telegram_id")
_OPTIONAL = (
    *("variant_id", "paid_at", "total", "tax", "shipping", "refunded_at", "refunded_amount"),
)
_AMOUNTS = ("unit_price", "total", "tax", "shipping", "refunded_amount")
_MOMENTS = ("created_at", "paid_at", "refunded_at")
COLUMNS = (*_NEEDED, *_ONE_OF, *_OPTIONAL)
# Columns with the same value on each row of an order.
_OF_THE_ORDER = tuple(
    name for name in COLUMNS if name not in {"product_id", "quantity", "unit_price", "variant_id"}
)


class RowProblem(BaseModel):
    """A problem of a row; its whole order is left out. `line` counts from 1, the header."""

    line: int
    order_id: str
    column: str
    message: str


class _Wrong(Exception):
    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column
        self.message = message


@dataclass(frozen=True, slots=True)
class PastLine:
    """A quantity of a product; `amount_minor` is for all of them."""

    product_id: str
    variant_id: str | None
    quantity: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class PastOrder:
    """An order in its final state. `total_minor` is what was to be paid; a refund may be
    partial."""

    order_id: str
    customer: Identity
    created_at: datetime
    paid_at: datetime | None
    currency: str
    lines: tuple[PastLine, ...]
    total_minor: int
    tax_minor: int
    shipping_minor: int
    refunded_at: datetime | None
    refunded_minor: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of a time, and the zone of times without an offset, if there is one."""

    now: datetime
    keep: timedelta
    zone: tzinfo | None = None

    def within(self, moment: datetime, column: str, not_before: datetime | None = None) -> datetime:
        """In UTC. Of a local time that occurred twice, when clocks were set back, the first that
        does not lie before `not_before`.

        Raises _Wrong.
        """
        if moment.tzinfo is None:
            if self.zone is None:
                raise _Wrong(
                    column,
                    "the time has no offset from UTC: write 2026-01-31T12:00:00+03:00, or add "
                    "?timezone=Europe/Moscow to the address",
                )
            moment = moment.replace(tzinfo=self.zone)
        try:
            moment = _first_reading(moment, not_before)
            wrong = moment_problem(moment, self.now, self.keep, imports=True)
        except OverflowError:  # the year 1 or 9999, beyond the range of UTC datetimes
            wrong = "is no moment that anything could have happened at"
        if wrong:
            raise _Wrong(column, wrong)
        return moment


def _first_reading(moment: datetime, not_before: datetime | None) -> datetime:
    """In UTC; raises OverflowError for a time outside of the range."""
    first, second = (moment.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if not_before is not None and first < not_before <= second:
        return second
    return first


_Rows: TypeAlias = list[tuple[int, dict[str, str]]]


@dataclass(slots=True)
class OrdersFile:
    """Reads a file twice: first to determine how it writes amounts and dates, and where each order
    ends; then its orders, each complete wherever its rows are.

    `rows` is how many rows have been read so far.
    """

    text: Iterable[str]
    bounds: Bounds
    stated: Stated = Stated()
    rows: int = 0
    reading: Reading = Reading()
    separator: str = ","
    _evidence: Evidence = field(default_factory=Evidence)
    _rows_of: Counter[str] = field(default_factory=Counter)

    def __iter__(self) -> Iterator[PastOrder | RowProblem]:
        """Orders and problems in the order in which they end in the file; raises FileUnreadable."""
        self._look()
        self.reading = self._evidence.reading(self.stated)
        open_orders: dict[str, _Rows] = {}
        self.rows = 0
        for line, row in self._read():
            self.rows += 1
            name = row["order_id"]
            rows = open_orders.setdefault(name, [])
            rows.append((line, row))
            if len(rows) == self._rows_of[name]:
                yield from self._order(open_orders.pop(name))

    def _look(self) -> None:
        for line, row in self._read():
            for column in _AMOUNTS:
                self._evidence.see_amount(row[column])
            for column in _MOMENTS:
                self._evidence.see_moment(row[column])
            self._rows_of[row["order_id"]] += 1
            if row["order_id"] and self._rows_of[row["order_id"]] > MAX_LINES:
                raise FileUnreadable(f"line {line}: an order has over {MAX_LINES} lines")
        # Rows without an order's name belong to no order: each is reported by itself.
        if "" in self._rows_of:
            self._rows_of[""] = 1

    def _read(self) -> Iterator[tuple[int, dict[str, str]]]:
        table = Table(self.text, COLUMNS, MAX_ROWS)
        _check_header(table.columns)
        self.separator = table.separator
        places = [
            (name, table.columns.index(name) if name in table.columns else None) for name in COLUMNS
        ]
        for row in table:
            yield (
                row.line,
                {name: "" if at is None else row.cells[at][:_MAX_CELL] for name, at in places},
            )

    def _order(self, gathered: _Rows) -> Iterator[PastOrder | RowProblem]:
        line, first = gathered[0]
        problems: list[RowProblem] = []
        lines: list[PastLine] = []
        try:
            name = _name(first, "order_id")
            currency = _currency(first)
        except _Wrong as wrong:
            yield _problem(line, first["order_id"][:_MAX_LENGTH], wrong)
            return
        for line, row in gathered:
            try:
                _check_same(first, row)
                lines.append(self._line(row, currency))
            except _Wrong as wrong:
                problems.append(_problem(line, name, wrong))
        if not problems:
            line = gathered[0][0]
            try:
                yield self._whole(name, currency, first, tuple(lines))
            except _Wrong as wrong:
                problems.append(_problem(line, name, wrong))
        yield from problems

    def _line(self, row: Mapping[str, str], currency: str) -> PastLine:
        quantity = _whole_number(row, "quantity", 1_000_000)
        amount = self._money(row, "unit_price", currency) * quantity
        if amount > MAX_MINOR:
            raise _Wrong("unit_price", "is impossibly large: check it")
        variant = _name(row, "variant_id") if row["variant_id"] else None
        return PastLine(_name(row, "product_id"), variant, quantity, amount)

    def _moment(
        self, row: Mapping[str, str], column: str, not_before: datetime | None = None
    ) -> datetime:
        try:
            moment = self.reading.moment(row[column])
        except ValueError as error:
            advice = self._evidence.advice_on_moments()
            raise _Wrong(
                column, f"write the time like 2026-01-31T12:00:00+03:00; {advice}"
            ) from error
        return self.bounds.within(moment, column, not_before)

    def _money(self, row: Mapping[str, str], column: str, currency: str) -> int:
        """Minor units of an amount like 1290.50; raises _Wrong."""
        digits, text = exponent(currency), row[column]
        advice = f"write the amount like {Decimal(129050).scaleb(-digits)}"
        if self.reading.is_doubtful(text, digits):
            raise _Wrong(
                column,
                f"{advice}: three digits may be thousands; if they are decimals, add ?decimal=, "
                "to the address",
            )
        plain = self.reading.amount(text)
        if plain is None:
            doubt = f"; {self._evidence.advice_on_amounts()}" if "," in text else ""
            raise _Wrong(
                column,
                f"{advice}: digits and a point, without a sign, spaces or currency{doubt}",
            )
        amount = Decimal(plain).scaleb(digits)
        if amount != amount.to_integral_value():
            raise _Wrong(column, f"{currency} has {digits} digits after the point")
        if amount > MAX_MINOR:
            raise _Wrong(column, "is impossibly large: check it")
        return int(amount)

    def _whole(
        self, name: str, currency: str, row: Mapping[str, str], lines: tuple[PastLine, ...]
    ) -> PastOrder:
        created_at = self._moment(row, "created_at")
        paid_at = self._moment(row, "paid_at", created_at) if row["paid_at"] else None
        refunded_at = self._moment(row, "refunded_at", paid_at) if row["refunded_at"] else None
        tax, shipping = (
            self._money(row, column, currency) if row[column] else 0
            for column in ("tax", "shipping")
        )
        total = sum(line.amount_minor for line in lines) + tax + shipping
        if row["total"]:
            total = self._money(row, "total", currency)
        refunded = total if refunded_at else 0
        if row["refunded_amount"]:
            refunded = self._money(row, "refunded_amount", currency)
        if paid_at and paid_at < created_at:
            raise _Wrong("paid_at", "lies before created_at")
        if refunded_at and (paid_at is None or refunded_at < paid_at):
            raise _Wrong("refunded_at", "only a paid order is refunded, and not before it was paid")
        if refunded and not refunded_at:
            raise _Wrong("refunded_at", "is required with refunded_amount")
        if tax + shipping > total:
            raise _Wrong("total", "is below tax and shipping: it is all that was to be paid")
        if refunded > total:
            raise _Wrong("refunded_amount", "is over the order's total")
        customer = _customer(row)
        return PastOrder(
            name,
            customer,
            created_at,
            paid_at,
            currency,
            lines,
            total,
            tax,
            shipping,
            refunded_at,
            refunded,
        )


def _check_header(header: list[str]) -> None:
    missing = [name for name in _NEEDED if name not in header]
    if missing or not any(name in header for name in _ONE_OF):
        wanted = missing or [" or ".join(_ONE_OF)]
        raise FileUnreadable(
            f"the first line must name the columns; missing: {', '.join(wanted)}. Known are "
            f"{', '.join(COLUMNS)}"
        )
    unknown = [name for name in header if name not in COLUMNS]
    if "" in unknown:
        raise FileUnreadable(f"column {header.index('') + 1} of the first line has no name")
    if unknown:
        raise FileUnreadable(
            f"there is no column {unknown[0]!r:.80}: leave it out. Known are {', '.join(COLUMNS)}"
        )
    if len(set(header)) < len(header):
        raise FileUnreadable("the first line names a column twice")


def _problem(line: int, order_id: str, wrong: _Wrong) -> RowProblem:
    return RowProblem(line=line, order_id=order_id, column=wrong.column, message=wrong.message)


def _check_same(first: Mapping[str, str], row: Mapping[str, str]) -> None:
    for name in _OF_THE_ORDER:
        if row[name] != first[name]:
            raise _Wrong(name, "must be the same on every row of an order")


def _name(row: Mapping[str, str], column: str) -> str:
    value = row[column]
    if not value:
        raise _Wrong(column, "is required")
    if len(value) > _MAX_LENGTH or not value.isprintable():
        raise _Wrong(column, f"may have at most {_MAX_LENGTH} printable characters")
    return value


def _customer(row: Mapping[str, str]) -> Identity:
    if bool(row["customer_id"]) == bool(row["telegram_id"]):
        raise _Wrong("customer_id", "give either customer_id or telegram_id")
    if row["customer_id"]:
        return _name(row, "customer_id")
    return _whole_number(row, "telegram_id", 2**52)


def _whole_number(row: Mapping[str, str], column: str, most: int) -> int:
    text = row[column]
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and 0 < int(text) <= most):
        raise _Wrong(column, f"must be a whole number from 1 to {most}")
    return int(text)


def _currency(row: Mapping[str, str]) -> str:
    try:
        return known_currency(row["currency"])
    except ValueError as error:
        raise _Wrong("currency", str(error)) from error
