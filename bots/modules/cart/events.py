"""The events of carts; `core.shop` emits those of orders and payments."""

from core.taxonomy import TAXONOMY

# `product_id`, `variant_id`, `quantity` and the price of so many say what went in or out.
CART_ITEM_ADDED = TAXONOMY["cart_item_added"]
CART_ITEM_REMOVED = TAXONOMY["cart_item_removed"]
# `quantity` is of all its units, `amount_minor` what they cost.
CART_VIEWED = TAXONOMY["cart_viewed"]
# The shopper got the bill, the link or the requisites of `order_id`.
CHECKOUT_STARTED = TAXONOMY["checkout_started"]
