"""Many codes from a file: planned first, and then done exactly as planned or not at all."""

import asyncio
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from asyncpg import Record
from pydantic import BaseModel, ConfigDict

from bots.modules.promo import owned_codes
from bots.modules.promo.codes import NOBODY, Code, PromoDraft, key_of
from bots.modules.promo.codes_file import Names, RowProblem, stated
from bots.modules.promo.store import code_of
from core.csv_rows import FileRow, RowsFile
from core.errors import Conflict, Refused
from core.events import Bilingual
from core.postgres import Connection
from core.shop.shops import Shop

Outcome = Literal["added", "changed", "left", "refused"]


class CodesChanged(Conflict):
    """The codes, or the file, are not as they were when it was planned."""

    code = "promo_codes_changed"
    explained = Bilingual(
        "Пока вы смотрели, промокоды изменились. Посмотрите, что сделает файл, ещё раз.",
        "The promo codes have changed meanwhile. See again what the file would do.",
    )


class RowsRefused(Refused):
    """Rows are refused, and the others are not wanted without them."""

    code = "rows_refused"


class CodeRow(BaseModel):
    """What becomes of a row, by its line in the file. A refused one says why: in which column
    (empty: the row as a whole), and what to do."""

    model_config = ConfigDict(frozen=True)

    line: int
    outcome: Outcome
    code: str
    column: str = ""
    problem: str = ""
    detail: str = ""


class CodesReport(BaseModel):
    """What a file would do, or has done. `plan` names exactly this outcome over exactly these
    codes: send it back to have it done."""

    model_config = ConfigDict(frozen=True)

    plan: str
    is_applied: bool = False
    added: int
    changed: int
    left: int
    refused: int
    ignored_columns: tuple[str, ...]
    rows: tuple[CodeRow, ...]


@dataclass(slots=True)
class Plan:
    """A file over a shop's codes."""

    rows: list[CodeRow] = field(default_factory=list)
    added: list[tuple[PromoDraft, bool]] = field(default_factory=list)
    changed: list[tuple[int, PromoDraft, bool]] = field(default_factory=list)

    def report(self, ignored: tuple[str, ...]) -> CodesReport:
        digest = hashlib.sha256()
        for row in self.rows:
            digest.update(row.model_dump_json().encode())
        for draft, is_on in self.added:
            digest.update(f"{draft.model_dump_json()}{is_on}".encode())
        for number, draft, is_on in self.changed:
            digest.update(f"{number}{draft.model_dump_json()}{is_on}".encode())
        outcomes = [row.outcome for row in self.rows]
        return CodesReport(
            plan=digest.hexdigest(),
            added=outcomes.count("added"),
            changed=outcomes.count("changed"),
            left=outcomes.count("left"),
            refused=outcomes.count("refused"),
            ignored_columns=ignored,
            rows=tuple(self.rows),
        )


@dataclass(frozen=True, slots=True)
class Known:
    """What the shop has: its codes by their keys, and the numbers of what a code may name."""

    codes: Mapping[str, Code]
    names: Names
    products: frozenset[int]
    variants: Mapping[int, frozenset[int]]
    categories: frozenset[int]
    buyers: frozenset[int]


async def known(connection: Connection, shop: Shop, file: RowsFile) -> Known:
    """Of this file's codes."""
    codes = await asyncio.to_thread(
        _by_key,
        await owned_codes.rows_of(
            connection, shop.id, {key_of(row.cells.get("code", "")) for row in file.rows}
        ),
    )
    products = await connection.fetch("SELECT id, sku FROM products WHERE shop_id = $1", shop.id)
    variants = await connection.fetch(
        "SELECT p.id, array_agg(v.id) AS variants FROM products AS p JOIN product_variants AS v "
        "ON v.product_id = p.id WHERE p.shop_id = $1 GROUP BY p.id",
        shop.id,
    )
    categories = await connection.fetch("SELECT id FROM categories WHERE shop_id = $1", shop.id)
    named = {row.cells.get("customer", "") for row in file.rows}
    buyers = await connection.fetch(
        "SELECT buyer_no FROM customers WHERE shop_id = $1 AND buyer_no = ANY($2::bigint[])",
        shop.id,
        [int(each) for each in named if each.isascii() and each.isdigit() and len(each) < 19],
    )
    skus = {row["sku"]: row["id"] for row in products if row["sku"]}
    return Known(
        codes,
        Names(skus, shop.currency, shop.timezone),
        frozenset(row["id"] for row in products),
        {row["id"]: frozenset(row["variants"]) for row in variants},
        frozenset(row["id"] for row in categories),
        frozenset(row["buyer_no"] for row in buyers),
    )


def _by_key(rows: Iterable[Record]) -> dict[str, Code]:
    return {key_of(code.code): code for code in map(code_of, rows)}


def plan(file: RowsFile, shop_has: Known) -> Plan:
    """What the file would do, row by row. Pure."""
    made, seen = Plan(), dict[str, int]()
    for row in file.rows:
        name = row.cells.get("code", "")[:64]
        try:
            _take(made, row, shop_has, file, seen)
        except RowProblem as problem:
            made.rows.append(
                CodeRow(
                    line=row.line,
                    outcome="refused",
                    code=name,
                    column=problem.column,
                    problem=problem.code,
                    detail=problem.detail,
                )
            )
    return made


def _take(made: Plan, row: FileRow, shop_has: Known, file: RowsFile, seen: dict[str, int]) -> None:
    key = key_of(row.cells.get("code", ""))
    if key in seen:
        raise RowProblem("code", "code_twice", f"line {seen[key]} has this code already")
    before = shop_has.codes.get(key)
    draft, is_on = stated(row, before, shop_has.names, file.dates)
    seen[key] = row.line
    _ensure_named(draft, before, shop_has)
    outcome: Outcome = "added"
    if before is None:
        made.added.append((draft, is_on))
    elif (PromoDraft(**_stated_by(before)), before.is_active) == (draft, is_on):
        outcome = "left"
    else:
        outcome = "changed"
        made.changed.append((before.id, draft, is_on))
    made.rows.append(CodeRow(line=row.line, outcome=outcome, code=draft.code))


def _stated_by(code: Code) -> dict[str, object]:
    return {name: getattr(code, name) for name in PromoDraft.model_fields.keys()}


def _ensure_named(draft: PromoDraft, before: Code | None, shop_has: Known) -> None:
    """Raises RowProblem if the draft names what is not the shop's."""
    gift, variant = draft.gift_product_id, draft.gift_variant_id
    if gift is not None and gift not in shop_has.products:
        raise RowProblem("gift", "product_unknown", f"the shop has no product {gift}")
    if gift is not None and gift in shop_has.variants and variant is None:
        raise RowProblem("gift", "variant_missing", f"product {gift} is sold by variant: name one")
    if variant is not None and variant not in shop_has.variants.get(gift or 0, ()):
        raise RowProblem("gift", "variant_unknown", f"product {gift} has no variant {variant}")
    _ensure_all("products", draft.product_ids, shop_has.products)
    _ensure_all("categories", draft.category_ids, shop_has.categories)
    stays_nobodys = draft.buyer_no == NOBODY and before is not None and before.buyer_no == NOBODY
    if draft.buyer_no is not None and not stays_nobodys:
        _ensure_all("customer", [draft.buyer_no], shop_has.buyers)


def _ensure_all(column: str, numbers: Sequence[int], there: frozenset[int]) -> None:
    missing = [str(number) for number in numbers if number not in there]
    if missing:
        raise RowProblem(column, "number_unknown", f"the shop has no {', '.join(missing)} of these")


async def take_in(
    connection: Connection,
    shop: Shop,
    file: RowsFile,
    *,
    seen: str | None,
    without_refused: bool = False,
) -> CodesReport:
    """Plans the file; with `seen`, the plan that somebody has confirmed, carries it out in the
    caller's transaction. Raises CodesChanged, RowsRefused, TooManyCodes."""
    if seen is not None:  # nobody adds or changes one until this is done
        await owned_codes.lock(connection, shop.id)
    made = await asyncio.to_thread(plan, file, await known(connection, shop, file))
    report = await asyncio.to_thread(made.report, file.ignored)
    if seen is None:
        await owned_codes.ensure_room(connection, shop.id, report.added)
        return report
    if seen != report.plan:
        raise CodesChanged("the codes, or the file, are not as they were planned: plan it again")
    if report.refused and not without_refused:
        raise RowsRefused(f"{report.refused} rows are refused: mend them, or leave them out")
    await owned_codes.write(connection, shop.id, made.added, made.changed)
    return report.model_copy(update={"is_applied": True})
