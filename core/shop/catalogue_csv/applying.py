"""Applies the cells of one row to the present state: a new state, or what is wrong. Pure.

A column that the file does not have leaves its value as it is. An empty cell removes a description,
a category, an SKU, a cost, a date or photos; for title, price, currency, stock, kind, position and
flags it changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Any, TypeVar

from pydantic import ValidationError

from core.csv_readings import Dates
from core.csv_rows import CellProblem
from core.money import Money, known_currency
from core.shop import catalogue
from core.shop.catalogue import PriceOutOfRange, ProductDraft, VariantDraft
from core.shop.catalogue_csv import cells
from core.shop.catalogue_csv.report import CellTrouble
from core.shop.catalogue_csv.state import Catalogue, ProductState, VariantState
from core.shop.product_photos import PHOTOS

# Columns by the field of the state, where the two are named differently.
_COLUMN_OF = {
    "price_minor": "price",
    "cost_minor": "cost",
    "is_hidden": "hidden",
    "is_archived": "archived",
}


@dataclass(slots=True)
class RowCells:
    """A row's cells, each of which is taken once; those that are invalid are in `troubles`."""

    cells: Mapping[str, str]
    troubles: list[CellTrouble] = field(default_factory=list)

    def has(self, column: str) -> bool:
        """Whether the file has the column, and this row a value in it."""
        return bool(self.cells.get(column))

    def take(self, column: str, meaning: Callable[[str], Any], values: dict[str, Any]) -> None:
        """Stores the value of a filled cell under the state's own name of the column."""
        cell = self.cells.get(column)
        if cell:
            self._write(column, cell, meaning, values)

    def take_or_clear(
        self,
        column: str,
        meaning: Callable[[str], Any],
        values: dict[str, Any],
        nothing: Any = None,
    ) -> None:
        """As `take`; an empty cell stands for `nothing`."""
        cell = self.cells.get(column)
        if cell is not None:
            self._write(column, cell, meaning if cell else lambda _: nothing, values)

    def _write(
        self, column: str, cell: str, meaning: Callable[[str], Any], values: dict[str, Any]
    ) -> None:
        name = next((name for name, its in _COLUMN_OF.items() if its == column), column)
        try:
            values[name] = meaning(cell)
        except CellProblem as problem:
            self.refuse(column, problem.code, problem.detail)

    def refuse(self, column: str, code: str, detail: str) -> None:
        self.troubles.append(CellTrouble(column=column, code=code, detail=detail))


@dataclass(frozen=True, slots=True)
class Reader:
    """How the file is read, and the catalogue that it applies to."""

    catalogue: Catalogue
    dates: Dates

    @property
    def zone(self) -> tzinfo:
        return self.catalogue.zone

    def product(self, row_cells: RowCells, before: ProductState | None) -> ProductState:
        """The product as the row states it; `before` None: a new one. Problems are added to
        `row_cells`."""
        state = before or ProductState(currency=self.catalogue.currency)
        values: dict[str, Any] = {}
        row_cells.take("currency", _currency, values)
        currency = values.get("currency", state.currency)
        if before and currency != before.currency:
            row_cells.refuse(
                "currency",
                "currency_fixed",
                f"the product is sold in {before.currency}, for good: archive it, and add one in "
                f"{currency}",
            )
            currency = before.currency
        row_cells.take("price", lambda cell: cells.amount_of(cell, currency), values)
        row_cells.take_or_clear("cost", lambda cell: cells.amount_of(cell, currency), values)
        row_cells.take("title", str, values)
        row_cells.take_or_clear("description", str, values, "")
        # These identify a row without a number: an empty one says nothing.
        (row_cells.take_or_clear if row_cells.has("id") else row_cells.take)("sku", str, values)
        row_cells.take_or_clear("category", cells.path_of, values, ())
        row_cells.take("stock", cells.stock_of, values)
        row_cells.take_or_clear("low_stock", cells.count_of, values)
        row_cells.take("kind", cells.kind_of, values)
        row_cells.take("position", cells.place_of, values)
        for column in ("hidden", "archived"):
            row_cells.take(column, cells.flag_of, values)
        for column in ("on_sale_from", "on_sale_until"):
            row_cells.take_or_clear(
                column, lambda cell: cells.moment_of(cell, self.dates, self.zone), values
            )
        row_cells.take_or_clear("photos", self._photos, values, ())
        for name in ("title", "price"):
            if before is None and not row_cells.has(name):
                row_cells.refuse(name, "cell_missing", f"a new product needs a {name}")
        after = _over(state, values)
        if not row_cells.troubles and after != before:
            _check_product(row_cells, after)
        return after

    def variant(
        self, row_cells: RowCells, before: VariantState | None, product: ProductState
    ) -> VariantState:
        """The variant as the row states it; `before` None: a new one. Problems are added to
        `row_cells`."""
        values: dict[str, Any] = {"title": row_cells.cells["variant"]}
        currency = product.currency
        row_cells.take_or_clear("sku", str, values)
        row_cells.take_or_clear("price", lambda cell: cells.amount_of(cell, currency), values)
        row_cells.take_or_clear("cost", lambda cell: cells.amount_of(cell, currency), values)
        row_cells.take("stock", cells.stock_of, values)
        row_cells.take("position", cells.place_of, values)
        row_cells.take("archived", cells.flag_of, values)
        after = _over(before or VariantState(), values)
        if not row_cells.troubles and after != before:
            _check_variant(row_cells, after, currency)
        return after

    def _photos(self, cell: str) -> tuple[str, ...]:
        names = [name for part in cell.split("|") if (name := part.strip())]
        found = tuple(dict.fromkeys(self._photo(name) for name in names))
        if len(found) > PHOTOS:
            raise CellProblem("too_many_photos", f"a product has at most {PHOTOS} photos")
        return found

    def _photo(self, name: str) -> str:
        if name in self.catalogue.digests:
            return name
        known = self.catalogue.pictures.get(name, frozenset())
        if len(known) == 1:
            return next(iter(known))
        if known:
            problem = f"several pictures are named {name!r:.60}: write its SHA-256 instead"
        elif "://" in name:
            problem = f"{name!r:.60} is an address, and nothing is fetched: upload the picture "
            problem += "to the shop's files, and write its name"
        else:
            problem = f"the shop has no picture {name!r:.60}: upload it to the shop's files first"
        raise CellProblem("photo_unknown", problem)


def _currency(cell: str) -> str:
    try:
        return known_currency(cell.upper())
    except ValueError as error:
        raise CellProblem("currency_unknown", str(error)) from error


S = TypeVar("S", ProductState, VariantState)


def _over(state: S, values: dict[str, Any]) -> S:
    """The state with these values; a text that differs only in surrounding spaces is left as it
    is."""
    for name, value in list(values.items()):
        before = getattr(state, name)
        if isinstance(before, str) and isinstance(value, str) and before.strip() == value:
            values[name] = before
    return replace(state, **values)


def _check_product(row_cells: RowCells, state: ProductState) -> None:
    names = ProductDraft.model_fields.keys() - {"category_id"}
    try:
        ProductDraft(**{name: getattr(state, name) for name in names})
        catalogue.ensure_payable(Money(state.price_minor, state.currency))
    except (ValidationError, PriceOutOfRange) as error:
        _refuse_by(row_cells, error)


def _check_variant(row_cells: RowCells, state: VariantState, currency: str) -> None:
    try:
        VariantDraft(**{name: getattr(state, name) for name in VariantDraft.model_fields.keys()})
        if state.price_minor is not None:
            catalogue.ensure_payable(Money(state.price_minor, currency))
    except (ValidationError, PriceOutOfRange) as error:
        _refuse_by(row_cells, error, of_variant=True)


def _refuse_by(
    row_cells: RowCells, error: ValidationError | PriceOutOfRange, *, of_variant: bool = False
) -> None:
    if isinstance(error, PriceOutOfRange):
        row_cells.refuse("price", error.code, error.detail)
        return
    for each in error.errors():
        name = str(each["loc"][0]) if each["loc"] else "on_sale_until"
        column = _COLUMN_OF.get(name, name)
        if of_variant and name == "title":
            column = "variant"
        row_cells.refuse(column, each["type"], each["msg"])
