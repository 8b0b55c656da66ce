"""Carts: what is in them, and which of them were left."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from core.postgres import Connection
from core.shop.catalogue import Product
from core.shop.customers import Customer

MOST_LINES, MOST_UNITS = 30, 999


class CartLine(BaseModel):
    """So many of one product, or of one variant of it. `title` is as it was when it was put in."""

    model_config = ConfigDict(frozen=True)

    product_id: int
    variant_id: int | None = None
    title: str
    quantity: int


async def lines_of(connection: Connection, customer: Customer) -> list[CartLine]:
    """What is in the shopper's cart, the oldest first."""
    rows = await connection.fetch(
        "SELECT product_id, variant_id, title, quantity FROM cart_lines "
        "WHERE shop_id = $1 AND buyer_no = $2 ORDER BY added_at, product_id",
        customer.shop_id,
        customer.buyer_no,
    )
    return [CartLine(**row) for row in rows]


async def units_of(connection: Connection, customer: Customer) -> int:
    """How many units there are in the shopper's cart."""
    found: int = await connection.fetchval(
        "SELECT coalesce(sum(quantity), 0)::bigint FROM cart_lines "
        "WHERE shop_id = $1 AND buyer_no = $2",
        customer.shop_id,
        customer.buyer_no,
    )
    return found


async def put(
    connection: Connection,
    bot_id: int,
    customer: Customer,
    product: Product,
    variant_id: int | None,
    quantity: int,
) -> None:
    """There are so many of it in the cart now."""
    await _changed(connection, bot_id, customer)
    variant = "" if variant_id is None else f", {product.variant(variant_id).title}"
    await connection.execute(
        "INSERT INTO cart_lines (shop_id, buyer_no, product_id, variant_id, title, quantity) "
        "VALUES ($1, $2, $3, $4, $5, $6) "
        "ON CONFLICT (shop_id, buyer_no, product_id, variant_id) DO UPDATE SET quantity = $6",
        customer.shop_id,
        customer.buyer_no,
        product.id,
        variant_id,
        product.title + variant,
        quantity,
    )


async def take_out(
    connection: Connection,
    bot_id: int,
    customer: Customer,
    product_id: int,
    variant_id: int | None,
    quantity: int | None = None,
) -> int:
    """Takes so many of it out, or all; how many went."""
    await _changed(connection, bot_id, customer)
    there: int | None = await connection.fetchval(
        "SELECT quantity FROM cart_lines WHERE shop_id = $1 AND buyer_no = $2 "
        "AND product_id = $3 AND variant_id IS NOT DISTINCT FROM $4",
        customer.shop_id,
        customer.buyer_no,
        product_id,
        variant_id,
    )
    if there is None:
        return 0
    went = there if quantity is None else min(there, quantity)
    change = "DELETE FROM cart_lines" if went == there else "UPDATE cart_lines SET quantity = $5"
    values = [] if went == there else [there - went]
    await connection.execute(
        f"{change} WHERE shop_id = $1 AND buyer_no = $2 "
        "AND product_id = $3 AND variant_id IS NOT DISTINCT FROM $4",
        customer.shop_id,
        customer.buyer_no,
        product_id,
        variant_id,
        *values,
    )
    return went


async def _changed(connection: Connection, bot_id: int, customer: Customer) -> None:
    await connection.execute(
        "INSERT INTO carts (shop_id, buyer_no, bot_id) VALUES ($1, $2, $3) "
        "ON CONFLICT (shop_id, buyer_no) DO UPDATE "
        "SET bot_id = $3, changed_at = now(), reminded_at = NULL",
        customer.shop_id,
        customer.buyer_no,
        bot_id,
    )


async def was_just_put(
    connection: Connection, customer: Customer, product_id: int, variant_id: int | None
) -> bool:
    """Whether it is in the cart, which was changed less than a second ago: the second press of a
    double one."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM cart_lines AS l JOIN carts AS c USING (shop_id, buyer_no) "
        "WHERE shop_id = $1 AND buyer_no = $2 AND product_id = $3 "
        "AND variant_id IS NOT DISTINCT FROM $4 AND c.changed_at > now() - interval '1 second')",
        customer.shop_id,
        customer.buyer_no,
        product_id,
        variant_id,
    )
    return found


async def silence(connection: Connection, customer: Customer) -> None:
    """The shopper is spared reminders from now on."""
    await connection.execute(
        "UPDATE carts SET is_quiet = true WHERE shop_id = $1 AND buyer_no = $2",
        customer.shop_id,
        customer.buyer_no,
    )


async def take_left(
    connection: Connection, bot_id: int, *, hours: int, most: int = 50
) -> list[tuple[int, datetime]]:
    """Carts that nobody has touched for so long and whose owner was not reminded yet, marked as
    reminded: the shopper's number and when they changed it last. Beyond a week nobody is reminded.
    """
    rows = await connection.fetch(
        "UPDATE carts AS c SET reminded_at = now() FROM (SELECT shop_id, buyer_no FROM carts AS t "
        "  WHERE bot_id = $1 AND changed_at < now() - make_interval(hours => $2) "
        "    AND changed_at > now() - make_interval(hours => $2) - interval '7 days' "
        "    AND reminded_at IS NULL AND NOT is_quiet "
        "    AND shop_id = (SELECT shop_id FROM bots WHERE id = $1) "
        "    AND EXISTS (SELECT FROM customers AS p WHERE p.blocked_at IS NULL "
        "      AND (p.shop_id, p.buyer_no) = (t.shop_id, t.buyer_no)) "
        "    AND EXISTS (SELECT FROM cart_lines AS l "
        "      WHERE (l.shop_id, l.buyer_no) = (t.shop_id, t.buyer_no)) "
        "  ORDER BY changed_at LIMIT $3 FOR UPDATE SKIP LOCKED) AS due "
        "WHERE (c.shop_id, c.buyer_no) = (due.shop_id, due.buyer_no) "
        "RETURNING c.buyer_no, c.changed_at",
        bot_id,
        hours,
        most,
    )
    return [(row["buyer_no"], row["changed_at"]) for row in rows]


async def left_by(connection: Connection, shop_id: int) -> list[int]:
    """Who has something in the cart that was not touched for an hour, nor bought."""
    rows = await connection.fetch(
        "SELECT buyer_no FROM carts AS t WHERE shop_id = $1 "
        "AND changed_at < now() - interval '1 hour' AND EXISTS (SELECT FROM cart_lines AS l "
        "WHERE (l.shop_id, l.buyer_no) = (t.shop_id, t.buyer_no))",
        shop_id,
    )
    return [row["buyer_no"] for row in rows]
