"""What the checkout counts besides the orders and payments that `core.shop` emits itself."""

from core.taxonomy import TAXONOMY

# The shopper got the bill of `order_id`.
CHECKOUT_STARTED = TAXONOMY["checkout_started"]
