"""A metrics query: any metrics of the dictionary, for any shops, range, grain and breakdown."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any, Literal

from api import daily_tables
from api.counting import Asked, Variant, count_all
from api.daily_tables import DailyAsked, DailyValues
from api.metric_answers import (
    Comparison,
    Completeness,
    IncompleteDays,
    MetricMeaning,
    MetricsAnswer,
    MetricSeries,
)
from api.metric_catalogue import LIVE_DIMENSIONS, Chosen
from api.metric_series import Group, daily_series, live_series
from api.overview import read_freshness
from api.ranges import Compare, Days, QueryGrain, first_days, same_time, stretch
from api.reader import Reader
from core import zones
from core.errors import VitrinaError
from core.events import Bilingual
from core.postgres import Pool
from core.shop.rates import ShopRate
from core.shop.shops import Shop

MOST_KEYS = 100
_MOST_INCOMPLETE = 200
# What one query may cost; ClickHouse stops it beyond.
LIMITS: Mapping[str, Any] = {
    "max_execution_time": 10,
    "max_rows_to_read": 500_000_000,
    "max_memory_usage": 1_000_000_000,
}


class DailyUnfit(VitrinaError):
    """A metric of the daily tables has the shop's own days, and nothing shorter."""

    code = "grain_unfit"
    status = 422

    def __init__(self, key: str) -> None:
        self.explained = Bilingual(
            f"{key} считается по дням магазина: уберите zone и возьмите шаг от дня.",
            f"{key} is kept by the shop's own day: leave zone out, and take a day or more as grain",
        )
        super().__init__(self.explained.en)


@dataclass(frozen=True, slots=True)
class MetricsQuery:
    """What is asked; `compared` are the days to compare with, by `compare`."""

    metrics: tuple[Chosen, ...]
    shops: tuple[Shop, ...]
    days: Days
    grain: QueryGrain
    zone: str | None
    compare: Compare
    compared: Days | None
    breakdown: str | None
    variant: Variant
    touch: str
    language: Literal["ru", "en"]

    def __post_init__(self) -> None:
        for metric in self.metrics:
            is_elsewhere = self.zone and any(shop.timezone != self.zone for shop in self.shops)
            if metric.daily and (self.grain == "hour" or is_elsewhere):
                raise DailyUnfit(metric.key)

    def clock(self, shop: Shop) -> str:
        return self.zone or shop.timezone


def _grouped(query: MetricsQuery) -> Iterator[tuple[str, str, list[Shop]]]:
    def key(shop: Shop) -> tuple[str, str]:
        return query.clock(shop), shop.currency

    for (clock, currency), shops in groupby(sorted(query.shops, key=key), key):
        yield clock, currency, list(shops)


def _measures(query: MetricsQuery) -> frozenset[str]:
    """What the formulas are made of; orders and returns say which currencies there are."""
    formulas = [metric.formula for metric in query.metrics if metric.formula]
    needs = {need for formula in formulas for need in formula.needs}
    if any(formula.is_money for formula in formulas):
        needs |= {"orders", "gross_minor", "returns_minor"}
    return frozenset(needs)


async def _count_live(
    reader: Reader, query: MetricsQuery, rates: Mapping[int, Sequence[ShopRate]], now: datetime
) -> list[Group]:
    async def group(clock: str, currency: str, shops: list[Shop]) -> Group:
        stretches = [stretch(query.days, query.grain, clock, now)]
        if query.compared:
            cut = same_time(query.days, query.compared, clock, now)
            stretches.append(stretch(query.compared, query.grain, clock, until=cut))
        dimension = LIVE_DIMENSIONS[query.breakdown] if query.breakdown else "''"
        asked = Asked(
            shops,
            query.variant,
            _measures(query),
            dimension,
            with_base=any(metric.formula and metric.formula.is_money for metric in query.metrics),
            rates=rates,
            limits=LIMITS,
        )
        current, *previous = await count_all(reader, asked, stretches, now)
        return Group(clock, currency, shops, current, previous[0] if previous else None)

    return list(await asyncio.gather(*(group(*each) for each in _grouped(query))))


async def _read_daily(
    reader: Reader, query: MetricsQuery, metrics: Sequence[Chosen], days: Days, shops: list[Shop]
) -> dict[tuple[str, str], DailyValues]:
    """The values of metrics of one table, by metric's key and dimension."""
    first = metrics[0]
    assert first.daily is not None
    asked = DailyAsked(
        shops=[shop.id for shop in shops],
        table=first.daily.table,
        metrics=[metric.daily for metric in metrics if metric.daily is not None],
        days=days,
        starts=first_days(days, query.grain),
        dimension=first.dimension,
        variant=query.variant,
        touch=query.touch,
    )
    values = await daily_tables.read(reader, asked, LIMITS)
    keys = {metric.daily.name: metric.key for metric in metrics if metric.daily}
    return {(keys[name], key): found for (name, key), found in values.items()}


async def _read_all_daily(
    reader: Reader, query: MetricsQuery, edges: Sequence[datetime]
) -> list[MetricSeries]:
    """Money is in the shops' own currency: shops of several currencies have a series each."""
    chosen = sorted((each for each in query.metrics if each.daily), key=_place)
    found: list[MetricSeries] = []
    by_currency = groupby(sorted(query.shops, key=lambda s: s.currency), lambda s: s.currency)
    for _, group in by_currency:
        shops = list(group)
        for _, of_table in groupby(chosen, key=_place):
            found += await _read_table(reader, query, list(of_table), shops, edges)
    return found


async def _read_table(
    reader: Reader,
    query: MetricsQuery,
    metrics: list[Chosen],
    shops: list[Shop],
    edges: Sequence[datetime],
) -> list[MetricSeries]:
    current = await _read_daily(reader, query, metrics, query.days, shops)
    previous: dict[tuple[str, str], DailyValues] = {}
    if query.compared:
        previous = await _read_daily(reader, query, metrics, query.compared, shops)
    places = [
        (metric, key)
        for metric in metrics
        for key in sorted({key for name, key in current if name == metric.key})
        or ([""] if metric.dimension is None else [])
    ]
    return [
        daily_series(
            metric,
            key,
            shops[0].currency,
            (current.get((metric.key, key)), previous.get((metric.key, key))),
            edges,
        )
        for metric, key in places
    ]


def _place(metric: Chosen) -> tuple[str, str]:
    return (metric.daily.table if metric.daily else "", metric.dimension or "")


async def answer(  # pylint: disable=too-many-locals  # the parts of one answer
    pool: Pool,
    reader: Reader,
    query: MetricsQuery,
    rates: Mapping[int, Sequence[ShopRate]],
    now: datetime,
) -> MetricsAnswer:
    """Reads everything that is asked for, as of `now`; raises what the two stores raise."""
    ids = sorted(shop.id for shop in query.shops)
    live = [metric for metric in query.metrics if metric.formula]
    tables = {metric.daily.table for metric in query.metrics if metric.daily}
    edges = _edges(query, now)
    groups, daily, missing, freshness = await asyncio.gather(
        _count_live(reader, query, rates, now) if live else _nothing(),
        _read_all_daily(reader, query, edges),
        _missing(reader, query, tables, now),
        read_freshness(pool, reader, ids, now),
    )
    keys = sorted({key for group in groups for key in group.current.by_dimension if key})
    series = [
        each
        for metric in live
        for key in (keys if query.breakdown else [""])
        for each in live_series(metric, key, groups, edges)
    ]
    series, left_off = _largest([*series, *daily], query)
    clocks = {query.clock(shop) for shop in query.shops}
    return MetricsAnswer(
        as_of=now,
        first=query.days.first,
        last=query.days.last,
        timezone=clocks.pop() if len(clocks) == 1 else None,
        grain=query.grain,
        variant=query.variant,
        shops=ids,
        breakdown=query.breakdown,
        comparison=_comparison(query, now),
        metrics=[_meaning(metric, query.language) for metric in query.metrics],
        series=await _labelled(pool, query, series),
        keys_left_off=left_off,
        freshness=freshness,
        completeness=_completeness(query, groups, missing, now),
    )


async def _nothing() -> list[Group]:
    return []


def _edges(query: MetricsQuery, now: datetime) -> list[datetime]:
    """Where the buckets begin: as instants, or in local time if the clocks differ."""
    clocks = sorted({query.clock(shop) for shop in query.shops}) or ["UTC"]
    all_edges = [stretch(query.days, query.grain, clock, now).edges for clock in clocks]
    longest = max(range(len(clocks)), key=lambda place: len(all_edges[place]))
    if len(clocks) == 1:
        return list(all_edges[0])
    zone = zones.zone(clocks[longest])
    return [edge.astimezone(zone).replace(tzinfo=UTC) for edge in all_edges[longest]]


def _comparison(query: MetricsQuery, now: datetime) -> Comparison | None:
    if query.compared is None:
        return None
    clocks = {query.clock(shop) for shop in query.shops}
    cuts = {same_time(query.days, query.compared, clock, now) for clock in clocks}
    return Comparison(
        kind=query.compare,
        first=query.compared.first,
        last=query.compared.last,
        until=cuts.pop() if len(cuts) == 1 else None,
    )


def _meaning(metric: Chosen, language: str) -> MetricMeaning:
    entry = metric.entry
    return MetricMeaning(
        key=metric.key,
        number=entry["number"],
        title=entry["title"][language],
        formula=entry["formula"][language],
        unit=entry["unit"],
        unit_title=entry["unit_title"][language],
        source="events" if metric.formula else entry["table"],
        freshness=_AT_ONCE[language] if metric.formula else entry["freshness"][language],
    )


_AT_ONCE = {"ru": "сразу, как событие пришло", "en": "at once, as events arrive"}


def _largest(series: list[MetricSeries], query: MetricsQuery) -> tuple[list[MetricSeries], int]:
    """The series of the first keys of the breakdown by the first metric, in their order."""
    if not query.breakdown:
        order = {metric.key: place for place, metric in enumerate(query.metrics)}
        return sorted(series, key=lambda each: order[each.metric]), 0
    sizes: dict[str, float] = {}
    for each in series:
        if each.key is not None:
            value = each.value or 0.0 if each.metric == query.metrics[0].key else 0.0
            sizes[each.key] = max(sizes.get(each.key, 0.0), value)
    ranked = sorted(sizes, key=lambda key: (-sizes[key], len(key), key))
    place = {key: number for number, key in enumerate(ranked[:MOST_KEYS])}
    kept = [each for each in series if each.key is None or each.key in place]
    kept.sort(key=lambda each: place.get(each.key or "", -1))
    return kept, max(0, len(ranked) - MOST_KEYS)


_LABELS = {
    "source": "SELECT id, code AS label FROM sources WHERE shop_id = ANY($1::int[])",
    "product": "SELECT id, title AS label FROM products WHERE shop_id = ANY($1::int[])",
}


async def _labelled(
    pool: Pool, query: MetricsQuery, series: list[MetricSeries]
) -> list[MetricSeries]:
    sql = _LABELS.get(query.breakdown or "")
    if sql is None or not series:
        return series
    rows = await pool.fetch(sql, [shop.id for shop in query.shops])
    labels = {str(row["id"]): row["label"] for row in rows}
    return [each.model_copy(update={"label": labels.get(each.key or "")}) for each in series]


async def _missing(
    reader: Reader, query: MetricsQuery, tables: Iterable[str], now: datetime
) -> dict[int, set[date]]:
    named = sorted(tables)
    if not named:
        return {}
    latest = max((zones.day_of(now, shop.timezone) for shop in query.shops), default=now.date())
    if query.days.first > latest:
        return {}
    days = replace(query.days, last=min(query.days.last, latest))
    ids = [shop.id for shop in query.shops]
    return await daily_tables.missing_days(reader, named, ids, days)


def _completeness(
    query: MetricsQuery, groups: Sequence[Group], missing: Mapping[int, set[date]], now: datetime
) -> Completeness:
    found: list[IncompleteDays] = []
    gone: dict[int, set[date]] = {}
    for group in groups:
        for shop in group.shops:
            kept_from = now - timedelta(days=shop.retention_days)
            gone[shop.id] = set(
                _days_before(kept_from, group.current.from_events[shop.id], group.clock)
            )
    for shop in sorted(query.shops, key=lambda each: each.id):
        today = zones.day_of(now, query.clock(shop))
        if today <= query.days.last:
            first = max(today, query.days.first)
            found.append(_incomplete(shop, first, query.days.last, "not_over"))
        found += _runs(shop, gone.get(shop.id, set()), "expired")
        found += _runs(shop, {day for day in missing.get(shop.id, ()) if day < today}, _NOT_MADE)
    return Completeness(
        complete=not found,
        days=found[:_MOST_INCOMPLETE],
        left_off=max(0, len(found) - _MOST_INCOMPLETE),
    )


_Why = Literal["not_over", "expired", "not_computed"]
_NOT_MADE: _Why = "not_computed"


def _days_before(moment: datetime, gaps: Iterable[tuple[int, int]], clock: str) -> Iterator[date]:
    for begin, end in gaps:
        start = datetime.fromtimestamp(begin, UTC)
        until = min(datetime.fromtimestamp(end, UTC), moment)
        while start < until:
            day = zones.day_of(start, clock)
            yield day
            start = zones.day_start(day + timedelta(days=1), clock)


def _incomplete(shop: Shop, first: date, last: date, why: _Why) -> IncompleteDays:
    return IncompleteDays(shop_id=shop.id, first=first, last=last, why=why)


def _runs(shop: Shop, days: Iterable[date], why: _Why) -> Iterator[IncompleteDays]:
    """Days in a row as one."""
    ordered = sorted(days)
    for _, run in groupby(enumerate(ordered), lambda each: each[1] - timedelta(days=each[0])):
        those = [day for _, day in run]
        yield _incomplete(shop, those[0], those[-1], why)
