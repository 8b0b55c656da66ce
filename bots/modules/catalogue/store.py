"""A product's position in the list, and a shopper's favourites."""

from core.postgres import Connection
from core.shop.catalogue import COLUMNS, LISTED, ON_SALE, Product, products_of, total_of
from core.shop.customers import Customer


async def standing(
    connection: Connection, customer: Customer, product: Product
) -> tuple[int, bool]:
    """How many listed products of its category stand before this one, and whether the shopper has
    marked it."""
    row = await connection.fetchrow(
        "SELECT (SELECT count(*) FROM products AS p, products AS this "
        f"WHERE this.id = $2 AND p.shop_id = $1 AND {LISTED} "
        "AND p.category_id IS NOT DISTINCT FROM this.category_id "
        "AND (p.position, p.id) < (this.position, this.id)), EXISTS (SELECT FROM favourites "
        "WHERE shop_id = $1 AND buyer_no = $3 AND product_id = $2)",
        product.shop_id,
        product.id,
        customer.buyer_no,
    )
    assert row is not None  # a SELECT without FROM always gives a row
    place, is_marked = row
    return place, is_marked


async def is_favourite(connection: Connection, customer: Customer, product_id: int) -> bool:
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM favourites "
        "WHERE shop_id = $1 AND buyer_no = $2 AND product_id = $3)",
        customer.shop_id,
        customer.buyer_no,
        product_id,
    )
    return found


async def has_favourites(connection: Connection, customer: Customer) -> bool:
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM favourites WHERE shop_id = $1 AND buyer_no = $2)",
        customer.shop_id,
        customer.buyer_no,
    )
    return found


async def set_favourite(
    connection: Connection, customer: Customer, product_id: int, *, is_marked: bool
) -> None:
    """Marks a product, or takes the mark off."""
    await connection.execute(
        "INSERT INTO favourites (shop_id, buyer_no, product_id) VALUES ($1, $2, $3) "
        "ON CONFLICT DO NOTHING"
        if is_marked
        else "DELETE FROM favourites WHERE shop_id = $1 AND buyer_no = $2 AND product_id = $3",
        customer.shop_id,
        customer.buyer_no,
        product_id,
    )


async def favourites(
    connection: Connection, customer: Customer, *, size: int, offset: int
) -> tuple[list[Product], int]:
    """Those on sale, hidden ones too, the last that was marked first; and how many in all."""
    marked = (
        "favourites AS f JOIN products AS p ON p.id = f.product_id "
        f"WHERE f.shop_id = $1 AND f.buyer_no = $2 AND {ON_SALE}"
    )
    whose = customer.shop_id, customer.buyer_no
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM {marked} ORDER BY f.added_at DESC, p.id LIMIT $3 OFFSET $4",
        *whose,
        size,
        offset,
    )
    total = total_of(len(rows), size, offset)
    if total is None:
        total = await connection.fetchval(f"SELECT count(*) FROM {marked}", *whose)
    return products_of(rows), total
