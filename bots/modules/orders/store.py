"""What orders are asked for: a shopper's own, and the owner's list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pydantic import BaseModel, ConfigDict

from core.postgres import Connection
from core.shop.orders import Order, OrderStatus, Stage, get
from core.shop.shops import Shop
from core.zones import day_start


async def of_buyer(
    connection: Connection, bot_id: int, shop_id: int, buyer_no: int, *, limit: int, offset: int
) -> tuple[list[Order], int]:
    """A shopper's orders in a bot, the newest first, and how many there are. What lapsed or was
    given up before anything was paid is left out once it is a day old."""
    rows = await connection.fetch(
        "SELECT id, count(*) OVER () AS number FROM orders "
        "WHERE shop_id = $1 AND buyer_no = $2 AND bot_id = $3 "
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


class OrderRow(BaseModel):
    """An order in the owner's list; `title` is its first line's, `lines` how many there are."""

    model_config = ConfigDict(frozen=True)

    id: int
    order_no: int
    bot_id: int
    buyer_no: int
    buyer_name: str
    status: OrderStatus
    stage: Stage
    attention: str | None
    title: str
    lines: int
    units: int
    total_minor: int
    refunded_minor: int
    currency: str
    method: str
    created_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders: of one bot (None: all of the shop's), made from a day to another, both
    included, as the shop's calendar has it; `text` is a number, or words of a title or a name."""

    bot_id: int | None = None
    status: OrderStatus | None = None
    stage: Stage | None = None
    needs_attention: bool = False
    buyer_no: int | None = None
    text: str = ""
    since: date | None = None
    until: date | None = None


_WANTED = """
o.shop_id = $1 AND ($2::bigint IS NULL OR o.bot_id = $2) AND ($3::text IS NULL OR o.status = $3)
AND ($4::text IS NULL OR o.stage = $4 AND o.status = 'paid')
AND (NOT $5 OR o.attention IS NOT NULL)
AND ($6::bigint IS NULL OR o.buyer_no = $6)
AND ($7 = '' OR o.order_no::text = ltrim($7, '#№ ')
    OR c.first_name ILIKE $8 OR c.username ILIKE $8
    OR EXISTS (SELECT FROM order_lines AS l WHERE l.order_id = o.id AND l.title ILIKE $8))
AND ($9::timestamptz IS NULL OR o.created_at >= $9)
AND ($10::timestamptz IS NULL OR o.created_at < $10)
"""
_LIST = f"""
SELECT o.id, o.order_no, o.bot_id, o.buyer_no, c.first_name AS buyer_name, o.status, o.stage,
    o.attention, coalesce(l.title, '') AS title, coalesce(l.lines, 0)::int AS lines,
    coalesce(l.units, 0)::int AS units,
    o.total_minor, o.refunded_minor, o.currency, o.method, o.created_at, o.paid_at
FROM orders AS o JOIN customers AS c ON (c.shop_id, c.buyer_no) = (o.shop_id, o.buyer_no)
LEFT JOIN LATERAL (SELECT count(*) AS lines, sum(quantity) AS units,
        (array_agg(title ORDER BY line))[1] AS title
    FROM order_lines WHERE order_id = o.id) AS l ON true
WHERE {_WANTED}
"""


def _arguments(shop: Shop, wanted: Wanted) -> tuple[object, ...]:
    escaped = wanted.text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return (
        shop.id,
        wanted.bot_id,
        wanted.status,
        wanted.stage,
        wanted.needs_attention,
        wanted.buyer_no,
        wanted.text.strip(),
        f"%{escaped.strip()}%",
        wanted.since and day_start(wanted.since, shop.timezone),
        wanted.until and day_start(wanted.until + timedelta(days=1), shop.timezone),
    )


async def listed(
    connection: Connection, shop: Shop, wanted: Wanted, *, before: int | None, limit: int
) -> list[OrderRow]:
    """The newest first, below the id `before`."""
    rows = await connection.fetch(
        f"{_LIST} AND ($11::bigint IS NULL OR o.id < $11) ORDER BY o.id DESC LIMIT $12",
        *_arguments(shop, wanted),
        before,
        limit,
    )
    return [OrderRow(**row) for row in rows]


async def ids(connection: Connection, shop: Shop, wanted: Wanted, *, limit: int) -> Sequence[int]:
    """The orders' ids, oldest first."""
    rows = await connection.fetch(
        "SELECT o.id FROM orders AS o JOIN customers AS c "
        f"ON (c.shop_id, c.buyer_no) = (o.shop_id, o.buyer_no) WHERE {_WANTED} "
        "ORDER BY o.id LIMIT $11",
        *_arguments(shop, wanted),
        limit,
    )
    return [row["id"] for row in rows]


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
    failed and were not asked for again."""
    row = await connection.fetchrow(
        "SELECT count(*) FILTER (WHERE p.status = 'held') AS held, "
        "  min(p.created_at) FILTER (WHERE p.status = 'held') AS held_since, "
        "  count(*) FILTER (WHERE p.oversold) AS oversold, "
        "  min(p.created_at) FILTER (WHERE p.oversold) AS oversold_since, "
        "  (SELECT count(*) FROM order_refunds AS r JOIN orders AS o ON o.id = r.order_id "
        "    WHERE o.bot_id = $1 AND r.state = 'asked') AS refunds, "
        "  (SELECT min(r.created_at) FROM order_refunds AS r JOIN orders AS o "
        "    ON o.id = r.order_id WHERE o.bot_id = $1 AND r.state = 'asked') AS refunds_since "
        "FROM (SELECT p.status, p.created_at, false AS oversold FROM payments AS p "
        "    JOIN orders AS o ON o.id = p.order_id WHERE o.bot_id = $1 AND p.status = 'held' "
        "  UNION ALL SELECT '', o.paid_at, true FROM orders AS o "
        "    WHERE o.bot_id = $1 AND o.attention = 'oversold') AS p",
        bot_id,
    )
    assert row is not None  # an aggregate always gives a row
    return Attention(**row)
