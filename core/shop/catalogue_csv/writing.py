"""Carries out a plan: completely, in the caller's transaction, with one statement for all rows of a
kind."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from core.errors import Conflict, Refused
from core.events import NOBODY, emit
from core.postgres import Connection
from core.shop import catalogue, catalogue_words, categories, stock
from core.shop.catalogue_csv.plan import Plan
from core.shop.catalogue_csv.planned import PlannedProduct, PlannedVariant
from core.shop.catalogue_csv.state import Path, categories_of, read_products
from core.shop.product_photos import OWNER
from core.shop.stock import Change


class CatalogueChanged(Conflict):
    """Since the plan was made, somebody has sold or changed what it is about."""

    code = "catalogue_changed"


class RowsRefused(Refused):
    """The file has invalid rows."""

    code = "rows_refused"


def _changed_meanwhile() -> CatalogueChanged:
    return CatalogueChanged(
        "the catalogue, or the file, is not as it was when this was planned: plan it again"
    )


@dataclass(frozen=True, slots=True)
class _Written:
    """A planned product with its number, and whether the row itself is to be written."""

    planned: PlannedProduct
    id: int

    @property
    def is_new(self) -> bool:
        return self.planned.outcome == "added"

    @property
    def is_changed(self) -> bool:
        return self.planned.outcome == "changed"

    @property
    def variants(self) -> list[PlannedVariant]:
        return [each for each in self.planned.variants if each.outcome in ("added", "changed")]


async def carry_out(
    connection: Connection, shop_id: int, plan: Plan, *, without_refused: bool = False
) -> None:
    """Writes what is planned; what the file does not name stays, and no product is deleted.

    Raises RowsRefused if rows were refused, unless the others are to be written `without_refused`;
    CatalogueChanged if anything that it writes differs from what it was planned from.
    """
    refused = plan.report.refused
    if refused and not without_refused:
        raise RowsRefused(
            f"{refused} rows are refused, so nothing is imported: correct them, or import the "
            "others without them (--keep-good, keep_good=true)"
        )
    try:
        async with connection.transaction():
            await _carry_out(connection, shop_id, plan)
    except asyncpg.UniqueViolationError as error:
        raise _changed_meanwhile() from error


async def _carry_out(connection: Connection, shop_id: int, plan: Plan) -> None:
    await categories.lock(connection, shop_id)
    paths = await categories_of(connection, shop_id)
    await _ensure_unchanged(connection, shop_id, plan, paths)
    await _add_categories(connection, shop_id, plan, paths)
    written = await _numbered(connection, plan)
    new = [each for each in written if each.is_new]
    changed = [each for each in written if each.is_changed]
    await _insert(connection, shop_id, new, paths)
    await _update(connection, shop_id, changed, paths)
    counted = [
        Change(each.id, None, _delta(each.planned.before and each.planned.before.state, each))
        for each in (*new, *changed)
        if _is_counted_anew(each)
    ]
    counted += await _write_variants(connection, written)
    await _touch(connection, [each.id for each in written if each.variants and not each.is_new])
    await _write_photos(connection, shop_id, (*new, *changed))
    await catalogue_words.note(connection, shop_id, [each.id for each in written])
    origin = await catalogue.origin_of(connection, shop_id)
    await emit(connection, origin, NOBODY, await stock.changed_all(connection, counted))


async def _ensure_unchanged(
    connection: Connection, shop_id: int, plan: Plan, paths: dict[Path, int]
) -> None:
    """Locks the products to be written, in the order in which sales lock them."""
    kept = {
        each.before.id: each.before
        for each in plan.products
        if each.before and (each.outcome == "changed" or each.variants)
    }
    now = await read_products(connection, shop_id, paths, ids=sorted(kept), lock=True)
    if now != kept:
        raise _changed_meanwhile()


async def _add_categories(
    connection: Connection, shop_id: int, plan: Plan, paths: dict[Path, int]
) -> None:
    """Level by level, after the others of the level; adds their numbers to `paths`."""
    for depth in sorted({len(path) for path in plan.new_categories}):
        level = [path for path in plan.new_categories if len(path) == depth and path not in paths]
        rows = await connection.fetch(
            "WITH wanted AS (SELECT parent_id, title, nth FROM "
            "  unnest($2::bigint[], $3::text[]) WITH ORDINALITY AS w (parent_id, title, nth)) "
            "INSERT INTO categories (shop_id, parent_id, title, position) "
            "SELECT $1, w.parent_id, w.title, w.nth - 1 + (SELECT coalesce(max(c.position) + 1, 0) "
            "  FROM categories AS c WHERE c.shop_id = $1 "
            "  AND c.parent_id IS NOT DISTINCT FROM w.parent_id) FROM wanted AS w "
            "RETURNING id, parent_id, title",
            shop_id,
            [paths[path[:-1]] if depth > 1 else None for path in level],
            [path[-1] for path in level],
        )
        numbers = {(row["parent_id"], row["title"]): row["id"] for row in rows}
        for path in level:
            paths[path] = numbers[paths[path[:-1]] if depth > 1 else None, path[-1]]


async def _numbered(connection: Connection, plan: Plan) -> list[_Written]:
    """What is to be written; new products get their numbers."""
    rows = await connection.fetch(
        "SELECT nextval(pg_get_serial_sequence('products', 'id')) AS id "
        "FROM generate_series(1, $1)",
        sum(each.outcome == "added" for each in plan.products),
    )
    numbers = iter(sorted(row["id"] for row in rows))
    found = []
    for each in plan.products:
        if each.outcome == "added":
            found.append(_Written(each, next(numbers)))
        elif each.before and each.outcome != "refused":
            written = _Written(each, each.before.id)
            if written.is_changed or written.variants:
                found.append(written)
    return found


_STATED = (
    *("sku", "title", "description", "category_id", "price_minor", "cost_minor", "stock"),
    *("low_stock", "kind", "is_hidden", "is_active", "on_sale_from", "on_sale_until", "position"),
)
_TYPES = (
    *("text", "text", "text", "bigint", "bigint", "bigint", "int"),
    *("int", "text", "bool", "bool", "timestamptz", "timestamptz", "int"),
)


def _row(each: _Written, paths: dict[Path, int]) -> tuple[Any, ...]:
    """The number and the fields of _STATED."""
    state = each.planned.after
    derived = {
        "category_id": paths[state.category] if state.category else None,
        "is_active": not state.is_archived,
    }
    return (
        each.id,
        *(derived[name] if name in derived else getattr(state, name) for name in _STATED),
    )


def _arrays(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _unnested(types: Iterable[str], first: int) -> str:
    return ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(types, start=first))


async def _insert(
    connection: Connection, shop_id: int, new: Sequence[_Written], paths: dict[Path, int]
) -> None:
    if not new:
        return
    names = ", ".join(_STATED)
    await connection.execute(
        f"INSERT INTO products (id, shop_id, currency, {names}) OVERRIDING SYSTEM VALUE "
        f"SELECT d.id, $1, d.currency, {', '.join(f'd.{name}' for name in _STATED)} FROM "
        f"unnest($2::text[], {_unnested(('bigint', *_TYPES), 3)}) AS d (currency, id, {names})",
        shop_id,
        [each.planned.after.currency for each in new],
        *_arrays([_row(each, paths) for each in new]),
    )


async def _update(
    connection: Connection, shop_id: int, changed: Sequence[_Written], paths: dict[Path, int]
) -> None:
    if not changed:
        return
    # Two products may exchange their SKUs.
    await connection.execute(
        "UPDATE products SET sku = NULL WHERE shop_id = $1 AND id = ANY($2::bigint[])",
        shop_id,
        [
            each.id
            for each in changed
            if each.planned.before and each.planned.before.state.sku != each.planned.after.sku
        ],
    )
    written = ", ".join(f"{name} = d.{name}" for name in _STATED)
    await connection.execute(
        f"UPDATE products AS p SET {written}, version = p.version + 1, updated_at = now() "
        f"FROM unnest({_unnested(('bigint', *_TYPES), 2)}) AS d (id, {', '.join(_STATED)}) "
        "WHERE p.shop_id = $1 AND p.id = d.id",
        shop_id,
        *_arrays([_row(each, paths) for each in changed]),
    )


async def _touch(connection: Connection, product_ids: Sequence[int]) -> None:
    await connection.execute(
        "UPDATE products SET version = version + 1, updated_at = now() "
        "WHERE id = ANY($1::bigint[])",
        product_ids,
    )


_OF_VARIANT = ("title", "sku", "price_minor", "cost_minor", "stock", "is_active", "position")
_VARIANT_TYPES = ("text", "text", "bigint", "bigint", "int", "bool", "int")


def _variant_row(number: int, planned: PlannedVariant) -> tuple[Any, ...]:
    state = planned.after
    return (
        number,
        *(
            not state.is_archived if name == "is_active" else getattr(state, name)
            for name in _OF_VARIANT
        ),
    )


async def _write_variants(connection: Connection, written: Sequence[_Written]) -> list[Change]:
    """Adds and changes variants; returns the changes of their stock."""
    pairs = [(each.id, variant) for each in written for variant in each.variants]
    new = [pair for pair in pairs if pair[1].before is None]
    known = [(product, each.before.id, each) for product, each in pairs if each.before]
    await connection.execute(  # two may exchange their titles
        "UPDATE product_variants SET title = '~' || id WHERE id = ANY($1::bigint[])",
        [n for _, n, each in known if each.before and each.before.state.title != each.after.title],
    )
    names = ", ".join(_OF_VARIANT)
    if known:
        await connection.execute(
            f"UPDATE product_variants AS v SET {', '.join(f'{n} = d.{n}' for n in _OF_VARIANT)} "
            f"FROM unnest({_unnested(('bigint', *_VARIANT_TYPES), 1)}) AS d (id, {names}) "
            "WHERE v.id = d.id",
            *_arrays([_variant_row(number, each) for _, number, each in known]),
        )
    numbers = {(product, each.after.title): number for product, number, each in known}
    if new:
        rows = await connection.fetch(
            f"INSERT INTO product_variants (product_id, {names}) "
            f"SELECT d.product_id, {', '.join(f'd.{name}' for name in _OF_VARIANT)} "
            f"FROM unnest({_unnested(('bigint', *_VARIANT_TYPES), 1)}) "
            f"WITH ORDINALITY AS d (product_id, {names}, nth) ORDER BY d.nth "
            "RETURNING id, product_id, title",
            *_arrays([_variant_row(product, each) for product, each in new]),
        )
        numbers |= {(row["product_id"], row["title"]): row["id"] for row in rows}
    return [
        Change(product, numbers[product, each.after.title], delta)
        for product, each in pairs
        if (delta := _variant_delta(each)) is not None
    ]


def _is_counted_anew(each: _Written) -> bool:
    before, after = each.planned.before, each.planned.after
    return after.stock is not None and (before is None or before.state.stock != after.stock)


def _delta(before: Any, each: _Written) -> int:
    return (each.planned.after.stock or 0) - ((before.stock or 0) if before else 0)


def _variant_delta(planned: PlannedVariant) -> int | None:
    """The change of its stock; None if it is unlimited, or was before."""
    before = planned.before.state.stock if planned.before else None
    after = planned.after.stock
    return None if after is None or after == before else after - (before or 0)


async def _write_photos(connection: Connection, shop_id: int, written: Iterable[_Written]) -> None:
    """Sets the photos of these products; a file that nothing uses is deleted later."""
    anew = [
        each
        for each in written
        if each.planned.after.photos
        != (each.planned.before.state.photos if each.planned.before else ())
    ]
    if not anew:
        return
    ids = [each.id for each in anew]
    shown = [
        (each.id, place, bytes.fromhex(digest))
        for each in anew
        for place, digest in enumerate(each.planned.after.photos)
    ]
    products, places, digests = _arrays(shown) if shown else ([], [], [])
    await connection.execute("DELETE FROM product_photos WHERE product_id = ANY($1::bigint[])", ids)
    await connection.execute(
        "INSERT INTO file_uses (shop_id, owner, natural_key, sha256, file_name) "
        "SELECT DISTINCT ON (d.id, d.sha256) $1::int, $2, 'product:' || d.id, d.sha256, "
        "  coalesce((SELECT u.file_name FROM file_uses AS u WHERE u.shop_id = $1 "
        "    AND u.sha256 = d.sha256 AND u.file_name <> '' AND u.buyer_no IS NULL "
        "    ORDER BY u.created_at LIMIT 1), '') "
        "FROM unnest($3::bigint[], $4::bytea[]) AS d (id, sha256) "
        "ON CONFLICT (shop_id, owner, natural_key, sha256) DO NOTHING",
        shop_id,
        OWNER,
        products,
        digests,
    )
    await connection.execute(
        "INSERT INTO product_photos (product_id, position, sha256) "
        "SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::bytea[])",
        products,
        places,
        digests,
    )
    await connection.execute(
        "DELETE FROM file_uses AS u WHERE u.shop_id = $1 AND u.owner = $2 "
        "AND u.natural_key IN (SELECT 'product:' || id FROM unnest($3::bigint[]) AS id) "
        "AND NOT EXISTS (SELECT FROM product_photos AS f "
        "  WHERE 'product:' || f.product_id = u.natural_key AND f.sha256 = u.sha256)",
        shop_id,
        OWNER,
        ids,
    )
