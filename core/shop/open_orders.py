"""Changes to an order that is not paid yet: other adjustments, the shopper's answers."""

from collections.abc import Sequence

from core.postgres import Connection
from core.shop import orders
from core.shop.orders import Detail, Order, ProductChanged
from core.shop.pricing import Quote


async def price_anew(connection: Connection, order: Order, priced: Quote) -> Order:
    """Prices an open order of the same lines again: other adjustments, and no tip. Raises
    ProductChanged if the lines are others, or share the discounts in another way."""
    lines = [(line.product_id, line.variant_id, line.discount_minor) for line in order.lines]
    if lines != [
        (line.item.product_id, line.item.variant_id, line.discount_minor) for line in priced.lines
    ]:
        raise ProductChanged(f"order {order.id} has other lines")
    await connection.execute("DELETE FROM order_adjustments WHERE order_id = $1", order.id)
    await connection.executemany(
        orders.ADJUST,
        [
            orders.adjustment_row(order.id, number, each)
            for number, each in enumerate(priced.adjustments)
        ],
    )
    await connection.execute(
        "UPDATE orders SET total_minor = $2, discount_minor = $3, shipping_minor = $4, "
        "tax_minor = $5, tip_minor = 0 WHERE id = $1",
        order.id,
        priced.total_minor,
        priced.discount_minor,
        priced.shipping_minor,
        priced.tax_minor,
    )
    return await orders.get(connection, order.id)


async def add_details(connection: Connection, order_id: int, details: Sequence[Detail]) -> None:
    """Stores what the shopper entered for this order; an answer replaces an earlier one to the same
    field."""
    fields = [each.field for each in details]
    await connection.execute(
        "DELETE FROM order_details WHERE order_id = $1 AND field = ANY($2::text[])",
        order_id,
        fields,
    )
    await connection.execute(
        "INSERT INTO order_details (order_id, position, field, label, value) "
        "SELECT $1, d.nth + (SELECT coalesce(max(o.position), 0) FROM order_details AS o "
        "  WHERE o.order_id = $1), d.field, d.label, d.value "
        "FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY "
        "  AS d (field, label, value, nth)",
        order_id,
        fields,
        [each.label for each in details],
        [each.value for each in details],
    )
