"""What is missing, what is low, and who waits for it."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from core.postgres import Connection
from core.shop.catalogue import ON_SALE, Product
from core.shop.customers import Customer


class LowStock(BaseModel):
    """A product or a variant of which little is left; `waiting` shoppers want to hear of more."""

    model_config = ConfigDict(frozen=True)

    product_id: int
    variant_id: int
    name: str
    stock: int
    waiting: int


# Each thing that is counted: a product without variants, or a variant. `$2` is the bot's threshold.
_LOW = """
SELECT p.id AS product_id, coalesce(v.id, 0) AS variant_id,
    concat_ws(', ', p.title, v.title) AS name,
    CASE WHEN v.id IS NULL THEN p.stock ELSE v.stock END AS stock,
    p.position, coalesce(v.position, 0) AS place
FROM products AS p LEFT JOIN product_variants AS v ON v.product_id = p.id AND v.is_active
WHERE p.shop_id = $1 AND p.is_active
    AND CASE WHEN v.id IS NULL THEN p.stock ELSE v.stock END <= coalesce(p.low_stock, $2)
"""


async def low(
    connection: Connection, shop_id: int, bot_id: int, threshold: int, *, most: int = 1000
) -> list[LowStock]:
    """In the owner's order."""
    rows = await connection.fetch(
        f"SELECT l.product_id, l.variant_id, l.name, l.stock, (SELECT count(*) "
        f"  FROM stock_waits AS w WHERE w.bot_id = $3 AND w.product_id = l.product_id "
        f"  AND w.variant_id IN (0, l.variant_id)) AS waiting "
        f"FROM ({_LOW}) AS l ORDER BY l.position, l.product_id, l.place, l.variant_id LIMIT $4",
        shop_id,
        threshold,
        bot_id,
        most,
    )
    return [LowStock(**row) for row in rows]


async def newly_low(
    connection: Connection, shop_id: int, bot_id: int, threshold: int, now: datetime
) -> list[str]:
    """Names and remaining numbers of products about which nobody was notified since there was more
    of them."""
    await connection.execute(
        f"WITH low AS ({_LOW}) DELETE FROM low_stock_notices AS n WHERE n.bot_id = $3 AND NOT "
        f"EXISTS (SELECT FROM low WHERE (low.product_id, low.variant_id) = "
        f"(n.product_id, n.variant_id))",
        shop_id,
        threshold,
        bot_id,
    )
    rows = await connection.fetch(
        f"WITH low AS ({_LOW}), told AS (INSERT INTO low_stock_notices "
        f"  (bot_id, product_id, variant_id, told_at) "
        f"  SELECT $3, product_id, variant_id, $4 FROM low ON CONFLICT DO NOTHING "
        f"  RETURNING product_id, variant_id) "
        f"SELECT low.name || ' — ' || low.stock AS line FROM low JOIN told "
        f"ON (told.product_id, told.variant_id) = (low.product_id, low.variant_id) "
        f"ORDER BY low.position, low.product_id, low.place, low.variant_id",
        shop_id,
        threshold,
        bot_id,
        now,
    )
    return [row["line"] for row in rows]


# Less what other unpaid orders keep. Of products with variants, each variant for itself.
_MISSING = """
SELECT p.id AS product_id, coalesce(v.id, 0) AS variant_id
FROM products AS p LEFT JOIN product_variants AS v ON v.product_id = p.id AND v.is_active
WHERE p.id = ANY($1::bigint[]) AND CASE WHEN v.id IS NULL THEN p.stock ELSE v.stock END
    <= coalesce((SELECT sum(l.quantity) FROM order_lines AS l JOIN orders AS o ON o.id = l.order_id
        WHERE l.product_id = p.id AND l.variant_id IS NOT DISTINCT FROM v.id
            AND o.status = 'created' AND o.reserved_until > now()), 0)
"""


async def missing(connection: Connection, product: Product) -> list[int]:
    """The variants that cannot be bought now; [0] if the product has none and is sold out."""
    rows = await connection.fetch(_MISSING, [product.id])
    return [row["variant_id"] for row in rows]


async def wait(
    connection: Connection,
    bot_id: int,
    customer: Customer,
    product_id: int,
    variant_id: int,
    now: datetime,
) -> bool:
    """Records that a shopper wants to be notified; False if that is recorded already."""
    noted = await connection.fetchval(
        "INSERT INTO stock_waits (bot_id, shop_id, buyer_no, product_id, variant_id, asked_at) "
        "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING product_id",
        bot_id,
        customer.shop_id,
        customer.buyer_no,
        product_id,
        variant_id,
        now,
    )
    return noted is not None


class Ended(BaseModel):
    """A wait that is over."""

    buyer_no: int
    product_id: int
    variant_id: int
    asked_at: datetime


# A bot that has moved to another shop has no shoppers of the former one.
_OF_THE_BOT = "w.bot_id = $2 AND w.shop_id = (SELECT shop_id FROM bots WHERE id = $2)"


async def take_ended(connection: Connection, bot_id: int, *, most: int) -> list[Ended]:
    """Takes the waits for what can be bought again, those who have waited longest first."""
    rows = await connection.fetch(
        f"""
        WITH wanted AS (SELECT DISTINCT w.product_id FROM stock_waits AS w
                JOIN products AS p ON p.id = w.product_id WHERE {_OF_THE_BOT} AND {ON_SALE}),
            gone AS ({_MISSING.replace("$1::bigint[]", "ARRAY(SELECT product_id FROM wanted)")}),
            here AS (SELECT p.product_id, coalesce(v.id, 0) AS variant_id FROM wanted AS p
                LEFT JOIN product_variants AS v ON v.product_id = p.product_id AND v.is_active
                WHERE NOT EXISTS (SELECT FROM gone WHERE gone.product_id = p.product_id
                    AND gone.variant_id = coalesce(v.id, 0))),
            ended AS (SELECT w.ctid FROM stock_waits AS w WHERE {_OF_THE_BOT} AND EXISTS (SELECT
                FROM here WHERE here.product_id = w.product_id
                    AND w.variant_id IN (0, here.variant_id)) ORDER BY w.asked_at LIMIT $1)
        DELETE FROM stock_waits AS w USING ended WHERE w.ctid = ended.ctid
        RETURNING w.buyer_no, w.product_id, w.variant_id, w.asked_at
        """,
        most,
        bot_id,
    )
    return [Ended(**row) for row in rows]
