"""What is asked of `api.count_statement`: the shops, the measures, and which events these count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from api.figures import MONEY_SUMS
from core import people_day
from core.events import ACTIVITY, BOT_STARTED, ORDER_CREATED, ORDER_PAID
from core.shop.rates import ShopRate
from core.shop.shops import Shop

Variant = Literal["raw", "clean"]

STEP_EVENTS: Mapping[str, tuple[str, ...]] = {
    "started": (BOT_STARTED.name,),
    "catalog_viewed": ("catalog_viewed",),
    "product_viewed": ("product_viewed",),
    "cart_or_checkout": ("cart_viewed", "cart_item_added", "checkout_started"),
    "order_created": (ORDER_CREATED.name,),
    "order_paid": (ORDER_PAID.name,),
}
PEOPLE: Mapping[str, tuple[str, ...]] = {
    "new_users": (people_day.FIRST_START,),
    "active_users": tuple(sorted(ACTIVITY)),
    "active_buyers": (ORDER_PAID.name,),
    **STEP_EVENTS,
}
COUNTS: Mapping[str, str] = {
    "starts": BOT_STARTED.name,
    **{event.replace("payment_", "payments_"): event for event in people_day.PAYMENTS},
}
_SOLD, _PAID, _REFUND = ("order_paid", "order_line"), ("order_paid",), ("refund_completed",)
# By currency, the columns of the roll-up and the events of which they are added up.
MONEY: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "orders": ("events", _PAID),
    "units": ("quantity", _PAID),
    "gross_minor": ("goods_minor", _SOLD),
    "discounts_minor": ("discount_minor", _PAID),
    "returns_minor": ("goods_minor", _REFUND),
    "tax_minor": ("tax_minor", _PAID),
    "shipping_minor": ("shipping_minor", _PAID),
    "returned_tax_minor": ("tax_minor", _REFUND),
    "returned_shipping_minor": ("shipping_minor", _REFUND),
}
# What the overview shows.
OVERVIEW: frozenset[str] = frozenset(
    {*PEOPLE, "starts", "orders", "gross_minor", "discounts_minor", "returns_minor"}
)


def is_one_of(events: Sequence[str], event: str = "event") -> str:
    """SQL: the event is one of these."""
    # For each list the planner makes a set.
    if len(events) == 1:
        return f"{event} = {events[0]!r}"
    return f"{event} IN ({', '.join(map(repr, events))})"


def events_of(measure: str) -> Sequence[str]:
    """The events of the roll-up that a measure counts."""
    if measure in COUNTS:
        return (COUNTS[measure],)
    return PEOPLE[measure] if measure in PEOPLE else MONEY[measure][1]


def _column_of(measure: str) -> str:
    """The column of the roll-up that a measure adds up."""
    return "events" if measure in COUNTS else MONEY[measure][0]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is counted: shops of one clock (with `with_base`, of one currency), by variant, and
    which fields of `Totals`.

    `dimension` is one of `people_day.DIMENSIONS` if it is broken down; with `keys` only these of
    it. `with_base`: money also in the shops' own currencies, by `rates`. `limits` are ClickHouse's
    settings for what the query may cost, `most_rows` how many rows it gives at most, the first
    keys' ones. `by_shop`: each shop by itself, in the place of a dimension.
    """

    shops: Sequence[Shop]
    variant: Variant = "raw"
    measures: frozenset[str] = OVERVIEW
    dimension: str = people_day.WHOLE
    with_base: bool = False
    rates: Mapping[int, Sequence[ShopRate]] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)
    keys: Sequence[str] | None = None
    most_rows: int | None = None
    by_shop: bool = False

    @property
    def folding(self) -> people_day.Folding:
        """What the measures need of the events."""
        summed = {_column_of(name) for name in self.measures - PEOPLE.keys()}
        firsts = people_day.FIRST_START in self._events()
        return people_day.Folding(
            counts=summed & {"events", "quantity"},
            parts={each.removesuffix("_minor") for each in summed if each.endswith("_minor")},
            with_base=self.with_base,
            with_people=not self.measures.isdisjoint(PEOPLE),
            with_firsts=firsts,
            by_currency=not self.measures.isdisjoint(MONEY),
            alike=self._alike({BOT_STARTED.name} if firsts else set()),
        )

    def _events(self) -> set[str]:
        """Those that a measure counts."""
        return {each for name in self.measures for each in events_of(name)}

    def _alike(self, apart: set[str]) -> list[list[str]]:
        """Lists of events that no measure tells from one another; without those that are to stay
        apart."""
        found: dict[frozenset[str], list[str]] = {}
        for event in people_day.EVENTS:
            if event not in apart:
                of_it = frozenset(name for name in self.measures if event in events_of(name))
                found.setdefault(of_it, []).append(event)
        return list(found.values())

    @property
    def events(self) -> Sequence[str]:
        """Those that are read: that a measure counts, or all of them where it is asked which keys
        there are."""
        if self.dimension and self.keys is None:
            return people_day.EVENTS
        # A first start is one of the other starts.
        first = people_day.FIRST_START
        return sorted({BOT_STARTED.name if each == first else each for each in self._events()})

    @property
    def kept(self) -> str:
        """SQL: the row `p` of the roll-up is of one of these."""
        if self.dimension and self.keys is None:
            return f"p.event != '{people_day.MARK}'"
        firsts = self._events() & {people_day.FIRST_START}
        return is_one_of(sorted({*self.events, *firsts}), "p.event")

    @property
    def converted(self) -> list[str]:
        """The measures that are also counted in the shops' own currencies."""
        return sorted(self.measures & set(MONEY_SUMS)) if self.with_base else []
