"""Stock: how much there is, how much unpaid orders reserve, and an event for every change.

A variant has a stock of its own; a product's stock is that of the product without a variant. None
is unlimited. An unpaid order reserves its units until its `reserved_until`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.events import STOCK_CHANGED, Event
from core.postgres import Connection


@dataclass(frozen=True, slots=True)
class Change:
    """The stock of a product, or of its variant, has changed by this much."""

    product_id: int
    variant_id: int | None
    delta: int


class Units(Protocol):
    """A quantity of a product or of its variant: an order's line, or an item of a cart."""

    @property
    def product_id(self) -> int: ...
    @property
    def variant_id(self) -> int | None: ...
    @property
    def quantity(self) -> int: ...


async def sellable(
    connection: Connection, product_id: int, variant_id: int | None = None, *, but_order: int = 0
) -> int | None:
    """On hand less what other unpaid orders reserve; None if unlimited, or if there is no such
    product.

    A caller that relies on it has locked the row: `lock`.
    """
    found: int | None = await connection.fetchval(
        "SELECT thing.stock - coalesce((SELECT sum(l.quantity) FROM order_lines AS l "
        "  JOIN orders AS o ON o.id = l.order_id "
        "  WHERE l.product_id = $1 AND l.variant_id IS NOT DISTINCT FROM $2 "
        "    AND o.status = 'created' AND o.id <> $3 AND o.reserved_until > now()), 0) "
        "FROM (SELECT stock FROM products WHERE id = $1 AND $2::bigint IS NULL UNION ALL "
        "  SELECT stock FROM product_variants WHERE id = $2 AND product_id = $1) AS thing",
        product_id,
        variant_id,
        but_order,
    )
    return found


async def sellable_all(
    connection: Connection, units: Sequence[Units], *, but_order: int = 0
) -> list[int | None]:
    """`sellable` of each, in one statement."""
    rows = await connection.fetch(
        "SELECT CASE WHEN t.variant_id IS NULL THEN p.stock ELSE v.stock END "
        "  - coalesce((SELECT sum(l.quantity) FROM order_lines AS l "
        "    JOIN orders AS o ON o.id = l.order_id "
        "    WHERE l.product_id = t.product_id "
        "      AND l.variant_id IS NOT DISTINCT FROM t.variant_id "
        "      AND o.status = 'created' AND o.id <> $3 AND o.reserved_until > now()), 0) AS left "
        "FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY "
        "  AS t (product_id, variant_id, place) "
        "LEFT JOIN products AS p ON p.id = t.product_id "
        "LEFT JOIN product_variants AS v ON v.id = t.variant_id AND v.product_id = t.product_id "
        "ORDER BY t.place",
        [each.product_id for each in units],
        [each.variant_id for each in units],
        but_order,
    )
    return [row["left"] for row in rows]


async def lock(connection: Connection, units: Sequence[Units]) -> None:
    """Locks these against other sales until the transaction ends; always in one order, so that two
    carts cannot deadlock. An order that is being made holds its products' keys and may go on to its
    buyer's wallet, so a sale or refund that has the wallet must not wait for keys."""
    await connection.execute(
        "SELECT FROM products WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE",
        [each.product_id for each in units],
    )
    variants = [each.variant_id for each in units if each.variant_id is not None]
    if variants:
        await connection.execute(
            "SELECT FROM product_variants WHERE id = ANY($1::bigint[]) ORDER BY id "
            "FOR NO KEY UPDATE",
            variants,
        )


async def take(
    connection: Connection, units: Sequence[Units], *, order_id: int
) -> tuple[bool, list[Event]]:
    """Takes sold units from stock.

    Returns whether there was enough of everything (not so if a reservation had expired and somebody
    else bought the last unit), and what is left of each product whose stock is limited.
    """
    await lock(connection, units)
    moved = [
        (each, await _move(connection, each, -each.quantity, order_id=order_id)) for each in units
    ]
    events = [event for _, (_, event) in moved if event is not None]
    return all(is_enough for _, (is_enough, _) in moved), events


async def put_back(
    connection: Connection, units: Sequence[Units], *, order_id: int = 0
) -> list[Event]:
    """Puts returned units back into stock; returns what is left of each whose stock is limited."""
    await lock(connection, units)
    moved = [await _move(connection, each, each.quantity, order_id=order_id) for each in units]
    return [event for _, event in moved if event is not None]


async def _move(
    connection: Connection, units: Units, delta: int, *, order_id: int
) -> tuple[bool, Event | None]:
    """Changes the stock of a locked row; returns whether there was enough, and the event if it is
    limited."""
    row = await connection.fetchrow(
        "WITH product AS (UPDATE products SET stock = stock + $3 "
        "  WHERE id = $1 AND $2::bigint IS NULL AND (stock IS NULL OR stock + $3 >= 0) "
        "  RETURNING stock), "
        "variant AS (UPDATE product_variants SET stock = stock + $3 "
        "  WHERE id = $2 AND product_id = $1 AND (stock IS NULL OR stock + $3 >= 0) "
        "  RETURNING stock) "
        "SELECT stock FROM product UNION ALL SELECT stock FROM variant",
        units.product_id,
        units.variant_id,
        delta,
    )
    if row is None or row["stock"] is None:
        return row is not None, None
    event = await changed(
        connection, units.product_id, units.variant_id, delta=delta, order_id=order_id
    )
    return True, event


async def changed(
    connection: Connection,
    product_id: int,
    variant_id: int | None = None,
    *,
    delta: int,
    order_id: int = 0,
) -> Event:
    """As `changed_all`, for one."""
    change = Change(product_id, variant_id, delta)
    (event,) = await changed_all(connection, [change], order_id=order_id)
    return event


async def changed_all(
    connection: Connection, changes: Sequence[Change], *, order_id: int = 0
) -> list[Event]:
    """The events that state the present stock: of the product or, if it has variants, of all its
    variants on sale together, with the variant's own number in `props`.

    Make them while the products' rows are locked: of two changes, the later one then has the later
    time.
    """
    rows = await connection.fetch(
        "SELECT coalesce(v.all_of_them, p.stock, 0)::bigint AS on_hand, v.its_own "
        "FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS c (product_id, variant_id, nth)"
        " JOIN products AS p ON p.id = c.product_id, LATERAL (SELECT sum(stock) AS all_of_them, "
        "  max(stock) FILTER (WHERE id = c.variant_id) AS its_own "
        "  FROM product_variants WHERE product_id = p.id AND is_active) AS v ORDER BY c.nth",
        [each.product_id for each in changes],
        [each.variant_id for each in changes],
    )
    return [
        Event(
            STOCK_CHANGED,
            product_id=each.product_id,
            variant_id=each.variant_id or 0,
            order_id=order_id,
            quantity=row["on_hand"],
            props={"delta": each.delta}
            | ({} if each.variant_id is None else {"variant_on_hand": row["its_own"]}),
        )
        for each, row in zip(changes, rows, strict=True)
    ]
