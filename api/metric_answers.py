"""What a metrics query answers: series with the formula, freshness and completeness beside them."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from api.asked import Variant
from api.figures import Freshness
from api.ranges import Compare, QueryGrain

Unknown = Literal["no_denominator", "rate_missing", "not_computed", "not_one_row"]


class MetricPoint(BaseModel):
    """One bucket: when it begins, its value, and that of the bucket in its place in the comparison;
    null if unknown."""

    at: datetime
    value: float | None
    previous: float | None = None


class MetricSeries(BaseModel):
    """One metric, by its key, in one currency and of one key of the breakdown.

    Money is in minor units of `currency`: by default as it was paid; with `is_converted`, all of it
    in the shops' own currency at the events' and the owners' rates. `unknown` says why `value` is
    null: `no_denominator`, `rate_missing` (an exchange rate), `not_computed`, `not_one_row` (it
    stands for single days and shops, and may not be added up).
    """

    metric: str
    currency: str | None = None
    is_converted: bool = False
    key: str | None = Field(None, description="Of the breakdown: a source's id, a language.")
    label: str | None = Field(None, description="What people call that key, if it has a name.")
    value: float | None
    previous: float | None = None
    unknown: Unknown | None = None
    points: list[MetricPoint]


class MetricMeaning(BaseModel):
    """What a metric is, in the language asked for; `source` is `events` if it was counted at once,
    with closed days from the roll-up, or the table of daily figures."""

    key: str
    number: int
    title: str
    formula: str
    unit: str
    unit_title: str
    source: str
    freshness: str


class Comparison(BaseModel):
    """The days that `previous` is of, both included; up to the moment `until` where the range is
    not over yet, so that as much time is compared (daily tables: whole days)."""

    kind: Compare
    first: date
    last: date
    until: datetime | None


class IncompleteDays(BaseModel):
    """Days of a shop, both included, that an answer does not have whole, and why: `not_over`,
    `expired` (their events are no longer kept, and they were never folded), `not_computed`."""

    shop_id: int
    first: date
    last: date
    why: Literal["not_over", "expired", "not_computed"]


class Completeness(BaseModel):
    """`complete`: every day of the range is over and counted. `left_off` is how many more rows of
    incomplete days there are than are listed."""

    complete: bool
    days: list[IncompleteDays]
    left_off: int


class MetricsAnswer(BaseModel):
    """The answer to a metrics query.

    `timezone` is null if each shop's days are by its own clock and these differ: the points' `at`
    is then local time written with the offset of UTC. `keys_left_off`: keys of the breakdown beyond
    the first hundred, by the first metric.
    """

    as_of: datetime
    first: date
    last: date
    timezone: str | None
    grain: QueryGrain
    variant: Variant
    shops: list[int]
    breakdown: str | None
    comparison: Comparison | None
    metrics: list[MetricMeaning]
    series: list[MetricSeries]
    keys_left_off: int
    freshness: Freshness
    completeness: Completeness


class AskableMetric(BaseModel):
    """A metric that can be asked for, and by what it can be broken down."""

    key: str
    number: int
    title: str
    formula: str
    unit: str
    breakdowns: list[str]
    grains: list[QueryGrain]
    is_live: bool = Field(description="Counted at once for any stretch of time, people exactly.")
