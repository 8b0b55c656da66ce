"""Points: what came, what is left, what orders were made with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from core.postgres import Connection
from core.shop.customers import Customer


@dataclass(frozen=True, slots=True, kw_only=True)
class LotDraft:
    """Points that a shopper gets for a cause `key`; below zero an owner takes them away."""

    buyer_no: int
    key: str
    points: int
    at: datetime
    usable_at: datetime
    expires_at: datetime | None = None
    order_id: int | None = None
    reason: str = ""
    made_by: str = ""


class Balance(BaseModel):
    """Points that can be spent now, those that wait, and of the first ones that run out soonest
    how many and when."""

    model_config = ConfigDict(frozen=True)

    usable: int = 0
    waiting: int = 0
    expiring: int = 0
    expires_at: datetime | None = None


class Movement(BaseModel):
    """Points that came or went: `points` is signed. `order_no` of what was bought; `is_open`: the
    order is not paid yet."""

    model_config = ConfigDict(frozen=True)

    points: int
    order_no: int | None
    is_open: bool
    reason: str
    at: datetime
    usable_at: datetime
    expires_at: datetime | None


# What is left of each lot `l` of the shop `$1`, whoever's: points of an order whose money went back
# are none, and what was spent or taken of them is owed. What an owner has taken away counts where
# it was taken from, and so does what was owed once it is settled.
LEFT = """
SELECT l.id, l.shop_id, l.buyer_no, l.usable_at, l.expires_at, l.created_at,
    CASE WHEN l.order_id IS NULL THEN l.points
        WHEN o.status = 'paid'
            THEN l.points * (o.total_minor - o.refunded_minor) / greatest(o.total_minor, 1)
        ELSE 0 END
    - coalesce((SELECT sum(s.points) FROM loyalty_spends AS s
        JOIN orders AS spent ON spent.id = s.order_id
        WHERE s.lot_id = l.id AND spent.status IN ('created', 'held', 'paid')), 0)::bigint
    - coalesce((SELECT sum(t.points) FROM loyalty_takings AS t WHERE t.lot_id = l.id), 0)::bigint
    + coalesce((SELECT sum(t.points) FROM loyalty_takings AS t WHERE t.taking_id = l.id), 0)::bigint
    AS points
FROM loyalty_lots AS l LEFT JOIN orders AS o ON o.id = l.order_id
WHERE l.shop_id = $1
"""


async def balance(connection: Connection, customer: Customer, now: datetime) -> Balance:
    """What was spent before its order's money went back is taken from what is left."""
    row = await connection.fetchrow(
        f"WITH lots AS ({LEFT} AND l.buyer_no = $2), "
        "free AS (SELECT points, expires_at FROM lots WHERE points > 0 AND usable_at <= $3 "
        "    AND coalesce(expires_at > $3, true)) "
        "SELECT greatest(coalesce((SELECT sum(points) FROM free), 0) "
        "    + coalesce((SELECT sum(points) FROM lots WHERE points < 0), 0), 0)::bigint AS usable, "
        "coalesce((SELECT sum(points) FROM lots WHERE points > 0 AND usable_at > $3), 0)::bigint "
        "    AS waiting, "
        "(SELECT min(expires_at) FROM free) AS expires_at, "
        "coalesce((SELECT sum(points) FROM free "
        "    WHERE expires_at = (SELECT min(expires_at) FROM free)), 0)::bigint AS expiring",
        customer.shop_id,
        customer.buyer_no,
        now,
    )
    assert row is not None  # a SELECT without FROM gives one
    found = Balance(**row)
    return found.model_copy(update={"expiring": min(found.expiring, found.usable)})


async def lock(connection: Connection, customer: Customer) -> None:
    """Nobody else spends the shopper's points until the transaction ends. Not their row: whoever
    pays an order locks that after the order. Whoever has locked an order must not ask for it: a
    checkout locks orders after the points."""
    await _lock(connection, customer.shop_id, customer.buyer_no)


async def _lock(connection: Connection, shop_id: int, buyer_no: int) -> None:
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"loyalty|{shop_id}|{buyer_no}"
    )


async def is_owing(connection: Connection, shop_id: int, buyer_no: int) -> bool:
    """Whether the money of an order went back whose points the shopper had spent, and that is not
    settled. Locks nothing."""
    found: bool = await connection.fetchval(
        f"SELECT EXISTS (SELECT FROM ({LEFT} AND l.buyer_no = $2) AS lots WHERE points < 0)",
        shop_id,
        buyer_no,
    )
    return found


async def settle(connection: Connection, shop_id: int, buyer_no: int, now: datetime) -> None:
    """Takes what the shopper owes, because the money of spent points' orders went back, from the
    points that they have, those first that run out first: once, so that it is not taken again from
    later ones when these run out. It locks their points: in a transaction that has locked no
    order."""
    await _lock(connection, shop_id, buyer_no)
    rows = await connection.fetch(
        f"WITH lots AS ({LEFT} AND l.buyer_no = $2) SELECT id, points FROM lots "
        "WHERE points < 0 OR points > 0 AND coalesce(expires_at > $3, true) "
        "ORDER BY expires_at NULLS LAST, id",
        shop_id,
        buyer_no,
        now,
    )
    left = {row["id"]: row["points"] for row in rows}
    taken: list[tuple[int, int, int]] = []
    for debt in [each for each, points in left.items() if points < 0]:
        for lot, points in left.items():
            share = min(points, -left[debt])
            if share > 0:
                taken.append((debt, lot, share))
                left[debt] += share
                left[lot] -= share
    await connection.executemany(
        "INSERT INTO loyalty_takings AS t (taking_id, lot_id, points) VALUES ($1, $2, $3) "
        "ON CONFLICT (taking_id, lot_id) DO UPDATE SET points = t.points + excluded.points",
        taken,
    )


async def put(connection: Connection, shop_id: int, draft: LotDraft) -> bool:
    """False if the same cause has brought them before. What the shopper owes is taken from them by
    `settle`."""
    return await _add(connection, shop_id, draft) is not None


async def _add(connection: Connection, shop_id: int, draft: LotDraft) -> int | None:
    added: int | None = await connection.fetchval(
        "INSERT INTO loyalty_lots (shop_id, buyer_no, order_id, natural_key, points, reason, "
        "made_by, usable_at, expires_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, "
        "$10) ON CONFLICT (shop_id, natural_key) DO NOTHING RETURNING id",
        shop_id,
        draft.buyer_no,
        draft.order_id,
        draft.key,
        draft.points,
        draft.reason,
        draft.made_by,
        draft.usable_at,
        draft.expires_at,
        draft.at,
    )
    return added


async def by_key(connection: Connection, shop_id: int, key: str) -> tuple[int, str] | None:
    """Points and reason of what this cause has brought."""
    row = await connection.fetchrow(
        "SELECT points, reason FROM loyalty_lots WHERE shop_id = $1 AND natural_key = $2",
        shop_id,
        key,
    )
    return (row["points"], row["reason"]) if row is not None else None


async def spend(
    connection: Connection, customer: Customer, order_id: int, points: int, now: datetime
) -> bool:
    """Notes the points that an order is made with, those first that run out first; False if there
    are too few. The shopper's points must be locked."""
    found = await balance(connection, customer, now)
    if found.usable < points:
        return False
    taken = await _soonest(connection, customer, points, now)
    await connection.executemany(
        "INSERT INTO loyalty_spends (order_id, lot_id, points) VALUES ($1, $2, $3)",
        [(order_id, *share) for share in taken],
    )
    return True


async def take(connection: Connection, customer: Customer, draft: LotDraft) -> bool:
    """An owner takes points away (`draft.points` below zero), those first that run out first; False
    if there are too few. The shopper's points must be locked, and the cause new."""
    points = -draft.points
    if (await balance(connection, customer, draft.at)).usable < points:
        return False
    taken = await _soonest(connection, customer, points, draft.at)
    taking = await _add(connection, customer.shop_id, draft)
    await connection.executemany(
        "INSERT INTO loyalty_takings (taking_id, lot_id, points) VALUES ($1, $2, $3)",
        [(taking, *share) for share in taken],
    )
    return True


async def _soonest(
    connection: Connection, customer: Customer, points: int, now: datetime
) -> list[tuple[int, int]]:
    """So many of the points that can be spent, by lot, those first that run out first."""
    rows = await connection.fetch(
        f"WITH lots AS ({LEFT} AND l.buyer_no = $2) SELECT id, points FROM lots "
        "WHERE points > 0 AND usable_at <= $3 AND coalesce(expires_at > $3, true) "
        "ORDER BY expires_at NULLS LAST, id",
        customer.shop_id,
        customer.buyer_no,
        now,
    )
    taken: list[tuple[int, int]] = []
    for row in rows:
        share = min(points, row["points"])
        points -= share
        taken.append((row["id"], share))
        if not points:
            break
    return taken


async def spent_in(connection: Connection, order_id: int) -> int:
    """The points that an order was made with."""
    points: int = await connection.fetchval(
        "SELECT coalesce(sum(points), 0)::bigint FROM loyalty_spends WHERE order_id = $1", order_id
    )
    return points


async def taken_off(connection: Connection, order_id: int) -> int:
    """What points took off an order, in minor units, by its bill."""
    amount_minor: int = await connection.fetchval(
        "SELECT coalesce(-sum(amount_minor), 0)::bigint FROM order_adjustments "
        "WHERE order_id = $1 AND source = 'loyalty'",
        order_id,
    )
    return amount_minor


async def wants(connection: Connection, customer: Customer) -> bool:
    """Whether the shopper wants to pay with points in their next order."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM loyalty_choices WHERE shop_id = $1 AND buyer_no = $2)",
        customer.shop_id,
        customer.buyer_no,
    )
    return found


async def choose(connection: Connection, customer: Customer, *, wants_to: bool) -> None:
    """Notes whether the shopper wants to."""
    await connection.execute(
        "INSERT INTO loyalty_choices (shop_id, buyer_no) VALUES ($1, $2) ON CONFLICT DO NOTHING"
        if wants_to
        else "DELETE FROM loyalty_choices WHERE shop_id = $1 AND buyer_no = $2",
        customer.shop_id,
        customer.buyer_no,
    )


async def movements(
    connection: Connection, shop_id: int, buyer_no: int, *, limit: int
) -> Sequence[Movement]:
    """What came and went, the newest first; without what orders gave back that were not paid."""
    rows = await connection.fetch(
        "SELECT l.points, o.order_no, false AS is_open, l.reason, l.created_at AS at, "
        "    l.usable_at, l.expires_at "
        "FROM loyalty_lots AS l LEFT JOIN orders AS o ON o.id = l.order_id "
        "WHERE l.shop_id = $1 AND l.buyer_no = $2 AND coalesce(o.status = 'paid', true) "
        "UNION ALL "
        "SELECT -sum(s.points)::bigint, o.order_no, o.status = 'created', '', o.created_at, "
        "    o.created_at, NULL "
        "FROM orders AS o JOIN loyalty_spends AS s ON s.order_id = o.id "
        "WHERE o.shop_id = $1 AND o.buyer_no = $2 AND o.status IN ('created', 'held', 'paid') "
        "GROUP BY o.id ORDER BY at DESC LIMIT $3",
        shop_id,
        buyer_no,
        limit,
    )
    return [Movement(**row) for row in rows]
