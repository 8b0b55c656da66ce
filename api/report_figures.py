"""A shop's figures for the reports of modules: the same queries as the panel's."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from api import metrics_query
from api.metric_answers import MetricSeries
from api.metric_catalogue import choose
from api.metric_reading import MetricsQuery, count_live
from api.ranges import Days, QueryGrain
from api.reader import Reader
from bots.sdk.reports import DayFigures, SourceFigures
from core.postgres import Pool
from core.shop import rates
from core.shop.rates import ShopRate
from core.shop.shops import Shop

_SOLD, _CAME = "source_day.net_sales_minor", "new_users"


class ShopFigures:
    """`bots.sdk.reports.Figures` of a shop; raises what the stores raise, and TooExpensive."""

    def __init__(self, pool: Pool, reader: Reader, shop: Shop) -> None:
        self._pool = pool
        self._reader = reader
        self._shop = shop

    async def days(
        self, metrics: Sequence[str], first: date, last: date
    ) -> tuple[list[DayFigures], Mapping[str, float | None]]:
        """By day, and of all of them together."""
        by_day = await self._read(metrics, first, last, "day")
        whole = await self._read(metrics, first, last, "whole")
        days = Days(first, last)
        return (
            [
                DayFigures(day, {each.metric: _at(each, place) for each in by_day})
                for place, day in enumerate(days.each())
            ],
            {each.metric: each.value for each in whole},
        )

    async def payments(self, first: date, last: date) -> tuple[int, int]:
        """How many succeeded, and failed: what metric 19 is made of."""
        query = self._query(("payment_success",), first, last, "whole")
        (group,) = await count_live(self._reader, query, await self._rates(), datetime.now(UTC))
        counted = group.current.by_dimension.get("")
        if counted is None:
            return 0, 0
        return counted.total.payments_succeeded, counted.total.payments_failed

    async def sources(self, first: date, last: date) -> list[SourceFigures]:
        """By the last touch, the best sellers first."""
        found: dict[str, dict[str, float | None]] = {}
        labels: dict[str, str] = {}
        for each in await self._read((_SOLD, _CAME), first, last, "whole", breakdown="source"):
            if each.key is not None:
                found.setdefault(each.key, {})[each.metric] = each.value
                labels[each.key] = each.label or ""
        return [
            SourceFigures(labels[key], values.get(_SOLD) or 0.0, values.get(_CAME) or 0.0)
            for key, values in found.items()
        ]

    async def _read(
        self,
        metrics: Sequence[str],
        first: date,
        last: date,
        grain: QueryGrain,
        breakdown: str | None = None,
    ) -> list[MetricSeries]:
        query = self._query(metrics, first, last, grain, breakdown)
        answer = await metrics_query.answer(
            self._pool, self._reader, query, await self._rates(), datetime.now(UTC)
        )
        return [each for each in answer.series if self._is_own(each)]

    def _query(
        self,
        metrics: Sequence[str],
        first: date,
        last: date,
        grain: QueryGrain,
        breakdown: str | None = None,
    ) -> MetricsQuery:
        return MetricsQuery(
            metrics=tuple(choose(key, breakdown) for key in metrics),
            shops=(self._shop,),
            days=Days(first, last),
            grain=grain,
            zone=None,
            compare="none",
            compared=None,
            breakdown=breakdown,
            variant="raw",
            touch="last",
            language="en",
        )

    async def _rates(self) -> Mapping[int, Sequence[ShopRate]]:
        async with self._pool.acquire() as connection:
            return {self._shop.id: await rates.of_shop(connection, self._shop.id)}

    def _is_own(self, series: MetricSeries) -> bool:
        """Of money what is in the shop's own currency; if it sells in several, the sum of all in it
        comes after what was paid in it, and counts."""
        return series.currency in (None, self._shop.currency)


def _at(series: MetricSeries, place: int) -> float | None:
    return series.points[place].value if place < len(series.points) else None
