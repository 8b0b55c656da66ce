"""Downloads of everything that the visitor may see, without a limit on rows."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.exceptions import RequestValidationError

from api import exports
from api.access import AnyVisitor, ChosenShops
from api.exporting import files
from api.exporting.answers import DownloadResponse
from api.exporting.download import Download
from api.exports import MEDIA_TYPES, Dataset, Format
from api.file_answers import documented_file
from api.key_access import open_to_keys
from api.resources import UsesResources
from api.step_up import UsesAnyStepUp
from core.shop.api_keys import KeyScope

router = APIRouter(tags=["exports"])

_SCOPES: Mapping[str, KeyScope] = {
    "orders": "orders",
    "kpi_day": "figures",
    "money_day": "figures",
}
_SOURCES = "SELECT id, code FROM sources WHERE shop_id = ANY($1::int[])"


@router.get(
    "/exports/{dataset}.{file_format}",
    status_code=200,
    response_class=DownloadResponse,
    responses=documented_file(MEDIA_TYPES.values(), 401, 403, 404, 422, 429, 503),
)
@open_to_keys(dataset=_SCOPES)
async def export(
    dataset: Dataset,
    file_format: Format,
    shops: ChosenShops,
    visitor: AnyVisitor,
    resources: UsesResources,
    step_up: UsesAnyStepUp,
    first: Annotated[date, Query(alias="from", description="The first day, by the shop's clock.")],
    last: Annotated[date, Query(alias="to", description="The last day, included.")],
) -> DownloadResponse:
    """Streams a data set. A download that fails midway breaks off; it never ends as if it were
    complete. An unusual one (docs/access.md) waits for the owner's button, 403
    `confirmation_needed`: then the same address gives the file, once."""
    if last < first:
        raise RequestValidationError(
            [{"loc": ("query", "to"), "msg": "the last day is before the first", "type": "range"}]
        )
    if dataset == "orders":
        rows = await resources.pool.fetch(_SOURCES, [shop.id for shop in shops])
        query = exports.orders(shops, first, last, {row["id"]: row["code"] for row in rows})
    else:
        query = exports.daily(dataset, shops, first, last)

    async def begin() -> Download:
        return await resources.exporter.start(query, file_format, visitor.link_id)

    download, sent = await files.noted(step_up, shops, dataset, file_format, begin)
    file_name = f"vitrina-{dataset}-{first}-{last}.{file_format}"
    return DownloadResponse(download, file_name, MEDIA_TYPES[file_format], sent)
