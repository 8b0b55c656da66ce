"""The catalogue: products, their variants, prices and stock."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import asyncpg
from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.errors import NotFound, Refused
from core.events import NOBODY, Origin, emit
from core.money import MOST_STARS, STARS, CurrencyCode, Money
from core.postgres import Connection
from core.shop import catalogue_words, stock
from core.shop.pricing import Item, ProductKind

TITLE_LENGTH, DESCRIPTION_LENGTH = 128, 4096


class PriceOutOfRange(Refused):
    """Telegram accepts no bill with this price."""

    code = "price_out_of_range"


def ensure_payable(price: Money) -> None:
    """Raises PriceOutOfRange for a price that no bill of Telegram can have.

    Only for Stars: the limits of other currencies follow their daily rates
    (https://core.telegram.org/bots/payments#supported-currencies).
    """
    if price.currency == STARS and not 1 <= price.amount_minor <= MOST_STARS:
        raise PriceOutOfRange(
            f"a bill in Telegram Stars is of 1 to {MOST_STARS:,} ⭐, and this would be "
            f"{price.amount_minor:,}: set a lower price, or sell in another currency"
        )


class VariantDraft(BaseModel):
    """A size or a colour. With `price_minor` or `cost_minor` None, the product's applies; `stock`
    None means unlimited."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    title: str = Field(min_length=1, max_length=64)
    sku: str | None = Field(default=None, min_length=1, max_length=64)
    price_minor: int | None = Field(default=None, gt=0)
    cost_minor: int | None = Field(default=None, ge=0)
    stock: int | None = Field(default=None, ge=0)


class Variant(VariantDraft):
    """A variant on sale."""

    id: int


class ProductDraft(BaseModel):
    """What an owner enters for a product. `stock` None means unlimited; if there are variants,
    their stocks count. A hidden product is not listed, but sold to anyone who has its link.
    `low_stock` is the number at which the owner is notified; None: as the bot's settings say."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    title: str = Field(min_length=1, max_length=TITLE_LENGTH)
    description: str = Field(default="", max_length=DESCRIPTION_LENGTH)
    price_minor: int = Field(gt=0)
    currency: CurrencyCode
    stock: int | None = Field(default=None, ge=0)
    kind: ProductKind = "physical"
    category_id: int | None = None
    sku: str | None = Field(default=None, min_length=1, max_length=64)
    cost_minor: int | None = Field(default=None, ge=0)
    is_hidden: bool = False
    on_sale_from: datetime | None = None
    on_sale_until: datetime | None = None
    low_stock: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "ProductDraft":
        if self.on_sale_from and self.on_sale_until and self.on_sale_until <= self.on_sale_from:
            raise ValueError("on_sale_until is not after on_sale_from")
        return self


class Product(ProductDraft):
    """A product on sale, with its variants on sale and photos (SHA-256) in the owner's order."""

    id: int
    shop_id: int
    currency: str  # stored values are shown as they are
    variants: list[Variant] = []
    photos: list[str] = []

    @property
    def is_sold_out(self) -> bool:
        """Nothing is left of the product or of any of its variants; units reserved by unpaid orders
        count as left."""
        if self.variants:
            return all(variant.stock == 0 for variant in self.variants)
        return self.stock == 0

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)

    def price_of(self, variant: Variant) -> Money:
        """The variant's own price, or the product's."""
        return Money(variant.price_minor or self.price_minor, self.currency)

    def variant(self, variant_id: int) -> Variant:
        """Raises NotFound."""
        for each in self.variants:
            if each.id == variant_id:
                return each
        raise NotFound(f"product {self.id} has no variant {variant_id}")

    def item(self, quantity: int = 1, variant_id: int | None = None) -> Item:
        """A quantity of it at today's price; raises NotFound if it is sold by variant and none, or
        one of another product, is named."""
        if variant_id is None and self.variants:
            raise NotFound(f"product {self.id} is sold by variant")
        chosen = None if variant_id is None else self.variant(variant_id)
        price = chosen.price_minor if chosen and chosen.price_minor else self.price_minor
        cost = self.cost_minor if chosen is None or chosen.cost_minor is None else chosen.cost_minor
        return Item(
            self.id,
            self.title,
            price,
            quantity,
            variant_id,
            chosen.title if chosen else "",
            self.kind,
            cost,
        )


# Of `products AS p`: the columns of a Product, and the conditions for being on sale, and for being
# listed as well.
COLUMNS = (
    "p.id, p.shop_id, p.title, p.description, p.price_minor, p.currency, p.stock, p.kind, "
    "p.category_id, p.sku, p.cost_minor, p.is_hidden, p.on_sale_from, p.on_sale_until, "
    "p.low_stock, "
    "coalesce((SELECT jsonb_agg(jsonb_build_object('id', v.id, 'title', v.title, 'sku', v.sku, "
    "  'price_minor', v.price_minor, 'cost_minor', v.cost_minor, 'stock', v.stock) "
    "  ORDER BY v.position, v.id) FROM product_variants AS v "
    "  WHERE v.product_id = p.id AND v.is_active), '[]') AS variants, "
    "ARRAY(SELECT encode(f.sha256, 'hex') FROM product_photos AS f WHERE f.product_id = p.id "
    "  ORDER BY f.position) AS photos"
)
ON_SALE = (
    "p.is_active AND coalesce(p.on_sale_from <= now(), true) "
    "AND coalesce(p.on_sale_until > now(), true)"
)
# `$1` is the shop. The hidden categories are looked up once for the whole statement.
LISTED = (
    f"{ON_SALE} AND NOT p.is_hidden AND (p.category_id IS NULL OR p.category_id NOT IN ("
    "WITH RECURSIVE concealed AS ("
    "  SELECT c.id FROM categories AS c WHERE c.shop_id = $1 AND c.is_hidden UNION "
    "  SELECT c.id FROM concealed JOIN categories AS c "
    "    ON c.shop_id = $1 AND c.parent_id = concealed.id) SELECT id FROM concealed))"
)


def products_of(rows: Sequence[asyncpg.Record]) -> list[Product]:
    """Rows with COLUMNS, and possibly others, as products."""
    names = Product.model_fields.keys()
    return [Product(**{name: row[name] for name in names}) for row in rows]


async def add(connection: Connection, shop_id: int, draft: ProductDraft) -> Product:
    """Puts a product on sale, in a transaction of its own unless the caller has one; a stated stock
    is also emitted as an event. Raises PriceOutOfRange."""
    ensure_payable(Money(draft.price_minor, draft.currency))
    async with connection.transaction():
        product = await _insert(connection, shop_id, draft)
        await catalogue_words.note(connection, shop_id, [product.id])
        if product.stock is not None:
            origin = await origin_of(connection, shop_id)
            counted = await stock.changed(connection, product.id, delta=product.stock)
            await emit(connection, origin, NOBODY, [counted])
    return product


async def add_variant(
    connection: Connection, shop_id: int, product_id: int, draft: VariantDraft
) -> Variant:
    """Adds a variant to a product, after its others; raises NotFound for another shop's product,
    PriceOutOfRange."""
    async with connection.transaction():
        currency = await connection.fetchval(
            "SELECT currency FROM products WHERE shop_id = $1 AND id = $2 FOR UPDATE",
            shop_id,
            product_id,
        )
        if currency is None:
            raise NotFound(f"shop {shop_id} has no product {product_id}")
        if draft.price_minor is not None:
            ensure_payable(Money(draft.price_minor, currency))
        variant_id: int = await connection.fetchval(
            "INSERT INTO product_variants "
            "(product_id, title, sku, price_minor, cost_minor, stock, position) "
            "SELECT $1, $2, $3, $4, $5, $6, count(*) FROM product_variants WHERE product_id = $1 "
            "RETURNING id",
            product_id,
            draft.title,
            draft.sku,
            draft.price_minor,
            draft.cost_minor,
            draft.stock,
        )
        await catalogue_words.note(connection, shop_id, [product_id])
        if draft.stock is not None:
            origin = await origin_of(connection, shop_id)
            counted = await stock.changed(connection, product_id, variant_id, delta=draft.stock)
            await emit(connection, origin, NOBODY, [counted])
    return Variant(id=variant_id, **draft.model_dump())


async def origin_of(connection: Connection, shop_id: int) -> Origin:
    """The origin of events of the shop itself, independent of its bots."""
    retention_days: int = await connection.fetchval(
        "SELECT retention_days FROM shops WHERE id = $1", shop_id
    )
    return Origin(shop_id, 0, "hosted", retention_days)


async def _insert(connection: Connection, shop_id: int, draft: ProductDraft) -> Product:
    product_id: int = await connection.fetchval(
        "INSERT INTO products (shop_id, title, description, price_minor, currency, stock, kind, "
        "category_id, sku, cost_minor, is_hidden, on_sale_from, on_sale_until, low_stock, "
        "position) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, count(*) "
        "FROM products WHERE shop_id = $1 RETURNING id",
        shop_id,
        draft.title,
        draft.description,
        draft.price_minor,
        draft.currency,
        draft.stock,
        draft.kind,
        draft.category_id,
        draft.sku,
        draft.cost_minor,
        draft.is_hidden,
        draft.on_sale_from,
        draft.on_sale_until,
        draft.low_stock,
    )
    return Product(id=product_id, shop_id=shop_id, **draft.model_dump())


async def page(
    connection: Connection,
    shop_id: int,
    *,
    size: int,
    offset: int = 0,
    category: int | None | Literal["any"] = "any",
) -> tuple[list[Product], int]:
    """The listed products on sale, in the owner's order, and their total number; only those of one
    category if given (None: those without one)."""
    where = f"p.shop_id = $1 AND {LISTED}"
    values: list[Any] = [shop_id]
    if category != "any":
        where += " AND p.category_id IS NOT DISTINCT FROM $2"
        values.append(category)
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM products AS p WHERE {where} "
        f"ORDER BY p.position, p.id LIMIT {int(size)} OFFSET {int(offset)}",
        *values,
    )
    total = total_of(len(rows), size, offset)
    if total is None:
        total = await connection.fetchval(
            f"SELECT count(*) FROM products AS p WHERE {where}", *values
        )
    return products_of(rows), total


def total_of(found: int, size: int, offset: int) -> int | None:
    """How many rows there are in all, when `found` of a page tells it: one that is not full is the
    last, unless it is beyond the end."""
    return offset + found if found < size and (found or not offset) else None


async def get(connection: Connection, shop_id: int, product_id: int) -> Product:
    """A product on sale; raises NotFound."""
    found = await of_ids(connection, shop_id, [product_id])
    if not found:
        raise NotFound(f"shop {shop_id} sells no product {product_id}")
    return found[0]


async def of_ids(connection: Connection, shop_id: int, product_ids: Sequence[int]) -> list[Product]:
    """Those of the products that are on sale."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM products AS p "
        f"WHERE p.shop_id = $1 AND p.id = ANY($2::bigint[]) AND {ON_SALE}",
        shop_id,
        list(product_ids),
    )
    return products_of(rows)
