"""What an order has brought by now, for whatever is a share of it."""

from core.shop.orders import Order


def brought_minor(order: Order) -> int:
    """What the goods of a paid order have brought, in minor units: after discounts, without
    shipping, tax and tip, and without their share of what has gone back."""
    if order.status not in ("paid", "refunded") or not order.total_minor:
        return 0
    goods = order.total_minor - order.shipping_minor - order.tax_minor - order.tip_minor
    return goods * (order.total_minor - order.refunded_minor) // order.total_minor
