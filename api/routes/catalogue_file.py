"""The catalogue as a file: out, and in again after a dry run."""

import tempfile
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from api.access import AnyVisitor, Owner, visible_shop
from api.bodies import receive, turn
from api.file_answers import content_of
from api.problems import documented
from api.resources import Resources, UsesResources
from api.routes.shops import ShopId
from bots.sdk.file_imports import UsesFileImport
from core.shop.catalogue_csv import export, importing
from core.shop.catalogue_csv.reading import MAX_BYTES
from core.shop.catalogue_csv.report import ImportReport
from core.shop.shops import Shop

router = APIRouter(prefix="/shops/{shop_id}", tags=["catalogue"])

_SECONDS = 300.0
_IN_MEMORY = 1024 * 1024
_CSV = content_of(["text/csv"])


@router.get(
    "/catalogue.csv",
    response_class=StreamingResponse,
    responses=documented(401, 404, 422) | {200: {"description": "The file", "content": _CSV}},
)
async def export_catalogue(
    shop_id: ShopId, visitor: AnyVisitor, resources: UsesResources, archived: bool = False
) -> StreamingResponse:
    """Products with their variants below them, in the owner's order, as CSV in UTF-8. A download
    that fails midway is cut off, never just short."""
    async with resources.pool.acquire() as connection:
        shop = await visible_shop(connection, visitor, shop_id)
    return StreamingResponse(
        _chunks(resources, shop, archived),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="catalogue-{shop_id}.csv"'},
    )


async def _chunks(resources: Resources, shop: Shop, archived: bool) -> AsyncIterator[bytes]:
    async with (
        resources.pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        async for chunk in export.chunks(connection, shop, archived=archived):
            yield chunk


@router.post(
    "/catalogue.csv",
    max_body_size=MAX_BYTES,
    responses=documented(401, 403, 404, 408, 409, 413, 415, 422, 428),
    openapi_extra={"requestBody": {"required": True, "content": _CSV}},
)
async def import_catalogue(
    shop_id: ShopId,
    request: Request,
    visitor: Owner,
    resources: UsesResources,
    asked: UsesFileImport,
) -> ImportReport:
    """Takes a CSV as the body. First with `dry_run`, which answers what each row would do; then
    with the `plan` of that answer, which is done just so or not at all: 409 `catalogue_changed` if
    the catalogue or the file is another by now, 422 `rows_refused` if rows are refused and the
    others are not wanted without them. Rows add and change; what the file does not name stays.
    """
    async with resources.pool.acquire() as connection:
        shop = await visible_shop(connection, visitor, shop_id)
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as body:
        async with turn(request, resources.upload_bodies):
            await receive(request, body, MAX_BYTES, seconds=_SECONDS)
            file = await importing.read_file(
                body.read(), encoding=asked.encoding, dates=asked.dates
            )
    async with resources.pool.acquire() as connection, connection.transaction():
        if asked.plan is None:
            return (await importing.planned(connection, shop, file)).report
        return await importing.take_in(
            connection, shop, file, seen=asked.plan, without_refused=asked.keep_good
        )
