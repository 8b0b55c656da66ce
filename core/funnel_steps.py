"""The steps from the first start to the payment, and the events by which a shopper takes each."""

from collections.abc import Mapping

# A created order counts as a checkout, whether or not a module emits one: no checkout bypasses the
# funnel.
STEPS: Mapping[str, tuple[str, ...]] = {
    "start": ("bot_started",),
    "catalog": ("catalog_viewed",),
    "product": ("product_viewed",),
    "cart": ("cart_item_added",),
    "checkout": ("checkout_started", "order_created"),
    "payment": ("payment_initiated",),
    "paid": ("order_paid",),
}
STEP_DAYS = 7
# Of the steps that concern one product, the events that name it.
PRODUCT_STEPS: Mapping[str, tuple[str, ...]] = {
    "product": STEPS["product"],
    "cart": STEPS["cart"],
    "paid": ("order_line",),
}
