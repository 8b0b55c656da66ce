"""What a shop's links brought: one query of the dictionary's metrics, by link."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Literal

from pydantic import BaseModel

from api import metrics_query
from api.metric_answers import MetricSeries
from api.metric_catalogue import choose
from api.metric_reading import MetricsQuery
from api.ranges import Days
from api.resources import Resources
from core.shop.rates import ShopRate
from core.shop.shops import Shop

Touch = Literal["first", "last", "last_significant"]
# The first one ranks the links.
METRICS = (
    *("source_day.net_sales_minor", "starts", "new_users", "buyers"),
    *("cac_minor", "cpa_minor", "roas"),
)


class SourceFigures(BaseModel):
    """One link's; `source_id` 0: those who came without a link. By the metric's key: null where it
    is not known. Money is in minor units of the shop's currency."""

    source_id: int
    values: dict[str, float | None]


async def read_figures(
    resources: Resources,
    shop: Shop,
    rates: Sequence[ShopRate],
    days: tuple[date, date],
    touch: Touch,
) -> list[SourceFigures]:
    """The best sellers first; raises what the stores raise, and TooExpensive."""
    query = MetricsQuery(
        metrics=tuple(choose(key, "source") for key in METRICS),
        shops=(shop,),
        days=Days(*days),
        grain="whole",
        zone=None,
        compare="none",
        compared=None,
        breakdown="source",
        variant="raw",
        touch=touch,
        language="en",
    )
    now = datetime.now(UTC)
    answer = await metrics_query.answer(
        resources.pool, resources.reader, query, {shop.id: list(rates)}, now
    )
    return _by_source(answer.series)


def _by_source(series: Sequence[MetricSeries]) -> list[SourceFigures]:
    found: dict[str, SourceFigures] = {}
    for each in series:
        if each.key is None or not each.key.isdecimal():
            continue
        empty = SourceFigures(source_id=int(each.key), values=dict.fromkeys(METRICS))
        found.setdefault(each.key, empty).values[each.metric] = each.value
    return list(found.values())
