"""Products as their owner sees and changes them, including those off sale and the units that orders
reserve."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import asyncpg

from core.conditions import Conditions
from core.errors import ChangedMeanwhile, Conflict, NotFound
from core.events import NOBODY, Event, emit
from core.money import Money
from core.postgres import Connection
from core.shop import catalogue, catalogue_words, categories, stock
from core.shop.catalogue import COLUMNS, Product, ProductDraft, Variant, VariantDraft
from core.shop.sought import literal
from core.versions import ensure_unchanged

VARIANTS = 100  # of one product
# Fields of a draft that have their own routes: a sale meanwhile must not be undone.
_NOT_CHANGED = {"stock", "currency"}


class SkuTaken(Conflict):
    """Another product of the shop has this SKU."""

    code = "sku_taken"


class VariantTitleTaken(Conflict):
    """Another variant of the product has this title."""

    code = "variant_title_taken"


class OwnedProduct(Product):
    """`reserved`: units that unpaid orders reserve. An archived product is permanently off sale,
    and orders still refer to it. `version` rises with the owner's changes, not with sales."""

    is_archived: bool
    position: int
    version: int
    reserved: int
    created_at: datetime
    updated_at: datetime


_OWNED = (
    f"{COLUMNS}, NOT p.is_active AS is_archived, p.position, p.version, p.created_at, "
    "p.updated_at, coalesce((SELECT sum(l.quantity) FROM order_lines AS l "
    "  JOIN orders AS o ON o.id = l.order_id WHERE l.product_id = p.id "
    "  AND o.status = 'created' AND o.reserved_until > now()), 0)::int AS reserved"
)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which products: `category` None means those without one; `words` are searched for in titles,
    SKUs and descriptions, as for a shopper."""

    category: int | None | Literal["any"] = "any"
    archived: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A product's place in the owner's order, after which a page begins."""

    position: int
    id: int


async def page(
    connection: Connection,
    shop_id: int,
    chosen: Filter,
    *,
    size: int,
    after: Place | None = None,
) -> list[OwnedProduct]:
    """Products after a place, in the owner's order."""
    where = Conditions()
    where.add("p.shop_id = {}", shop_id)
    where.add("p.is_active = {}", not chosen.archived)
    if chosen.category != "any":
        where.add("p.category_id IS NOT DISTINCT FROM {}", chosen.category)
    if chosen.words:
        where.add(
            "(p.search @@ plainto_tsquery('russian', plain_words({0})) "
            "OR plain_words(p.title) LIKE '%' || {1} || '%' OR p.sku = {0})",
            chosen.words,
            literal(chosen.words.lower().replace("ё", "е")),
        )
    if after is not None:
        where.add("(p.position, p.id) > ({}::int, {}::bigint)", after.position, after.id)
    rows = await connection.fetch(
        f"SELECT {_OWNED} FROM products AS p WHERE {where.sql} "
        f"ORDER BY p.position, p.id LIMIT {int(size)}",
        *where.values,
    )
    return [OwnedProduct(**row) for row in rows]


async def get(
    connection: Connection, shop_id: int, product_id: int, *, lock: bool = False
) -> OwnedProduct:
    """A product, on sale or not; raises NotFound. With `lock`, nobody else can sell or change it
    until the transaction ends."""
    if lock:  # a statement of its own, so that the next one sees what was waited for
        await connection.execute(
            "SELECT FROM products WHERE shop_id = $1 AND id = $2 FOR UPDATE", shop_id, product_id
        )
    row = await connection.fetchrow(
        f"SELECT {_OWNED} FROM products AS p WHERE p.shop_id = $1 AND p.id = $2",
        shop_id,
        product_id,
    )
    if row is None:
        raise NotFound(f"shop {shop_id} has no product {product_id}")
    return OwnedProduct(**row)


async def ensure_seen(
    connection: Connection, shop_id: int, product_id: int, seen_version: int
) -> OwnedProduct:
    """The product, locked. Raises NotFound, and ChangedMeanwhile if it has another version."""
    product = await get(connection, shop_id, product_id, lock=True)
    if product.version != seen_version:
        raise ChangedMeanwhile(
            "somebody has changed the product since: read it again", str(product.version)
        )
    return product


async def add(connection: Connection, shop_id: int, draft: ProductDraft) -> OwnedProduct:
    """Like `catalogue.add`; also raises SkuTaken and CategoryNotFound."""
    if draft.category_id is not None:
        await categories.get(connection, shop_id, draft.category_id)
    try:
        async with connection.transaction():
            made = await catalogue.add(connection, shop_id, draft)
    except asyncpg.UniqueViolationError as error:
        raise SkuTaken(f"another product has the SKU {draft.sku}") from error
    return await get(connection, shop_id, made.id)


async def change(
    connection: Connection,
    shop_id: int,
    product_id: int,
    draft: ProductDraft,
    *,
    seen_version: int,
) -> OwnedProduct:
    """Replaces what the draft states, except stock and currency. An unpaid order is priced again
    when it is paid.

    Raises NotFound, ChangedMeanwhile, CategoryNotFound, SkuTaken, PriceOutOfRange.
    """
    current = await ensure_seen(connection, shop_id, product_id, seen_version)
    catalogue.ensure_payable(Money(draft.price_minor, current.currency))
    if draft.category_id is not None:
        await categories.get(connection, shop_id, draft.category_id)
    values = draft.model_dump(exclude=_NOT_CHANGED)
    stated = ", ".join(f"{name} = ${number}" for number, name in enumerate(values, start=2))
    try:
        async with connection.transaction():
            await connection.execute(
                f"UPDATE products SET {stated}, version = version + 1, updated_at = now() "
                "WHERE id = $1",
                product_id,
                *values.values(),
            )
    except asyncpg.UniqueViolationError as error:
        raise SkuTaken(f"another product has the SKU {draft.sku}") from error
    await catalogue_words.note(connection, shop_id, [product_id])
    return await get(connection, shop_id, product_id)


async def archive(
    connection: Connection, shop_id: int, product_id: int, *, is_archived: bool
) -> OwnedProduct:
    """Takes a product off sale, or puts it on sale again. Raises NotFound."""
    await get(connection, shop_id, product_id, lock=True)
    await connection.execute(
        "UPDATE products SET is_active = $2, version = version + 1, updated_at = now() "
        "WHERE id = $1 AND is_active = $3",
        product_id,
        not is_archived,
        is_archived,
    )
    return await get(connection, shop_id, product_id)


async def arrange(connection: Connection, shop_id: int, product_ids: Sequence[int]) -> None:
    """Puts these products in this order, in the places that they occupy among all products. Raises
    NotFound."""
    wanted = list(dict.fromkeys(product_ids))
    rows = await connection.fetch(
        "SELECT id FROM products WHERE shop_id = $1 AND id = ANY($2::bigint[]) "
        "ORDER BY id FOR UPDATE",
        shop_id,
        wanted,
    )
    if len(rows) < len(wanted):
        missing = min(set(wanted) - {row["id"] for row in rows})
        raise NotFound(f"shop {shop_id} has no product {missing}")
    # First the places become the row numbers that the owner sees, so that no two are equal.
    await connection.execute(
        "WITH ranked AS (SELECT id, row_number() OVER (ORDER BY position, id) - 1 AS place "
        "  FROM products WHERE shop_id = $1), "
        "slots AS (SELECT place, row_number() OVER (ORDER BY place) AS nth FROM ranked "
        "  WHERE id = ANY($2::bigint[])), "
        "dealt AS (SELECT o.id, s.place FROM unnest($2::bigint[]) WITH ORDINALITY AS o (id, nth) "
        "  JOIN slots AS s ON s.nth = o.nth), "
        "placed AS (SELECT r.id, coalesce(d.place, r.place) AS place FROM ranked AS r "
        "  LEFT JOIN dealt AS d ON d.id = r.id) "
        "UPDATE products AS p SET position = placed.place FROM placed "
        "WHERE p.id = placed.id AND p.position <> placed.place",
        shop_id,
        wanted,
    )


async def set_stock(
    connection: Connection,
    shop_id: int,
    product_id: int,
    *,
    variant_id: int | None = None,
    to: int | None = None,
    by: int | None = None,
    seen: str = "*",
) -> OwnedProduct:
    """Sets the stock (`to`, None: unlimited), or changes it (`by`). `seen`: the number that it must
    be, or `unlimited`, as If-Match has it.

    Raises NotFound, ChangedMeanwhile, and Conflict if less than zero would be left or an unlimited
    stock is to change.
    """
    product = await get(connection, shop_id, product_id, lock=True)
    before = product.stock if variant_id is None else product.variant(variant_id).stock
    ensure_unchanged("unlimited" if before is None else str(before), seen)
    if by is not None:
        if before is None:
            raise Conflict("the stock is unlimited: say how many there are")
        to = before + by
        if to < 0:
            raise Conflict(f"there are only {before}")
    table, number = ("products", product_id) if variant_id is None else _variants(variant_id)
    await connection.execute(f"UPDATE {table} SET stock = $2 WHERE id = $1", number, to)
    delta = (to or 0) - (before or 0)
    if to is not None and (delta or before is None):
        counted = await stock.changed(connection, product_id, variant_id, delta=delta)
        await _tell(connection, shop_id, counted)
    return await get(connection, shop_id, product_id)


def _variants(variant_id: int) -> tuple[str, int]:
    return "product_variants", variant_id


async def _tell(connection: Connection, shop_id: int, event: Event) -> None:
    await emit(connection, await catalogue.origin_of(connection, shop_id), NOBODY, [event])


async def add_variant(
    connection: Connection, shop_id: int, product_id: int, draft: VariantDraft
) -> Variant:
    """Like `catalogue.add_variant`; raises VariantTitleTaken, and Conflict beyond VARIANTS."""
    product = await get(connection, shop_id, product_id, lock=True)
    if len(product.variants) >= VARIANTS:
        raise Conflict(f"a product has at most {VARIANTS} variants")
    try:
        async with connection.transaction():
            # A variant of this title that was taken off sale comes back.
            known = await connection.fetchval(
                "UPDATE product_variants SET is_active = true, stock = NULL "
                "WHERE product_id = $1 AND title = $2 AND NOT is_active RETURNING id",
                product_id,
                draft.title,
            )
            if known is None:
                made = await catalogue.add_variant(connection, shop_id, product_id, draft)
                await _touch(connection, product_id)
                return made
    except asyncpg.UniqueViolationError as error:
        raise VariantTitleTaken(f"there is a variant {draft.title!r} already") from error
    await set_stock(connection, shop_id, product_id, variant_id=known, to=draft.stock)
    return await change_variant(connection, shop_id, product_id, known, draft)


async def change_variant(
    connection: Connection, shop_id: int, product_id: int, variant_id: int, draft: VariantDraft
) -> Variant:
    """Replaces what the draft states about a variant, except its stock. Raises NotFound,
    VariantTitleTaken, PriceOutOfRange."""
    product = await get(connection, shop_id, product_id, lock=True)
    product.variant(variant_id)
    if draft.price_minor is not None:
        catalogue.ensure_payable(Money(draft.price_minor, product.currency))
    try:
        async with connection.transaction():
            await connection.execute(
                "UPDATE product_variants SET title = $2, sku = $3, price_minor = $4, "
                "cost_minor = $5 WHERE id = $1",
                variant_id,
                draft.title,
                draft.sku,
                draft.price_minor,
                draft.cost_minor,
            )
    except asyncpg.UniqueViolationError as error:
        raise VariantTitleTaken(f"there is a variant {draft.title!r} already") from error
    await catalogue_words.note(connection, shop_id, [product_id])
    await _touch(connection, product_id)
    return (await get(connection, shop_id, product_id)).variant(variant_id)


async def remove_variant(
    connection: Connection, shop_id: int, product_id: int, variant_id: int
) -> OwnedProduct:
    """Takes a variant off sale; orders still name it. Raises NotFound."""
    (await get(connection, shop_id, product_id, lock=True)).variant(variant_id)
    await connection.execute(
        "UPDATE product_variants SET is_active = false WHERE id = $1", variant_id
    )
    await catalogue_words.note(connection, shop_id, [product_id])
    await _touch(connection, product_id)
    return await get(connection, shop_id, product_id)


async def arrange_variants(
    connection: Connection, shop_id: int, product_id: int, variant_ids: Sequence[int]
) -> OwnedProduct:
    """Puts variants in this order; the others follow. Raises NotFound."""
    product = await get(connection, shop_id, product_id, lock=True)
    named = [product.variant(each).id for each in dict.fromkeys(variant_ids)]
    ordered = named + [each.id for each in product.variants if each.id not in named]
    await connection.execute(
        "UPDATE product_variants AS v SET position = o.place "
        "FROM unnest($1::bigint[]) WITH ORDINALITY AS o (id, place) WHERE v.id = o.id",
        ordered,
    )
    await _touch(connection, product_id)
    return await get(connection, shop_id, product_id)


async def _touch(connection: Connection, product_id: int) -> None:
    await connection.execute(
        "UPDATE products SET version = version + 1, updated_at = now() WHERE id = $1", product_id
    )
