"""Products and variants as a row of the file states them, and as the shop has them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from functools import cached_property

from core import zones
from core.postgres import Connection
from core.shop.catalogue_csv import cells
from core.shop.pricing import ProductKind
from core.shop.shops import Shop

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProductState:
    """What an owner states about a product: field names are those of
    `core.shop.catalogue.ProductDraft`, the category is its path, the photos are SHA-256."""

    title: str = ""
    description: str = ""
    category: Path = ()
    price_minor: int = 0
    currency: str = ""
    cost_minor: int | None = None
    stock: int | None = None
    low_stock: int | None = None
    kind: ProductKind = "physical"
    is_hidden: bool = False
    is_archived: bool = False
    on_sale_from: datetime | None = None
    on_sale_until: datetime | None = None
    position: int = 0
    sku: str | None = None
    photos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VariantState:
    """The same for a variant; `price_minor` and `cost_minor` None: the product's."""

    title: str = ""
    sku: str | None = None
    price_minor: int | None = None
    cost_minor: int | None = None
    stock: int | None = None
    is_archived: bool = False
    position: int = 0


@dataclass(frozen=True, slots=True)
class KeptVariant:
    id: int
    state: VariantState


@dataclass(frozen=True, slots=True)
class KeptProduct:
    """`version` rises with the owner's changes in the panel."""

    id: int
    version: int
    state: ProductState
    variants: tuple[KeptVariant, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """A shop's products by number, its categories' numbers by path, and its pictures: the names
    under which they were uploaded, each with the files (SHA-256) of that name."""

    currency: str
    zone: tzinfo
    products: Mapping[int, KeptProduct]
    categories: Mapping[Path, int]
    pictures: Mapping[str, frozenset[str]]
    digests: frozenset[str]

    @cached_property
    def photo_names(self) -> dict[str, str]:
        """The name of each picture whose name no other picture has, by SHA-256."""
        return {next(iter(of)): name for name, of in self.pictures.items() if name and len(of) == 1}


_PRODUCTS = """
SELECT p.id, p.version, p.title, p.description, p.category_id, p.price_minor, p.currency,
    p.cost_minor, p.stock, p.low_stock, p.kind, p.is_hidden, NOT p.is_active AS is_archived,
    p.on_sale_from, p.on_sale_until, p.position, p.sku
FROM products AS p WHERE p.shop_id = $1 AND ($2::bigint[] IS NULL OR p.id = ANY($2))
"""
_VARIANTS = """
SELECT v.product_id, v.id, v.title, v.sku, v.price_minor, v.cost_minor, v.stock,
    NOT v.is_active AS is_archived, v.position
FROM product_variants AS v JOIN products AS p ON p.id = v.product_id
WHERE p.shop_id = $1 AND ($2::bigint[] IS NULL OR p.id = ANY($2)) ORDER BY v.position, v.id
"""
_PHOTOS = """
SELECT f.product_id, encode(f.sha256, 'hex') AS sha256
FROM product_photos AS f JOIN products AS p ON p.id = f.product_id
WHERE p.shop_id = $1 AND ($2::bigint[] IS NULL OR p.id = ANY($2))
ORDER BY f.product_id, f.position
"""
_CATEGORIES = """
WITH RECURSIVE tree AS (
    SELECT id, ARRAY[title] AS path FROM categories WHERE shop_id = $1 AND parent_id IS NULL
    UNION ALL
    SELECT c.id, t.path || c.title FROM tree AS t
    JOIN categories AS c ON c.shop_id = $1 AND c.parent_id = t.id
) SELECT id, path FROM tree
"""
_PICTURES = """
SELECT DISTINCT u.file_name, encode(u.sha256, 'hex') AS sha256
FROM file_uses AS u JOIN files AS f ON f.sha256 = u.sha256
WHERE u.shop_id = $1 AND u.buyer_no IS NULL AND f.width IS NOT NULL
"""


@dataclass(slots=True)
class _Parts:
    """What is stored about each product beside its own row."""

    variants: dict[int, list[KeptVariant]] = field(default_factory=dict)
    photos: dict[int, list[str]] = field(default_factory=dict)


async def categories_of(connection: Connection, shop_id: int) -> dict[Path, int]:
    """The shop's categories by their paths from the top."""
    rows = await connection.fetch(_CATEGORIES, shop_id)
    return {tuple(row["path"]): row["id"] for row in rows}


async def read_catalogue(connection: Connection, shop: Shop) -> Catalogue:
    """The whole catalogue, including archived products and variants."""
    outline = await read_outline(connection, shop)
    return replace(outline, products=await read_products(connection, shop.id, outline.categories))


async def read_outline(connection: Connection, shop: Shop) -> Catalogue:
    """Everything but the products."""
    categories = await categories_of(connection, shop.id)
    pictures: dict[str, set[str]] = {}
    rows = await connection.fetch(_PICTURES, shop.id)
    for row in rows:
        if row["file_name"]:
            pictures.setdefault(row["file_name"], set()).add(row["sha256"])
    return Catalogue(
        shop.currency,
        zones.zone(shop.timezone),
        {},
        categories,
        {name: frozenset(of) for name, of in pictures.items()},
        frozenset(row["sha256"] for row in rows),
    )


async def read_products(
    connection: Connection,
    shop_id: int,
    categories: Mapping[Path, int],
    *,
    ids: Sequence[int] | None = None,
    lock: bool = False,
) -> dict[int, KeptProduct]:
    """Products by number, those of `ids` or all.

    With `lock`, nobody else can sell or change them until the transaction ends.
    """
    order = " ORDER BY p.id FOR UPDATE OF p" if lock else ""
    rows = await connection.fetch(_PRODUCTS + order, shop_id, ids)
    parts = _Parts()
    for row in await connection.fetch(
        _VARIANTS + (" FOR UPDATE OF v" if lock else ""), shop_id, ids
    ):
        values = dict(row)
        kept = parts.variants.setdefault(values.pop("product_id"), [])
        kept.append(KeptVariant(values.pop("id"), VariantState(**values)))
    for row in await connection.fetch(_PHOTOS, shop_id, ids):
        parts.photos.setdefault(row["product_id"], []).append(row["sha256"])
    paths = {number: path for path, number in categories.items()}
    return {row["id"]: _product(dict(row), paths, parts) for row in rows}


def _product(row: dict[str, object], paths: Mapping[int, Path], parts: _Parts) -> KeptProduct:
    values: dict[str, object] = row
    number, version, category = (values.pop(name) for name in ("id", "version", "category_id"))
    assert isinstance(number, int) and isinstance(version, int)
    state = ProductState(
        category=paths[category] if isinstance(category, int) else (),
        photos=tuple(parts.photos.get(number, ())),
        **values,  # type: ignore[arg-type]  # the columns of _PRODUCTS are the fields
    )
    return KeptProduct(number, version, state, tuple(parts.variants.get(number, ())))


def product_cells(
    state: ProductState, zone: tzinfo, photo_names: Mapping[str, str]
) -> dict[str, str]:
    """The cells of a product's row, before they are made safe."""
    return {
        "sku": state.sku or "",
        "title": state.title,
        "description": state.description,
        "category": cells.path_text(state.category),
        "price": cells.amount_text(state.price_minor, state.currency),
        "currency": state.currency,
        "cost": cells.amount_text(state.cost_minor, state.currency),
        "stock": cells.count_text(state.stock),
        "low_stock": "" if state.low_stock is None else str(state.low_stock),
        "kind": state.kind,
        "hidden": cells.flag_text(state.is_hidden),
        "archived": cells.flag_text(state.is_archived),
        "on_sale_from": cells.moment_text(state.on_sale_from, zone),
        "on_sale_until": cells.moment_text(state.on_sale_until, zone),
        "position": str(state.position),
        "photos": photo_text(state.photos, photo_names),
    }


def photo_text(digests: Iterable[str], names: Mapping[str, str]) -> str:
    """By name where it is unambiguous, else by SHA-256."""
    shown = ((digest, names.get(digest, digest)) for digest in digests)
    return " | ".join(digest if "|" in name else name for digest, name in shown)


def variant_cells(state: VariantState, currency: str) -> dict[str, str]:
    """A variant's own cells, before they are made safe."""
    return {
        "sku": state.sku or "",
        "variant": state.title,
        "price": cells.amount_text(state.price_minor, currency),
        "cost": cells.amount_text(state.cost_minor, currency),
        "stock": cells.count_text(state.stock),
        "archived": cells.flag_text(state.is_archived),
        "position": str(state.position),
    }
