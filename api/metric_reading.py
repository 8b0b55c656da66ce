"""What a metrics query asks for, and how it is read: counted at once, or from the daily tables."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any, Literal

from clickhouse_connect.driver.exceptions import Error as ClickHouseError

from api import daily_tables
from api.asked import Asked, Variant
from api.counting import Count, count_all
from api.daily_tables import DailyAsked, DailyValues
from api.metric_answers import MetricSeries
from api.metric_catalogue import Chosen
from api.metric_series import Group, daily_series
from api.ranges import Compare, Days, QueryGrain, first_days, same_time, stretch
from api.reader import Reader
from api.stretches import Stretch
from core import people_day
from core.errors import VitrinaError
from core.events import Bilingual
from core.shop.rates import ShopRate
from core.shop.shops import Shop

# What one query may cost; ClickHouse stops it beyond.
LIMITS: Mapping[str, Any] = {
    "max_execution_time": 10,
    "max_rows_to_read": 500_000_000,
    "max_memory_usage": 1_000_000_000,
}
# Of a breakdown so many keys are put in order, by their totals; more are refused.
MOST_RANKED = 20_000


# Of what there would be too much, and what to narrow then.
Excess = Literal["rows", "time", "memory", "points", "keys"]
_NARROW: Mapping[Excess, Bilingual] = {
    "rows": Bilingual(
        "Запрос прочёл бы слишком много событий: возьмите меньше дней или магазинов.",
        "the query would read too many events: take fewer days or shops",
    ),
    "time": Bilingual(
        "Запрос считался бы слишком долго: возьмите меньше дней или магазинов, шаг от дня, и не "
        "указывайте zone, чтобы взять готовые дни.",
        "the query would take too long: take fewer days or shops, a day or more as grain, and "
        "leave zone out, so that days can be taken that are counted already",
    ),
    "memory": Bilingual(
        "Запросу не хватило бы памяти: возьмите шаг крупнее, меньше магазинов, или уберите разрез.",
        "the query would need too much memory: take a larger grain, fewer shops, or leave the "
        "breakdown out",
    ),
    "points": Bilingual(
        "В ответе было бы слишком много точек: возьмите шаг крупнее, меньше дней или метрик, или "
        "уберите разрез.",
        "the answer would have too many points: take a larger grain, fewer days or metrics, or "
        "leave the breakdown out",
    ),
    "keys": Bilingual(
        "В разрезе слишком много строк: возьмите меньше дней или магазинов, или другой разрез.",
        "the breakdown has too many keys: take fewer days or shops, or another breakdown",
    ),
}


class TooExpensive(VitrinaError):
    """The query would read more, take longer, or have more points, than one query may; says what
    to narrow."""

    code = "too_expensive"
    status = 422

    def __init__(self, excess: Excess) -> None:
        self.explained = _NARROW[excess]
        super().__init__(self.explained.en)


# ClickHouse's codes. Rows are estimated by its index before the first one is read, time while they
# are read.
_EXCESSES: Mapping[int, Excess] = {
    158: "rows",
    307: "rows",  # bytes
    159: "time",
    160: "time",  # estimated
    241: "memory",
    396: "keys",  # rows of the result
}


@contextmanager
def narrowed() -> Iterator[None]:
    """What ClickHouse stops because of `LIMITS` is raised as TooExpensive."""
    try:
        yield
    except ClickHouseError as error:
        if excess := _EXCESSES.get(error.code or 0):
            raise TooExpensive(excess) from error
        raise


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
    keys: tuple[str, ...] | None = None
    """Of the breakdown, the only keys that are read; None: all, as far as they can be ranked."""

    def __post_init__(self) -> None:
        for metric in self.metrics:
            is_elsewhere = self.zone and any(shop.timezone != self.zone for shop in self.shops)
            if metric.daily and (self.grain == "hour" or is_elsewhere):
                raise DailyUnfit(metric.key)

    def clock(self, shop: Shop) -> str:
        return self.zone or shop.timezone

    @property
    def most_rows(self) -> int | None:
        """How many rows are read at most while keys are ranked: a total and a bucket of each, and
        of one key too many."""
        return None if self.keys is not None or not self.breakdown else 2 * (MOST_RANKED + 1)


def grouped(query: MetricsQuery) -> Iterator[tuple[str, str, list[Shop]]]:
    """The shops by clock and currency."""

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


async def count_live(
    reader: Reader, query: MetricsQuery, rates: Mapping[int, Sequence[ShopRate]], now: datetime
) -> list[Group]:
    """What was counted, by the shops' clocks and currencies."""

    async def group(clock: str, currency: str, shops: list[Shop]) -> Group:
        stretches = [stretch(query.days, query.grain, clock, now)]
        if query.compared:
            cut = same_time(query.days, query.compared, clock, now)
            stretches.append(stretch(query.compared, query.grain, clock, until=cut))
        asked = Asked(
            shops,
            query.variant,
            _measures(query),
            query.breakdown or people_day.WHOLE,
            with_base=any(metric.formula and metric.formula.is_money for metric in query.metrics),
            rates=rates,
            limits=LIMITS,
            keys=query.keys,
            most_rows=query.most_rows,
        )
        current, *previous = await _converted(reader, asked, currency, stretches, now)
        return Group(clock, currency, shops, current, previous[0] if previous else None)

    return list(await asyncio.gather(*(group(*each) for each in grouped(query))))


async def _converted(
    reader: Reader, asked: Asked, currency: str, stretches: Sequence[Stretch], now: datetime
) -> list[Count]:
    """Counts shops of this currency. As long as nothing was paid in another one, what was paid is
    what it would be converted to, which costs a third of the query."""
    if not asked.with_base:
        return await count_all(reader, asked, stretches, now)
    key = ("other currencies", *(shop.id for shop in asked.shops))
    if not reader.last_plans.get(key):
        counts = await count_all(reader, replace(asked, with_base=False), stretches, now)
        every = [each for count in counts for each in count.by_dimension.values()]
        if all(each.total.currencies() <= {currency} for each in every):
            for totals in (one for each in every for one in (each.total, *each.buckets)):
                totals.converted = totals.sums(currency)
            return counts
        reader.last_plans.keep(key, True)
    return await count_all(reader, asked, stretches, now)


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
        keys=query.keys,
        most_rows=query.most_rows,
    )
    values = await daily_tables.read(reader, asked, LIMITS)
    keys = {metric.daily.name: metric.key for metric in metrics if metric.daily}
    return {(keys[name], key): found for (name, key), found in values.items()}


async def read_all_daily(
    reader: Reader, query: MetricsQuery, edges: Sequence[datetime]
) -> list[MetricSeries]:
    """Money is in the shops' own currency: shops of several currencies have a series each."""
    chosen = sorted((each for each in query.metrics if each.daily), key=place_of)
    found: list[MetricSeries] = []
    by_currency = groupby(sorted(query.shops, key=lambda s: s.currency), lambda s: s.currency)
    for _, group in by_currency:
        shops = list(group)
        for _, of_table in groupby(chosen, key=place_of):
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


def place_of(metric: Chosen) -> tuple[str, str]:
    """What is read together: a table (or, counted at once, none), by one kind of key."""
    return (metric.daily.table if metric.daily else "", metric.dimension or "")
