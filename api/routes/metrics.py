"""Any figure: which metrics there are, and one query for all of them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel, Field

from api import answer_cache, daily_tables, metrics_query
from api.access import AnyVisitor, ChosenShops
from api.asked import Variant
from api.formulas import FORMULAS
from api.key_access import open_to_keys
from api.leaving import unless_left
from api.metric_answers import AskableMetric, MetricsAnswer
from api.metric_catalogue import Breakdown, breakdowns_of, choose, entry_of, every_key
from api.metric_reading import MetricsQuery, narrowed
from api.problems import documented
from api.ranges import Compare, Days, QueryGrain, checked, compared
from api.resources import Resources, UsesResources
from core.errors import VitrinaError
from core.events import Bilingual
from core.postgres import Connection
from core.shop.rates import ShopRate, all_rates
from core.shop.shops import Shop, ZoneName
from core.zones import day_of

router = APIRouter(tags=["metrics"])

MOST_METRICS = 12


class MetricsInvalid(VitrinaError):
    """No metric is named, or too many are."""

    code = "metrics_invalid"
    status = 422
    explained = Bilingual(
        f"Назовите через запятую от 1 до {MOST_METRICS} метрик, например new_users,starts.",
        f"name 1 to {MOST_METRICS} metrics with commas, like new_users,starts",
    )

    def __init__(self) -> None:
        super().__init__(self.explained.en)


@router.get("/metrics", responses=documented(401, 422))
@open_to_keys("figures")
async def askable_metrics(
    _visitor: AnyVisitor, lang: Annotated[Literal["ru", "en"], Query()] = "en"
) -> list[AskableMetric]:
    """The metrics that `/v1/metrics/query` knows, by their keys."""
    return [_askable(key, lang) for key in every_key()]


def _askable(key: str, lang: str) -> AskableMetric:
    entry = entry_of(key)
    is_live = key in FORMULAS
    return AskableMetric(
        key=key,
        number=entry["number"],
        title=entry["title"][lang],
        formula=entry["formula"][lang],
        unit=entry["unit"],
        breakdowns=breakdowns_of(key),
        grains=[*(["hour"] if is_live else []), "day", "week", "month", "whole"],
        is_live=is_live,
    )


# No event is outside of these years.
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1))]


class Parameters(BaseModel):
    """What is asked, as parameters of the address."""

    metrics: str = Field(
        description=f"Keys with commas, as `/v1/metrics` lists them; at most {MOST_METRICS}.",
        examples=["net_sales_minor,aov_minor,active_users"],
        max_length=1000,
    )
    first: Day | None = Field(
        None, alias="from", description="The first day. Default: six days before `to`."
    )
    last: Day | None = Field(None, alias="to", description="The last day, included: today.")
    grain: QueryGrain = Field("day", description="What a point is of; weeks begin on Monday.")
    zone: ZoneName | None = Field(
        None,
        description="Whose days and hours. Default: each shop's own clock.",
        examples=["Asia/Kolkata"],
    )
    compare: Compare = Field(
        "none",
        description="`previous`: as many days just before. `year`: the same dates a year before. "
        "`weekdays`: as many days before with the same weekdays. `custom`: `compare_from` to "
        "`compare_to`. A range that is not over is compared up to the same local time.",
    )
    compare_from: Day | None = None
    compare_to: Day | None = None
    breakdown: Breakdown | None = Field(
        None, description="By what; `/v1/metrics` says which metric can be broken down how."
    )
    variant: Variant = Field("raw", description="`clean`: without flagged fraud.")
    touch: Literal["first", "last", "last_significant"] = Field(
        "first", description="For metrics of sources that are kept by day: which link counts."
    )
    lang: Literal["ru", "en"] = "en"

    def keys(self) -> list[str]:
        """The metrics' keys, each once; raises MetricsInvalid."""
        keys = list(dict.fromkeys(key.strip() for key in self.metrics.split(",") if key.strip()))
        if not keys or len(keys) > MOST_METRICS:
            raise MetricsInvalid
        return keys

    def query(self, shops: Sequence[Shop], now: datetime) -> MetricsQuery:
        """Checked; raises MetricsInvalid, MetricUnknown, BreakdownUnfit, RangeInvalid,
        DailyUnfit."""
        zones = {self.zone or shop.timezone for shop in shops} or {"UTC"}
        last = self.last or max(day_of(now, zone) for zone in zones)
        days = checked(Days(self.first or last - timedelta(days=6), last), self.grain)
        custom = None
        if self.compare_from is not None and self.compare_to is not None:
            custom = checked(Days(self.compare_from, self.compare_to), self.grain)
        return MetricsQuery(
            metrics=tuple(choose(key, self.breakdown) for key in self.keys()),
            shops=tuple(shops),
            days=days,
            grain=self.grain,
            zone=self.zone,
            compare=self.compare,
            compared=compared(days, self.compare, custom),
            breakdown=self.breakdown,
            variant=self.variant,
            touch=self.touch,
            language=self.lang,
        )


async def asked_parameters(parameters: Annotated[Parameters, Query()]) -> Parameters:
    return parameters


@router.get(
    "/metrics/query",
    response_model=MetricsAnswer,
    responses=documented(401, 404, 422, 503)
    | {304: {"description": "Nothing has changed since the answer with that ETag"}},
)
@open_to_keys("figures")
async def query_metrics(
    asked: Annotated[Parameters, Depends(asked_parameters)],
    shops: ChosenShops,
    request: Request,
    resources: UsesResources,
    if_none_match: Annotated[str | None, Header(description="The ETag of an answer.")] = None,
) -> Response:
    """Any metrics of the dictionary, for the shops that are named, or for all that you see.

    Metrics that `/v1/metrics` calls live are exact for any stretch of time, distinct people
    included, and as fresh as the events; the others are added up from the daily tables as their
    dictionary entries say. The answer is kept by its ETag until the data change, at most a minute.
    A query that would cost too much is refused (`too_expensive`), and one that nobody waits for is
    stopped.
    """
    now = datetime.now(UTC)
    query = asked.query(shops, now)
    async with resources.pool.acquire() as connection:
        tables = daily_tables.read_for(each.daily.table for each in query.metrics if each.daily)
        version = await answer_cache.data_version(connection, resources.reader, shops, now, tables)
        rates = await _rates(connection, shops)
    tag = answer_cache.etag(asked.model_dump(), sorted(shop.id for shop in shops), version)
    headers = {"ETag": tag} | answer_cache.kept_by(resources.settings)
    if answer_cache.matches(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    found = resources.answers.get(tag)
    if found is None:
        answer = await unless_left(request, _read(resources, query, rates, now))
        found = answer.model_dump_json().encode()
        resources.answers.keep(tag, found)
    return Response(found, media_type="application/json", headers=headers)


async def answered(
    asked: Parameters, shops: Sequence[Shop], request: Request, resources: Resources
) -> MetricsAnswer:
    """The answer to what is asked, counted now; raises as the route does."""
    now = datetime.now(UTC)
    query = asked.query(shops, now)
    async with resources.pool.acquire() as connection:
        rates = await _rates(connection, shops)
    return await unless_left(request, _read(resources, query, rates, now))


async def _rates(connection: Connection, shops: Sequence[Shop]) -> dict[int, list[ShopRate]]:
    wanted = {shop.id for shop in shops}
    found: dict[int, list[ShopRate]] = {}
    for rate in await all_rates(connection):
        if rate.shop_id in wanted:
            found.setdefault(rate.shop_id, []).append(rate)
    return found


async def _read(
    resources: Resources,
    query: MetricsQuery,
    rates: Mapping[int, Sequence[ShopRate]],
    now: datetime,
) -> MetricsAnswer:
    with narrowed():
        return await metrics_query.answer(resources.pool, resources.reader, query, rates, now)
