"""The plan for one product or variant, and its report. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from core.shop.catalogue_csv.applying import RowCells
from core.shop.catalogue_csv.report import CellChange, Outcome, RowReport
from core.shop.catalogue_csv.state import (
    Catalogue,
    KeptProduct,
    KeptVariant,
    ProductState,
    VariantState,
    product_cells,
    variant_cells,
)


@dataclass(slots=True)
class PlannedVariant:
    """`before` None: a new one. Nothing is written for a refused one."""

    line: int
    row_cells: RowCells
    before: KeptVariant | None
    after: VariantState

    @property
    def outcome(self) -> Outcome:
        if self.row_cells.troubles:
            return "refused"
        if self.before is None or (self.before.state.is_archived and not self.after.is_archived):
            return "added"
        return "left" if self.after == self.before.state else "changed"


@dataclass(slots=True)
class PlannedProduct:
    """A product that the file names, itself or by its variants; `line` 0: only by its variants."""

    before: KeptProduct | None
    after: ProductState
    line: int = 0
    row_cells: RowCells = field(default_factory=lambda: RowCells({}))
    variants: list[PlannedVariant] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        if self.row_cells.troubles:
            return "refused"
        if self.before is None:
            return "added"
        return "left" if self.after == self.before.state else "changed"


def refused_row(line: int, row_cells: RowCells) -> RowReport:
    """The report of a row whose product could not be determined."""
    return RowReport(
        line=line,
        outcome="refused",
        title=row_cells.cells.get("title", ""),
        variant=row_cells.cells.get("variant", ""),
        troubles=tuple(row_cells.troubles),
    )


def rows_of(products: Iterable[PlannedProduct], catalogue: Catalogue) -> Iterator[RowReport]:
    """The report of each row of a product or a variant."""
    names = catalogue.photo_names
    for product in products:
        kept = product.before
        if product.line:
            yield RowReport(
                line=product.line,
                outcome=product.outcome,
                title=product.after.title,
                product_id=kept.id if kept else None,
                changes=_changes(
                    product_cells(kept.state, catalogue.zone, names),
                    product_cells(product.after, catalogue.zone, names),
                )
                if kept and product.outcome == "changed"
                else (),
                troubles=tuple(product.row_cells.troubles),
            )
        for each in product.variants:
            yield _variant_row(product, each)


def _variant_row(product: PlannedProduct, variant: PlannedVariant) -> RowReport:
    before, currency = variant.before, product.after.currency
    is_changed = before is not None and variant.outcome != "refused"
    return RowReport(
        line=variant.line,
        outcome=variant.outcome,
        title=product.after.title,
        variant=variant.after.title,
        product_id=product.before.id if product.before else None,
        changes=_changes(
            variant_cells(before.state, currency), variant_cells(variant.after, currency)
        )
        if before is not None and is_changed
        else (),
        troubles=tuple(variant.row_cells.troubles),
    )


def _changes(before: dict[str, str], after: dict[str, str]) -> tuple[CellChange, ...]:
    return tuple(
        CellChange(column=column, before=cell, after=after[column])
        for column, cell in before.items()
        if cell != after[column]
    )
