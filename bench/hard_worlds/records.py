"""What a world consists of: people, deeds, orders. Moments are seconds from its beginning."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

DAY, HOUR, MINUTE = 86400.0, 3600.0, 60.0

# Who does harm, by what they do.
ABUSERS = (
    "slow_flood",
    "click_farm",
    "resellers",
    "carding",
    "refunds",
    "stock_holding",
    "promo_guessing",
    "slow_scraping",
)
# Who looks like them and does none; everybody else is ordinary.
INNOCENTS = ("viral", "heavy_buyer", "family", "unmarked_staff", "flaky_network", "ordinary")


@dataclass(slots=True)
class Product:
    """Something on sale; `stock` is what the shop fills it up to."""

    id: int
    price_minor: int
    stock: int
    weight: float
    """How often it is looked at, against the others."""


@dataclass(slots=True, eq=False)
class Person:
    """A shopper; `payer`, `phone` and `address` may be somebody else's too."""

    kind: str
    telegram_id: int
    language: str
    is_premium: bool
    username: str | None
    name: str
    came_at: float
    """The first start; before 0 for those who were known already."""
    source: int
    """The link that they came by; 0 for none."""
    phone: str
    address: str
    payer_telegram_id: int
    buyer_no: int = 0
    deeds: "list[Deed]" = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Order:
    """One product of one shopper; moments that did not come are None."""

    person: Person
    product: Product
    quantity: int
    created_at: float
    expires_at: float
    asked_at: float | None = None
    paid_at: float | None = None
    cancelled_at: float | None = None
    expired_at: float | None = None
    refunded_at: float | None = None
    id: int = 0

    @property
    def total_minor(self) -> int:
        return self.product.price_minor * self.quantity


@dataclass(slots=True)
class Deed:
    """One event of a person."""

    at: float
    event: str
    module: str = ""
    order: Order | None = None
    product: int = 0
    amount_minor: int = 0
    quantity: int = 0
    outcome: str = ""
    source: int = 0
    """Of a start: the link that was followed."""
    props: dict[str, Any] | None = None


@dataclass(slots=True)
class World:
    """A shop's weeks, complete: sorted, numbered, nothing after the end."""

    seed: int
    begins: datetime
    days: int
    products: list[Product]
    sources: list[str]
    """Codes of the links; the first has number 1."""
    people: list[Person]
    orders: list[Order]
    on_hand: dict[int, int]
    """Units of each product at the end."""
    restocks: list[Deed]
    """What belongs to nobody: changes of stock."""

    @property
    def seconds(self) -> float:
        return self.days * DAY
