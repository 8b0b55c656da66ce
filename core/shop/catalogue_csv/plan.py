"""What a file would do to a catalogue. Pure: nothing is written, and the same file over the same
catalogue gives the same plan.

A product is identified by its number (`id`), else by its SKU, else by its title; a variant by its
number (`variant_id`), else by its title within its product. What the file does not name stays as it
is.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from typing import get_args

from core.csv_rows import FileRow, RowsFile
from core.errors import Refused
from core.shop.catalogue_csv.applying import Reader, RowCells
from core.shop.catalogue_csv.cells import path_text
from core.shop.catalogue_csv.columns import PRODUCT_COLUMNS, VARIANT_COLUMNS
from core.shop.catalogue_csv.planned import (
    PlannedProduct,
    PlannedVariant,
    refused_row,
    rows_of,
)
from core.shop.catalogue_csv.report import ImportReport, Outcome
from core.shop.catalogue_csv.state import (
    Catalogue,
    KeptProduct,
    KeptVariant,
    Path,
    ProductState,
    VariantState,
)
from core.shop.categories import CATEGORIES
from core.shop.owned_products import VARIANTS


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written, and its report."""

    products: tuple[PlannedProduct, ...]
    new_categories: tuple[Path, ...]
    report: ImportReport


class _Planner:
    """Goes through the rows once."""

    def __init__(self, file: RowsFile, catalogue: Catalogue) -> None:
        self._file = file
        self._catalogue = catalogue
        self._reader = Reader(catalogue, file.dates)
        kept = catalogue.products.values()
        self._by_sku = {each.state.sku: each for each in kept if each.state.sku}
        self._by_title: dict[str, list[KeptProduct]] = {}
        for each in kept:
            if not each.state.is_archived:
                self._by_title.setdefault(each.state.title.strip(), []).append(each)
        self._behind = max((each.state.position for each in kept), default=-1)
        self.products: list[PlannedProduct] = []
        self.odd: list[tuple[FileRow, RowCells]] = []  # rows whose product could not be determined
        self._of_id: dict[int, PlannedProduct] = {}
        self._of_new: dict[str, PlannedProduct] = {}  # "sku:…" or "title:…"
        self._of_sku: dict[str, PlannedProduct] = {}
        self._last: PlannedProduct | None = None
        self._lost = 0  # the line of a product's row whose product could not be determined

    def go(self) -> None:
        for row in self._file.rows:
            row_cells = RowCells(row.cells)
            if row.problem is not None:
                row_cells.refuse("", row.problem.code, row.problem.detail)
                self._lose(row, row_cells)
            elif row_cells.has("variant"):
                self._variant(row, row_cells)
            else:
                self._product(row, row_cells)
        for each in self.products:
            while _refuse_twins(each):
                pass
        self._ensure_one_sku_each()

    def _lose(self, row: FileRow, row_cells: RowCells) -> None:
        """The row's product cannot be determined: the variants below it must not go to the product
        above."""
        self.odd.append((row, row_cells))
        self._last, self._lost = None, row.line

    def _product(self, row: FileRow, row_cells: RowCells) -> None:
        kept = self._meant(row_cells)
        planned = self._of_id.get(kept.id) if kept else self._of_new.get(_key(row_cells))
        if planned is not None and planned.line:
            row_cells.refuse("", "row_twice", f"line {planned.line} is of this product already")
        if row_cells.troubles:
            self._lose(row, row_cells)
            return
        after = self._reader.product(row_cells, kept.state if kept else None)
        if kept is None and not row_cells.has("position"):
            self._behind += 1
            after = _placed(after, self._behind)
        if planned is None:
            planned = PlannedProduct(kept, after)
            self.products.append(planned)
        planned.after, planned.line, planned.row_cells = after, row.line, row_cells
        if kept:
            self._of_id[kept.id] = planned
        else:
            self._of_new[_key(row_cells)] = planned
        if after.sku:
            self._of_sku.setdefault(after.sku, planned)
        self._last = planned

    def _meant(self, row_cells: RowCells) -> KeptProduct | None:
        """The product that a row identifies; None for a new one. Problems of the row are added to
        `row_cells`."""
        if row_cells.has("id"):
            return self._numbered(row_cells)
        sku, title = row_cells.cells.get("sku"), row_cells.cells.get("title", "")
        if sku:
            return self._by_sku.get(sku)
        titled = self._by_title.get(title, []) if title else []
        if len(titled) > 1:
            numbers = ", ".join(str(each.id) for each in titled[:5])
            row_cells.refuse(
                "title",
                "title_ambiguous",
                f"products {numbers} have this title: write the sku or id of the one that is meant",
            )
        if not title:
            row_cells.refuse(
                "", "row_nameless", "the row names no product: write its sku, id or title"
            )
        return titled[0] if titled else None

    def _numbered(self, row_cells: RowCells) -> KeptProduct | None:
        cell = row_cells.cells["id"]
        is_number = cell.isascii() and cell.isdigit() and len(cell) <= 18
        kept = self._catalogue.products.get(int(cell)) if is_number else None
        if kept is None:
            row_cells.refuse(
                "id",
                "id_unknown",
                f"the shop has no product {cell!r:.30}: leave id empty to add one",
            )
        return kept

    def _variant(self, row: FileRow, row_cells: RowCells) -> None:
        product = self._parent(row_cells)
        if product is None:
            self.odd.append((row, row_cells))
            return
        if product.row_cells.troubles:
            row_cells.refuse("", "product_refused", f"its product, line {product.line}, is refused")
        own = product.row_cells.cells
        for column in set(PRODUCT_COLUMNS) - set(VARIANT_COLUMNS):
            if row_cells.has(column) and row_cells.cells[column] != own.get(column):
                row_cells.refuse(
                    column,
                    "column_of_product",
                    "this belongs to the product's own row: leave it empty in a variant's",
                )
        kept = self._kept_variant(row_cells, product)
        after = self._reader.variant(row_cells, kept.state if kept else None, product.after)
        is_new = kept is None or kept.state.is_archived
        if is_new and not row_cells.has("position"):
            after = _placed_variant(after, product)
        if is_new and not row_cells.has("archived"):
            after = replace(after, is_archived=False)
        product.variants.append(PlannedVariant(row.line, row_cells, kept, after))

    def _parent(self, row_cells: RowCells) -> PlannedProduct | None:
        """The product of a variant's row. Problems of the row are added to `row_cells`."""
        if row_cells.has("id"):
            kept = self._numbered(row_cells)
            return self._planned(kept) if kept else None
        if not row_cells.has("parent"):
            if self._last is None and self._lost:
                row_cells.refuse(
                    "", "product_refused", f"its product, line {self._lost}, is refused"
                )
            elif self._last is None:
                row_cells.refuse(
                    "parent",
                    "parent_missing",
                    "write the sku of its product, or put the row below its product's",
                )
            return self._last
        sku = row_cells.cells["parent"]
        if sku in self._of_sku:
            return self._of_sku[sku]
        if sku in self._by_sku:
            return self._planned(self._by_sku[sku])
        row_cells.refuse(
            "parent",
            "parent_unknown",
            f"no product has the SKU {sku!r:.70}: put its product's row before its variants",
        )
        return None

    def _planned(self, kept: KeptProduct) -> PlannedProduct:
        if kept.id not in self._of_id:
            self._of_id[kept.id] = PlannedProduct(kept, kept.state)
            self.products.append(self._of_id[kept.id])
        return self._of_id[kept.id]

    def _kept_variant(self, row_cells: RowCells, product: PlannedProduct) -> KeptVariant | None:
        variants = product.before.variants if product.before else ()
        if row_cells.has("variant_id"):
            cell = row_cells.cells["variant_id"]
            found = [each for each in variants if str(each.id) == cell]
            if not found:
                row_cells.refuse(
                    "variant_id",
                    "id_unknown",
                    f"the product has no variant {cell!r:.30}: leave it empty to add one",
                )
            return found[0] if found else None
        title = row_cells.cells["variant"]
        return next((each for each in variants if each.state.title.strip() == title), None)

    def _ensure_one_sku_each(self) -> None:
        """Refuses rows until no two products have the same SKU; a refused row's product keeps its
        former one."""
        while True:
            # by SKU: the line, 0 for a product that the file does not change
            owners: dict[str, int] = {}
            named = set()
            for each in self.products:
                if each.before and (each.outcome in ("left", "refused") or not each.line):
                    sku = each.before.state.sku
                    owners |= {sku: 0} if sku else {}
                named |= {each.before.id} if each.before else set()
            owners |= {
                each.state.sku: 0
                for each in self._catalogue.products.values()
                if each.state.sku and each.id not in named
            }
            if not self._refuse_second_owners(owners):
                return

    def _refuse_second_owners(self, owners: dict[str, int]) -> bool:
        is_any = False
        for each in self.products:
            if each.outcome not in ("added", "changed") or not each.line or not each.after.sku:
                continue
            if each.after.sku in owners:
                line = owners[each.after.sku]
                whose = f"line {line}" if line else "another product"
                each.row_cells.refuse("sku", "sku_taken", f"{whose} has this SKU")
                for variant in each.variants:
                    variant.row_cells.refuse(
                        "", "product_refused", f"its product, line {each.line}, is refused"
                    )
                is_any = True
            else:
                owners[each.after.sku] = each.line
        return is_any


def _key(row_cells: RowCells) -> str:
    sku = row_cells.cells.get("sku")
    return f"sku:{sku}" if sku else f"title:{row_cells.cells.get('title', '')}"


def _placed(state: ProductState, position: int) -> ProductState:
    return replace(state, position=position)


def _placed_variant(state: VariantState, product: PlannedProduct) -> VariantState:
    """After the others."""
    kept = [each.state.position for each in product.before.variants] if product.before else []
    planned = [each.after.position for each in product.variants]
    return replace(state, position=max([*kept, *planned], default=-1) + 1)


def _refuse_twins(product: PlannedProduct) -> bool:
    """Refuses a variant's row whose variant or title another row has already, or beyond VARIANTS;
    returns whether there was one.

    A refused variant keeps its former title, so the caller repeats this until there is none.
    """
    if not product.variants:
        return False
    open_rows = [each for each in product.variants if each.outcome != "refused"]
    changing = {each.before.id for each in open_rows if each.before}
    kept = product.before.variants if product.before else ()
    staying = [each.state for each in kept if each.id not in changing]
    titles = {each.title for each in staying}
    on_sale = sum(not each.is_archived for each in staying)
    seen: set[int] = set()
    for each in open_rows:
        on_sale += not each.after.is_archived
        if each.after.title in titles or (each.before and each.before.id in seen):
            each.row_cells.refuse("variant", "variant_twice", "another variant is this one already")
        elif on_sale > VARIANTS and each.outcome == "added":
            each.row_cells.refuse(
                "", "too_many_variants", f"a product has at most {VARIANTS} variants on sale"
            )
        else:
            titles.add(each.after.title)
            seen |= {each.before.id} if each.before else set()
            continue
        return True
    return False


def plan(file: RowsFile, catalogue: Catalogue) -> Plan:
    """Raises Refused if the shop would have too many categories."""
    planner = _Planner(file, catalogue)
    planner.go()
    paths = {
        each.after.category
        for each in planner.products
        if each.outcome in ("added", "changed") and each.after.category
    }
    prefixes = {path[:length] for path in paths for length in range(1, len(path) + 1)}
    new = tuple(sorted(prefixes - catalogue.categories.keys(), key=lambda path: (len(path), path)))
    if len(new) + len(catalogue.categories) > CATEGORIES:
        raise Refused(f"a shop has at most {CATEGORIES} categories")
    odd = [refused_row(row.line, row_cells) for row, row_cells in planner.odd]
    rows = sorted([*odd, *rows_of(planner.products, catalogue)], key=lambda row: row.line)
    counts = Counter(row.outcome for row in rows)
    report = ImportReport(
        plan="",
        **{outcome: counts[outcome] for outcome in get_args(Outcome)},
        new_categories=tuple(path_text(path) for path in new),
        ignored_columns=file.ignored,
        rows=tuple(rows),
    )
    mark = hashlib.sha256(f"{file.digest}{report.model_dump_json()}".encode()).hexdigest()
    return Plan(tuple(planner.products), new, report.model_copy(update={"plan": mark}))
