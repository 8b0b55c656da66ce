"""A metrics query: any metrics of the dictionary, for any shops, range, grain and breakdown."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Literal

from api import daily_tables
from api.metric_answers import (
    Comparison,
    Completeness,
    IncompleteDays,
    MetricMeaning,
    MetricsAnswer,
    MetricSeries,
)
from api.metric_catalogue import Chosen
from api.metric_reading import (
    MOST_RANKED,
    MetricsQuery,
    TooExpensive,
    count_live,
    grouped,
    place_of,
    read_all_daily,
)
from api.metric_series import Group, live_series, of_single_days
from api.overview import read_freshness
from api.ranges import same_time, stretch
from api.reader import Reader
from core import people_day, zones
from core.postgres import Pool
from core.shop.rates import ShopRate
from core.shop.shops import Shop

MOST_KEYS = 100
# Keys × points × metrics of one answer.
MOST_POINTS = 120_000
_MOST_INCOMPLETE = 200


async def answer(  # pylint: disable=too-many-locals  # the parts of one answer
    pool: Pool,
    reader: Reader,
    query: MetricsQuery,
    rates: Mapping[int, Sequence[ShopRate]],
    now: datetime,
) -> MetricsAnswer:
    """Reads everything that is asked for, as of `now`; raises TooExpensive and what the two stores
    raise."""
    ids = sorted(shop.id for shop in query.shops)
    left_off = 0
    if query.breakdown and query.grain != "whole":
        query, left_off = _narrowed(query, await _ranked(reader, query, rates, now))
    live = [metric for metric in query.metrics if metric.formula]
    tables = {metric.daily.table for metric in query.metrics if metric.daily}
    edges = _edges(query, now)
    _check_points(query, len(edges))
    groups, daily, missing, freshness = await asyncio.gather(
        count_live(reader, query, rates, now) if live else _nothing(),
        read_all_daily(reader, query, edges),
        _missing(reader, query, tables, now),
        read_freshness(pool, reader, ids, now),
    )
    if query.breakdown and query.keys is None:
        # Totals are all that was read, so the keys are ranked by them.
        if _has_too_many(groups):
            query, left_off = _narrowed(query, await _ranked(reader, query, rates, now))
            groups = await count_live(reader, query, rates, now)
        else:
            query, left_off = _narrowed(query, _in_rank(query, groups, daily))
        daily = [each for each in daily if each.key in (query.keys or ())]
    series = _in_order([*_all_live(query, groups, edges), *daily], query)
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
        metrics=[_meaning(metric, query) for metric in query.metrics],
        series=await _labelled(pool, query, series),
        keys_left_off=left_off,
        freshness=freshness,
        completeness=_completeness(query, groups, missing, now),
    )


async def _nothing() -> list[Group]:
    return []


def _narrowed(query: MetricsQuery, ranked: Sequence[str]) -> tuple[MetricsQuery, int]:
    """The query of the first keys alone, and how many others there are."""
    keys = tuple(ranked[:MOST_KEYS])
    return replace(query, keys=keys), len(ranked) - len(keys)


async def _ranked(
    reader: Reader, query: MetricsQuery, rates: Mapping[int, Sequence[ShopRate]], now: datetime
) -> list[str]:
    """The keys of the breakdown, the largest by the first metric first: by totals alone, for a key
    has up to 800 points, and there may be thousands of keys."""
    places: dict[tuple[str, str], Chosen] = {}
    for metric in query.metrics:
        places.setdefault(place_of(metric), metric)
    asked = replace(
        query, metrics=tuple(places.values()), grain="whole", compare="none", compared=None
    )
    groups, daily = await asyncio.gather(
        count_live(reader, asked, rates, now)
        if any(each.formula for each in asked.metrics)
        else _nothing(),
        read_all_daily(reader, asked, []),
    )
    return _in_rank(asked, groups, daily)


def _has_too_many(groups: Sequence[Group]) -> bool:
    """Whether keys of the days compared with may have left no place for others (`most_rows`)."""
    counts = [each for group in groups for each in (group.current, group.previous) if each]
    return len({key for count in counts for key in count.by_dimension}) > MOST_RANKED


def _in_rank(
    query: MetricsQuery, groups: Sequence[Group], daily: Sequence[MetricSeries]
) -> list[str]:
    """The keys that were found, the largest by the first metric first; raises TooExpensive."""
    counted = {key for group in groups for key in group.current.by_dimension if key}
    if len(counted | {each.key for each in daily}) > MOST_RANKED:
        raise TooExpensive("keys")
    sizes = dict.fromkeys(counted, 0.0)
    first = query.metrics[0]
    totals = (
        each for key in counted if first.formula for each in live_series(first, key, groups, [])
    )
    for each in (*totals, *daily):
        if each.key is not None:
            value = each.value or 0.0 if each.metric == first.key else 0.0
            sizes[each.key] = max(sizes.get(each.key, 0.0), value)
    return sorted(sizes, key=lambda key: (-sizes[key], len(key), key))


def _check_points(query: MetricsQuery, buckets: int) -> None:
    """Raises TooExpensive if the answer would be too large; each group of shops is read apart."""
    keys = len(query.keys or ()) if query.breakdown else 1
    apart = sum(1 for _ in grouped(query))
    if keys * buckets * max(len(query.metrics), apart) > MOST_POINTS:
        raise TooExpensive("points")


def _all_live(
    query: MetricsQuery, groups: Sequence[Group], edges: Sequence[datetime]
) -> list[MetricSeries]:
    """The series of what was counted at once; raises TooExpensive if many currencies make them too
    many."""
    known = {key for group in groups for key in group.current.by_dimension}
    keys = [key for key in query.keys or () if key in known] if query.breakdown else [""]
    found: list[MetricSeries] = []
    for metric in query.metrics:
        for key in keys if metric.formula else []:
            for each in live_series(metric, key, groups, edges):
                if len(found) * len(edges) > MOST_POINTS:
                    raise TooExpensive("points")
                found.append(each)
    of_days = {each.key for each in query.metrics if each.formula and each.formula.is_of_a_day}
    return [
        of_single_days(each, query.days, query.compared, query.grain)
        if each.metric in of_days
        else each
        for each in found
    ]


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


def _meaning(metric: Chosen, query: MetricsQuery) -> MetricMeaning:
    entry, language = metric.entry, query.language
    is_of_an_hour = metric.formula and metric.formula.is_of_a_day and query.grain == "hour"
    return MetricMeaning(
        key=metric.key,
        number=entry["number"],
        title=entry["title"][language],
        formula=(_OF_AN_HOUR if is_of_an_hour else entry["formula"])[language],
        unit=entry["unit"],
        unit_title=entry["unit_title"][language],
        source="events" if metric.formula else entry["table"],
        freshness=_AT_ONCE[language] if metric.formula else entry["freshness"][language],
    )


_OF_AN_HOUR = {
    "ru": "разные люди, сделавшие что-то за этот час",
    "en": "distinct users who did something in that hour",
}
_AT_ONCE = {"ru": "сразу, как событие пришло", "en": "at once, as events arrive"}


def _in_order(series: list[MetricSeries], query: MetricsQuery) -> list[MetricSeries]:
    """As the metrics were named; of a breakdown, the keys as they are ranked."""
    if query.breakdown:
        place = {key: number for number, key in enumerate(query.keys or ())}
        return sorted(series, key=lambda each: place.get(each.key or "", -1))
    order = {metric.key: place for place, metric in enumerate(query.metrics)}
    return sorted(series, key=lambda each: order[each.metric])


_NOT_KNOWN = {"ru": "неизвестно", "en": "unknown"}
_UNKNOWN = {
    "language": (people_day.UNKNOWN_LANGUAGE, _NOT_KNOWN),
    "country": (people_day.UNKNOWN_COUNTRY, _NOT_KNOWN),
    "module": (people_day.NO_MODULE, {"ru": "вне модулей", "en": "no module"}),
}
_LABELS = {
    "source": "SELECT id, code AS label FROM sources WHERE shop_id = ANY($1::int[])",
    "product": "SELECT id, title AS label FROM products WHERE shop_id = ANY($1::int[])",
}


async def _labelled(
    pool: Pool, query: MetricsQuery, series: list[MetricSeries]
) -> list[MetricSeries]:
    if query.breakdown in _UNKNOWN:
        key, label = _UNKNOWN[query.breakdown]
        named = {"label": label[query.language]}
        return [each.model_copy(update=named) if each.key == key else each for each in series]
    if query.breakdown not in _LABELS or not series:
        return series
    labels = await labels_of(
        pool, query.breakdown, [shop.id for shop in query.shops], query.keys or ()
    )
    return [each.model_copy(update={"label": labels.get(each.key or "")}) for each in series]


async def labels_of(
    pool: Pool, breakdown: str, shops: Sequence[int], keys: Iterable[str]
) -> dict[str, str]:
    """What people call the links or products of some keys; nothing for other breakdowns."""
    if breakdown not in _LABELS:
        return {}
    ids = [int(key) for key in keys if key.isdecimal()]
    rows = await pool.fetch(f"{_LABELS[breakdown]} AND id = ANY($2::bigint[])", list(shops), ids)
    return {str(row["id"]): row["label"] for row in rows}


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
