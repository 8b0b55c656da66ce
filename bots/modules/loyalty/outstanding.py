"""The points of all shoppers, for their owner."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from bots.modules.loyalty.store import LEFT
from core.postgres import Connection


class PointSums(BaseModel):
    """`usable`: can be spent now; `waiting`: after the time for returns; `expiring`: of the usable
    ones, within 30 days; `earned` and `spent` in the last 30 days, of orders that stay paid."""

    model_config = ConfigDict(frozen=True)

    members: int
    usable: int
    waiting: int
    expiring: int
    earned: int
    spent: int


class LotRow(BaseModel):
    """Points that came: of an order, or by a decision."""

    model_config = ConfigDict(frozen=True)

    id: int
    buyer_no: int
    buyer_name: str
    order_id: int | None
    order_no: int | None
    points: int
    reason: str
    usable_at: datetime
    expires_at: datetime | None
    created_at: datetime


async def sums(connection: Connection, shop_id: int, now: datetime) -> PointSums:
    row = await connection.fetchrow(
        f"WITH lots AS ({LEFT} AND l.buyer_no > 0), "
        "people AS (SELECT buyer_no, "
        "    greatest(coalesce(sum(points) FILTER (WHERE points > 0 AND usable_at <= $2 "
        "        AND coalesce(expires_at > $2, true)), 0) "
        "      + coalesce(sum(points) FILTER (WHERE points < 0), 0), 0) AS usable, "
        "    coalesce(sum(points) FILTER (WHERE points > 0 AND usable_at > $2), 0) AS waiting, "
        "    coalesce(sum(points) FILTER (WHERE points > 0 AND usable_at <= $2 "
        "        AND expires_at > $2 AND expires_at <= $2 + interval '30 days'), 0) AS expiring "
        "    FROM lots GROUP BY buyer_no) "
        "SELECT count(*) FILTER (WHERE usable + waiting > 0) AS members, "
        "coalesce(sum(usable), 0)::bigint AS usable, coalesce(sum(waiting), 0)::bigint AS waiting, "
        "coalesce(sum(least(expiring, usable)), 0)::bigint AS expiring, "
        "(SELECT coalesce(sum(l.points), 0)::bigint FROM loyalty_lots AS l "
        "    JOIN orders AS o ON o.id = l.order_id WHERE l.shop_id = $1 AND o.status = 'paid' "
        "    AND l.created_at > $2 - interval '30 days') AS earned, "
        "(SELECT coalesce(sum(s.points), 0)::bigint FROM loyalty_spends AS s "
        "    JOIN orders AS o ON o.id = s.order_id WHERE o.shop_id = $1 AND o.status = 'paid' "
        "    AND o.paid_at > $2 - interval '30 days') AS spent FROM people",
        shop_id,
        now,
    )
    assert row is not None  # an aggregate gives a row
    return PointSums(**row)


async def lots(
    connection: Connection, shop_id: int, *, before: int | None, limit: int
) -> list[LotRow]:
    """The newest first, below the number `before`."""
    rows = await connection.fetch(
        "SELECT l.id, l.buyer_no, coalesce(c.first_name, '') AS buyer_name, l.order_id, "
        "o.order_no, l.points, l.reason, l.usable_at, l.expires_at, l.created_at "
        "FROM loyalty_lots AS l LEFT JOIN orders AS o ON o.id = l.order_id "
        "LEFT JOIN customers AS c ON (c.shop_id, c.buyer_no) = (l.shop_id, l.buyer_no) "
        "WHERE l.shop_id = $1 AND ($2::bigint IS NULL OR l.id < $2) ORDER BY l.id DESC LIMIT $3",
        shop_id,
        before,
        limit,
    )
    return [LotRow(**row) for row in rows]
