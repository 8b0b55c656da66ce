"""Any figure as a file: the answer to a metrics query, a row for each point."""

from collections.abc import Iterator
from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from api.access import AnyVisitor, ChosenShops
from api.exporting import files, querying
from api.exporting.answers import DownloadResponse
from api.exporting.columns import column
from api.exporting.formats import MEDIA_TYPES
from api.metric_answers import MetricsAnswer
from api.problems import documented
from api.resources import UsesResources
from api.routes.export_tables import ChosenLayout
from api.routes.metrics import Parameters, answered, asked_parameters
from core.zones import day_of

router = APIRouter(prefix="/v1/metrics", tags=["exports"])

_COLUMNS = (
    column("metric", "text", "Метрика", "Metric"),
    column("title", "text", "Название", "Title"),
    column("unit", "text", "Единица", "Unit"),
    column("currency", "text", "Валюта", "Currency"),
    column("is_converted", "truth", "В валюте магазина", "In the shop's currency"),
    column("key", "text", "Разрез", "Breakdown"),
    column("label", "text", "Название разреза", "Breakdown's name"),
    column("day", "day", "День", "Day"),
    column("at", "time", "Начало (UTC)", "Begins (UTC)"),
    column("value", "number", "Значение", "Value"),
    column("previous", "number", "Раньше", "Before"),
)
_FILE = {"schema": {"type": "string", "format": "binary"}}


def rows_of(answer: MetricsAnswer) -> Iterator[tuple[object, ...]]:
    """A row for each point, or for the whole where there are none; `day` is that of the shop's
    clock."""
    meanings = {each.key: each for each in answer.metrics}
    for series in answer.series:
        meaning = meanings[series.metric]
        said = (
            *(series.metric, meaning.title, meaning.unit_title, series.currency),
            *(int(series.is_converted), series.key, series.label),
        )
        for point in series.points:
            day = day_of(point.at, answer.timezone or "UTC")
            yield *said, day, point.at.astimezone(UTC), point.value, point.previous
        if not series.points:
            yield *said, answer.first, None, series.value, series.previous


@router.get(
    "/query.{file_format}",
    status_code=200,
    response_class=DownloadResponse,
    responses=documented(401, 404, 422, 429, 503)
    | {
        200: {
            "description": "The file",
            "content": {media_type: _FILE for media_type in MEDIA_TYPES.values()},
        }
    },
)
async def export_metrics(
    asked: Annotated[Parameters, Depends(asked_parameters)],
    layout: ChosenLayout,
    shops: ChosenShops,
    request: Request,
    visitor: AnyVisitor,
    resources: UsesResources,
) -> DownloadResponse:
    """The answer of `/v1/metrics/query` as a file: a row for each metric, key and point."""
    answer = await answered(asked, shops, request, resources)
    noted = await files.noted(resources, visitor, "metrics", layout.file_format)
    rows = list(rows_of(answer))
    download = await querying.start_rows(resources.exporter, _COLUMNS, rows, layout)
    stream = await files.finished(download, _COLUMNS, layout)
    name = f"vitrina-metrics-{answer.first}-{answer.last}{layout.suffix}"
    return DownloadResponse(stream, name, layout.media_type, noted)
