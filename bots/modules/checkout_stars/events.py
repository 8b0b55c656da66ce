"""What the checkout counts besides the orders and payments that `core.shop` emits itself."""

from core.events import Bilingual, EventType

# The shopper got the bill of `order_id`.
CHECKOUT_STARTED = EventType(
    "checkout_started", "cart", Bilingual("Начатые оформления", "Checkouts started")
)
