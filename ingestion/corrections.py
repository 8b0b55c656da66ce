"""Orders of earlier imports: the same content is known, different content replaces it.

PostgreSQL is changed here, in the import's transaction: the order is written again, and an entry in
`order_corrections` says which events have to leave ClickHouse. The pipelines' upkeep removes them
when the last of those has been shipped.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC

from pydantic import TypeAdapter

from core.postgres import Connection
from ingestion import order_steps
from ingestion.past_orders import PastOrder
from ingestion.recording import digest

_ORDER = TypeAdapter(PastOrder)

# Not orders that events have created or paid: there the events decide.
_IMPORTED = """
SELECT t.order_id, i.content
FROM order_steps AS t LEFT JOIN imported_orders AS i USING (shop_id, order_id)
WHERE t.shop_id = $1 AND t.order_id = ANY($2::bigint[]) AND t.event = 'order_created'
    AND t.is_imported
    AND NOT EXISTS (
        SELECT FROM order_steps AS p
        WHERE (p.shop_id, p.order_id) = (t.shop_id, t.order_id) AND p.event = 'order_paid'
            AND NOT p.is_imported
    )
ORDER BY t.order_id
"""
# The second of two imports waits here, and then sees what the first has written.
_LOCK = """
SELECT FROM order_steps
WHERE shop_id = $1 AND order_id = ANY($2::bigint[]) AND event = 'order_created'
ORDER BY order_id FOR UPDATE
"""
_TAKE_BACK = """
INSERT INTO order_corrections (shop_id, order_id, first_pos, last_pos)
SELECT $1, w.order_id, coalesce(i.first_pos, 0), coalesce(i.last_pos, $3)
FROM unnest($2::bigint[]) AS w (order_id)
LEFT JOIN imported_orders AS i ON i.shop_id = $1 AND i.order_id = w.order_id
"""
_UNTELL = """
DELETE FROM order_steps WHERE shop_id = $1 AND order_id = ANY($2::bigint[]) AND is_imported
"""
_KEEP = """
INSERT INTO imported_orders AS i (shop_id, order_id, content, first_pos, last_pos)
SELECT $1, w.order_id, w.content, $4, $5
FROM unnest($2::bigint[], $3::uuid[]) AS w (order_id, content)
ON CONFLICT (shop_id, order_id) DO UPDATE
SET content = EXCLUDED.content, first_pos = EXCLUDED.first_pos, last_pos = EXCLUDED.last_pos
"""
_SEEN = "SELECT digest FROM intake_events WHERE shop_id = $1 AND digest = ANY($2::uuid[])"


async def lock(connection: Connection, shop_id: int, order_ids: Collection[int]) -> None:
    """Locks the orders against other corrections until the transaction ends."""
    if order_ids:
        await connection.execute(_LOCK, shop_id, sorted(order_ids))


async def changed(
    connection: Connection, shop_id: int, orders: Mapping[int, PastOrder]
) -> dict[int, PastOrder]:
    """Those of the orders, by number, that an import brought before with different content."""
    if not orders:
        return {}
    rows = await connection.fetch(_IMPORTED, shop_id, list(orders))
    return {
        row["order_id"]: orders[row["order_id"]]
        for row in rows
        if row["content"] != content(orders[row["order_id"]])
    }


async def take_back(connection: Connection, shop_id: int, order_ids: Collection[int]) -> None:
    """Records that all events that imports brought for the orders have to be removed."""
    if not order_ids:
        return
    bound = await position(connection)
    await connection.execute(_TAKE_BACK, shop_id, sorted(order_ids), bound)
    await connection.execute(_UNTELL, shop_id, sorted(order_ids))


async def keep(
    connection: Connection,
    shop_id: int,
    contents: Mapping[int, uuid.UUID],
    first_pos: int,
    last_pos: int,
) -> None:
    """Records the content of the orders, and that their events lie between the positions."""
    await connection.execute(
        _KEEP, shop_id, list(contents), list(contents.values()), first_pos, last_pos
    )


async def position(connection: Connection) -> int:
    """A position after everything that the outbox has of these orders, and before what follows."""
    found: int = await connection.fetchval("SELECT nextval('outbox_pos')")
    return found


async def without_known_refunds(
    connection: Connection, shop_id: int, orders: Sequence[PastOrder]
) -> list[PastOrder]:
    """The orders, without refunds that are already known from events."""
    said = {
        order.order_id: digest(
            order_steps.refund_said(
                order.order_id, order.refunded_minor, order.currency, order.refunded_at
            )
        )
        for order in orders
        if order.refunded_at
    }
    rows = await connection.fetch(_SEEN, shop_id, list(said.values())) if said else []
    seen = {row["digest"] for row in rows}
    return [
        replace(order, refunded_at=None, refunded_minor=0)
        if said.get(order.order_id) in seen
        else order
        for order in orders
    ]


def content(order: PastOrder) -> uuid.UUID:
    """Equal for all files with the same content of an order, in whatever order and time zone."""
    lines = sorted(
        order.lines,
        key=lambda line: (line.product_id, line.variant_id or "", line.quantity, line.amount_minor),
    )
    moments = {
        name: moment.astimezone(UTC)
        for name in ("created_at", "paid_at", "refunded_at")
        if (moment := getattr(order, name)) is not None
    }
    plain = replace(order, lines=tuple(lines), **moments)
    return digest(_ORDER.dump_json(plain).decode())
