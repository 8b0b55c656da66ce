"""What became of a broadcast: by text, as of now."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from core.postgres import Connection

SALES_HOURS = 72  # after the click, as metric 47 counts
BLOCK_HOURS = 24  # after it arrived


class Sold(BaseModel):
    """Orders that those who pressed its button paid within 72 hours, less what went back since;
    minor units."""

    model_config = ConfigDict(frozen=True)

    currency: str
    orders: int
    net_minor: int


class TextResult(BaseModel):
    """Of one of its texts: how many it is for (`people`), and where they are. `blocked` had blocked
    the bot before it came, `blocks` did within a day after it."""

    model_config = ConfigDict(frozen=True)

    text_no: int
    people: int
    waiting: int
    delivered: int
    blocked: int
    failed: int
    capped: int
    left: int
    gone: int
    cancelled: int
    clicked: int
    buyers: int
    blocks: int
    sold: list[Sold]


class BroadcastResult(BaseModel):
    """Of all its texts."""

    model_config = ConfigDict(frozen=True)

    texts: list[TextResult]

    @property
    def people(self) -> int:
        return sum(each.people for each in self.texts)


_COUNTS = f"""
SELECT r.text_no, count(*) AS people,
    count(*) FILTER (WHERE r.state IN ('waiting', 'queued')) AS waiting,
    count(*) FILTER (WHERE r.state = 'delivered') AS delivered,
    count(*) FILTER (WHERE r.state = 'blocked') AS blocked,
    count(*) FILTER (WHERE r.state = 'failed') AS failed,
    count(*) FILTER (WHERE r.state = 'capped') AS capped,
    count(*) FILTER (WHERE r.state = 'left') AS left,
    count(*) FILTER (WHERE r.state = 'gone') AS gone,
    count(*) FILTER (WHERE r.state = 'cancelled') AS cancelled,
    count(r.clicked_at) AS clicked,
    count(*) FILTER (WHERE c.blocked_at BETWEEN r.delivered_at
        AND r.delivered_at + interval '{BLOCK_HOURS} hours') AS blocks
FROM broadcast_recipients AS r
LEFT JOIN customers AS c ON (c.shop_id, c.buyer_no) = (r.shop_id, r.buyer_no)
WHERE r.broadcast_id = $1 GROUP BY r.text_no ORDER BY r.text_no
"""
_SOLD = f"""
SELECT r.text_no, o.currency, count(*) AS orders,
    sum(o.total_minor - o.refunded_minor)::bigint AS net_minor
FROM broadcast_recipients AS r JOIN orders AS o ON (o.shop_id, o.buyer_no) = (r.shop_id, r.buyer_no)
    AND o.paid_at BETWEEN r.clicked_at AND r.clicked_at + interval '{SALES_HOURS} hours'
WHERE r.broadcast_id = $1 AND r.clicked_at IS NOT NULL
GROUP BY r.text_no, o.currency ORDER BY r.text_no, o.currency
"""
_BUYERS = f"""
SELECT r.text_no, count(DISTINCT o.buyer_no) AS buyers
FROM broadcast_recipients AS r JOIN orders AS o ON (o.shop_id, o.buyer_no) = (r.shop_id, r.buyer_no)
    AND o.paid_at BETWEEN r.clicked_at AND r.clicked_at + interval '{SALES_HOURS} hours'
WHERE r.broadcast_id = $1 AND r.clicked_at IS NOT NULL GROUP BY r.text_no
"""


async def read(connection: Connection, broadcast_id: int) -> BroadcastResult:
    """From its recipients; once they are no longer kept, as it was then."""
    kept: Any = await connection.fetchval(
        "SELECT result FROM broadcasts WHERE id = $1", broadcast_id
    )
    if kept is not None:
        return BroadcastResult.model_validate(kept)
    sold: dict[int, list[Sold]] = {}
    for row in await connection.fetch(_SOLD, broadcast_id):
        sale = Sold(currency=row["currency"], orders=row["orders"], net_minor=row["net_minor"])
        sold.setdefault(row["text_no"], []).append(sale)
    buyers = {
        row["text_no"]: row["buyers"] for row in await connection.fetch(_BUYERS, broadcast_id)
    }
    return BroadcastResult(
        texts=[
            TextResult(
                **row,
                buyers=buyers.get(row["text_no"], 0),
                sold=sold.get(row["text_no"], []),
            )
            for row in await connection.fetch(_COUNTS, broadcast_id)
        ]
    )
