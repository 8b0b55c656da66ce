"""A person's orders that wait to be paid, and those that another order of their cart replaced."""

import math
from dataclasses import dataclass, field

# So long an approved payment keeps its order; nothing takes its place meanwhile.
RESERVED_SECONDS = 10 * 60.0


@dataclass(slots=True)
class _Open:
    is_cart: bool
    billed_at: float
    reserved_until: float = -math.inf


@dataclass(slots=True)
class OpenOrders:
    """Told of a person's bills, payments and cancellations in the order in which they happened."""

    replaced: dict[str, float] = field(default_factory=dict)
    """When the cart's next bill took the place of this order."""
    _open: dict[str, _Open] = field(default_factory=dict)
    _closed: set[str] = field(default_factory=set)

    def bill(self, order: str, at: float, *, is_cart: bool) -> None:
        """A cart whose price or goods have changed is a new order: the shop cancels the old one, if
        nobody is paying it at this moment."""
        if order in self._closed:
            return
        known = self._open.setdefault(order, _Open(is_cart, at))
        known.billed_at = at
        if not is_cart:
            return
        for other, each in list(self._open.items()):
            if other != order and each.is_cart and each.reserved_until <= at:
                self.replaced[other] = at
                self.close(other)

    def decline(self, order: str, at: float) -> None:
        """The shop approved its payment, which then failed."""
        if order in self._open:
            self._open[order].reserved_until = at + RESERVED_SECONDS

    def close(self, order: str) -> None:
        """It is paid or cancelled."""
        self._open.pop(order, None)
        self._closed.add(order)

    def expire(self, at: float) -> None:
        """One of them was not paid in time, which the shop tells by a number that no bill has: the
        one that was billed longest ago and is not kept for a payment."""
        if self._open:
            self.close(
                min(
                    self._open,
                    key=lambda order: (
                        self._open[order].reserved_until > at,
                        self._open[order].billed_at,
                    ),
                )
            )
