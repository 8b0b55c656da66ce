"""The open carts of a bot as its owner looks through them: counted, and a page at a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel

from core.conditions import Conditions
from core.postgres import Connection

Sort = Literal["newest", "oldest"]
LEFT_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which open carts. `left`: whether nobody has touched them for a day; `reminded`: whether
    their shopper was reminded since."""

    left: bool | None = None
    reminded: bool | None = None
    buyer_no: int | None = None


class OpenCart(BaseModel):
    """A cart with something in it, and what it costs at today's prices before anything is added
    or taken off. `reminded_at`: since it was changed last."""

    buyer_no: int
    changed_at: datetime
    reminded_at: datetime | None
    units: int
    currency: str
    value_minor: int
    titles: list[str]


class OpenCarts(BaseModel):
    """How many carts of one currency there are, and what they cost together; `left` are those that
    nobody has touched for a day."""

    currency: str
    carts: int
    value_minor: int
    left: int
    left_value_minor: int


# What is on sale of carts `c`: each line at today's price, in the cart's currency.
_PRICED = """
SELECT * FROM (SELECT c.buyer_no, c.changed_at, c.reminded_at, p.currency, l.title, l.quantity,
    l.added_at, coalesce(v.price_minor, p.price_minor) * l.quantity AS value_minor,
    first_value(p.currency) OVER (PARTITION BY c.buyer_no ORDER BY l.added_at, l.product_id)
        AS cart_currency
FROM {carts} AS c JOIN cart_lines AS l ON (l.shop_id, l.buyer_no) = (c.shop_id, c.buyer_no)
    JOIN products AS p ON p.id = l.product_id AND p.is_active
    LEFT JOIN product_variants AS v ON v.id = l.variant_id
) AS lines WHERE currency = cart_currency
"""
_OF_THE_BOT = "(SELECT * FROM carts WHERE bot_id = $1 AND shop_id = $2)"
_HAS_GOODS = """
EXISTS (SELECT FROM cart_lines AS l JOIN products AS p ON p.id = l.product_id AND p.is_active
    WHERE (l.shop_id, l.buyer_no) = (c.shop_id, c.buyer_no))
"""


async def summary(
    connection: Connection, shop_id: int, bot_id: int, *, left_after: timedelta
) -> list[OpenCarts]:
    """The open carts of a bot, by currency."""
    priced = _PRICED.format(carts=_OF_THE_BOT)
    rows = await connection.fetch(
        "SELECT currency, count(*) AS carts, sum(value_minor)::bigint AS value_minor, "
        "count(*) FILTER (WHERE is_left) AS left, "
        "coalesce(sum(value_minor) FILTER (WHERE is_left), 0)::bigint AS left_value_minor "
        "FROM (SELECT buyer_no, currency, changed_at < now() - $3::interval AS is_left, "
        f"  sum(value_minor)::bigint AS value_minor FROM ({priced}) AS t "
        "  GROUP BY buyer_no, currency, changed_at) AS c GROUP BY currency ORDER BY currency",
        bot_id,
        shop_id,
        left_after,
    )
    return [OpenCarts(**row) for row in rows]


async def open_carts(
    connection: Connection,
    shop_id: int,
    bot_id: int,
    chosen: Filter,
    *,
    sort: Sort = "newest",
    after: tuple[datetime, int] | None,
    size: int,
) -> list[OpenCart]:
    """A page of the open carts of a bot, by when they were changed last; `after` is the last of the
    page before, by time and number. Only those of the page are priced."""
    where = Conditions()
    where.add("c.bot_id = {}", bot_id)
    where.add("c.shop_id = {}", shop_id)
    where.add(_HAS_GOODS)
    if chosen.left is not None:
        sign = "<" if chosen.left else ">="
        where.add(f"c.changed_at {sign} now() - {{}}::interval", LEFT_AFTER)
    if chosen.reminded is not None:
        where.add(f"c.reminded_at IS {'NOT ' if chosen.reminded else ''}NULL")
    if chosen.buyer_no is not None:
        where.add("c.buyer_no = {}", chosen.buyer_no)
    sign, direction = ("<", "DESC") if sort == "newest" else (">", "ASC")
    if after is not None:
        where.add(f"(c.changed_at, c.buyer_no) {sign} ({{}}::timestamptz, {{}}::bigint)", *after)
    order = f"changed_at {direction}, buyer_no {direction}"
    page = f"SELECT * FROM carts AS c WHERE {where.sql}"
    if chosen.buyer_no is None:  # else it is one cart, which its key finds
        page += f" ORDER BY {order} LIMIT {int(size)}"
    priced = _PRICED.format(carts=f"({page})")
    rows = await connection.fetch(
        "SELECT buyer_no, changed_at, reminded_at, min(currency) AS currency, "
        "sum(quantity)::bigint AS units, sum(value_minor)::bigint AS value_minor, "
        f"array_agg(title ORDER BY added_at) AS titles FROM ({priced}) AS t "
        f"GROUP BY buyer_no, changed_at, reminded_at ORDER BY {order}",
        *where.values,
    )
    return [OpenCart(**row) for row in rows]
