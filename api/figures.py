"""The overview's figures from sums and distinct counts: pure, no store."""

from collections import Counter
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import partial
from typing import Literal, Protocol

from pydantic import BaseModel

from api.periods import Period
from core import sales

FigureKey = Literal[
    "net_sales", "paid_orders", "aov", "active_buyers", "new_users", "active_users", "starts"
]
FigureKind = Literal["money", "count", "ratio"]
FunnelStepKey = Literal[
    "started", "catalog_viewed", "product_viewed", "cart_or_checkout", "order_created", "order_paid"
]
FUNNEL: tuple[FunnelStepKey, ...] = (
    "started",
    "catalog_viewed",
    "product_viewed",
    "cart_or_checkout",
    "order_created",
    "order_paid",
)


class Point(BaseModel):
    """One hour or day of a series; `value` is null if a ratio has no denominator."""

    at: datetime
    value: float | None


class Figure(BaseModel):
    """One number, the same number for the period before, and its series.

    Money is in minor units of `currency`, with one figure for each currency; null means "no
    denominator".
    """

    key: FigureKey
    kind: FigureKind
    currency: str | None
    value: float | None
    previous: float | None
    series: list[Point]


class FunnelStep(BaseModel):
    """How many distinct people did this in the period."""

    step: FunnelStepKey
    users: int


class FeedItem(BaseModel):
    """Something that a shopper has just done; `bot_id` 0: in no bot."""

    at: datetime
    shop_id: int
    bot_id: int
    event: str
    buyer_no: int
    order_id: int | None
    amount_minor: int
    currency: str
    product_title: str | None


class Freshness(BaseModel):
    """How far the figures are behind.

    `last_event_at` is when the newest counted event was recorded; `lag_seconds` is the age of the
    oldest event that is not counted yet (0: none waits); `outbox_waiting` is how many are among the
    next 10000 of their shard. If those all belong to other shops, the lag is an upper bound.
    """

    last_event_at: datetime | None
    lag_seconds: float | None
    outbox_waiting: int


class Overview(BaseModel):
    """What the panel's first page shows, for one or several shops.

    `timezone` is null if the shops have different ones: each is then counted in its own local time,
    and the series' `at` is local time written with the offset of UTC.
    """

    as_of: datetime
    period: Period
    timezone: str | None
    shops: list[int]
    figures: list[Figure]
    funnel: list[FunnelStep]
    feed: list[FeedItem]
    freshness: Freshness


@dataclass(frozen=True, slots=True)
class Sums:
    """What was sold and given back in one currency, in minor units; None if a rate is not known."""

    orders: int = 0
    units: int = 0
    gross_minor: int | None = 0
    discounts_minor: int | None = 0
    returns_minor: int | None = 0
    tax_minor: int | None = 0
    shipping_minor: int | None = 0
    returned_tax_minor: int | None = 0
    returned_shipping_minor: int | None = 0

    def __add__(self, other: "Sums") -> "Sums":
        def both(name: str) -> int | None:
            mine, theirs = getattr(self, name), getattr(other, name)
            return None if mine is None or theirs is None else mine + theirs

        money = {name: both(name) for name in MONEY_SUMS}
        return Sums(self.orders + other.orders, self.units + other.units, **money)


MONEY_SUMS = tuple(each.name for each in fields(Sums) if each.name.endswith("_minor"))
_BY_CURRENCY = tuple(each.name for each in fields(Sums))
_COUNTS = ("starts", "active_users", "active_buyers", "new_users") + tuple(
    f"payments_{how}" for how in ("succeeded", "failed", "expired")
)


# Of nothing sold: one for all, for an answer has thousands of them. Never changed.
_NOTHING: Counter[str] = Counter()
_NO_SUMS = Sums()


def _nothing() -> Counter[str]:
    return _NOTHING


@dataclass(slots=True)
class Totals:
    """What was counted in a stretch of time. Distinct people are exact within it; two of the same
    stretch may be added only for different shops, which never share people. What is by currency is
    never changed in place."""

    starts: int = 0
    active_users: int = 0
    active_buyers: int = 0
    new_users: int = 0
    payments_succeeded: int = 0
    payments_failed: int = 0
    payments_expired: int = 0
    steps: tuple[int, ...] = (0,) * len(FUNNEL)
    orders: Counter[str] = field(default_factory=_nothing)
    units: Counter[str] = field(default_factory=_nothing)
    gross_minor: Counter[str] = field(default_factory=_nothing)
    discounts_minor: Counter[str] = field(default_factory=_nothing)
    returns_minor: Counter[str] = field(default_factory=_nothing)
    tax_minor: Counter[str] = field(default_factory=_nothing)
    shipping_minor: Counter[str] = field(default_factory=_nothing)
    returned_tax_minor: Counter[str] = field(default_factory=_nothing)
    returned_shipping_minor: Counter[str] = field(default_factory=_nothing)
    converted: Sums = _NO_SUMS
    """Everything in the shop's own currency, at the events' and its owner's rates."""

    def sums(self, currency: str) -> Sums:
        """What was paid in that currency."""
        return Sums(**{name: getattr(self, name)[currency] for name in _BY_CURRENCY})

    def currencies(self) -> set[str]:
        """Those in which something was sold or given back."""
        return {*self.orders, *self.gross_minor, *self.returns_minor}

    def add(self, other: "Totals") -> None:
        """Adds another shop's counts for the same stretch of time."""
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.steps = tuple(a + b for a, b in zip(self.steps, other.steps, strict=True))
        for name in _BY_CURRENCY:
            if theirs := getattr(other, name):
                both = Counter(getattr(self, name))
                both.update(theirs)
                setattr(self, name, both)
        if other.converted is not _NO_SUMS:
            self.converted += other.converted


@dataclass(slots=True)
class Counted:
    """The totals of a period, of the one before, and of each hour or day of the period."""

    current: Totals
    previous: Totals
    buckets: list[Totals]

    def add(self, other: "Counted") -> None:
        """Adds other shops, hour by hour or day by day in each shop's local time."""
        self.current.add(other.current)
        self.previous.add(other.previous)
        while len(self.buckets) < len(other.buckets):
            self.buckets.append(Totals())
        for mine, theirs in zip(self.buckets, other.buckets, strict=False):
            mine.add(theirs)


def empty(buckets: int) -> Counted:
    return Counted(Totals(), Totals(), [Totals() for _ in range(buckets)])


class MoneyOf(Protocol):
    """A figure in one currency, in minor units."""

    def __call__(self, totals: Totals, currency: str) -> float | None: ...


def average_of(sums: Sums) -> float | None:
    """AOV (metric 28), a ratio of sums before returns, in minor units; None without orders, or if
    a rate is not known."""
    if not sums.orders or sums.gross_minor is None or sums.discounts_minor is None:
        return None
    return round(sales.charged(sums.gross_minor, sums.discounts_minor) / sums.orders, 4)


def net_sales_of(sums: Sums) -> int | None:
    """Metric 24, each part on its own day, in minor units; None if a rate is not known."""
    gross, discounts, returns = sums.gross_minor, sums.discounts_minor, sums.returns_minor
    if gross is None or discounts is None or returns is None:
        return None
    return sales.net_sales(gross, discounts, returns)


def average_order(totals: Totals, currency: str) -> float | None:
    """AOV of what was paid in that currency."""
    return average_of(totals.sums(currency))


def net_sales(totals: Totals, currency: str) -> float | None:
    """Net sales of what was paid in that currency."""
    return net_sales_of(totals.sums(currency))


def figures_of(
    counted: Counted, edges: Sequence[datetime], shop_currencies: Set[str]
) -> list[Figure]:
    """Every figure, with money once for each currency; the shops' own currencies if nothing was
    sold."""
    seen = {
        currency
        for totals in (counted.current, counted.previous)
        for currency in totals.currencies()
    }
    currencies = sorted(seen or shop_currencies)

    def figure(
        key: FigureKey,
        kind: FigureKind,
        value: Callable[[Totals], float | None],
        currency: str | None = None,
    ) -> Figure:
        return Figure(
            key=key,
            kind=kind,
            currency=currency,
            value=value(counted.current),
            previous=value(counted.previous),
            series=[
                Point(at=edge, value=value(bucket))
                for edge, bucket in zip(edges, counted.buckets, strict=True)
            ],
        )

    def money(key: FigureKey, value: MoneyOf) -> list[Figure]:
        return [
            figure(key, "money", partial(value, currency=currency), currency)
            for currency in currencies
        ]

    return [
        *money("net_sales", net_sales),
        figure("paid_orders", "count", lambda totals: totals.orders.total()),
        *money("aov", average_order),
        figure("active_buyers", "count", lambda totals: totals.active_buyers),
        figure("new_users", "count", lambda totals: totals.new_users),
        figure("active_users", "count", lambda totals: totals.active_users),
        figure("starts", "count", lambda totals: totals.starts),
    ]
