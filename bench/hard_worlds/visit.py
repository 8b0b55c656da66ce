"""One person's presence in the bot: what a hosted bot emits for what they do."""

import math
from dataclasses import dataclass
from random import Random
from typing import Any

from bench.hard_worlds.records import HOUR, MINUTE, Deed, Order, Person, Product

UPDATES = frozenset({"bot_started", "message_received", "button_pressed"})
_EXPIRES = 60 * MINUTE
_LEAST_GAP = 2.6
PROVIDER = "provider"


@dataclass
class Visit:
    """Writes a person's deeds, from the moment `at` on; `pace` is the median gap in seconds."""

    random: Random
    person: Person
    at: float
    pace: float = 7.0
    spread: float = 1.0

    def wait(self) -> None:
        gap = math.exp(self.random.gauss(math.log(self.pace), self.spread))
        self.at += max(_LEAST_GAP, gap)

    def do(self, event: str, module: str = "", **fields: Any) -> None:
        """Emits one event now."""
        self.person.deeds.append(Deed(self.at, event, module, **fields))

    def start(self, source: int = 0) -> None:
        props: dict[str, object] = {"is_first": self.at == self.person.came_at}
        self.do(
            "bot_started", source=source, props=props if source else props | {"is_direct": True}
        )

    def press(self, action: str) -> None:
        self.wait()
        self.do("button_pressed", props={"action": action})

    def write(self) -> None:
        """A text of one's own, none twice within the hour."""
        self.wait()
        recent = {
            each.props["likeness"]
            for each in self.person.deeds[-60:]
            if each.event == "message_received" and each.props and each.at > self.at - HOUR
        }
        likeness = self.random.choice([each for each in range(1, 256) if each not in recent])
        length = self.random.choice((4, 8, 16, 32))
        props = {"kind": "text", "length": length, "likeness": likeness, "link": False}
        self.do("message_received", props=props)

    def catalogue(self, page: int = 0) -> None:
        self.press("catalogue")
        self.do("catalog_viewed", "catalogue", props={"page": page})

    def search(self) -> None:
        self.write()
        props = {"found": self.random.randint(0, 12), "is_corrected": False}
        self.do("catalogue_searched", "catalogue", props=props)

    def view(self, product: Product) -> None:
        self.press("product")
        self.do("product_viewed", "catalogue", product=product.id)

    def put(self, product: Product, quantity: int = 1) -> None:
        """Into the cart, which is then shown."""
        self.press("put")
        amount = product.price_minor * quantity
        self.do(
            "cart_item_added", "cart", product=product.id, quantity=quantity, amount_minor=amount
        )
        self.press("cart")
        self.do("cart_viewed", "cart", quantity=quantity, amount_minor=amount)

    def enter_code(self, *, is_right: bool) -> None:
        self.press("promo")
        self.write()
        if is_right:
            self.do("promo_applied", "promo", props={"promo": 1})
        else:
            self.do("promo_rejected", "promo", props={"reason": "unknown"})

    def order(self, product: Product, quantity: int = 1) -> Order:
        """Makes an order and gets its bill."""
        self.press("checkout")
        order = Order(self.person, product, quantity, self.at, self.at + _EXPIRES)
        self._of_order("order_created", order, product=product.id, quantity=quantity)
        self._of_order("checkout_started", order, "cart", product=product.id)
        return order

    def ask(self, order: Order) -> None:
        """Sets out to pay."""
        self.wait()
        order.asked_at = order.asked_at or self.at
        self._of_order("payment_initiated", order, props={"provider": PROVIDER})

    def fail(self, order: Order) -> None:
        """Tries to pay and is refused."""
        self.ask(order)
        self.at += self.random.uniform(2, 12)
        props = {"provider": PROVIDER, "reason": "declined"}
        self._of_order("payment_failed", order, outcome="declined", props=props)

    def pay(self, order: Order) -> None:
        self.ask(order)
        self.at += self.random.uniform(2, 20)
        order.paid_at = self.at
        product, quantity = order.product.id, order.quantity
        self._of_order("payment_succeeded", order, outcome=PROVIDER)
        self._of_order("order_paid", order, quantity=quantity, props={"is_digital": False})
        self._of_order("order_line", order, product=product, quantity=quantity, props={"line": 1})

    def cancel(self, order: Order) -> None:
        self.press("cancel")
        order.cancelled_at = self.at
        self._of_order("order_cancelled", order)

    def leave(self, order: Order) -> None:
        """Does not pay: the order expires, whatever they do meanwhile."""
        now, self.at = self.at, order.expires_at + self.random.uniform(1, 60)
        order.expired_at = self.at
        self._of_order("order_expired", order)
        if order.asked_at is not None:
            self._of_order("payment_expired", order, props={"provider": PROVIDER})
        self.at = now

    def refund(self, order: Order, after: float) -> None:
        """The money goes back, so long after it came."""
        assert order.paid_at is not None
        now, self.at = self.at, order.paid_at + after
        order.refunded_at = self.at
        self._of_order("refund_requested", order, outcome=PROVIDER)
        self.at += self.random.uniform(2, 90)
        self._of_order(
            "refund_completed",
            order,
            outcome=PROVIDER,
            product=order.product.id,
            quantity=order.quantity,
        )
        self.at = now

    def _of_order(self, event: str, order: Order, module: str = "", **fields: Any) -> None:
        self.do(event, module, order=order, amount_minor=order.total_minor, **fields)
