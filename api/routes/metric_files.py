"""Any figure as a file: the answer to a metrics query, a row for each point."""

from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from api.access import AnyVisitor, ChosenShops
from api.exporting import files, querying
from api.exporting.answers import DownloadResponse
from api.exporting.columns import Column, column, picked
from api.exporting.formats import MEDIA_TYPES, Layout
from api.exporting.packing import Stream
from api.file_answers import documented_file
from api.key_access import PATH_KEY, open_to_keys
from api.metric_answers import MetricsAnswer
from api.resources import Resources, UsesResources
from api.routes.export_tables import ChosenLayout
from api.routes.metrics import Parameters, answered, asked_parameters
from api.step_up import UsesAnyStepUp
from core.zones import day_of

router = APIRouter(tags=["exports"])
metrics = APIRouter(prefix="/metrics")
sheets = APIRouter(prefix="/sheets")

SheetKey = Annotated[str, Path(min_length=1, max_length=100, description="`vtk_…`, of `sheet`.")]

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


@metrics.get(
    "/query.{file_format}",
    status_code=200,
    response_class=DownloadResponse,
    responses=documented_file(MEDIA_TYPES.values(), 401, 403, 404, 422, 429, 503),
)
@open_to_keys("figures")
async def export_metrics(
    asked: Annotated[Parameters, Depends(asked_parameters)],
    layout: ChosenLayout,
    shops: ChosenShops,
    request: Request,
    visitor: AnyVisitor,
    resources: UsesResources,
    step_up: UsesAnyStepUp,
) -> DownloadResponse:
    """The answer of `/v1/metrics/query` as a file: a row for each metric, key and point."""
    columns = picked(_COLUMNS, layout.columns)
    answer = await answered(asked, shops, request, resources)

    async def begin() -> Stream:
        return await _stream(resources, answer, columns, layout, visitor.link_id)

    stream, sent = await files.noted(step_up, shops, "metrics", layout.file_format, begin)
    return DownloadResponse(stream, _name(answer, layout), layout.media_type, sent)


@sheets.get(
    f"/{{{PATH_KEY}}}/metrics.{{file_format}}",
    status_code=200,
    response_class=DownloadResponse,
    responses=documented_file(MEDIA_TYPES.values(), 401, 403, 404, 422, 503),
)
@open_to_keys("sheet")
async def sheet_metrics(
    sheet_key: SheetKey,
    asked: Annotated[Parameters, Depends(asked_parameters)],
    layout: ChosenLayout,
    shops: ChosenShops,
    request: Request,
    visitor: AnyVisitor,
    resources: UsesResources,
) -> DownloadResponse:
    """The same for programs that can only fetch an address, like `IMPORTDATA` of Google Sheets: the
    key, of the scope `sheet`, stands in the address, which is as secret as the key."""
    del sheet_key  # by which the visitor came in
    columns = picked(_COLUMNS, layout.columns)
    answer = await answered(asked, shops, request, resources)
    stream = await _stream(resources, answer, columns, layout, visitor.link_id)
    return DownloadResponse(stream, _name(answer, layout), layout.media_type, None)


async def _stream(
    resources: Resources,
    answer: MetricsAnswer,
    columns: Sequence[Column],
    layout: Layout,
    link_id: int,
) -> Stream:
    places = [_COLUMNS.index(each) for each in columns]
    rows = [[row[place] for place in places] for row in rows_of(answer)]
    download = await querying.start_rows(resources.exporter, columns, rows, layout, link_id)
    return await files.finished(download, columns, layout, resources.settings.exports_dir)


def _name(answer: MetricsAnswer, layout: Layout) -> str:
    return f"vitrina-metrics-{answer.first}-{answer.last}{layout.suffix}"


router.include_router(metrics)
router.include_router(sheets)
