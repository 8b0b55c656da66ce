"""Downloads of everything that the visitor may see, without a limit on rows."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated

import structlog
from fastapi import APIRouter, Query
from fastapi.exceptions import RequestValidationError

from api import exports
from api.access import AnyVisitor, ChosenShops
from api.exports import MEDIA_TYPES, Dataset, DownloadResponse, Format
from api.problems import STORE_ERRORS, documented
from api.resources import Resources, UsesResources
from core.shop import export_runs
from core.shop.access import Visitor

log = structlog.get_logger()
router = APIRouter(tags=["exports"])

_SOURCES = "SELECT id, code FROM sources WHERE shop_id = ANY($1::int[])"


@router.get(
    "/exports/{dataset}.{file_format}",
    status_code=200,
    response_class=DownloadResponse,
    responses=documented(401, 404, 422, 503)
    | {
        200: {
            "description": "The file",
            "content": {
                media_type: {"schema": {"type": "string", "format": "binary"}}
                for media_type in MEDIA_TYPES.values()
            },
        }
    },
)
async def export(
    dataset: Dataset,
    file_format: Format,
    shops: ChosenShops,
    visitor: AnyVisitor,
    resources: UsesResources,
    first: Annotated[date, Query(alias="from", description="The first day, by the shop's clock.")],
    last: Annotated[date, Query(alias="to", description="The last day, included.")],
) -> DownloadResponse:
    """Streams a data set. A download that fails midway breaks off; it never ends as if it were
    complete."""
    if last < first:
        raise RequestValidationError(
            [{"loc": ("query", "to"), "msg": "the last day is before the first", "type": "range"}]
        )
    if dataset == "orders":
        rows = await resources.pool.fetch(_SOURCES, [shop.id for shop in shops])
        query = exports.orders(shops, first, last, {row["id"]: row["code"] for row in rows})
    else:
        query = exports.daily(dataset, shops, first, last)
    sent = await _noted(resources, visitor, dataset, file_format)
    download = await resources.exporter.start(query, file_format)
    file_name = f"vitrina-{dataset}-{first}-{last}.{file_format}"
    return DownloadResponse(download, file_name, MEDIA_TYPES[file_format], sent)


async def _noted(
    resources: Resources, visitor: Visitor, dataset: Dataset, file_format: Format
) -> Callable[[int], Awaitable[None]]:
    """Notes that an export begins; the function to call with its size once it is sent."""
    settings = resources.settings
    async with resources.pool.acquire() as connection, connection.transaction():
        limit = settings.alert_exports
        run = await export_runs.begin(connection, visitor, dataset, file_format, limit)

    async def sent(size_bytes: int) -> None:
        try:
            async with resources.pool.acquire() as connection, connection.transaction():
                ratio = settings.alert_export_ratio
                await export_runs.finish(connection, run, size_bytes, ratio)
        except STORE_ERRORS as error:
            log.warning("the size of an export could not be noted", error=str(error))

    return sent
