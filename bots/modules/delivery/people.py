"""What the digital delivery holds: nothing that leads to people once their order does not."""

from core.people import Kept

PEOPLE = (
    Kept("deliveries", "of an order, which leads to nobody once its buyer is erased"),
    Kept("delivery_keys", "sealed; of an order, which leads to nobody once its buyer is erased"),
)
