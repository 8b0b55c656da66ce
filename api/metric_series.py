"""From what was counted, or read from the daily tables, to the series of an answer."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise, repeat

from api.counting import Count, CountedStretch
from api.daily_tables import DailyMetric, DailyValues
from api.figures import Sums, Totals
from api.metric_answers import MetricPoint, MetricSeries, Unknown
from api.metric_catalogue import Chosen
from api.ranges import Days, QueryGrain, first_days
from core.shop.shops import Shop


@dataclass(frozen=True, slots=True)
class Group:
    """Shops of one clock and one currency, and what was counted of them."""

    clock: str
    currency: str
    shops: Sequence[Shop]
    current: Count
    previous: Count | None


def _together(counts: Iterable[Count], key: str) -> CountedStretch:
    """The counts of a key added up; zeros, bucket by bucket, where nothing was counted of it. Not
    to be changed: a single one is given as it is."""
    known = list(counts)
    if len(known) == 1 and key in known[0].by_dimension:
        return known[0].by_dimension[key]
    buckets = (len(each.buckets) for count in known for each in count.by_dimension.values())
    found = CountedStretch(Totals(), [Totals() for _ in range(max(buckets, default=0))])
    for each in known:
        if key in each.by_dimension:
            found.add(each.by_dimension[key])
    return found


@dataclass(frozen=True, slots=True)
class _Compared:
    """What was counted, and of the days compared with, if any."""

    current: CountedStretch
    previous: CountedStretch | None

    @classmethod
    def of(cls, groups: Sequence[Group], key: str) -> "_Compared":
        before = [group.previous for group in groups if group.previous]
        return cls(
            _together((group.current for group in groups), key),
            _together(before, key) if before else None,
        )

    def currencies(self) -> set[str]:
        found = self.current.total.currencies()
        return found | self.previous.total.currencies() if self.previous else found


def live_series(
    metric: Chosen, key: str, groups: Sequence[Group], edges: Sequence[datetime]
) -> Iterator[MetricSeries]:
    """A metric's series of one key: money by currency, and converted by the shops' own."""
    assert metric.formula is not None
    counted = _Compared.of(groups, key)
    if not metric.formula.is_money:
        yield _live(metric, key, counted, edges)
        return
    seen = counted.currencies()
    own = {group.currency for group in groups}
    if metric.formula.by_currency:
        for currency in sorted(seen or own):
            yield _live(metric, key, counted, edges, currency)
    if not metric.formula.by_currency or seen - own or len(own) > 1:
        for currency in sorted(own):
            these = [group for group in groups if group.currency == currency]
            found = _live(metric, key, _Compared.of(these, key), edges)
            yield found.model_copy(update={"currency": currency, "is_converted": True})


def _live(
    metric: Chosen,
    key: str,
    counted: _Compared,
    edges: Sequence[datetime],
    currency: str | None = None,
) -> MetricSeries:
    """In one currency, or everything in the shops' own."""
    formula = metric.formula
    assert formula is not None

    def value(totals: Totals) -> float | None:
        return formula.value(totals, totals.sums(currency) if currency else totals.converted)

    now, before = counted.current, counted.previous
    buckets = before.buckets if before else []
    total = value(now.total)
    return MetricSeries(
        metric=metric.key,
        currency=currency,
        key=key or None,
        value=total,
        previous=value(before.total) if before else None,
        unknown=None if total is not None else _why(now.total.converted, currency),
        points=[
            MetricPoint(
                at=edge,
                value=value(now.buckets[place] if place < len(now.buckets) else Totals()),
                previous=value(buckets[place]) if place < len(buckets) else None,
            )
            for place, edge in enumerate(edges)
        ],
    )


def of_single_days(
    series: MetricSeries, days: Days, compared: Days | None, grain: QueryGrain
) -> MetricSeries:
    """The series of what stands for single days: null (`not_one_row`) where the range or a bucket
    is longer."""
    is_day, was_day = days.count == 1, compared is not None and compared.count == 1
    points = zip(series.points, _are_days(days, grain), _are_days(compared, grain), strict=False)
    return series.model_copy(
        update={
            "value": series.value if is_day else None,
            "previous": series.previous if was_day else None,
            "unknown": series.unknown if is_day else "not_one_row",
            "points": [
                MetricPoint(
                    at=point.at,
                    value=point.value if is_one else None,
                    previous=point.previous if was_one else None,
                )
                for point, is_one, was_one in points
            ],
        }
    )


def _are_days(days: Days | None, grain: QueryGrain) -> Iterator[bool]:
    """Of each bucket whether it is no longer than a day, without end."""
    if days is not None and grain in ("hour", "day"):
        yield from repeat(True)
    elif days is not None:
        starts = [*first_days(days, grain), days.last + timedelta(days=1)]
        for start, end in pairwise(starts):
            yield (end - start).days == 1
    yield from repeat(False)


def _why(converted: Sums, currency: str | None) -> Unknown:
    if currency is None and (converted.gross_minor is None or converted.returns_minor is None):
        return "rate_missing"
    return "no_denominator"


def daily_series(
    metric: Chosen,
    key: str,
    own: str,
    values: tuple[DailyValues | None, DailyValues | None],
    edges: Sequence[datetime],
) -> MetricSeries:
    """A series of the values now and of the days compared with."""
    assert metric.daily is not None
    current, previous = values
    is_money = metric.entry["unit"] == "money"
    by_currency = metric.dimension == "currency"
    value = current.total if current else None
    before = previous.buckets if previous else []
    return MetricSeries(
        metric=metric.key,
        currency=(key if by_currency else own) if is_money else None,
        is_converted=is_money and not by_currency,
        key=key if metric.dimension and not by_currency else None,
        value=value,
        previous=previous.total if previous else None,
        unknown=None if value is not None else _why_daily(metric.daily, current),
        points=[
            MetricPoint(
                at=edge,
                value=current.buckets[place] if current and place < len(current.buckets) else None,
                previous=before[place] if place < len(before) else None,
            )
            for place, edge in enumerate(edges)
        ],
    )


def _why_daily(metric: DailyMetric, values: DailyValues | None) -> Unknown:
    if values is None:
        return "not_computed"
    if metric.over_days["kind"] == "day":
        return "not_one_row"
    return "rate_missing" if metric.over_days["kind"] in ("sum", "last") else "no_denominator"
