"""What orders are asked for: a shopper's own, and what waits for a person."""

from dataclasses import dataclass
from datetime import datetime

from core.postgres import Connection
from core.shop.bots import of_its_shop
from core.shop.orders import Order, get


async def of_buyer(
    connection: Connection, bot_id: int, shop_id: int, buyer_no: int, *, limit: int, offset: int
) -> tuple[list[Order], int]:
    """A shopper's orders in a bot, the newest first, and how many there are. What lapsed or was
    given up before anything was paid is left out once it is a day old."""
    rows = await connection.fetch(
        "SELECT id, count(*) OVER () AS number FROM orders "
        "WHERE shop_id = $1 AND buyer_no = $2 AND bot_id = $3 AND purpose = 'goods' "
        "AND (status NOT IN ('cancelled', 'expired') OR created_at > now() - interval '1 day') "
        "ORDER BY id DESC LIMIT $4 OFFSET $5",
        shop_id,
        buyer_no,
        bot_id,
        limit,
        offset,
    )
    return [await get(connection, row["id"]) for row in rows], rows[0]["number"] if rows else 0


async def numbered(
    connection: Connection, shop_id: int, buyer_no: int, order_no: int
) -> Order | None:
    """A shopper's order by the number that people see."""
    order_id = await connection.fetchval(
        "SELECT id FROM orders WHERE shop_id = $1 AND buyer_no = $2 AND order_no = $3",
        shop_id,
        buyer_no,
        order_no,
    )
    return None if order_id is None else await get(connection, order_id)


async def id_of_number(connection: Connection, shop_id: int, order_no: int) -> int | None:
    """The order that people of the shop know by this number."""
    order_id: int | None = await connection.fetchval(
        "SELECT id FROM orders WHERE shop_id = $1 AND order_no = $2", shop_id, order_no
    )
    return order_id


async def going_back(connection: Connection, order_id: int) -> int:
    """How much of an order's money was decided to go back and is not back yet, minor units."""
    amount: int = await connection.fetchval(
        "SELECT coalesce(sum(amount_minor), 0)::bigint FROM order_refunds "
        "WHERE order_id = $1 AND state = 'asked'",
        order_id,
    )
    return amount


async def may_go_back(connection: Connection, order_id: int) -> bool:
    """Whether anything of a paid order's money is left that nobody has decided on."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM orders AS o JOIN payments AS p ON p.order_id = o.id "
        "WHERE o.id = $1 AND o.status = 'paid' AND p.status = 'succeeded' "
        "AND p.amount_minor > p.refunded_minor + (SELECT coalesce(sum(r.amount_minor), 0) "
        "    FROM order_refunds AS r WHERE r.payment_id = p.id AND r.state = 'asked'))",
        order_id,
    )
    return found


@dataclass(frozen=True, slots=True)
class Attention:
    """How many of a bot's orders wait for a person, and since when."""

    held: int
    held_since: datetime | None
    oversold: int
    oversold_since: datetime | None
    refunds: int
    refunds_since: datetime | None


async def attention_of(connection: Connection, bot_id: int) -> Attention:
    """Held payments, orders that were sold beyond the stock, refunds that are asked for or have
    failed and were not asked for again; in the shop where the bot is."""
    of_bot = f"o.bot_id = $1 AND {of_its_shop('o')}"
    row = await connection.fetchrow(
        "SELECT count(*) FILTER (WHERE p.status = 'held') AS held, "
        "  min(p.created_at) FILTER (WHERE p.status = 'held') AS held_since, "
        "  count(*) FILTER (WHERE p.oversold) AS oversold, "
        "  min(p.created_at) FILTER (WHERE p.oversold) AS oversold_since, "
        "  (SELECT count(*) FROM order_refunds AS r JOIN orders AS o ON o.id = r.order_id "
        f"    WHERE {of_bot} AND r.state = 'asked') AS refunds, "
        "  (SELECT min(r.created_at) FROM order_refunds AS r JOIN orders AS o "
        f"    ON o.id = r.order_id WHERE {of_bot} AND r.state = 'asked') AS refunds_since "
        "FROM (SELECT p.status, p.created_at, false AS oversold FROM payments AS p "
        f"    JOIN orders AS o ON o.id = p.order_id WHERE {of_bot} AND p.status = 'held' "
        "  UNION ALL SELECT '', o.paid_at, true FROM orders AS o "
        f"    WHERE {of_bot} AND o.attention = 'oversold') AS p",
        bot_id,
    )
    assert row is not None  # an aggregate always gives a row
    return Attention(**row)
