"""Where a product stands in the shop's list."""

from core.postgres import Connection
from core.shop.catalogue import Product


async def place_of(connection: Connection, product: Product) -> int:
    """How many products on sale stand before this one."""
    place: int = await connection.fetchval(
        "SELECT count(*) FROM products AS p, products AS this "
        "WHERE this.id = $2 AND p.shop_id = $1 AND p.is_active "
        "AND (p.position, p.id) < (this.position, this.id)",
        product.shop_id,
        product.id,
    )
    return place
