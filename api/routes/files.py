"""Files of a shop: pictures and documents that its modules show, and what its shoppers sent."""

import tempfile
from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from api.access import AnyVisitor, Owner, shop_transaction, visible_shop
from api.bodies import receive, turn
from api.problems import documented
from api.resources import Resources, UsesResources
from api.routes.shops import ShopId
from core.shop import files, sent_files
from core.shop.access import Forbidden
from core.shop.files import LIMITS, UPLOADED, File, Kind, Use
from core.shop.sent_files import SentFile

router = APIRouter(prefix="/shops/{shop_id}", tags=["files"])

_SECONDS = 300.0
_IN_MEMORY = 1024 * 1024
Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


@router.post(
    "/files",
    status_code=201,
    max_body_size=max(limit.size for limit in LIMITS.values()),
    responses=documented(401, 403, 404, 408, 413, 415, 422),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            },
        }
    },
)
async def upload_file(
    shop_id: ShopId,
    request: Request,
    visitor: Owner,
    resources: UsesResources,
    kind: Annotated[Kind, Query()] = "picture",
    name: Annotated[str, Query(max_length=300)] = "",
) -> File:
    """Takes a file as the body; its type is determined by its content, not by Content-Type.

    It is kept for a day unless something uses it: a module's settings, a product. 413 if it is too
    large, 422 `file_refused` if it is of another kind.
    """
    async with resources.pool.acquire() as connection:
        await visible_shop(connection, visitor, shop_id)
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        async with turn(request, resources.upload_bodies):
            await receive(request, file, LIMITS[kind].size, seconds=_SECONDS)
        async with resources.pool.acquire() as connection, connection.transaction():
            use = Use(UPLOADED, f"link:{visitor.link_id}", file_name=name)
            return await files.keep(connection, shop_id, kind, file, use)


@router.get(
    "/files/{sha256}",
    response_class=Response,
    responses=documented(401, 403, 404, 422)
    | {
        200: {
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            },
            "description": "The file",
        }
    },
)
async def download_file(
    shop_id: ShopId,
    sha256: Sha256,
    visitor: AnyVisitor,
    resources: UsesResources,
) -> Response:
    """The content: pictures are displayed, other files downloaded. Only owners may get what a
    shopper sent."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        file = await files.get(connection, shop_id, sha256)
        if visitor.role != "owner" and await files.is_personal(connection, shop_id, sha256):
            raise Forbidden("only an owner's link may see what a shopper sent")
    is_picture = file.width is not None
    headers = {
        "Content-Length": str(file.size),
        "Content-Disposition": _disposition(file, is_picture),
        # Whatever the file is, nothing in it may run here.
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, max-age=86400, immutable",
    }
    return StreamingResponse(
        _parts(resources, sha256),
        media_type=file.media_type if is_picture else "application/octet-stream",
        headers=headers,
    )


async def _parts(resources: Resources, sha256: str) -> AsyncIterator[bytes]:
    async with resources.pool.acquire() as connection:
        async for part in files.parts(connection, sha256):
            yield part


def _disposition(file: File, is_picture: bool) -> str:
    name = file.file_name or f"{file.sha256[:12]}.{file.media_type.rsplit('/', 1)[-1]}"
    how = "inline" if is_picture else "attachment"
    return f"{how}; filename*=UTF-8''{quote(name, safe='')}"


SentNumber = Annotated[int, Path(gt=0, lt=2**63)]


@router.post("/sent-files/{number}", responses=documented(401, 403, 404, 422))
async def want_sent_file(
    shop_id: ShopId, number: SentNumber, visitor: Owner, resources: UsesResources
) -> SentFile:
    """Requests a file that a shopper sent: the bot fetches it from Telegram within seconds. Ask
    again until `state` is `fetched`, then get it by its `sha256`."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        return await sent_files.want(connection, shop_id, number)
