"""Past orders from a CSV file: one row a line of an order. Pure: text in, orders and problems out.

Money stands in the currency's main unit, as in "1290.50", and becomes whole minor units exactly.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation

from pydantic import BaseModel

from core.errors import Refused
from core.money import exponent
from ingestion.buyers import Identity
from ingestion.incoming import MAX_MINOR, moment_problem

MAX_ROWS = 200_000
MAX_LINES = 100  # of one order
_MAX_LENGTH = 64

_NEEDED = ("order_id", "created_at", "currency", "product_id", "quantity", "unit_price")
_ONE_OF = ("customer_id", "telegram_id")
_OPTIONAL = (
    *("variant_id", "paid_at", "total", "tax", "shipping", "refunded_at", "refunded_amount"),
)
COLUMNS = (*_NEEDED, *_ONE_OF, *_OPTIONAL)
# The same on each row of an order.
_OF_THE_ORDER = tuple(
    name for name in COLUMNS if name not in {"product_id", "quantity", "unit_price", "variant_id"}
)


class FileUnreadable(Refused):
    """The file as a whole cannot be read as orders."""

    code = "csv_unreadable"


class RowProblem(BaseModel):
    """What is wrong with a row; its whole order is left out. `line` counts from 1, the header."""

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
    """So many of a product; `amount_minor` is for all of them."""

    product_id: str
    variant_id: str | None
    quantity: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class PastOrder:
    """An order as it ended. `total_minor` is what was to be paid; a refund may be partial."""

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
    """What a moment must lie in, and the zone of those without an offset, if there is one."""

    now: datetime
    keep: timedelta
    zone: tzinfo | None = None

    def moment(
        self, row: Mapping[str, str], column: str, not_before: datetime | None = None
    ) -> datetime:
        """In UTC. A time that the clock showed twice, when it was set back, is the first of the two
        that does not lie before `not_before`. Raises _Wrong."""
        try:
            moment = datetime.fromisoformat(row[column])
        except ValueError as error:
            raise _Wrong(column, "write the time like 2026-01-31T12:00:00+03:00") from error
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
        except OverflowError:  # the year 1 or 9999, beyond what UTC has
            wrong = "is no moment that anything could have happened at"
        if wrong:
            raise _Wrong(column, wrong)
        return moment


def _first_reading(moment: datetime, not_before: datetime | None) -> datetime:
    """In UTC; raises OverflowError for what UTC does not have."""
    first, second = (moment.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if not_before is not None and first < not_before <= second:
        return second
    return first


@dataclass(slots=True)
class OrdersFile:
    """Reads a file once, row by row; `rows` says how many have been read so far."""

    text: Iterable[str]
    bounds: Bounds
    rows: int = 0
    _seen: set[str] = field(default_factory=set)

    def __iter__(self) -> Iterator[PastOrder | RowProblem]:
        """Orders and problems in the file's order; raises FileUnreadable."""
        gathered: list[tuple[int, dict[str, str]]] = []
        for line, row in self._read():
            if gathered and gathered[0][1]["order_id"] != row["order_id"]:
                yield from self._order(gathered)
                gathered = []
            if len(gathered) == MAX_LINES:
                raise FileUnreadable(
                    f"line {line}: an order has over {MAX_LINES} lines; is order_id filled in?"
                )
            gathered.append((line, row))
        if gathered:
            yield from self._order(gathered)

    def _read(self) -> Iterator[tuple[int, dict[str, str]]]:
        lines = iter(self.text)
        first = next(lines, "")
        comma = "," if first.count(",") >= first.count(";") else ";"
        header = [name.strip() for name in next(csv.reader([first], delimiter=comma), [])]
        _check_header(header)
        reader = csv.reader(lines, delimiter=comma, strict=True)
        try:
            for cells in reader:
                if not any(cells):
                    continue
                self.rows += 1
                line = reader.line_num + 1
                if self.rows > MAX_ROWS:
                    raise FileUnreadable(f"over {MAX_ROWS} rows: send the file in several parts")
                if len(cells) != len(header):
                    raise FileUnreadable(
                        f"line {line}: {len(cells)} cells where the header has {len(header)}; a "
                        "cell with a comma, a quote or a line break must stand in quotes"
                    )
                values = dict(zip(header, (cell.strip() for cell in cells), strict=True))
                yield line, {name: values.get(name, "") for name in COLUMNS}
        except csv.Error as error:
            raise FileUnreadable(f"line {reader.line_num + 1}: not CSV ({error})") from error

    def _order(
        self, gathered: list[tuple[int, dict[str, str]]]
    ) -> Iterator[PastOrder | RowProblem]:
        line, first = gathered[0]
        problems: list[RowProblem] = []
        lines: list[PastLine] = []
        try:
            name = _name(first, "order_id")
            if name in self._seen:
                raise _Wrong("order_id", "rows of one order must stand together")
            self._seen.add(name)
            currency = _currency(first)
        except _Wrong as wrong:
            yield RowProblem(
                line=line,
                order_id=first["order_id"][:_MAX_LENGTH],
                column=wrong.column,
                message=wrong.message,
            )
            return
        for line, row in gathered:
            try:
                _check_same(first, row)
                lines.append(_line(row, currency))
            except _Wrong as wrong:
                problems.append(_problem(line, name, wrong))
        if not problems:
            line = gathered[0][0]
            try:
                yield self._whole(name, currency, first, tuple(lines))
            except _Wrong as wrong:
                problems.append(_problem(line, name, wrong))
        yield from problems

    def _whole(
        self, name: str, currency: str, row: Mapping[str, str], lines: tuple[PastLine, ...]
    ) -> PastOrder:
        bounds = self.bounds
        created_at = bounds.moment(row, "created_at")
        paid_at = bounds.moment(row, "paid_at", created_at) if row["paid_at"] else None
        refunded_at = bounds.moment(row, "refunded_at", paid_at) if row["refunded_at"] else None
        tax, shipping = (
            _money(row, column, currency) if row[column] else 0 for column in ("tax", "shipping")
        )
        total = sum(line.amount_minor for line in lines) + tax + shipping
        if row["total"]:
            total = _money(row, "total", currency)
        refunded = total if refunded_at else 0
        if row["refunded_amount"]:
            refunded = _money(row, "refunded_amount", currency)
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
    if unknown:
        raise FileUnreadable(
            f"there is no column {unknown[0]!r:.80}: leave it out. Known are {', '.join(COLUMNS)}"
        )
    if len(set(header)) < len(header):
        raise FileUnreadable("a column stands twice in the first line")


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


def _line(row: Mapping[str, str], currency: str) -> PastLine:
    quantity = _whole_number(row, "quantity", 1_000_000)
    amount = _money(row, "unit_price", currency) * quantity
    if amount > MAX_MINOR:
        raise _Wrong("unit_price", "is too much to be true")
    variant = _name(row, "variant_id") if row["variant_id"] else None
    return PastLine(_name(row, "product_id"), variant, quantity, amount)


def _whole_number(row: Mapping[str, str], column: str, most: int) -> int:
    text = row[column]
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and 0 < int(text) <= most):
        raise _Wrong(column, f"must be a whole number from 1 to {most}")
    return int(text)


def _currency(row: Mapping[str, str]) -> str:
    code = row["currency"]
    if not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
        raise _Wrong("currency", "write its code like RUB; Telegram Stars are XTR")
    return code


def _money(row: Mapping[str, str], column: str, currency: str) -> int:
    """Minor units of an amount like 1290.50; raises _Wrong."""
    advice = f"write the amount like {Decimal(129050).scaleb(-exponent(currency))}"
    text = row[column]
    if not text or text.strip("0123456789."):
        raise _Wrong(column, f"{advice}: digits and a point, without a sign, spaces or currency")
    try:
        amount = Decimal(text).scaleb(exponent(currency))
    except InvalidOperation as error:
        raise _Wrong(column, advice) from error
    if amount != amount.to_integral_value():
        raise _Wrong(column, f"{currency} has {exponent(currency)} digits after the point")
    if amount > MAX_MINOR:
        raise _Wrong(column, "is too much to be true")
    return int(amount)
