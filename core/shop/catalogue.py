"""The catalogue: products, their prices and stock."""

from pydantic import BaseModel, ConfigDict, Field

from core.errors import NotFound
from core.events import NOBODY, STOCK_CHANGED, Event, Origin, emit
from core.money import CurrencyCode, Money
from core.postgres import Connection


class ProductDraft(BaseModel):
    """What an owner states of a product. `stock` None means unlimited."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    title: str = Field(min_length=1, max_length=32)
    description: str = Field(default="", max_length=255)
    price_minor: int = Field(gt=0)
    currency: CurrencyCode
    stock: int | None = Field(default=None, ge=0)


class Product(ProductDraft):
    """A product on sale."""

    id: int
    shop_id: int
    currency: str  # whatever is stored is shown

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)


_COLUMNS = "id, shop_id, title, description, price_minor, currency, stock"


async def add(connection: Connection, shop_id: int, draft: ProductDraft) -> Product:
    """Puts a product on sale, in a transaction of its own unless the caller has one: a stock that
    is stated is told of along with it."""
    async with connection.transaction():
        product = await _insert(connection, shop_id, draft)
        if product.stock is not None:
            origin = await _origin_of(connection, shop_id)
            counted = stock_changed(product.id, product.stock, delta=product.stock)
            await emit(connection, origin, NOBODY, [counted])
    return product


def stock_changed(product_id: int, on_hand: int, *, delta: int, order_id: int = 0) -> Event:
    """That there are so many now. Make it while the product's row is locked: of two changes, the
    later one then has the later moment."""
    return Event(
        STOCK_CHANGED,
        product_id=product_id,
        order_id=order_id,
        quantity=on_hand,
        props={"delta": delta},
    )


async def _origin_of(connection: Connection, shop_id: int) -> Origin:
    """The shop itself, whatever bots it has."""
    retention_days: int = await connection.fetchval(
        "SELECT retention_days FROM shops WHERE id = $1", shop_id
    )
    return Origin(shop_id, 0, "hosted", retention_days)


async def _insert(connection: Connection, shop_id: int, draft: ProductDraft) -> Product:
    row = await connection.fetchrow(
        f"INSERT INTO products (shop_id, title, description, price_minor, currency, stock, "
        f"position) SELECT $1, $2, $3, $4, $5, $6, count(*) FROM products WHERE shop_id = $1 "
        f"RETURNING {_COLUMNS}",
        shop_id,
        draft.title,
        draft.description,
        draft.price_minor,
        draft.currency,
        draft.stock,
    )
    assert row is not None  # RETURNING of an INSERT always gives a row
    return Product(**row)


async def page(
    connection: Connection, shop_id: int, *, size: int, offset: int = 0
) -> tuple[list[Product], int]:
    """The products on sale in the owner's order, and how many there are in all."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM products WHERE shop_id = $1 AND is_active "
        f"ORDER BY position, id LIMIT $2 OFFSET $3",
        shop_id,
        size,
        offset,
    )
    total: int = await connection.fetchval(
        "SELECT count(*) FROM products WHERE shop_id = $1 AND is_active", shop_id
    )
    return [Product(**row) for row in rows], total


async def get(connection: Connection, shop_id: int, product_id: int) -> Product:
    """A product on sale; raises NotFound."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM products WHERE shop_id = $1 AND id = $2 AND is_active",
        shop_id,
        product_id,
    )
    if row is None:
        raise NotFound(f"shop {shop_id} sells no product {product_id}")
    return Product(**row)
